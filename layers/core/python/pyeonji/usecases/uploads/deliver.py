"""Deliver one chunk of an upload to the connected server its mailbox lives on, by APPEND.

Everything is checked as for a mailbox of ours; what is sound is put into the folder there with its
flags and date, and comes here as all mail of that server does: by keeping up with it. So nothing
goes into the index, and a delivered mail is counted when it is fetched.

A mail is never put in twice. Before the first mail of a chunk goes out it is written down which
UID the folder would give next. What stands behind that is looked at by every later try, which
finds by size and digest what an earlier one has delivered. Chunks of an upload run one at a time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pyeonji import json_text
from pyeonji.domain.errors import HomeError, UploadFailedError
from pyeonji.domain.folders import FolderStatus
from pyeonji.domain.formats import check_version
from pyeonji.domain.instants import rfc3339
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import (
    LedgerRow,
    OnDuplicate,
    Outcome,
    Upload,
    delivery_key,
    delivery_prefix,
)
from pyeonji.mime.sameness import digests_of
from pyeonji.usecases.accounts.home_sign_in import SignsIn
from pyeonji.usecases.mail.importing import (
    Letter,
    Sent,
    count_mail,
    no_message,
    prepare_letter,
    refusal_of,
)
from pyeonji.usecases.mail.storing import ImportJob, Prepared, Quota
from pyeonji.usecases.sync.mailboxes import path_of
from pyeonji.usecases.sync.server import AccountServer, connected
from pyeonji.usecases.uploads.archives import ReadsArchives
from pyeonji.usecases.uploads.chunk import ChunkEnd
from pyeonji.usecases.uploads.chunk_list import ChunkPointer, read_chunk
from pyeonji.usecases.uploads.entries import sound_letters
from pyeonji.usecases.uploads.ledger import (
    read_chunk_rows,
    record_run_failure,
    record_run_trouble,
    write_chunk_rows,
)
from pyeonji.worlds import HasAccounts, HasFolders, HasIndex, HasLimits, HasUploads, HasWork

#: Of what is written down before the first mail of a chunk goes out.
VERSION = 1
#: Letters looked up in the index by one request, and bytes of them held.
_LOOKED_UP, _HELD = 100, 16 * 1024 * 1024


class DeliversMail(
    SignsIn, HasAccounts, HasUploads, HasFolders, HasIndex, HasWork, HasLimits, ReadsArchives,
    Protocol,
):  # fmt: skip
    """What delivering needs."""


def deliver_chunk(
    world: DeliversMail, *, account: str, upload_id: str, attempt: int, chunk: ChunkPointer
) -> ChunkEnd:
    """Deliver a chunk, write its ledger, mark it as counted. `failure`: the whole upload cannot go
    on. HomeError where another try may do."""
    upload = world.uploads.get(account, upload_id)
    if upload is None or upload.attempt != attempt or upload.state is not UploadState.IMPORTING:
        return ChunkEnd()
    job = ImportJob.of(upload, chunk, world.limits)
    isolated: list[tuple[int, str]] = []
    rows = read_chunk_rows(world.work, upload_id, chunk.name)
    if rows is None:
        if world.index.counted(upload_id, chunk.name) is not None:
            return ChunkEnd()  # closed by whoever settled a failed run
        try:
            with connected(world, account) as server:
                rows = _deliver(world, server, upload, chunk, job, isolated)
        except UploadFailedError as error:
            record_run_failure(world.work, upload_id, attempt, error.code)
            return ChunkEnd(failure=error.code)
        except HomeError as error:
            if error.passing:
                record_run_trouble(world.work, upload_id, attempt, error.code)
                raise
            record_run_failure(world.work, upload_id, attempt, error.code)
            return ChunkEnd(failure=error.code)
        assert len(rows) == chunk.entries, "a row an entry"
        write_chunk_rows(world.work, upload_id, chunk.name, rows)
    totals = count_mail(world, job, rows)
    world.uploads.add_settled(upload, chunk.name, totals.entries)
    return ChunkEnd(totals, tuple(isolated))


@dataclass(slots=True)
class _Delivery:
    """One pass over a chunk. `before`: keys of what other chunks have delivered. `window`: by their
    size, UIDs of mail that may be of an earlier try; `ours` what was found of them, by key."""

    world: DeliversMail
    server: AccountServer
    folder: str
    job: ImportJob
    quota: Quota
    sent: Sent
    before: Counter[str]
    window: dict[int, list[int]]
    ours: Counter[str] = field(default_factory=Counter)
    rows: list[LedgerRow] = field(default_factory=list)


def _deliver(
    world: DeliversMail,
    server: AccountServer,
    upload: Upload,
    chunk: ChunkPointer,
    job: ImportJob,
    isolated: list[tuple[int, str]],
) -> list[LedgerRow]:
    folder, status = _open_folder(world, server, job)
    since, before = _begin(world, upload, chunk, job, status)
    window: dict[int, list[int]] = {}
    if since is not None:
        for fact in server.facts(since):
            window.setdefault(fact.size, []).append(fact.uid)
    run = _Delivery(
        world, server, folder, job, Quota(chunk.quota), Sent.of(job), before, window,
    )  # fmt: skip
    refused: list[LedgerRow] = []
    pieces = read_chunk(world.work, upload.id, upload.attempt, chunk)
    letters = sound_letters(world, upload, job, pieces, refused, isolated)
    for some in _batches(letters):
        _put(run, some)
    return sorted(run.rows + refused, key=lambda row: row.index)


def _open_folder(
    world: DeliversMail, server: AccountServer, job: ImportJob
) -> tuple[str, FolderStatus]:
    """The mailbox's folder by its name there, made where there is none; and what stands in it."""
    known = [
        folder.name
        for folder in world.folders.all(job.account)
        if folder.mailbox_id == job.mailbox_id and not folder.missing
    ]
    mailbox = world.accounts.mailbox(job.account, job.mailbox_id)
    if mailbox is None:
        raise UploadFailedError("mailbox_gone")
    for name in known:
        status = server.open(name)
        if status is not None:
            return name, status
    use = mailbox.special_use
    listed = server.folders()
    found = [one.name for one in listed if path_of(one) == mailbox.path]
    found += [one.name for one in listed if use and one.special_use == use]
    name = found[0] if found else server.make(mailbox.path)
    status = server.open(name)
    if status is None:
        raise HomeError("home_refused")
    return name, status


def _begin(
    world: DeliversMail, upload: Upload, chunk: ChunkPointer, job: ImportJob, status: FolderStatus
) -> tuple[int | None, Counter[str]]:
    """The UID from which on the folder may hold mail of an earlier try, None where it holds none;
    and the keys of what other chunks have delivered, as far as that is not counted off."""
    unfinished: list[int] = []
    finished: list[tuple[int, list[str]]] = []
    others: Counter[str] = Counter()
    own = False
    for found in world.work.objects(delivery_prefix(upload.id)):
        begun = json_text.decode(world.work.get(found.key))
        check_version("a delivery", begun["v"], VERSION)
        if begun["mailbox"] != job.mailbox_id:
            continue
        own = own or begun["chunk"] == chunk.name
        # Under another UIDVALIDITY the numbers say nothing: then all of the folder is looked at.
        next_uid = begun["next_uid"] if begun["validity"] == status.validity else 1
        rows = read_chunk_rows(world.work, upload.id, begun["chunk"])
        if rows is None:
            unfinished.append(next_uid)
            continue
        keys = [row.delivered for row in rows if row.delivered is not None]
        finished.append((next_uid, keys))
        others.update(keys)
    if not own:
        begun = {
            "v": VERSION,
            "chunk": chunk.name,
            "mailbox": job.mailbox_id,
            "validity": status.validity,
            "next_uid": status.next_uid,
        }
        world.work.put(delivery_key(upload.id, chunk.name), json_text.encode(begun))
    return (min(unfinished) if unfinished else None), others


def _batches(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    some: list[Letter] = []
    held = 0
    for letter in letters:
        some.append(letter)
        held += len(letter.message)
        if len(some) >= _LOOKED_UP or held >= _HELD:
            yield some
            some, held = [], 0
    if some:
        yield some


def _put(run: _Delivery, letters: Sequence[Letter]) -> None:
    prepared: list[tuple[Letter, Prepared, str]] = []
    for letter in letters:
        reason = refusal_of(letter, run.job.message_limit)
        made = None if reason else prepare_letter(letter, run.job, run.sent)
        if made is None:
            reason = reason or no_message(letter.message)
            run.rows.append(_rejected(letter, reason))
        else:
            prepared.append((letter, made, _key_there(letter.message)))
    keys = dict.fromkeys(
        key for _, made, wire in prepared for key in (wire, made.key, made.digest.hex())
    )
    found = run.world.index.find(run.job.account, run.job.mailbox_id, list(keys))
    # What is gone there and only kept here is put back.
    there = {key: message.digest for key, message in found.items() if not message.gone}
    for letter, made, wire in prepared:
        run.rows.append(_row(run, letter, made, wire, there))


def _key_there(message: bytes) -> str:
    """The key of a mail as most servers keep it, whatever its line ends were: all of them CRLF."""
    plain = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return digests_of(plain.replace(b"\n", b"\r\n")).canonical.hex()


def _row(
    run: _Delivery, letter: Letter, made: Prepared, wire: str, there: dict[str, str]
) -> LedgerRow:
    """What becomes of one letter. `there`: key -> digest of mail that is in the folder."""
    if _is_ours(run, letter.message, wire):
        return _delivered(run, made, wire)
    digest = made.digest.hex()
    held = next((there[key] for key in (wire, made.key, digest) if key in there), None)
    held = held or (wire if run.before[wire] else None)
    if held and run.job.on_duplicate is not OnDuplicate.KEEP:
        return _told(made, Outcome.DUPLICATE, "same_content" if held == digest else "same_mail")
    if not run.quota.admits(made):
        return _told(made, Outcome.REJECTED, "over_quota")
    received = None if made.received_from == "unknown" else made.received
    said = run.server.append(run.folder, letter.message, made.flags, received)
    if said is not None:
        row = _told(made, Outcome.REJECTED, "server_refused")
        row.said = said or None
        return row
    return _delivered(run, made, wire)


def _is_ours(run: _Delivery, message: bytes, key: str) -> bool:
    """Whether an earlier try has delivered it. Servers state sizes with CRLF ends; what a server
    made of other line ends is the same mail by its key."""
    if run.window:
        plain = len(message)
        sizes = {plain, plain + message.count(b"\n") - message.count(b"\r\n")}
        uids = [uid for size in sizes for uid in run.window.pop(size, ())]
        for mail in run.server.fetch(uids) if uids else ():
            if mail.data:
                run.ours[_key_there(mail.data)] += 1
    if not run.ours[key]:
        return False
    run.ours[key] -= 1
    return True


def _delivered(run: _Delivery, made: Prepared, wire: str) -> LedgerRow:
    run.before[wire] += 1
    row = _told(made, Outcome.IMPORTED, None)
    row.delivered, row.note = wire, made.note
    return row


def _told(made: Prepared, outcome: Outcome, reason: str | None) -> LedgerRow:
    return LedgerRow(
        index=made.index,
        name=made.label,
        outcome=outcome,
        reason=reason,
        bytes=made.packed.size,
        subject=made.subject,
        date=rfc3339(made.received),
        date_from=made.received_from,
    )


def _rejected(letter: Letter, reason: str) -> LedgerRow:
    return LedgerRow(letter.index, letter.name, Outcome.REJECTED, reason, len(letter.message))
