"""Send a ZIP into a fake world, and run the upload machine by hand."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.limits import Limits
from pyeonji.domain.messages import Weight, like_of
from pyeonji.domain.uploads import Folders, LedgerRow, OnDuplicate, Outcome, Upload, upload_key
from pyeonji.usecases.mail.importing import entry_of
from pyeonji.usecases.uploads.chunk import ChunkEnd, import_chunk
from pyeonji.usecases.uploads.chunk_list import ChunkPointer, read_chunk_index
from pyeonji.usecases.uploads.cutting import cut_chunks
from pyeonji.usecases.uploads.inspect import Cutter, Inspected, inspect_upload
from pyeonji.usecases.uploads.receive import receive_upload
from pyeonji.usecases.uploads.request import UploadRequest, complete_upload, request_upload
from pyeonji.usecases.uploads.retry import retry_upload
from pyeonji.usecases.uploads.settle import Settled, settle_upload
from pyeonji.usecases.uploads.show import read_entries
from tests.support.company import KIM, letter_bytes, limits
from tests.support.fakes import World
from tests.support.faults import Faulty, KillSwitch
from tests.support.worlds import altered, limited, wrapped


def zip_of(
    entries: Mapping[str, bytes] | Iterable[tuple[str, bytes]],
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A ZIP made by Python's own zipfile."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in pairs:
            archive.writestr(name, data)
    return buffer.getvalue()


def small_chunks(entries: int) -> Cutter:
    """A cutter that puts at most `entries` entries into a chunk."""
    return lambda listed: cut_chunks(listed, max_entries=entries)


@dataclass
class UploadMachine:
    """What infra/statemachines/upload.asl.yaml does; `switch` kills it at one of its writes.

    `wrap` may put something else between the use cases and a port: (port's name, port) -> port.
    """

    world: World
    upload_id: str
    account: str = KIM
    cutter: Cutter = cut_chunks
    switch: KillSwitch = field(default_factory=KillSwitch)
    limits: Limits = field(default_factory=limits)
    wrap: Callable[[str, Any], Any] = lambda name, port: port
    passing: Callable[[Exception], bool] | None = None

    @property
    def seen(self) -> World:
        """The world as one invocation sees it."""
        world = altered(self.world, limits=self.limits, passing=self.passing or self.world.passing)
        return wrapped(world, lambda name, port: Faulty(self.wrap(name, port), self.switch))

    @property
    def upload(self) -> Upload:
        """As it is now."""
        upload = self.world.uploads.get(self.account, self.upload_id)
        assert upload is not None
        return upload

    def _who(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "upload_id": self.upload_id,
            "attempt": self.upload.attempt,
        }

    def inspect(self) -> Inspected:
        """The first step."""
        return inspect_upload(self.seen, **self._who(), now=self.world.clock, cutter=self.cutter)

    def chunks(self) -> list[ChunkPointer]:
        """What the machine maps over."""
        return read_chunk_index(self.world.work, self.upload_id, self.upload.attempt)

    def import_one(self, chunk: ChunkPointer) -> ChunkEnd:
        """A chunk."""
        return import_chunk(self.seen, **self._who(), chunk=chunk)

    def settle(self, failure: str | None = None) -> Settled:
        """The last step."""
        return settle_upload(self.seen, **self._who(), now=self.world.clock, failure=failure)

    def run(self) -> Upload:
        """To its end."""
        inspected = self.inspect()
        if inspected.failure is None:
            for chunk in self.chunks():
                self.import_one(chunk)
        self.settle(inspected.failure)
        return self.upload


def ask_to_upload(
    world: World,
    mailbox: Mailbox | None,
    size: int,
    *,
    filename: str = "메일.zip",
    on_duplicate: OnDuplicate = OnDuplicate.SKIP,
    folders: Folders = Folders.ONE,
    account: str = KIM,
    **changes: object,
) -> Upload:
    """POST /uploads."""
    return request_upload(
        limited(world, **changes),
        account=account,
        wanted=UploadRequest(
            filename, size, mailbox.id if mailbox else None, on_duplicate, folders
        ),
        now=world.clock,
    )


def put_parts(world: World, upload: Upload, data: bytes) -> None:
    """What a client does with the presigned URLs."""
    key = upload_key(upload.account, upload.id)
    for number in range(1, upload.parts + 1):
        start = (number - 1) * upload.part_bytes
        part = data[start : start + upload.part_bytes]
        world.zips.put_part(key, upload.multipart_id, number, part)


def send(
    world: World,
    mailbox: Mailbox | None,
    data: bytes,
    *,
    filename: str = "메일.zip",
    on_duplicate: OnDuplicate = OnDuplicate.SKIP,
    folders: Folders = Folders.ONE,
    **changes: Any,
) -> UploadMachine:
    """A ZIP up to the point where its machine is to run."""
    upload = ask_to_upload(
        world,
        mailbox,
        len(data),
        filename=filename,
        on_duplicate=on_duplicate,
        folders=folders,
        **changes,
    )
    put_parts(world, upload, data)
    complete_upload(world, account=upload.account, upload_id=upload.id, now=world.clock)
    receive_upload(world, key=upload_key(upload.account, upload.id), now=world.clock)
    return UploadMachine(world, upload.id, limits=limits(**changes))


def ledger(machine: UploadMachine) -> list[LedgerRow]:
    """Every row, page after page."""
    rows: list[LedgerRow] = []
    after: str | None = None
    while True:
        page = read_entries(
            machine.world,
            account=machine.account,
            upload_id=machine.upload_id,
            after=after,
            limit=1000,
        )
        rows += page.rows
        after = page.next
        if after is None:
            return rows


def mailbox_now(world: World, mailbox: Mailbox) -> Mailbox:
    """As it is now."""
    found = world.accounts.mailbox(KIM, mailbox.id)
    assert found is not None
    return found


def held(world: World, mailbox: Mailbox) -> dict[str, bytes]:
    """key -> the bytes of every mail of a mailbox, taken out of the segments."""
    import zlib

    mails: dict[str, bytes] = {}
    for message in world.index.read(KIM, mailbox.id):
        segment = world.mail.data[message.segment]
        name = message.name.encode()
        start = message.offset + 30 + len(name)
        data = segment[start : start + message.compressed]
        mails[message.key] = zlib.decompress(data, -15) if message.method else data
    return mails


def assert_counts_agree(world: World, mailbox: Mailbox) -> None:
    """The mailbox's counts and its weights are what a full read finds."""
    messages = list(world.index.read(KIM, mailbox.id))
    box = mailbox_now(world, mailbox)
    assert (box.messages, box.bytes) == (len(messages), sum(one.size for one in messages))
    assert sorted(world.index.weigh(KIM, mailbox.id)) == sorted(
        Weight(one.received, one.size, one.compressed, one.mark, like_of(one.likeness))
        for one in messages
    )


def assert_ledger_agrees(world: World, mailbox: Mailbox, upload: Upload) -> None:
    """An ended upload says of every mail it brought that it did, and of no other."""
    rows = ledger(UploadMachine(world, upload.id))
    said = {row.index for row in rows if row.outcome is Outcome.IMPORTED}
    brought = world.index.brought_by(upload.account, mailbox.id, upload.id)
    assert said == {entry_of(message) for message in brought}
    assert upload.totals.imported == len(said)


def many(count: int, size: int = 600) -> dict[str, bytes]:
    """`count` mails by name."""
    return {f"메일/{n:04d}.eml": letter_bytes(n, size) for n in range(count)}


def retry(world: World, upload_id: str) -> UploadMachine:
    """POST /uploads/{id}/retry, and the machine of the new run."""
    retry_upload(world, account=KIM, upload_id=upload_id, now=world.clock)
    return UploadMachine(world, upload_id)
