"""Mail that is gone from a connected server, in a backup that asks for it: in a folder of its own.

A member's name stands in its local header, so these are put together anew, packed as they are, in
segments beside the plan, which live as long as it does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from pyeonji.domain.backups import Backup, plan_prefix
from pyeonji.domain.limits import SEGMENT_BYTES
from pyeonji.domain.messages import Message
from pyeonji.usecases.mail.reading import length_of
from pyeonji.worlds import HasMail, HasWork
from pyeonji.zipio.member import Packed
from pyeonji.zipio.segment import SegmentWriter

#: Beside the mails of a mailbox: `mail/<mailbox>/_gone/<file>.eml`.
FOLDER = "_gone"


class RenamesMail(HasMail, HasWork, Protocol):
    """What putting members together anew needs."""


def set_apart(
    world: RenamesMail, backup: Backup, mailbox_id: str, messages: Sequence[Message]
) -> list[Message]:
    """The same mails as members of another folder; done again, it writes the same."""
    found: list[Message] = []
    ordered = sorted(messages, key=lambda one: (one.segment, one.offset, one.key))
    for number, some in enumerate(_segments(ordered), start=1):
        key = f"{plan_prefix(backup.id)}{backup.plan}-gone-{mailbox_id}-{number:04d}.seg"
        writer = SegmentWriter()
        for message in some:
            data = world.mail.read(message.segment, message.offset, length_of(message))
            content = data[len(data) - message.compressed :]
            packed = Packed(message.method, message.crc, message.size, content)
            folder, _, file = message.name.rpartition("/")
            member = writer.add(f"{folder}/{FOLDER}/{file}", packed, message.dos_time)
            found.append(replace(message, segment=key, offset=member.offset, name=member.name))
        world.work.put(key, writer.getvalue())
    return found


def _segments(messages: Sequence[Message]) -> Iterator[list[Message]]:
    some: list[Message] = []
    size = 0
    for message in messages:
        if some and size + message.compressed > SEGMENT_BYTES:
            yield some
            some, size = [], 0
        some.append(message)
        size += message.compressed
    if some:
        yield some
