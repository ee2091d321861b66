"""Look at an account on its server: what is new, changed, gone, and what is to be fetched.

Read-only but for the mailboxes it makes and renames. What it finds is a plan in S3; until all of
it is settled no other run looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.errors import HomeError, PermanentError
from pyeonji.domain.folders import (
    Facts,
    Folder,
    FolderStatus,
    ServerFolder,
    changed_flags,
    cut,
    is_partial,
    is_settled,
    match_folders,
    new_and_gone,
    ranges_of,
)
from pyeonji.domain.homes import SyncState
from pyeonji.domain.ids import new_id
from pyeonji.domain.instants import whole_second
from pyeonji.usecases.accounts.home_sign_in import SignsIn
from pyeonji.usecases.sync.mailboxes import FollowsFolders, follow_mailbox, open_mailbox
from pyeonji.usecases.sync.maps import FolderMap, read_map
from pyeonji.usecases.sync.plan_files import (
    Chunk,
    FolderWork,
    Plan,
    read_plan,
    record_failure,
    write_plan,
)
from pyeonji.usecases.sync.server import AccountServer, connected
from pyeonji.usecases.sync.settle import SettlesSyncs, purge_due, settle_plan
from pyeonji.worlds import HasFolders

#: A server without CONDSTORE says nothing of flags: all are compared so often.
_FLAGS_EVERY = timedelta(hours=6)
#: Of a folder of so few mails they are compared whenever anything has changed.
_FEW = 5_000


class LooksAtHomes(SignsIn, SettlesSyncs, FollowsFolders, HasFolders, Protocol):
    """What looking needs; settling, because a run before this one may have died."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the machine maps over: `plan` is the key of the chunks. `connections`: how many of them
    at a time."""

    plan: str = ""
    chunks: int = 0
    connections: int = 1


def look_at_home(world: LooksAtHomes, *, account: str, run: str, now: datetime) -> Looked | None:
    """Plan what the run is to fetch. None when the run is not, or no longer, the account's.

    What is wrong with the server is written down for whoever ends the run: then HomeError where
    another try may do, else PermanentError.
    """
    state = world.homes.state(account)
    if state is None or state.run != run or state.state is not SyncState.SYNCING:
        return None
    home = world.homes.of(account.rpartition("@")[2])
    if state.plan and f"/{run}/" in state.plan:
        # An earlier try of this step, whose answer was lost.
        chunks = len(read_plan(world.work, state.plan).chunks)
        return Looked(state.plan, chunks, home.connections)
    if state.plan:
        # Of a run that died: what it brought in is counted before anything is looked for anew.
        settle_plan(world, account=account, plan=state.plan, now=now, whole=False)
    try:
        with connected(world, account) as server:
            plan = _look(world, server, account, now)
    except HomeError as error:
        record_failure(world.work, account, run, error)
        if error.passing:
            raise
        raise PermanentError(error.code) from error
    key = write_plan(world.work, account, run, plan)
    at = whole_second(now)
    planned = replace(state, plan=key, looked_at=at, moved_at=at)
    if not world.homes.move(planned, state):
        there = world.homes.state(account)
        if there is None or there.run != run or not there.plan:
            return None
        key = there.plan
    return Looked(key, len(read_plan(world.work, key).chunks), home.connections)


def _look(world: LooksAtHomes, server: AccountServer, account: str, now: datetime) -> Plan:
    listed = server.folders()
    statuses = {one.name: status for one in listed if (status := server.status(one.name))}
    known = world.folders.all(account)
    matched = match_folders(known, listed, statuses)
    works = [replace(_as_it_is(folder), missing=True) for folder in matched.missing]
    chunks: list[Chunk] = []
    for one in listed:
        status = statuses.get(one.name)
        if status is None:
            continue
        folder = matched.known.get(one.name)
        if folder is None:
            folder = _first_seen(world, account, one, now)
        path = follow_mailbox(world, folder, one)
        renamed = folder.name != one.name
        if is_settled(folder, status) and not renamed and not _flags_due(folder, status, now):
            continue
        looked = _look_into(world, server, one, folder, now)
        if looked is not None:
            work, own = looked
            works.append(work)
            chunks += own(path, len(chunks))
    worked = {work.mailbox_id for work in works}
    works += [
        replace(_as_it_is(folder), missing=folder.missing)
        for folder in known
        if folder.mailbox_id not in worked and purge_due(world.limits, folder, now)
    ]
    return Plan(tuple(works), tuple(chunks))


def _as_it_is(folder: Folder) -> FolderWork:
    return FolderWork(folder.mailbox_id, folder.name, folder.epoch, folder.status, folder.revision)


def _first_seen(world: LooksAtHomes, account: str, one: ServerFolder, now: datetime) -> Folder:
    """A folder nobody knew: its mailbox, and an item with nothing of it here yet."""
    mailbox = open_mailbox(world, account, one, now)
    folder = Folder(account, mailbox.id, one.name, new_id(now), FolderStatus(0), revision=1)
    if world.folders.put(folder):
        return folder
    # The mailbox was a folder's that is missing now: it is this one's from now on.
    there = next(each for each in world.folders.all(account) if each.mailbox_id == mailbox.id)
    folder = replace(folder, map=there.map, gone_at=there.gone_at, revision=there.revision + 1)
    if not world.folders.put(folder):
        raise OSError("another run is at work on the same folder")
    return folder


def _flags_due(folder: Folder, status: FolderStatus, now: datetime) -> bool:
    if status.modseq or not status.messages:
        return False
    return folder.listed_at is None or now - folder.listed_at >= _FLAGS_EVERY


@dataclass(frozen=True, slots=True)
class _Chunks:
    """What is to be fetched of a folder, called with its mailbox's path and the chunks before."""

    folder: Folder
    name: str
    epoch: str
    validity: int
    mails: Sequence[Facts]

    def __call__(self, path: str, before: int) -> list[Chunk]:
        return [
            Chunk(
                chunk=f"{before + number:05d}",
                mailbox_id=self.folder.mailbox_id,
                mailbox_path=path,
                name=self.name,
                epoch=self.epoch,
                validity=self.validity,
                ranges=tuple((first, last) for first, last in ranges_of(span.uids)),
                bytes=span.size,
            )
            for number, span in enumerate(cut(self.mails), start=1)
        ]


def _look_into(
    world: LooksAtHomes, server: AccountServer, one: ServerFolder, folder: Folder, now: datetime
) -> tuple[FolderWork, _Chunks] | None:
    """None where it does not open any more."""
    before = server.status(one.name)
    opened = server.open(one.name)
    if before is None or opened is None:
        return None
    same = folder.status.validity == opened.validity != 0
    # UIDs mean other mails now, or are seen for the first time: another epoch, an empty map.
    epoch = folder.epoch if same else _epoch_of(folder, now)
    known = read_map(world, folder) if same else FolderMap()
    status = replace(opened, unseen=before.unseen)
    kept = known.kept
    first = max(kept, default=0) + 1
    fresh = [mail for mail in server.facts(first) if mail.uid not in kept]
    gone: list[int] = []
    if kept and (is_partial(folder.status) or len(kept) + len(fresh) != opened.messages):
        there = server.uids()
        missing, gone = new_and_gone(kept, there)
        listed = {mail.uid for mail in fresh}
        if any(uid not in listed and uid < first for uid in missing):
            # Below what is known: a run before this one did not get them.
            fresh = [mail for mail in server.facts(1) if mail.uid not in kept]
    changed, compared = _changed(server, folder, known, status, now)
    next_uid = max([opened.next_uid, *(mail.uid + 1 for mail in fresh)])
    work = FolderWork(
        mailbox_id=folder.mailbox_id,
        name=one.name,
        epoch=epoch,
        status=status if opened.next_uid else replace(status, next_uid=next_uid),
        revision=folder.revision,
        gone=tuple((a, b) for a, b in ranges_of(gone)),
        flags=tuple(sorted(changed.items())),
        listed=compared,
    )
    fresh.sort(key=lambda mail: mail.uid)
    return work, _Chunks(folder, one.name, epoch, opened.validity, fresh)


def _epoch_of(folder: Folder, now: datetime) -> str:
    """A folder that is seen for the first time keeps the one it was given."""
    return folder.epoch if folder.status.validity == 0 else new_id(now)


def _changed(
    server: AccountServer, folder: Folder, known: FolderMap, status: FolderStatus, now: datetime
) -> tuple[dict[int, tuple[str, ...]], bool]:
    """Flags that are others now; and whether all were compared."""
    if not known.kept:
        return {}, True
    since = folder.status.modseq
    if since and status.modseq:
        if since == status.modseq:
            return {}, False
        return changed_flags(known.kept, server.flags(since)), False
    few = len(known.kept) <= _FEW
    if not (few or is_partial(folder.status) or _flags_due(folder, status, now)):
        return {}, False
    return changed_flags(known.kept, server.flags(0)), True
