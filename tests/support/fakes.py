"""The ports, made of dictionaries. They keep the promises of `ports` and nothing else."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pyeonji.domain.accounts import Account, Company, Mailbox
from pyeonji.domain.limits import MOST_MARKS
from pyeonji.domain.messages import Found, Holder, Marks, Message, Weight
from pyeonji.domain.states import WORKING_UPLOAD
from pyeonji.domain.uploads import Totals, Upload
from pyeonji.ports import ChunkClosedError
from pyeonji.usecases.mail.shelf import SearchShelf
from tests.support.fake_identity import FakeAttempts, FakeIdentity, FakeLogins, FakeRecoveryCodes
from tests.support.fakes_audit import FakeAudit
from tests.support.fakes_due import FakeCensus, FakeDueIndex, FakeNotices
from tests.support.fakes_folders import FakeFolders, FakeFollowing
from tests.support.fakes_homes import FakeHomes, FakeMailServers, FakeSecrets
from tests.support.fakes_requests import FakeBackups, FakeSchedules, FakeUploads
from tests.support.fakes_store import FakeStore
from tests.support.worlds import limits

PAGE_URL = "https://mail.acme.example"


class World:
    """Everything a test needs, with a clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 6, 15, 3, 0, 0, tzinfo=UTC)) -> None:
        self.clock = now
        buckets: dict[str, FakeStore] = {}
        self.mail = FakeStore("mail", buckets, self.now)
        self.volumes = FakeStore("volumes", buckets, self.now)
        self.zips = FakeStore("zips", buckets, self.now)
        self.work = FakeStore("work", buckets, self.now)
        self.seals = FakeStore("seals", buckets, self.now)
        self.audit = FakeAudit()
        self.downloads = FakeDownloads()
        self.accounts = FakeAccounts()
        self.homes = FakeHomes(self.accounts)
        self.secrets = FakeSecrets()
        self.mail_servers = FakeMailServers()
        self.backups = FakeBackups()
        self.uploads = FakeUploads()
        self.schedules = FakeSchedules()
        self.index = FakeIndex(self.accounts, self.uploads)
        self.folders = FakeFolders()
        self.following = FakeFollowing(self.accounts, self.index)
        self.machines = FakeMachines()
        self.identity = FakeIdentity()
        self.logins = FakeLogins(self.identity)
        self.attempts = FakeAttempts()
        self.recovery_codes = FakeRecoveryCodes()
        self.mailer = FakeMailer()
        self.notices = FakeNotices()
        self.due = FakeDueIndex(self.backups, self.uploads, self.schedules)
        self.census = FakeCensus(self.accounts, self.backups, self.uploads, self.index)

        self.indexing = FakeIndexing()
        self.search_files = SearchShelf(self.mail)
        self.limits = limits()
        self.page_url = PAGE_URL

    def now(self) -> datetime:
        return self.clock

    def passing(self, error: Exception) -> bool:
        """On fakes only OSError is the service's."""
        return isinstance(error, OSError)

    def warn(self, kind: str, error: Exception) -> None:
        """What would be passed over is raised: on fakes nothing is throttled."""
        raise AssertionError(f"passed over: {kind}") from error


class FakeAccounts:
    def __init__(self) -> None:
        self.tenants: dict[str, Company] = {}
        self.profiles: dict[str, Account] = {}
        self.boxes: dict[tuple[str, str], Mailbox] = {}

    def account(self, email: str) -> Account | None:
        return self.profiles.get(email)

    def company(self, domain: str) -> Company | None:
        return self.tenants.get(domain)

    def put_account(self, account: Account) -> None:
        self.profiles[account.email] = account

    def put_company(self, company: Company) -> None:
        self.tenants[company.domain] = company

    def companies(self) -> Iterator[Company]:
        yield from (self.tenants[domain] for domain in sorted(self.tenants))

    def people(self, domain: str) -> Iterator[Account]:
        yield from (each for _, each in sorted(self.profiles.items()) if each.domain == domain)

    def change_account(self, email: str, changes: Mapping[str, object]) -> bool:
        if email not in self.profiles:
            return False
        person: Any = self.profiles[email]
        self.profiles[email] = dataclasses.replace(person, **changes)
        return True

    def set_language(self, email: str, language: str) -> bool:
        if email not in self.profiles:
            return False
        self.profiles[email] = dataclasses.replace(self.profiles[email], language=language)
        return True

    def set_notices(self, email: str, wanted: bool) -> bool:
        if email not in self.profiles:
            return False
        person = self.profiles[email]
        self.profiles[email] = dataclasses.replace(
            person, wants_notices=wanted, notices=person.notices or wanted
        )
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

    def rename_mailbox(self, email: str, was: Mailbox, now: Mailbox) -> bool:
        there = self.boxes[email, was.id]
        others = [box for box in self.mailboxes(email) if box.id != was.id]
        if there.path != was.path or any(box.path == now.path for box in others):
            return False
        self.boxes[email, was.id] = dataclasses.replace(
            there, path=now.path, special_use=now.special_use
        )
        return True

    def delete_mailbox(self, email: str, mailbox: Mailbox) -> bool:
        if self.boxes[email, mailbox.id].messages:
            return False
        del self.boxes[email, mailbox.id]
        return True


def _without(weights: Sequence[Weight], message: Message) -> list[Weight]:
    """Less the one of this message."""
    wanted = (message.received, message.size, message.compressed, message.mark)
    place = next(at for at, weight in enumerate(weights) if tuple(weight)[:4] == wanted)
    return [*weights[:place], *weights[place + 1 :]]


class FakeIndex:
    def __init__(self, accounts: FakeAccounts, uploads: FakeUploads) -> None:
        self._accounts = accounts
        self._uploads = uploads
        self.messages: dict[tuple[str, str], dict[str, Message]] = {}
        self.uids: dict[tuple[str, str], int] = {}
        self.markers: dict[tuple[str, str], Totals] = {}
        self.closed: set[tuple[str, str]] = set()
        self.intended: set[tuple[str, str, str]] = set()
        self.weights: dict[tuple[str, str], list[Weight]] = {}
        self.finds: dict[tuple[str, str], dict[str, list[Found]]] = {}

    def holders(self, account: str, mailbox_id: str, keys: Sequence[str]) -> dict[str, Holder]:
        held = self.messages.get((account, mailbox_id), {})
        return {key: Holder(held[key].origin, held[key].digest) for key in keys if key in held}

    def intend(self, upload_id: str, chunk: str, intent: str) -> None:
        if (upload_id, chunk) in self.markers:
            raise ChunkClosedError(chunk)
        self.intended.add((upload_id, chunk, intent))

    def intents(self, upload_id: str) -> list[tuple[str, str]]:
        return [(chunk, name) for owner, chunk, name in sorted(self.intended) if owner == upload_id]

    def fulfil(self, upload_id: str, chunk: str, intent: str) -> None:
        self.intended.discard((upload_id, chunk, intent))

    def add(self, account: str, mailbox_id: str, messages: Sequence[Message]) -> dict[str, Holder]:
        held = self.messages.setdefault((account, mailbox_id), {})
        lost: dict[str, Holder] = {}
        for message in messages:
            there = held.setdefault(message.key, message)
            if there is not message:
                lost[message.key] = Holder(there.origin, there.digest)
        return lost

    def find(self, account: str, mailbox_id: str, keys: Sequence[str]) -> dict[str, Message]:
        held = self.messages.get((account, mailbox_id), {})
        return {key: held[key] for key in keys if key in held}

    def marked(self, account: str, mailbox_id: str, marks: Sequence[int]) -> list[Message]:
        wanted = {f"{mark:08x}" for mark in marks}
        return [one for one in self.read(account, mailbox_id) if one.key[:8] in wanted]

    def read(
        self, account: str, mailbox_id: str, keep: Callable[[Message], bool] | None = None
    ) -> Iterator[Message]:
        yield from filter(keep or bool, self.messages.get((account, mailbox_id), {}).values())

    def brought_by(self, account: str, mailbox_id: str, upload_id: str) -> Iterator[Message]:
        for message in self.read(account, mailbox_id):
            if message.origin.startswith(f"{upload_id}#"):
                yield message

    def close_chunk(self, upload_id: str, chunk: str) -> None:
        if (upload_id, chunk) not in self.markers:
            self.markers[upload_id, chunk] = Totals()
            self.closed.add((upload_id, chunk))

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
        *,
        found: Sequence[Found] = (),
        even_closed: bool = False,
        run: Upload | None = None,
    ) -> bool:
        closed = even_closed and (upload_id, chunk) in self.closed
        if run is not None:
            there = self._uploads.get(account, upload_id)
            if there is None or there.attempt != run.attempt:
                return False
            if there.state not in WORKING_UPLOAD:
                return False
        if (upload_id, chunk) in self.markers and not closed:
            return False
        self.closed.discard((upload_id, chunk))
        self.markers[upload_id, chunk] = totals
        self.weights.setdefault((account, mailbox_id), []).extend(weights)
        self.finds.setdefault((account, mailbox_id), {}).setdefault(upload_id, []).extend(found)
        box = self._accounts.boxes[account, mailbox_id]
        size = sum(weight.size for weight in weights)
        self._accounts.boxes[account, mailbox_id] = dataclasses.replace(
            box, messages=box.messages + len(weights), bytes=box.bytes + size
        )
        return True

    def weigh(self, account: str, mailbox_id: str) -> Iterator[Weight]:
        yield from self.weights.get((account, mailbox_id), [])

    def arrivals(self, account: str, mailbox_id: str) -> Iterator[tuple[int, int]]:
        return ((one.received, one.mark) for one in self.weigh(account, mailbox_id))

    def marks(self, account: str, mailbox_id: str) -> Marks:
        weights = list(self.weigh(account, mailbox_id))
        if len(weights) > MOST_MARKS:
            return Marks(frozenset(), frozenset(), complete=False)
        return Marks({weight.mark for weight in weights}, {weight.like for weight in weights} - {0})

    def found(self, account: str, mailbox_id: str) -> Iterator[tuple[str, Found]]:
        for upload_id, finds in self.finds.get((account, mailbox_id), {}).items():
            yield from ((upload_id, find) for find in finds)

    def take_out(
        self,
        account: str,
        mailbox_id: str,
        upload_id: str,
        leaving: Sequence[Message],
        staying: Sequence[tuple[Message, str]],
    ) -> None:
        held = self.messages.get((account, mailbox_id), {})
        weights = self.weights.get((account, mailbox_id), [])
        for message in leaving:
            del held[message.key]
            weights[:] = _without(weights, message)
        for message, origin in staying:
            held[message.key] = dataclasses.replace(message, origin=origin)
        box = self._accounts.boxes[account, mailbox_id]
        self._accounts.boxes[account, mailbox_id] = dataclasses.replace(
            box,
            messages=box.messages - len(leaving),
            bytes=box.bytes - sum(message.size for message in leaving),
        )
        self.finds.get((account, mailbox_id), {}).pop(upload_id, None)

    def counted(self, upload_id: str, chunk: str) -> Totals | None:
        return self.markers.get((upload_id, chunk))


class FakeDownloads:
    """The bucket's own addresses only, unless a test names a domain."""

    domain = ""

    def url(self, key: str, *, until: datetime, filename: str) -> str | None:
        if not self.domain:
            return None
        return f"https://{self.domain}/{key}?until={int(until.timestamp())}&name={filename}"


class FakeIndexing:
    """Remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, segments: Sequence[str]) -> None:
        self.asked += segments


class FakeMachines:
    """Remembers what was started; a test runs it, or lets it stand."""

    def __init__(self) -> None:
        self.backups: dict[str, Mapping[str, object]] = {}
        self.uploads: dict[str, Mapping[str, object]] = {}
        self.syncs: dict[str, Mapping[str, object]] = {}
        self.running: set[str] = set()

    def start_backup(self, name: str, payload: Mapping[str, object]) -> None:
        if name not in self.backups:
            self.backups[name] = payload
            self.running.add(name)

    def start_upload(self, name: str, payload: Mapping[str, object]) -> None:
        if name not in self.uploads:
            self.uploads[name] = payload
            self.running.add(name)

    def start_sync(self, name: str, payload: Mapping[str, object]) -> None:
        if name not in self.syncs:
            self.syncs[name] = payload
            self.running.add(name)

    def sync_running(self, name: str) -> bool:
        return name in self.running

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
