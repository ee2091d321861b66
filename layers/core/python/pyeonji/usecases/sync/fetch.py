"""Fetch one chunk of a run: its mails from the server into segments, the index, a row each.

Over a line that breaks it goes on where it stopped. The chunk's rows are what says that it is done:
a second run finds them and only counts. Without them everything is done again and comes out the
same, because the index knows by epoch and UID what is ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pyeonji.domain.errors import HomeError, PermanentError
from pyeonji.domain.homes import SyncState
from pyeonji.domain.limits import SEGMENT_BYTES
from pyeonji.domain.manifest import Listed
from pyeonji.domain.uploads import OnDuplicate
from pyeonji.ports import ChunkClosedError
from pyeonji.usecases.accounts.home_sign_in import SignsIn
from pyeonji.usecases.mail.importing import Letter, Sent, prepare_letter
from pyeonji.usecases.mail.storing import ImportJob, ImportsMail, Prepared
from pyeonji.usecases.sync.maps import uid_of
from pyeonji.usecases.sync.placing import Placing
from pyeonji.usecases.sync.plan_files import (
    AGAIN,
    Chunk,
    Fetched,
    read_fetched,
    record_failure,
    write_fetched,
)
from pyeonji.usecases.sync.server import ServerMail, connected
from pyeonji.usecases.sync.settle import count_fetched, weight_of
from pyeonji.worlds import HasFollowing, HasLimits, HasWork
from pyeonji.zipio.member import pack

#: Connections in a row that bring nothing before the machine's own waits take over.
_TRIES = 4
#: A mail whose connection broke this often while it was asked for alone is given up.
_STRIKES = 3
#: Mails given up with nothing coming between them.
_GIVEN_UP = 2


class FetchesMail(SignsIn, ImportsMail, HasFollowing, HasWork, HasLimits, Protocol):
    """What fetching needs."""


@dataclass(slots=True)
class _Run:
    """One pass over a chunk: what is still to come, and what came."""

    world: FetchesMail
    account: str
    job: ImportJob
    chunk: Chunk
    left: dict[int, None]
    rows: list[Fetched] = field(default_factory=list)
    strikes: dict[int, int] = field(default_factory=dict)
    #: Whether the connection stands on one mail: if it breaks now, that mail broke it.
    asked_alone: bool = False


def fetch_chunk(world: FetchesMail, *, account: str, run: str, chunk: Chunk) -> int:
    """Fetch a chunk, write its rows, count it; how many mails came in.

    HomeError where another try may do, PermanentError where somebody has to change something
    first; either is written down.
    """
    state = world.homes.state(account)
    if state is None or state.run != run or state.state is not SyncState.SYNCING:
        return 0
    rows = read_fetched(world.work, account, run, chunk.chunk)
    if rows is None:
        job = _job(world, account, run, chunk)
        work = _Run(world, account, job, chunk, dict.fromkeys(chunk.uids))
        try:
            _fetch(work)
        except ChunkClosedError:
            # Another try of this chunk, or whoever settles a failed run, has counted what is in.
            return 0
        except HomeError as error:
            record_failure(world.work, account, run, error)
            if error.passing:
                raise
            raise PermanentError(error.code) from error
        rows = sorted(work.rows)
        write_fetched(world.work, account, run, chunk.chunk, rows)
    count_fetched(world, account, chunk, run, rows)
    return sum(row.weight is not None for row in rows)


def _job(world: HasLimits, account: str, run: str, chunk: Chunk) -> ImportJob:
    return ImportJob(
        account=account,
        mailbox_id=chunk.mailbox_id,
        mailbox_path=chunk.mailbox_path,
        upload_id=run,
        chunk=chunk.chunk,
        on_duplicate=OnDuplicate.KEEP,
        zone=world.limits.zone,
        message_limit=world.limits.message_limit_bytes,
        epoch=chunk.epoch,
    )


def _fetch(run: _Run) -> None:
    sent = Sent.of(run.job)
    placing = Placing(run.world, run.job)
    waiting: list[Prepared] = []
    size = 0
    gone: list[int] = []
    for mail in _mails(run, gone):
        if mail.data is None:
            run.rows.append(_not_given(mail))
            continue
        letter = prepare_letter(_letter(mail), run.job, sent, anything=True)
        assert letter is not None, "anything is taken"
        waiting.append(letter)
        size += len(letter.packed.data)
        if size >= SEGMENT_BYTES:
            run.rows += placing.store(waiting)
            waiting, size = [], 0
    run.rows += placing.store(waiting)
    if gone:
        run.rows += _kept_by_an_earlier_try(run, gone)


def _letter(mail: ServerMail) -> Letter:
    assert mail.data is not None
    said = Listed("", mail.flags, received=mail.received)
    return Letter(mail.uid, str(mail.uid), mail.data, pack(mail.data), said)


def _not_given(mail: ServerMail) -> Fetched:
    return Fetched(mail.uid, "", mail.flags, None, mail.reason, mail.said or None)


def _mails(run: _Run, gone: list[int]) -> Iterator[ServerMail]:
    """Every mail of the chunk, over as many connections as it takes. `gone` gets the UIDs that are
    there no more.

    After a connection that broke, one mail at a time until something comes. A mail that breaks one
    after the other by itself is given up, but not one after the other: then it is the server.
    """
    fruitless = 0
    given_up: list[ServerMail] = []
    while run.left or given_up:
        alone, came = fruitless > 0 or bool(given_up), False
        run.asked_alone = False
        try:
            for mail in _over_one_connection(run, alone):
                came, fruitless = True, 0
                yield from given_up
                given_up.clear()
                yield mail
        except HomeError as error:
            if not error.passing:
                raise
            struck = _strike(run) if run.asked_alone and not came else None
            if struck is not None:
                given_up.append(struck)
            fruitless = 0 if came or struck else fruitless + 1
            if len(given_up) > _GIVEN_UP or fruitless >= _TRIES:
                raise
            continue
        yield from given_up
        gone += run.left
        return


def _over_one_connection(run: _Run, alone: bool) -> Iterator[ServerMail]:
    with connected(run.world, run.account) as server:
        opened = server.open(run.chunk.name)
        if opened is None or opened.validity != run.chunk.validity:
            # Gone, or made anew, since it was looked at: the next run sees what there is then.
            for uid in list(run.left):
                del run.left[uid]
                yield ServerMail(uid, reason=AGAIN)
            return
        asked = list(run.left)
        for some in [asked[:1], asked[1:]] if alone else [asked]:
            run.asked_alone = alone and some == asked[:1]
            for mail in server.fetch(some):
                run.asked_alone = False
                run.left.pop(mail.uid, None)
                yield mail
        if run.left:
            there = set(server.uids())
            for uid in [each for each in run.left if each in there]:
                # It is there, and nothing came of it.
                del run.left[uid]
                yield ServerMail(uid, reason="server_refused")


def _strike(run: _Run) -> ServerMail | None:
    """The first of what is left broke a connection by itself; given up after some times."""
    uid = next(iter(run.left))
    run.strikes[uid] = run.strikes.get(uid, 0) + 1
    if run.strikes[uid] < _STRIKES:
        return None
    del run.left[uid]
    return ServerMail(uid, reason="server_refused", said="")


def _kept_by_an_earlier_try(run: _Run, gone: Sequence[int]) -> list[Fetched]:
    """Mails that an earlier try of this chunk has put in, and that left the server since: they are
    counted, and the next look finds them gone."""
    missing = set(gone)
    rows = []
    for message in run.world.index.brought_by(run.account, run.chunk.mailbox_id, run.chunk.epoch):
        uid = uid_of(message, run.chunk.epoch)
        if uid is not None and uid in missing and not message.gone:
            rows.append(Fetched(uid, message.key, message.flags, weight_of(message)))
    return rows
