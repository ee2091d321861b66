"""Settle what a run has fetched: maps, flags, what is gone, and how the account stands.

Everything written follows from the plan and from what became of its chunks, so that a second run
writes the same; a folder's item is written last, and says by its revision that it was settled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pyeonji.domain.folders import Folder, FolderStatus, Gone, Kept, uids_of
from pyeonji.domain.homes import SyncState
from pyeonji.domain.instants import whole_second
from pyeonji.domain.limits import SYNC_AFTER, SYNC_REST, Limits
from pyeonji.domain.messages import Message, Weight, like_of
from pyeonji.domain.uploads import Totals
from pyeonji.usecases.mail.intents import complete_intents
from pyeonji.usecases.sync.maps import (
    FolderMap,
    drop_maps,
    messages_by_key,
    read_map,
    uid_of,
    write_map,
)
from pyeonji.usecases.sync.plan_files import (
    AGAIN,
    Chunk,
    Fetched,
    FolderWork,
    drop_run,
    read_fetched,
    read_plan,
    read_taken,
    recorded_failure,
    run_of,
)
from pyeonji.worlds import HasFolders, HasFollowing, HasHomes, HasIndex, HasLimits, HasWork

#: Why a run ended of which nobody wrote down why: the fault is ours.
_UNKNOWN = "home_sync_failed"


class SettlesSyncs(HasHomes, HasFolders, HasFollowing, HasIndex, HasWork, HasLimits, Protocol):
    """What settling needs."""


class UnfetchedError(RuntimeError):
    """A chunk of a run that came to its end has left nothing: a bug, or a lost object."""


def settle_sync(
    world: SettlesSyncs, *, account: str, run: str, now: datetime, failed: bool
) -> str | None:
    """End a run: current, or failing with what was written down of why, whose code is returned.
    Nothing happens when it is not, or no longer, the account's."""
    state = world.homes.state(account)
    if state is None or state.run != run or state.state is not SyncState.SYNCING:
        return None
    if state.plan:
        settle_plan(world, account=account, plan=state.plan, now=now, whole=not failed)
    at = whole_second(now)
    ended = replace(state, plan="", moved_at=at)
    if failed:
        code, said = recorded_failure(world.work, account, run) or (_UNKNOWN, "")
        failures = state.failures + 1
        rest = min(SYNC_AFTER * 2 ** min(failures, 10), SYNC_REST)
        ended = replace(
            ended,
            state=SyncState.FAILING,
            failure=code,
            said=said,
            failures=failures,
            due_at=at + rest,
        )
    else:
        ended = replace(
            ended,
            state=SyncState.CURRENT,
            synced_at=state.looked_at,
            failure=None,
            said="",
            failures=0,
            due_at=at + SYNC_AFTER,
        )
    world.homes.move(ended, state)
    drop_run(world.work, account, run)
    return ended.failure


def settle_plan(
    world: SettlesSyncs, *, account: str, plan: str, now: datetime, whole: bool
) -> None:
    """Take what the plan's chunks brought into the folders. `whole`: every chunk has come to its
    end, or UnfetchedError; else those that have not are closed, and what they left is counted."""
    found = read_plan(world.work, plan)
    folders = {folder.mailbox_id: folder for folder in world.folders.all(account)}
    for work in found.folders:
        folder = folders.get(work.mailbox_id)
        if folder is not None and folder.revision == work.revision:
            chunks = [each for each in found.chunks if each.mailbox_id == work.mailbox_id]
            _settle_folder(world, folder, work, _Ended(run_of(plan), chunks, whole), now)


class _Ended:
    """The chunks of a folder, at the end of their run."""

    def __init__(self, run: str, chunks: Sequence[Chunk], whole: bool) -> None:
        self.run = run
        self.chunks = chunks
        self.whole = whole


def _settle_folder(
    world: SettlesSyncs, folder: Folder, work: FolderWork, ended: _Ended, now: datetime
) -> None:
    before = read_map(world, folder) if folder.map or folder.status.validity else FolderMap()
    content = before if work.epoch == folder.epoch else FolderMap(gone=before.gone)
    complete = True
    for chunk in ended.chunks:
        rows = _rows_of(world, folder, chunk, ended)
        complete = complete and rows is not None
        left = rows if rows is not None else _left_in(world, folder, chunk, ended.run, content)
        for row in left:
            if row.reason == AGAIN:
                complete = False
            else:
                content.kept[row.uid] = Kept(row.uid, row.key, row.flags)
    back = {kept.key for kept in content.kept.values()}
    content.gone = [gone for gone in content.gone if gone.key not in back]
    _set_flags(world, folder, work, content)
    leaving = list(content.kept) if work.missing else uids_of(work.gone)
    _let_go(world, folder, content, leaving, now)
    strays = folder.strays or work.epoch != folder.epoch
    if strays and complete:
        _let_strays_go(world, folder, work.epoch, content, now)
    _purge(world, folder, content, now)
    settled = replace(
        folder,
        name=work.name,
        epoch=work.epoch,
        status=work.status if complete else FolderStatus(work.status.validity),
        listed_at=whole_second(now) if work.listed and complete else folder.listed_at,
        missing=work.missing,
        strays=strays and not complete,
        gone_at=min((gone.at for gone in content.gone), default=0),
        revision=folder.revision + 1,
    )
    settled = replace(settled, map=write_map(world, folder, content))
    if world.folders.put(settled):
        drop_maps(world, settled)


def _rows_of(
    world: SettlesSyncs, folder: Folder, chunk: Chunk, ended: _Ended
) -> list[Fetched] | None:
    """What became of a chunk, its mail surely counted; None of one that is not done, and then it is
    closed: no straggler adds mail to it behind our back."""
    rows = read_fetched(world.work, folder.account, ended.run, chunk.chunk)
    if rows is None:
        if ended.whole:
            raise UnfetchedError(chunk.chunk)
        world.index.close_chunk(ended.run, chunk.chunk)
        # Written since we looked, perhaps: then it is whole.
        rows = read_fetched(world.work, folder.account, ended.run, chunk.chunk)
    if rows is not None:
        count_fetched(world, folder.account, chunk, ended.run, rows)
    return rows


def _left_in(
    world: SettlesSyncs, folder: Folder, chunk: Chunk, run: str, content: FolderMap
) -> list[Fetched]:
    """The mails that a closed chunk has put into the mailbox, now counted: only the index knows of
    them."""
    complete_intents(world, folder.account, folder.mailbox_id, run, chunk.chunk)
    taken = read_taken(world.work, folder.account, run, chunk.chunk)
    own = set(chunk.uids) - content.kept.keys()
    rows = []
    for message in world.index.brought_by(folder.account, folder.mailbox_id, chunk.epoch):
        uid = uid_of(message, chunk.epoch)
        if uid is not None and uid in own and not message.gone:
            # A copy of its own is new, whatever was found to take over.
            new = uid not in taken or message.key.endswith(f"#{message.origin.replace('#', '.')}")
            weight = weight_of(message) if new else None
            rows.append(Fetched(uid, message.key, tuple(sorted(message.flags)), weight))
    count_fetched(world, folder.account, chunk, run, rows)
    return rows


def count_fetched(
    world: HasIndex, account: str, chunk: Chunk, run: str, rows: Iterable[Fetched]
) -> None:
    """Add a chunk's mail to its mailbox's counts, once, however often it is called; also of one
    that was closed, which only who closed it, or has all its rows, may say."""
    weights = [Weight(*row.weight) for row in rows if row.weight is not None]
    world.index.count_chunk(
        account,
        chunk.mailbox_id,
        run,
        chunk.chunk,
        weights,
        Totals(imported=len(weights)),
        even_closed=True,
    )


def weight_of(message: Message) -> tuple[int, int, int, int, int]:
    """As it stands in a row of a chunk."""
    return (
        message.received,
        message.size,
        message.compressed,
        message.mark,
        like_of(message.likeness),
    )


def _set_flags(world: SettlesSyncs, folder: Folder, work: FolderWork, content: FolderMap) -> None:
    wanted = {content.kept[uid].key: flags for uid, flags in work.flags if uid in content.kept}
    for messages in messages_by_key(world, folder, [key for key in wanted if key]):
        for key, message in messages.items():
            if tuple(message.flags) != wanted[key]:
                now = replace(message, flags=wanted[key])
                world.following.replace(folder.account, folder.mailbox_id, message, now)
    for uid, flags in work.flags:
        if uid in content.kept:
            content.kept[uid] = content.kept[uid]._replace(flags=flags)


def _let_go(
    world: SettlesSyncs, folder: Folder, content: FolderMap, uids: Iterable[int], now: datetime
) -> None:
    """Mails that are there no more: marked, off the counts, off the map of what is there."""
    leaving = [content.kept.pop(uid) for uid in uids if uid in content.kept]
    at = int(now.timestamp())
    for messages in messages_by_key(world, folder, [each.key for each in leaving if each.key]):
        world.following.mark_gone(folder.account, folder.mailbox_id, list(messages.values()), at)
        content.gone += [Gone(key, message.gone or at) for key, message in messages.items()]


def _let_strays_go(
    world: SettlesSyncs, folder: Folder, epoch: str, content: FolderMap, now: datetime
) -> None:
    """Mail of the mailbox that the server does not have: of UIDs that mean other mails now, or
    from before the company was connected."""
    at = int(now.timestamp())
    strays = [
        message
        for message in world.index.read(folder.account, folder.mailbox_id)
        if not message.gone and uid_of(message, epoch) is None
    ]
    world.following.mark_gone(folder.account, folder.mailbox_id, strays, at)
    content.gone += [Gone(message.key, at) for message in strays]


def purge_due(limits: Limits, folder: Folder, now: datetime) -> bool:
    """Whether mail of the folder has been gone for longer than it is kept."""
    if not limits.keep_gone_days or not folder.gone_at:
        return False
    since = datetime.fromtimestamp(folder.gone_at, UTC)
    return now - since > timedelta(days=limits.keep_gone_days)


def _purge(world: SettlesSyncs, folder: Folder, content: FolderMap, now: datetime) -> None:
    days = world.limits.keep_gone_days
    if not days:
        return
    until = int((now - timedelta(days=days)).timestamp())
    old = [gone.key for gone in content.gone if gone.at < until]
    for messages in messages_by_key(world, folder, old):
        leaving = [each for each in messages.values() if each.gone and each.gone < until]
        world.following.drop(folder.account, folder.mailbox_id, leaving)
    content.gone = [gone for gone in content.gone if gone.at >= until]
