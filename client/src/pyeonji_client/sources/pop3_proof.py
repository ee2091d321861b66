"""Whether a POP3 server shows its whole maildrop, or a part a session and the rest after QUIT.

Nothing in what a session shows tells the two apart, whatever the number: so it is tried. One mail
that is safe here already is retrieved once more and the session ended by QUIT; a server that
shows parts shows another one now. RFC 1939 lets QUIT change nothing but what DELE marked. A server
may all the same delete what was retrieved (its section 8), and should say so (`EXPIRE 0`, RFC
2449): then it is not tried, and the doubt is said. Nor is it tried where the server names itself
as one that shows everything.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from ..model import MAIL_LIMIT, Doubt
from .pop3_listing import Listed, listing
from .pop3_session import Pop3Session

#: No server is known that shows less than this of a larger maildrop; less is not tried.
FROM = 50
#: A server may also show the rest only after DELE, which we never send: so many mails, or a
#: multiple of it, stay doubtful.
ROUND, ROUND_FROM = 50, 200
#: Servers whose source is open to read, and which show everything there is.
_WHOLE = re.compile(rb"dovecot|cyrus|courier", re.IGNORECASE)
#: Retrieved again rather than a larger one.
_SMALL = 256 * 1024


def shows_everything(named: bytes) -> bool:
    """By what a server calls itself: see `Pop3Session.named`."""
    return _WHOLE.search(named) is not None


def doubts_about(
    connect: Callable[[], Pop3Session], host: str, shown: Sequence[Listed], safe: set[str]
) -> Iterator[Doubt]:
    """What is doubtful about a maildrop of which a session showed `shown`, and of which the keys
    in `safe` are packed. Raises SourceError when the server cannot be asked."""
    facts: dict[str, str | int] = {"listed": len(shown), "host": host}
    first = connect()
    try:
        now = listing(first)
        if more := _more(now, shown):
            yield Doubt("pop3_more", {"count": more, "host": host})
            return
        tried = None if b"EXPIRE 0" in first.capabilities else _tried(now, safe)
        if tried is None:
            yield Doubt("pop3_unproved", facts)
            return
        digest = _retrieved(first, tried.number)
        first.leave()
    finally:
        first.close()
    second = connect()
    try:
        now = listing(second)
        more = _more(now, shown)
        there = _is_there(second, now, tried, digest)
    finally:
        second.close()
    if more:
        code = "pop3_more" if there else "pop3_part"
        yield Doubt(code, facts | {"count": more})
    elif not there:
        yield Doubt("pop3_hides", facts)
    elif len(shown) >= ROUND_FROM and len(shown) % ROUND == 0:
        yield Doubt("pop3_round", facts)


def _more(now: Sequence[Listed], shown: Sequence[Listed]) -> int:
    """How many mails are there that were not shown: by name, else by size."""
    before = {item.key for item in shown if item.named}
    new = sum(item.named and item.key not in before for item in now)
    sizes = Counter(item.size for item in now if not item.named)
    sizes.subtract(item.size for item in shown if not item.named)
    return new + sum(count for count in sizes.values() if count > 0)


def _tried(now: Sequence[Listed], safe: set[str]) -> Listed | None:
    """The mail that is retrieved once more: the last small one, because some servers show what
    is behind the last retrieved."""
    found = [item for item in now if item.key in safe]
    small = [item for item in found if (item.size or 0) <= _SMALL]
    return small[-1] if small else min(found, key=lambda item: item.size or 0, default=None)


def _retrieved(session: Pop3Session, number: int) -> bytes:
    session.retrieve(number)
    session.status()
    data = session.block(MAIL_LIMIT)
    return hashlib.sha256(data).digest() if isinstance(data, bytes) else b""


def _is_there(session: Pop3Session, now: Sequence[Listed], tried: Listed, digest: bytes) -> bool:
    if tried.named:
        return any(item.key == tried.key for item in now)
    if not any(item.number == tried.number for item in now):
        return False
    return _retrieved(session, tried.number) == digest
