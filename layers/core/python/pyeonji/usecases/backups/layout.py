"""Which messages go into which volume, and the exact bytes of everything but the mail.

Pure: the index's messages in, volumes out. A volume's stream is mail, manifest, directory; all
sizes are known before a byte is copied.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pyeonji import json_text
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import Backup, ChosenMailbox
from pyeonji.domain.ids import instant_of
from pyeonji.domain.manifest import (
    ARCHIVE_NAME,
    CHUNKS_NAME,
    FOLDER_NAME,
    Listed,
    archive_json,
    folder_entry,
    folder_json,
)
from pyeonji.domain.messages import Message
from pyeonji.domain.periods import PeriodKind, days_of
from pyeonji.mime.naming import (
    ARCHIVE_UNITS,
    fitted,
    mailbox_folder,
    safe_component,
    units_of,
)
from pyeonji.search.packing import CHUNK, chunks_of
from pyeonji.usecases.backups.copying import MIN_PART, VolumePlan, plan_parts, runs_of
from pyeonji.usecases.backups.pages import FOLDER, PAGE_BYTES, index_pages, month_of, page_row
from pyeonji.zipio.directory import record_length
from pyeonji.zipio.member import METHOD_DEFLATED, Member, Packed, stored
from pyeonji.zipio.segment import tail_of

#: What a volume holds beside its messages: the heads of both manifest files with their headers
#: and records (a path is at most 150 bytes and stands there six times), the end records.
_OVERHEAD = 8 * 1024
#: A search file's own pages, of which a volume has at least one.
_SEARCH_FILE = 64 * 1024
#: What stands in a volume beside a message's packed bytes: its headers, its record, its lines in
#: the manifest and in the pages, its words. 648 without the last two, on the average of the 717
#: mails of the demo company's kim.
_BESIDE = 1900
#: Of `naming.ARCHIVE_UNITS`, what the mailbox may take in a volume's name.
_LABEL_UNITS = 30


class Searchable(NamedTuple):
    """A search file for a volume. An offset in it and `shift` are where the member stands there."""

    content: bytes
    shift: int


#: The search files of the messages of one volume, which stand in it in this order.
SearchFilesOf = Callable[[Sequence[Message]], Sequence[Searchable]]


@dataclass(frozen=True, slots=True)
class Layout:
    """One volume: its messages in order, how they are copied, and the bytes that follow them."""

    messages: tuple[Message, ...]
    plan: VolumePlan
    #: Manifest, pages and search files, central directory, end records.
    tail: bytes
    #: What people will see it called.
    filename: str = ""

    @property
    def bytes(self) -> int:
        """Size of the whole file."""
        return self.plan.mail_bytes + len(self.tail)


def volumes_of(messages: Iterable[Message], limit: int, zone: ZoneInfo) -> list[list[Message]]:
    """Cut a mailbox's messages into volumes of at most `limit` bytes, whole file.

    A message larger than the limit has a volume of its own, which is then larger: nobody's mail is
    left out. Messages are ordered so that long stretches of a segment stay together, with the
    short ones, which have to be gathered, behind them.
    """
    volumes: list[list[Message]] = []
    room = 0
    months: set[str] = set()
    for message in _in_copy_order(messages):
        cost = _cost(message, limit, zone)
        month = month_of(message, zone)
        if not volumes or cost + PAGE_BYTES * (month not in months) > room:
            volumes.append([])
            room = limit - _OVERHEAD - _search_room(limit)
            months.clear()
        volumes[-1].append(message)
        room -= cost + PAGE_BYTES * (month not in months)
        months.add(month)
    return volumes


def _search_room(limit: int) -> int:
    """What the search files' own pages may take; a tiny volume has no room for any."""
    return _SEARCH_FILE if limit >= 16 * _SEARCH_FILE else 0


def lay_out_mailbox(
    backup: Backup, mailbox: Mailbox, messages: Sequence[Message], zone: ZoneInfo, *, last_uid: int,
    search: SearchFilesOf | None = None,
) -> Iterator[Layout]:  # fmt: skip
    """The volumes of a mailbox, one after the other, with their names; `messages` are those of the
    period, in no order, and `last_uid` that of all the mailbox holds. How many: `volumes_of`.

    `search` makes the search files of some messages; a volume that would become too large with
    them has none.
    """
    label = mailbox_labels(backup.mailboxes)[mailbox.id]
    first = min(messages, key=lambda message: message.received, default=None)
    cut = volumes_of(messages, backup.volume_bytes, zone)
    for place, chosen in enumerate(cut, start=1):
        assert first is not None, "a volume has messages"
        name = volume_filename(backup, label, place, len(cut), zone, first)
        files = search(chosen) if search else []
        layout = lay_out(backup, mailbox, chosen, zone, last_uid=last_uid, search=files)
        if files and layout.bytes > backup.volume_bytes:
            layout = lay_out(backup, mailbox, chosen, zone, last_uid=last_uid)
        yield replace(layout, filename=name)


def count_volumes(messages: int, stored: int, limit: int) -> int:
    """About as many as `volumes_of` would cut, from nothing but how much there is."""
    return -(-(stored + messages * _BESIDE) // (limit - _OVERHEAD))


def _cost(message: Message, limit: int, zone: ZoneInfo) -> int:
    member = _member(message)
    entry = folder_entry(_listed(message))
    # The manifest is counted uncompressed: it never grows by packing. Four: two line ends.
    manifest = len(entry.item) + len(entry.file) + 4
    # Its words: some 430 bytes for 400 of them. What they really come to is known when they are
    # there; an estimate must come to the same number of files without them.
    words = 400 + min(message.compressed // 16, 2400)
    row = len(page_row(message, zone).encode("utf-8", "replace"))
    return member.length + record_length(member, shift=limit) + manifest + words + row


def _in_copy_order(messages: Iterable[Message]) -> list[Message]:
    chosen = list(messages)
    weight: dict[str, int] = {}
    for message in chosen:
        weight[message.segment] = weight.get(message.segment, 0) + message.compressed
    return sorted(
        chosen,
        key=lambda message: (
            weight[message.segment] <= MIN_PART,
            message.segment,
            message.offset,
        ),
    )


def lay_out(
    backup: Backup, mailbox: Mailbox, messages: Sequence[Message], zone: ZoneInfo, *, last_uid: int,
    search: Sequence[Searchable] = (),
) -> Layout:  # fmt: skip
    """One volume of `messages`, in the order they are given; `last_uid` is the whole mailbox's,
    `search` its search files."""
    plan = plan_parts(runs_of((message.segment, _member(message)) for message in messages))
    # Mail imported by an earlier version can stand in another folder: each has its own list, so
    # that who reads the volume finds every mail in one.
    folders: dict[str, list[Message]] = {mailbox_folder(mailbox.path): []}
    for message in messages:
        folders.setdefault(message.name.rpartition("/")[0] + "/", []).append(message)
    files = [
        (folder + FOLDER_NAME, _folder_json(backup, mailbox, listed, zone, last_uid))
        for folder, listed in folders.items()
        if listed
    ]
    files.append((ARCHIVE_NAME, _archive_json(backup, zone)))
    files += index_pages(mailbox.path, messages, zone)
    packed = _packed_search(search)
    made = backup.requested_at.astimezone(zone)
    tail = tail_of(list(_shifted(messages)), [*files, *packed], made)
    return Layout(tuple(messages), plan, tail)


def _packed_search(files: Sequence[Searchable]) -> list[tuple[str, Packed]]:
    """Their members, and that which says where the chunks of each begin, and where the mails stand:
    whoever looks for a word reads a few of them, and a mail, and not all of the directory."""
    packed, lengths = [], []
    for number, (content, _) in enumerate(files, start=1):
        chunks = chunks_of(content)
        lengths.append(chunks.lengths)
        member = Packed(METHOD_DEFLATED, zlib.crc32(content), len(content), chunks.data)
        packed.append((f"{FOLDER}/search/{number:04d}.sqlite", member))
    if packed:
        shifts = [file.shift for file in files]
        table = json_text.encode({"version": 1, "chunk": CHUNK, "files": lengths, "shifts": shifts})
        packed.append((f"{FOLDER}/search/{CHUNKS_NAME}", stored(table)))
    return packed


def mailbox_labels(mailboxes: Iterable[ChosenMailbox]) -> dict[str, str]:
    """What file names call each mailbox, by its id: safe on every desktop, no two alike.

    `a/b` and `a-b`, or two long names that begin alike, would otherwise give two files of one name,
    and whoever saves them into one folder keeps only the last. The second is called `a-b~2`.
    Nor do two differ in case alone: Windows and macOS do not tell those apart.
    """
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for mailbox in mailboxes:
        plain = label = fitted(safe_component(mailbox.path.replace("/", "-"), 90), _LABEL_UNITS)
        number = 1
        while label.casefold() in taken:
            number += 1
            mark = f"~{number}"
            label = fitted(plain, _LABEL_UNITS - len(mark)) + mark
        taken.add(label.casefold())
        labels[mailbox.id] = label
    return labels


def volume_filename(
    backup: Backup, label: str, place: int, count: int, zone: ZoneInfo, first: Message
) -> str:
    """A name for people: company, account, mailbox (`label`), days, `1of3`. At most
    `naming.ARCHIVE_UNITS` long: company and account give way first."""
    user, _, domain = backup.account.rpartition("@")
    start, end = days_of(backup.span, zone)
    if backup.period.kind is PeriodKind.ALL:
        # "All" begins in 1970; a person wants to read when their mail begins.
        start = min(first.received_at.astimezone(zone).date(), end)
    rest = "_".join((label, f"{start:%Y%m%d}-{end:%Y%m%d}", f"{place}of{count}"))
    room = ARCHIVE_UNITS - units_of(rest) - 2
    person = fitted(safe_component(user, 40), room // 2)
    company = fitted(safe_component(domain, 60), room - units_of(person))
    return "_".join((company, person, rest)) + ".zip"


def places_in_volume(messages: Sequence[Message]) -> list[int]:
    """Where the member of each begins in the volume."""
    return [member.offset for member in _shifted(messages)]


def _shifted(messages: Sequence[Message]) -> Iterator[Member]:
    """The members with their offsets in the volume: prefix sums of what is copied."""
    position = 0
    for message in messages:
        member = _member(message, position)
        yield member
        position += member.length


def _member(message: Message, offset: int | None = None) -> Member:
    return Member(
        name=message.name,
        method=message.method,
        crc=message.crc,
        compressed=message.compressed,
        size=message.size,
        dos_time=message.dos_time,
        offset=message.offset if offset is None else offset,
    )


def _listed(message: Message) -> Listed:
    return Listed(
        filename=message.name.rpartition("/")[2],
        flags=message.flags,
        uid=message.uid,
        sha256=message.digest,
        received=message.received_at,
        size=message.size,
    )


def _folder_json(
    backup: Backup,
    mailbox: Mailbox,
    messages: Sequence[Message],
    zone: ZoneInfo,
    last_uid: int,
) -> bytes:
    first, last = days_of(backup.span, zone)
    whole = backup.period.kind is PeriodKind.ALL
    return folder_json(
        path=mailbox.path,
        identity=mailbox.id,
        special_use=mailbox.special_use,
        # UIDVALIDITY is 32 bits and never changes for a mailbox: the second it was made.
        validity=int(instant_of(mailbox.id).timestamp()) & 0xFFFFFFFF or 1,
        last_uid=last_uid,
        entries=[folder_entry(_listed(message)) for message in messages],
        comment=(f"to {last}" if whole else f"{first} to {last}")
        + (f", found by {backup.query}" if backup.query else ""),
    )


def _archive_json(backup: Backup, zone: ZoneInfo) -> bytes:
    return archive_json(
        identity=backup.id,
        name=f"{backup.account} ({backup.requested_at.astimezone(zone):%Y-%m-%d})",
        made=backup.requested_at,
        account=backup.account,
        timezone=str(zone),
        follows=backup.follows,
    )
