"""The ports, made of dictionaries. They keep the promises of `ports` and nothing else."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime

from pyeonji.domain.accounts import Account, Company, Mailbox
from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.messages import Message, Weight
from pyeonji.domain.states import (
    LIVE_BACKUP,
    VOLUME_MOVES,
    BackupState,
    UploadState,
    VolumeState,
)
from pyeonji.domain.uploads import Totals, Upload
from pyeonji.ports import MissingObjectError, OpenMultipart, StoredObject, StoredPart
from tests.support.fakes_due import FakeCensus, FakeDueIndex, FakeNotices

MIN_PART = 5 * 1024 * 1024


class World:
    """Everything a test needs, with a clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 6, 15, 3, 0, 0, tzinfo=UTC)) -> None:
        self.clock = now
        buckets: dict[str, FakeStore] = {}
        self.mail = FakeStore("mail", buckets, self.now)
        self.volumes = FakeStore("volumes", buckets, self.now)
        self.zips = FakeStore("zips", buckets, self.now)
        self.work = FakeStore("work", buckets, self.now)
        self.accounts = FakeAccounts()
        self.index = FakeIndex(self.accounts)
        self.backups = FakeBackups()
        self.uploads = FakeUploads()
        self.machines = FakeMachines()
        self.mailer = FakeMailer()
        self.notices = FakeNotices()
        self.due = FakeDueIndex(self.backups, self.uploads)
        self.census = FakeCensus(self.accounts, self.backups, self.uploads, self.index)

    def now(self) -> datetime:
        return self.clock


class FakeStore:
    """A bucket that enforces S3's rules on parts, and counts the bytes that pass through it."""

    def __init__(self, name: str, buckets: dict[str, "FakeStore"], now: object) -> None:
        self._name = name
        self._buckets = buckets
        self._now = now
        self.data: dict[str, bytes] = {}
        self.modified: dict[str, datetime] = {}
        self.open: dict[str, tuple[str, dict[int, bytes], datetime]] = {}
        self.bytes_read = 0
        self.bytes_written = 0
        self.requests = 0
        buckets[name] = self

    @property
    def name(self) -> str:
        return self._name

    def _time(self) -> datetime:
        return self._now()  # type: ignore[operator,no-any-return]

    def put(self, key: str, data: bytes, *, content_type: str = "") -> None:
        self.requests += 1
        self.bytes_written += len(data)
        self.data[key] = bytes(data)
        self.modified[key] = self._time()

    def get(self, key: str) -> bytes:
        return self.read(key, 0, self.size(key))

    def read(self, key: str, start: int, length: int) -> bytes:
        self.requests += 1
        if key not in self.data:
            raise MissingObjectError(key)
        piece = self.data[key][start : start + length]
        self.bytes_read += len(piece)
        return piece

    def size(self, key: str) -> int:
        if key not in self.data:
            raise MissingObjectError(key)
        return len(self.data[key])

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        for key in sorted(self.data):
            if key.startswith(prefix):
                yield StoredObject(key, len(self.data[key]), self.modified[key])

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.data.pop(key, None)
            self.modified.pop(key, None)

    def open_multipart(self, key: str, *, content_type: str = "") -> str:
        upload_id = f"multipart-{len(self.open) + 1}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
        while upload_id in self.open:
            upload_id += "x"
        self.open[upload_id] = (key, {}, self._time())
        return upload_id

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> StoredPart:
        self.bytes_written += len(data)
        return self._part(key, upload_id, number, bytes(data))

    def copy_part(
        self,
        key: str,
        upload_id: str,
        number: int,
        source: str,
        source_key: str,
        start: int,
        length: int,
    ) -> StoredPart:
        bucket = self._buckets[source]
        if source_key not in bucket.data:
            raise MissingObjectError(source_key)
        whole = bucket.data[source_key]
        assert len(whole) > MIN_PART, "a ranged copy wants a source of more than 5 MiB"
        assert start + length <= len(whole), "range beyond the source"
        return self._part(key, upload_id, number, whole[start : start + length])

    def _part(self, key: str, upload_id: str, number: int, data: bytes) -> StoredPart:
        self.requests += 1
        if upload_id not in self.open or self.open[upload_id][0] != key:
            raise MissingObjectError(upload_id)
        assert 1 <= number <= 10_000
        self.open[upload_id][1][number] = data
        return StoredPart(number, len(data), hashlib.sha256(data).hexdigest())

    def parts(self, key: str, upload_id: str) -> list[StoredPart]:
        if upload_id not in self.open:
            raise MissingObjectError(upload_id)
        return [
            StoredPart(number, len(data), hashlib.sha256(data).hexdigest())
            for number, data in sorted(self.open[upload_id][1].items())
        ]

    def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> None:
        if upload_id not in self.open:
            raise MissingObjectError(upload_id)
        stored = self.open[upload_id][1]
        assert parts, "no parts"
        assert [part.number for part in parts] == sorted(part.number for part in parts)
        for part in parts[:-1]:
            assert len(stored[part.number]) >= MIN_PART, "EntityTooSmall"
        self.data[key] = b"".join(stored[part.number] for part in parts)
        self.modified[key] = self._time()
        del self.open[upload_id]

    def abort(self, key: str, upload_id: str) -> None:
        self.open.pop(upload_id, None)

    def open_multiparts(self, prefix: str) -> Iterator[OpenMultipart]:
        for upload_id, (key, _, started) in sorted(self.open.items()):
            if key.startswith(prefix):
                yield OpenMultipart(key, upload_id, started)

    def url(self, key: str, *, seconds: int, filename: str) -> str:
        return f"https://{self._name}.example/{key}?expires={seconds}&name={filename}"

    def part_url(self, key: str, upload_id: str, number: int, *, seconds: int) -> str:
        return f"https://{self._name}.example/{key}?part={number}&expires={seconds}"


class FakeAccounts:
    def __init__(self) -> None:
        self.companies: dict[str, Company] = {}
        self.profiles: dict[str, Account] = {}
        self.boxes: dict[tuple[str, str], Mailbox] = {}

    def account(self, email: str) -> Account | None:
        return self.profiles.get(email)

    def company(self, domain: str) -> Company | None:
        return self.companies.get(domain)

    def put_account(self, account: Account) -> None:
        self.profiles[account.email] = account

    def put_company(self, company: Company) -> None:
        self.companies[company.domain] = company

    def set_language(self, email: str, language: str) -> bool:
        if email not in self.profiles:
            return False
        self.profiles[email] = dataclasses.replace(self.profiles[email], language=language)
        return True

    def stop_notices(self, email: str) -> None:
        self.profiles[email] = dataclasses.replace(self.profiles[email], notices=False)

    def mailboxes(self, email: str) -> list[Mailbox]:
        return [box for (owner, _), box in sorted(self.boxes.items()) if owner == email]

    def mailbox(self, email: str, mailbox_id: str) -> Mailbox | None:
        return self.boxes.get((email, mailbox_id))

    def create_mailbox(self, email: str, mailbox: Mailbox) -> bool:
        if any(box.path == mailbox.path for box in self.mailboxes(email)):
            return False
        self.boxes[email, mailbox.id] = mailbox
        return True


class FakeIndex:
    def __init__(self, accounts: FakeAccounts) -> None:
        self._accounts = accounts
        self.messages: dict[tuple[str, str], dict[str, Message]] = {}
        self.uids: dict[tuple[str, str], int] = {}
        self.markers: dict[tuple[str, str], Totals] = {}
        self.weights: dict[tuple[str, str], list[Weight]] = {}

    def origins(self, account: str, mailbox_id: str, keys: Sequence[str]) -> dict[str, str]:
        held = self.messages.get((account, mailbox_id), {})
        return {key: held[key].origin for key in keys if key in held}

    def add(self, account: str, mailbox_id: str, messages: Sequence[Message]) -> dict[str, str]:
        held = self.messages.setdefault((account, mailbox_id), {})
        lost: dict[str, str] = {}
        for message in messages:
            there = held.setdefault(message.key, message)
            if there is not message:
                lost[message.key] = there.origin
        return lost

    def read(self, account: str, mailbox_id: str) -> Iterator[Message]:
        yield from self.messages.get((account, mailbox_id), {}).values()

    def reserve_uids(self, account: str, mailbox_id: str, count: int) -> int:
        first = self.uids.get((account, mailbox_id), 1)
        self.uids[account, mailbox_id] = first + count
        return first

    def count_chunk(
        self,
        account: str,
        mailbox_id: str,
        upload_id: str,
        chunk: str,
        weights: Sequence[Weight],
        totals: Totals,
    ) -> bool:
        if (upload_id, chunk) in self.markers:
            return False
        self.markers[upload_id, chunk] = totals
        self.weights.setdefault((account, mailbox_id), []).extend(weights)
        box = self._accounts.boxes[account, mailbox_id]
        size = sum(weight.size for weight in weights)
        self._accounts.boxes[account, mailbox_id] = dataclasses.replace(
            box, messages=box.messages + len(weights), bytes=box.bytes + size
        )
        return True

    def weigh(self, account: str, mailbox_id: str) -> Iterator[Weight]:
        yield from self.weights.get((account, mailbox_id), [])

    def marks(self, account: str, mailbox_id: str) -> Set[int]:
        return {weight.mark for weight in self.weigh(account, mailbox_id)}

    def counted(self, upload_id: str, chunk: str) -> Totals:
        return self.markers.get((upload_id, chunk), Totals())


class FakeBackups:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Backup] = {}
        self.files: dict[tuple[str, str, int], Volume] = {}
        self.taken: dict[str, frozenset[str]] = {}

    def request(self, backup: Backup, limit: int) -> bool:
        taken = self.slots(backup.account)
        if len(taken) >= limit or (backup.account, backup.id) in self.items:
            return False
        self.taken[backup.account] = taken | {backup.id}
        self.items[backup.account, backup.id] = backup
        return True

    def get(self, account: str, backup_id: str) -> Backup | None:
        return self.items.get((account, backup_id))

    def volumes(self, account: str, backup_id: str) -> list[Volume]:
        return [
            volume
            for (owner, backup, _), volume in sorted(self.files.items())
            if (owner, backup) == (account, backup_id)
        ]

    def volume(self, account: str, backup_id: str, number: int) -> Volume | None:
        return self.files.get((account, backup_id, number))

    def all(self, account: str) -> list[tuple[Backup, list[Volume]]]:
        return [
            (backup, self.volumes(account, backup.id))
            for (owner, _), backup in sorted(self.items.items(), reverse=True)
            if owner == account
        ]

    def slots(self, account: str) -> frozenset[str]:
        return self.taken.get(account, frozenset())

    def move(self, backup: Backup, leaves: frozenset[BackupState]) -> bool:
        there = self.items.get((backup.account, backup.id))
        if there is None or there.state not in leaves:
            return False
        self.items[backup.account, backup.id] = backup
        if backup.state not in LIVE_BACKUP:
            self.taken[backup.account] = self.slots(backup.account) - {backup.id}
        return True

    def put_volume(self, volume: Volume) -> None:
        key = (volume.account, volume.backup_id, volume.number)
        there = self.files.get(key)
        if there is None or there.state is VolumeState.PENDING:
            self.files[key] = volume

    def start_volume(self, account: str, backup_id: str, number: int) -> bool:
        volume = self.files.get((account, backup_id, number))
        if volume is None or volume.state is not VolumeState.PENDING:
            return False
        self.files[account, backup_id, number] = dataclasses.replace(
            volume, state=VolumeState.WRITING
        )
        return True

    def move_volume(self, volume: Volume) -> bool:
        key = (volume.account, volume.backup_id, volume.number)
        there = self.files.get(key)
        if there is None:
            return False
        if volume.state is not there.state and volume.state not in VOLUME_MOVES[there.state]:
            return False
        self.files[key] = volume
        return True

    def mark_downloaded(self, account: str, backup_id: str, number: int, at: datetime) -> None:
        volume = self.files.get((account, backup_id, number))
        if volume is not None and volume.downloaded_at is None:
            self.files[account, backup_id, number] = dataclasses.replace(volume, downloaded_at=at)

    def renew(self, backup: Backup, run: int, at: datetime) -> bool:
        there = self.items.get((backup.account, backup.id))
        if there is None or (there.state, there.run) != (backup.state, backup.run):
            return False
        self.items[backup.account, backup.id] = dataclasses.replace(there, run=run, moved_at=at)
        return True

    def mark_noticed(self, backup: Backup, at: datetime) -> None:
        there = self.items.get((backup.account, backup.id))
        if there is not None and there.state is backup.state:
            self.items[backup.account, backup.id] = dataclasses.replace(there, noticed_at=at)

    def drop_volumes(self, volumes: Sequence[Volume]) -> None:
        for volume in volumes:
            self.files.pop((volume.account, volume.backup_id, volume.number), None)

    def delete(self, backup: Backup, volumes: Sequence[Volume]) -> None:
        self.drop_volumes(volumes)
        self.items.pop((backup.account, backup.id), None)
        self.taken[backup.account] = self.slots(backup.account) - {backup.id}


class FakeUploads:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Upload] = {}
        self.counted: set[tuple[str, str]] = set()

    def create(self, upload: Upload) -> None:
        self.items[upload.account, upload.id] = upload

    def get(self, account: str, upload_id: str) -> Upload | None:
        return self.items.get((account, upload_id))

    def all(self, account: str) -> list[Upload]:
        return [
            upload
            for (owner, _), upload in sorted(self.items.items(), reverse=True)
            if owner == account
        ]

    def move(self, upload: Upload, leaves: frozenset[UploadState]) -> bool:
        there = self.items.get((upload.account, upload.id))
        if there is None or there.state not in leaves:
            return False
        self.items[upload.account, upload.id] = upload
        return True

    def renew(self, upload: Upload, run: int, at: datetime) -> bool:
        there = self._same(upload)
        if there is None or there.run != upload.run:
            return False
        self.items[upload.account, upload.id] = dataclasses.replace(there, run=run, moved_at=at)
        return True

    def mark_noticed(self, upload: Upload, at: datetime) -> None:
        there = self._same(upload)
        if there is not None:
            self.items[upload.account, upload.id] = dataclasses.replace(there, noticed_at=at)

    def mark_zip_gone(self, upload: Upload) -> None:
        there = self._same(upload)
        if there is not None:
            self.items[upload.account, upload.id] = dataclasses.replace(there, kept=False)

    def _same(self, upload: Upload) -> Upload | None:
        there = self.items.get((upload.account, upload.id))
        if there is None or (there.state, there.attempt) != (upload.state, upload.attempt):
            return None
        return there

    def delete(self, upload: Upload) -> None:
        self.items.pop((upload.account, upload.id), None)

    def add_settled(self, account: str, upload_id: str, chunk: str, entries: int) -> None:
        if (upload_id, chunk) in self.counted or (account, upload_id) not in self.items:
            return
        self.counted.add((upload_id, chunk))
        upload = self.items[account, upload_id]
        self.items[account, upload_id] = dataclasses.replace(
            upload, settled=upload.settled + entries
        )


class FakeMachines:
    """Remembers what was started; a test runs it, or lets it stand."""

    def __init__(self) -> None:
        self.backups: dict[str, Mapping[str, object]] = {}
        self.uploads: dict[str, Mapping[str, object]] = {}
        self.running: set[str] = set()

    def start_backup(self, name: str, payload: Mapping[str, object]) -> None:
        if name not in self.backups:
            self.backups[name] = payload
            self.running.add(name)

    def start_upload(self, name: str, payload: Mapping[str, object]) -> None:
        if name not in self.uploads:
            self.uploads[name] = payload
            self.running.add(name)

    def stop_backup(self, name: str, reason: str) -> None:
        self.running.discard(name)

    def stop_upload(self, name: str, reason: str) -> None:
        self.running.discard(name)

    def backup_running(self, name: str) -> bool:
        return name in self.running

    def upload_running(self, name: str) -> bool:
        return name in self.running


class FakeMailer:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, str]] = []

    def send(self, to: str, subject: str, text: str, html: str) -> None:
        self.sent.append((to, subject, text, html))
