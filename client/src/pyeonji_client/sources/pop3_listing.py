"""What a POP3 server says is there: LIST and UIDL, put together."""

from collections import Counter
from dataclasses import dataclass

from ..errors import ProtocolError, RefusedError
from .pop3_session import Pop3Session


@dataclass(frozen=True, slots=True)
class Listed:
    """One mail. `named`: its UIDL is its own; else `key` goes by the number, which shifts."""

    number: int
    key: str
    size: int | None
    named: bool

    @property
    def mark(self) -> str | None:
        """Another size under the same name is another mail."""
        return None if self.size is None else str(self.size)


def listing(session: Pop3Session) -> list[Listed]:
    """What is there. Without a UIDL of its own a mail goes by its number, which shifts: it
    never counts as known, and the engine tells the same content apart."""
    sizes: dict[int, int] = {}
    for line in session.lines(b"LIST"):
        number, size = _two(line)
        sizes[int(number)] = int(size) if size.isdigit() else 0
    try:
        lines = session.lines(b"UIDL")
    except RefusedError:
        lines = []
    names = {int(number): name.decode("utf-8", "replace") for number, name in map(_two, lines)}
    common = Counter(names.values())
    return [
        Listed(number, name if named else f"{name}#{number}", sizes.get(number), named)
        for number in sorted(sizes.keys() | names.keys())
        for name in [names.get(number, "")]
        for named in [common[name] == 1]  # a broken server names two alike, or leaves one out
    ]


def _two(line: bytes) -> tuple[bytes, bytes]:
    """`12 abc` as its two words; the first must be a number."""
    number, _, rest = line.strip().partition(b" ")
    if not number.isdigit() or len(number) > 10 or not rest:
        raise ProtocolError("pop3_unreadable")
    return number, rest.split(b" ")[0] if rest else b""
