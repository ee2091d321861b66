"""Put chosen mails back on the server a company's mail lives on: as they were, also those that are
gone there and only kept here.

A ZIP of them is made here, with what our own manifest says of each, and is then an upload like any
other. Few mails: a whole mailbox, or years of it, are backed up and brought back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.errors import (
    BusyError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.domain.ids import instant_of, new_id
from pyeonji.domain.limits import MIB
from pyeonji.domain.manifest import FOLDER_NAME, Listed, folder_entry, folder_json
from pyeonji.domain.messages import Message
from pyeonji.domain.periods import BEGINNING, Span
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Upload, upload_key
from pyeonji.mime.naming import mailbox_folder
from pyeonji.ports import MissingObjectError
from pyeonji.usecases.accounts.readiness import require_mail
from pyeonji.usecases.mail.candidates import FindsCandidates, contents_of, cover
from pyeonji.usecases.mail.searching import read_query
from pyeonji.usecases.mail.selecting import find_all
from pyeonji.usecases.uploads.receive import start_machine
from pyeonji.worlds import HasAccounts, HasHomes, HasLimits, HasMachines, HasUploads, HasZips
from pyeonji.zipio.member import pack
from pyeonji.zipio.segment import SegmentWriter, tail_of

#: Mails of one request, and their bytes: the API has half a minute.
MAX_MAILS = 1_000
MAX_BYTES = 20 * MIB
#: Seconds a query may look.
_SECONDS = 12.0


class PutsBack(
    FindsCandidates, HasAccounts, HasHomes, HasUploads, HasZips, HasMachines, HasLimits, Protocol
):
    """What putting back needs."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The mails of a mailbox by their `keys` in the index, or by what a `query` finds in it; `to`:
    the id of the mailbox they go to, None for the one they are in."""

    mailbox_id: str
    keys: Sequence[str] | None = None
    query: str | None = None
    to: str | None = None


def put_back(world: PutsBack, *, account: str, chosen: Chosen, now: datetime) -> Upload:
    """An upload, received. ConflictError not_connected; NotFoundError mailbox, message;
    UnprocessableError nothing_to_back_up (the query finds none), too_much_at_once (`limit_bytes`);
    BusyError while mail is not searchable yet."""
    require_mail(world, account)
    if not world.homes.of(account.rpartition("@")[2]).connected:
        raise ConflictError("not_connected")
    mailbox = _mailbox(world, account, chosen.mailbox_id)
    target = mailbox if chosen.to is None else _mailbox(world, account, chosen.to)
    messages = _messages(world, account, mailbox, chosen, now)
    size = sum(message.size for message in messages)
    if len(messages) > MAX_MAILS or size > MAX_BYTES:
        raise UnprocessableError("too_much_at_once", limit_bytes=MAX_BYTES)
    data = _zip_of(world, mailbox, messages, now)
    upload = Upload(
        id=new_id(now),
        account=account,
        state=UploadState.RECEIVED,
        filename=f"{mailbox.path.rpartition('/')[2]}.zip",
        bytes=len(data),
        mailbox_id=target.id,
        mailbox_path=target.path,
        on_duplicate=OnDuplicate.SKIP,
        created_at=now,
        received_at=now,
        moved_at=now,
        multipart_id="",
        part_bytes=0,
        parts=0,
    )
    # Killed between the two, it is an object that nobody owns: reconciliation takes it away.
    world.zips.put(upload_key(account, upload.id), data, content_type="application/zip")
    world.uploads.create(upload)
    start_machine(world, upload)
    return upload


def _mailbox(world: HasAccounts, account: str, mailbox_id: str) -> Mailbox:
    mailbox = world.accounts.mailbox(account, mailbox_id)
    if mailbox is None:
        raise NotFoundError("mailbox")
    return mailbox


def _messages(
    world: PutsBack, account: str, mailbox: Mailbox, chosen: Chosen, now: datetime
) -> list[Message]:
    if (chosen.keys is None) == (chosen.query is None):
        raise InvalidRequestError(
            "keys", "missing_field" if chosen.keys is None else "unknown_field"
        )
    if chosen.keys is not None:
        keys = list(dict.fromkeys(chosen.keys))
        if not keys:
            raise InvalidRequestError("keys", "empty")
        found = world.index.find(account, mailbox.id, keys)
        if len(found) < len(keys):
            raise NotFoundError("message")
        return [found[key] for key in keys]
    query = read_query(chosen.query or "", world, "query")
    covered = cover(world, account, [mailbox], now)
    if covered.missing:
        raise BusyError("service_busy")
    span = Span(BEGINNING, now)
    answer = find_all(
        world, account=account, files=covered.files, query=query, span=span, seconds=_SECONDS
    )
    if answer.unsure:
        raise UnprocessableError("too_much_at_once", limit_bytes=MAX_BYTES)
    if not answer.messages:
        raise UnprocessableError("nothing_to_back_up")
    return answer.messages


def _zip_of(world: PutsBack, mailbox: Mailbox, messages: Sequence[Message], now: datetime) -> bytes:
    """As a volume of ours is: a folder with the mails, and what is known of each."""
    contents = contents_of(world, messages)
    folder = mailbox_folder(mailbox.path)
    writer, entries = SegmentWriter(), []
    for message in messages:
        content = contents.get((message.segment, message.offset))
        if content is None:
            raise MissingObjectError(message.segment)
        name = message.name.rpartition("/")[2]
        writer.add(folder + name, pack(content), message.dos_time)
        listed = Listed(
            name, message.flags, message.uid, message.digest, message.received_at, message.size
        )
        entries.append(folder_entry(listed))
    manifest = folder_json(
        path=mailbox.path,
        identity=mailbox.id,
        special_use=mailbox.special_use,
        validity=int(instant_of(mailbox.id).timestamp()) & 0xFFFFFFFF or 1,
        last_uid=max(message.uid for message in messages),
        entries=entries,
    )
    local = now.astimezone(world.limits.zone)
    tail = tail_of(writer.members, [(folder + FOLDER_NAME, manifest)], local)
    return writer.getvalue() + tail
