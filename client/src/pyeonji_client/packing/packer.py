"""Mails into ZIPs the service accepts, as they arrive, so that a kill at any instant costs a batch.

A ZIP being made is `<name>.zip.part` and only ever grows: members, batch by batch, each batch
synced before the journal hears of it. Sealing appends the manifest and the directory and gives the
file its final name. A ZIP holds one mailbox and stays below the service's limit.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from pyeonji.domain.manifest import (
    ARCHIVE_NAME,
    FOLDER_NAME,
    Listed,
    archive_json,
    folder_entry,
    folder_json,
)
from pyeonji.mime.dating import received_date
from pyeonji.mime.headers import read_headers
from pyeonji.mime.naming import mailbox_folder, member_name, unique_of
from pyeonji.zipio.directory import end_length, end_of_directory, slice_of
from pyeonji.zipio.member import Member, dos_time, pack
from pyeonji.zipio.segment import SegmentWriter

from ..errors import SpaceError
from ..journal import Journal
from ..journal.rows import Archive, FolderRow, Job, Mailbox, Packed, Read
from ..model import Lost, Mail
from .choice import Choice
from .contents import Contents
from .doubting import holds_more
from .zip_files import file_name, keywords, sync_directory

#: A batch is this many mails, bytes or seconds, whichever comes first. A kill costs one of them.
BATCH_MAILS = 500
BATCH_BYTES = 32 * 1024 * 1024
BATCH_SECONDS = 5.0
#: Mails of one ZIP: bounds the manifest (about 400 bytes a mail) that is held while sealing.
MAX_MAILS = 20_000
#: ZIPs kept open at once; Gmail labels can fill hundreds of mailboxes in one pass.
MAX_OPEN_FILES = 32
#: Below this the disk is full for us: the system needs some of it too.
SPARE_BYTES = 128 * 1024 * 1024
#: What a ZIP holds besides mails and their lines, at most: the heads of the two manifests (4 KiB
#: and less), their headers and names, the end records.
_FIXED = 16 * 1024
_LOCAL, _CENTRAL = 30, 46
_SLICE = 2_000


@dataclass(slots=True)
class _Open:
    """A ZIP that takes mails: `archive` is what the journal knows, `segment` what comes next."""

    archive: Archive
    mailbox: Mailbox
    folder: str
    segment: SegmentWriter = field(default_factory=SegmentWriter)
    overhead: int = 0

    @property
    def mails(self) -> int:
        """With those not yet written."""
        return self.archive.mails + len(self.segment.members)

    @property
    def bytes(self) -> int:
        """Complete, with what is not yet written, at most."""
        return self.archive.bytes + self.segment.size + self.archive.overhead + self.overhead


class Packer:
    """Packs the mails of one job. Needs `Journal.lock` to be held."""

    def __init__(self, journal: Journal, job: Job, *, batch_mails: int = BATCH_MAILS):
        self._journal, self._job = journal, job
        self._zone = ZoneInfo(job.timezone)
        self._now = datetime.now(UTC)
        self._choice = Choice(job.source, self._zone, self._now)
        self._place = journal.folder / job.place
        self._place.mkdir(parents=True, exist_ok=True)
        self._batch_mails = batch_mails
        self._open: dict[str, _Open] = {}
        self._files: dict[int, BinaryIO] = {}
        self._packed: list[Packed] = []
        self._read: list[Read] = []
        self._fresh: set[tuple[int, bytes]] = set()
        self._contents = Contents()
        self._batch_bytes = 0
        self._batch_start = time.monotonic()

    # --- after a kill

    def recover(self) -> list[str]:
        """Puts the ZIPs back to what the journal knows; to be called before anything is added.

        Returns the names of those that are lost; their mails will be fetched again.
        """
        lost = []
        for archive in self._journal.requests.archives(self._job.id, "open"):
            part, final = self._part(archive), self._final(archive)
            if not part.exists() and final.exists():
                final.replace(part)  # killed between the last rename and its row
            size = part.stat().st_size if part.exists() else 0
            if size < archive.bytes:
                self._journal.mails.drop_archive(archive.id)
                part.unlink(missing_ok=True)
                lost.append(archive.file)
            elif part.exists():
                os.truncate(part, archive.bytes)
        for mailbox, digest in self._journal.mails.contents(self._job.id):
            self._contents.add(mailbox, digest)
        return lost

    # --- adding

    def add(self, folder: FolderRow, item: Mail | Lost) -> bool:
        """Takes one mail, or the news that one could not be had. Nothing is written yet.

        Returns whether it is had.
        """
        if isinstance(item, Lost):
            self._read.append(
                Read(
                    folder.id,
                    item.key,
                    "lost",
                    item.reason,
                    item.size,
                    None,
                    None,
                    detail=item.detail or None,
                )
            )
            return False
        size = len(item.data)
        if not self._choice.wants(item, size):
            self._read.append(
                Read(folder.id, item.key, "skipped", None, size, None, item.following, item.mark)
            )
            return True
        digest = hashlib.sha256(item.data).digest()
        self._batch_bytes += size
        mailbox_open = self._mailbox(item)
        mailbox = mailbox_open.mailbox
        outcome, reason = "packed", item.note
        if self._has(mailbox.id, digest):
            outcome = "same"
        elif not self._pack(mailbox_open, item, digest):
            outcome, reason = "lost", "too_large"
        if outcome == "packed" and reason is None and holds_more(item.data):
            reason = "may_hold_more"
        self._read.append(
            Read(folder.id, item.key, outcome, reason, size, digest, item.following, item.mark)
        )
        return outcome != "lost"

    def _pack(self, target: _Open, item: Mail, digest: bytes) -> bool:
        headers = read_headers(item.data)
        received, _ = received_date(headers, item.received, item.member_time, not_after=self._now)
        local = received.astimezone(self._zone)
        name = member_name(target.mailbox.path, local, headers.subject, unique_of(digest))
        packed = pack(item.data)
        flags = (*item.flags, *keywords(item.labels))
        name_bytes = len(name.encode())
        length = _LOCAL + name_bytes + len(packed.data)
        # In the manifest a mail takes two lines: its file name twice, flags, digest, date, size.
        listed = 256 + 2 * name_bytes + sum(2 * len(flag.encode()) + 4 for flag in flags)
        overhead = _CENTRAL + name_bytes + listed
        limit = self._job.zip_limit - _FIXED
        if length + overhead > limit:
            return False
        if target.mails and (target.bytes + length + overhead > limit or target.mails >= MAX_MAILS):
            self.commit()
            self._seal(target)
            target = self._mailbox(item)
        base = target.archive.bytes
        member = target.segment.add(name, packed, dos_time(local))
        target.overhead += overhead
        self._fresh.add((target.mailbox.id, digest))
        self._contents.add(target.mailbox.id, digest)
        self._packed.append(
            Packed(
                target.archive.id, base + member.offset, member.name, member.method, member.crc,
                member.compressed, member.size, member.dos_time, digest,
                int(received.timestamp()), flags, item.uid,
            )
        )  # fmt: skip
        return True

    def _has(self, mailbox: int, digest: bytes) -> bool:
        """Whether a mail with these bytes is packed for the mailbox, or about to be."""
        if not self._contents.may_hold(mailbox, digest):
            return False
        return (mailbox, digest) in self._fresh or self._journal.mails.has_content(mailbox, digest)

    def _mailbox(self, item: Mail) -> _Open:
        """The open ZIP for a mail's mailbox."""
        found = self._open.get(item.path)
        if found is None:
            mailbox = self._journal.requests.mailbox(self._job.id, item.path, item.special_use)
            archives = [
                archive
                for archive in self._journal.requests.archives(self._job.id, "open")
                if archive.mailbox == mailbox.id
            ]
            archive = (
                archives[0]
                if archives
                else self._journal.requests.add_archive(
                    mailbox, partial(file_name, self._job, mailbox.path)
                )
            )
            found = _Open(archive, mailbox, mailbox_folder(mailbox.path))
            self._open[item.path] = found
        return found

    @property
    def due(self) -> bool:
        """True when a batch is full."""
        return (
            len(self._read) >= self._batch_mails
            or self._batch_bytes >= BATCH_BYTES
            or time.monotonic() - self._batch_start >= BATCH_SECONDS
        )

    # --- writing

    def commit(self) -> None:
        """Makes the batch safe: its bytes first, then the journal. Raises SpaceError."""
        touched = [target for target in self._open.values() if target.segment.size]
        try:
            self._check_space(sum(target.segment.size for target in touched))
            for target in touched:
                file = self._file(target.archive)
                file.seek(target.archive.bytes)
                file.writelines(target.segment.parts())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            if isinstance(error, SpaceError):
                raise
            raise SpaceError("disk_write_failed", path=str(self._journal.folder)) from error
        states = [
            (
                target.archive.id,
                target.mailbox.id,
                target.archive.bytes + target.segment.size,
                target.mails,
                target.archive.overhead + target.overhead,
            )
            for target in touched
        ]
        self._journal.mails.commit_batch(self._packed, self._read, states)
        for target in touched:
            target.archive = self._journal.requests.archive(target.archive.id)
            target.segment = SegmentWriter()
            target.overhead = 0
        self._packed, self._read, self._fresh = [], [], set()
        self._batch_bytes, self._batch_start = 0, time.monotonic()

    def _check_space(self, needed: int) -> None:
        if shutil.disk_usage(self._place).free < needed + SPARE_BYTES:
            raise SpaceError("disk_full", path=str(self._journal.folder))

    def _file(self, archive: Archive) -> BinaryIO:
        file = self._files.pop(archive.id, None)
        if file is None:
            part = self._part(archive)
            part.parent.mkdir(parents=True, exist_ok=True)
            file = part.open("r+b" if part.exists() else "w+b")
            if archive.bytes == 0:
                sync_directory(part.parent)
            if len(self._files) >= MAX_OPEN_FILES:
                self._files.pop(next(iter(self._files))).close()
        self._files[archive.id] = file  # last in the order: used last
        return file

    # --- sealing

    def seal_all(self) -> None:
        """Commits and completes every open ZIP, also those of earlier runs; drops empty ones."""
        self.commit()
        for archive in self._journal.requests.archives(self._job.id, "open"):
            mailbox = next(
                box
                for box in self._journal.requests.mailboxes(self._job.id)
                if box.id == archive.mailbox
            )
            if archive.mails:
                self._seal(_Open(archive, mailbox, mailbox_folder(mailbox.path)))
            else:
                self._journal.mails.drop_archive(archive.id)
        self._open.clear()

    def _seal(self, target: _Open) -> None:
        """Manifest and directory behind the mails, then the final name, then the row."""
        archive = target.archive
        file = self._file(archive)
        try:
            file.seek(archive.bytes)
            file.truncate()
            manifest = self._manifest(target)
            file.writelines(manifest.parts())
            start = archive.bytes + manifest.size
            entries = archive.mails + len(manifest.members)
            size = 0
            for piece in self._directory(archive, manifest):
                file.write(piece)
                size += len(piece)
            file.write(end_of_directory(entries, size, start))
            total = start + size + end_length(entries, size, start)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            del self._files[archive.id]
            self._part(archive).replace(self._final(archive))
            sync_directory(self._final(archive).parent)
        except OSError as error:
            raise SpaceError("disk_write_failed", path=str(self._journal.folder)) from error
        self._journal.requests.set_sealed(archive.id, total)
        self._open.pop(target.mailbox.path, None)

    def _directory(self, archive: Archive, manifest: SegmentWriter) -> Iterator[bytes]:
        """The central directory in pieces."""
        members: list[Member] = []
        for row in self._journal.mails.packed_in(archive.id):
            members.append(
                Member(
                    row.name, row.method, row.crc, row.compressed, row.size, row.dos_time,
                    row.offset,
                )
            )  # fmt: skip
            if len(members) == _SLICE:
                yield slice_of(members)
                members.clear()
        yield slice_of(members)
        yield slice_of(manifest.members, archive.bytes)

    def _manifest(self, target: _Open) -> SegmentWriter:
        """folder.json and archive.json as members."""
        archive, mailbox = target.archive, target.mailbox
        unique = self._journal.mails.uids_are_unique(archive.id)
        highest = 0
        entries = []
        for position, row in enumerate(self._journal.mails.packed_in(archive.id), start=1):
            uid = row.uid if unique and row.uid else position
            highest = max(highest, uid)
            entries.append(
                folder_entry(
                    Listed(
                        filename=row.name.removeprefix(target.folder),
                        flags=row.flags,
                        uid=uid,
                        sha256=row.digest.hex(),
                        received=datetime.fromtimestamp(row.received, UTC),
                        size=row.size,
                    )
                )
            )
        validity = next(
            (int(row.validity) for row in self._journal.requests.folders(self._job.id)
             if row.path == mailbox.path and row.validity and row.validity.isdigit()),
            1,
        )  # fmt: skip
        folder = folder_json(
            path=mailbox.path,
            identity=f"{self._job.id}-{mailbox.id}",
            special_use=mailbox.special_use,
            validity=max(1, validity),
            last_uid=highest,
            entries=entries,
        )
        about = archive_json(
            identity=f"{self._job.id}-{archive.id}",
            name=f"{self._job.title} {mailbox.path} {archive.number}",
            made=self._now,
            account=self._job.account or self._job.source.user or self._job.title,
            timezone=self._job.timezone,
        )
        segment = SegmentWriter()
        stamp = dos_time(self._now.astimezone(self._zone))
        segment.add(target.folder + FOLDER_NAME, pack(folder), stamp)
        segment.add(ARCHIVE_NAME, pack(about), stamp)
        return segment

    # --- files

    def _final(self, archive: Archive) -> Path:
        return self._journal.folder / archive.file

    def _part(self, archive: Archive) -> Path:
        return self._journal.folder / f"{archive.file}.part"

    def close(self) -> None:
        """Closes files; what was not committed is forgotten."""
        for file in self._files.values():
            with suppress(OSError):
                file.close()
        self._files.clear()
