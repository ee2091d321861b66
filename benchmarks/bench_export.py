"""A mailbox of 3,000 mails, 300 MB, on the local cloud: whole, and a random half of its mails.

Beside ours, in turn, in one run: the straightforward way (16 threads of GET, zipfile, multipart
upload of the result), the same with stream-zip, and bare copying of the same segments inside S3.
Then our code alone with the objects on SeaweedFS, where the emulator is not what limits it.
Also counts the mail bytes that our functions' code reads and writes while it makes that backup.
"""

import copy
import io
import json
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import stream_zip
from botocore.config import Config

from benchmarks.row import Row, in_turn, print_table
from infra.local.api import Api
from infra.local.aws import KEY
from infra.local.bulk_mail import bulk_mail
from infra.local.importing import Incoming, import_into, mailbox_at
from infra.local.places import REGION, Places
from infra.local.services import services
from infra.local.up import local_cloud
from pyeonji.adapters.s3 import S3Bucket
from pyeonji.bootstrap import Services
from pyeonji.domain.manifest import Listed
from pyeonji.domain.periods import Period, PeriodKind
from pyeonji.domain.states import WORKING_BACKUP, BackupState
from pyeonji.ports import ObjectStore, StoredPart
from pyeonji.usecases.backups.end import discard_backup
from pyeonji.usecases.backups.parts import export_parts
from pyeonji.usecases.backups.plan import plan_backup
from pyeonji.usecases.backups.request import request_backup
from pyeonji.usecases.backups.seal import seal_volume
from pyeonji.usecases.backups.selection import Wanted
from tests.support import seaweed

MAILS = 3000
BYTES = 300_000_000
ROUNDS = 3
_BUCKET = "straightforward"
_THREADS = 16
#: As many copies at once as an export has in flight.
_COPIES = 32
_AS_MANY = Config(max_pool_connections=_COPIES)
_PORTS = 4590
#: Noon in Seoul: half of the mails are of one day, half of another, in no order.
_EARLIER, _LATER = (datetime(2025, 5, day, 3, tzinfo=UTC) for day in (5, 6))


def rows() -> Iterator[Row]:
    """Starts a local cloud of its own, then SeaweedFS beside it; takes some minutes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pyeonji-bench-")))
        where = Places(_PORTS, _PORTS + 1, folder / "local", {})
        said, _ = stack.enter_context(local_cloud(where))
        kim = said["accounts"][0]
        api = Api(said["api_url"]).sign_in(kim["email"], kim["password"])
        its = services(where)
        session = boto3.session.Session(KEY, KEY, region_name=REGION)
        s3 = session.client("s3", endpoint_url=where.cloud_url, config=_AS_MANY)
        yield from _on_the_local_cloud(_Filled.on(its, s3, kim["email"], folder), api)
        if seaweed.binary() is None:
            print("SeaweedFS is not there: our own cost is not measured apart", file=sys.stderr)
            return
        (folder / "weed").mkdir()
        fast = seaweed.client(stack.enter_context(seaweed.running(folder / "weed", volumes=100)))
        world = copy.copy(its)
        for name in ("mail", "volumes", "work"):
            fast.create_bucket(Bucket=name)
            setattr(world, name, S3Bucket(fast, name))
        yield from _on_seaweed(_Filled.on(world, fast, kim["email"], folder))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A period, and the numbers of the mails that are in it."""

    period: Period
    mails: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Filled:
    """A mailbox in our own way, and the same mails as an object each in a bucket beside it."""

    world: Services
    s3: Any
    account: str
    mailbox: str
    segments: Sequence[str]
    whole: _Asked
    half: _Asked

    @classmethod
    def on(cls, world: Services, s3: Any, account: str, folder: Path) -> "_Filled":
        """Filled with mails of two days, which of them is drawn by chance."""
        mailbox = mailbox_at(world, account, f"성능 측정 {time.time_ns()}")
        mails = list(bulk_mail(MAILS, BYTES))
        half = sorted(random.Random(1).sample(range(MAILS), MAILS // 2))
        days = [_EARLIER] * MAILS
        for number in half:
            days[number] = _LATER
        incoming = (
            Incoming(f"{n}.eml", mail, len(mail), manifest=Listed("", (), received=days[n]))
            for n, mail in enumerate(mails)
        )
        import_into(world, account, mailbox, incoming, folder / f"{mailbox.id}.jsonl")
        s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        with ThreadPoolExecutor(_THREADS) as pool:
            list(
                pool.map(
                    lambda n: s3.put_object(Bucket=_BUCKET, Key=f"{n}.eml", Body=mails[n]),
                    range(MAILS),
                )
            )
        return cls(
            world,
            s3,
            account,
            mailbox.id,
            sorted({message.segment for message in world.index.read(account, mailbox.id)}),
            _Asked(Period(PeriodKind.ALL), range(MAILS)),
            _Asked(Period(PeriodKind.RANGE, _LATER.date(), _LATER.date()), half),
        )


def _on_the_local_cloud(filled: _Filled, api: Api) -> Iterator[Row]:
    # A first run of each starts the workers, as a busy service has them.
    _service(api, filled, filled.whole)
    _straightforward(filled, filled.whole, _zipfile)
    size = filled.s3.head_object(Bucket=_BUCKET, Key="volume.zip")["ContentLength"]
    job = f"back up {MAILS:,} mails, {BYTES // 10**6} MB, request to ready"
    ours, theirs, streamed, bare = in_turn(
        ROUNDS,
        lambda: _service(api, filled, filled.whole),
        lambda: _straightforward(filled, filled.whole, _zipfile),
        lambda: _straightforward(filled, filled.whole, _stream_zip),
        lambda: _copy_bare(filled),
    )
    yield _row(job, ours, theirs, "16 x GET, zipfile, upload", "12")
    yield _row("", ours, streamed, "16 x GET, stream-zip, upload")
    yield _row("", ours, bare, f"{len(filled.segments)} x UploadPartCopy alone", "0.5")
    mail, volumes = _counted(filled, filled.whole)
    yield Row(
        f"  bytes through functions ({volumes.copies} copies inside S3)",
        f"{mail.bytes_read:,} of mail, {volumes.bytes_written:,} sent",
        f"{BYTES:,} of mail, {size:,} sent",
        (BYTES + size) / (mail.bytes_read + volumes.bytes_written),
        "0 of mail",
    )
    ours, theirs = in_turn(
        ROUNDS,
        lambda: _service(api, filled, filled.half),
        lambda: _straightforward(filled, filled.half, _zipfile),
    )
    yield _row("a random half of them", ours, theirs, "16 x GET, zipfile, upload", "4")


def _on_seaweed(filled: _Filled) -> Iterator[Row]:
    """Our code alone, the requests' machine left out; the index stays on the local cloud."""
    _counted(filled, filled.whole)
    ours, theirs, bare = in_turn(
        ROUNDS,
        lambda: _timed(lambda: _counted(filled, filled.whole)),
        lambda: _straightforward(filled, filled.whole, _zipfile),
        lambda: _copy_bare(filled),
    )
    yield _row("objects on SeaweedFS: all of them, our code", ours, theirs, "16 x GET, …", "12")
    yield _row("", ours, bare, f"{len(filled.segments)} x UploadPartCopy alone", "0.5")
    ours, theirs = in_turn(
        ROUNDS,
        lambda: _timed(lambda: _counted(filled, filled.half)),
        lambda: _straightforward(filled, filled.half, _zipfile),
    )
    yield _row("a random half of them, our code", ours, theirs, "16 x GET, …", "4")


def _row(job: str, ours: float, theirs: float, way: str, goal: str = "") -> Row:
    return Row(job, f"{ours:.2f} s", f"{theirs:.2f} s  {way}", theirs / ours, goal)


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _service(api: Api, filled: _Filled, wanted: _Asked) -> float:
    started = time.perf_counter()
    asked = api.post("/backups", {"mailboxes": [filled.mailbox], "period": wanted.period.to_json()})
    # The item itself is looked at: asking the API twenty times a second would keep the emulator,
    # one process for everything, from the work that is measured.
    while True:
        backup = filled.world.backups.get(filled.account, asked["id"])
        assert backup is not None
        if backup.state not in WORKING_BACKUP:
            break
        time.sleep(0.02)
    taken = time.perf_counter() - started
    assert backup.state is BackupState.READY, backup.failure
    assert backup.messages == len(wanted.mails), backup.messages
    api.delete(f"/backups/{backup.id}")
    return taken


def _straightforward(filled: _Filled, wanted: _Asked, packed: "_Packing") -> float:
    """What one writes first: fetch every mail, deflate it, send the ZIP."""

    def fetch(number: int) -> tuple[int, bytes]:
        body: bytes = filled.s3.get_object(Bucket=_BUCKET, Key=f"{number}.eml")["Body"].read()
        return number, body

    def run() -> None:
        with ThreadPoolExecutor(_THREADS) as pool:
            target = packed(pool.map(fetch, wanted.mails))
        filled.s3.upload_fileobj(target, _BUCKET, "volume.zip")

    return _timed(run)


_Packing = Callable[[Iterable[tuple[int, bytes]]], io.BytesIO]


def _zipfile(mails: Iterable[tuple[int, bytes]]) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, body in mails:
            archive.writestr(f"mail/{number}.eml", body)
    target.seek(0)
    return target


def _stream_zip(mails: Iterable[tuple[int, bytes]]) -> io.BytesIO:
    at = datetime(2025, 5, 5)
    members = (
        (f"mail/{number}.eml", at, 0o600, stream_zip.ZIP_32, (body,)) for number, body in mails
    )
    return io.BytesIO(b"".join(stream_zip.stream_zip(members)))


def _copy_bare(filled: _Filled) -> float:
    """The segments into one object inside S3, as many at once as ours does."""
    s3, segments = filled.s3, filled.segments
    started = time.perf_counter()
    upload = s3.create_multipart_upload(Bucket=_BUCKET, Key="bare")["UploadId"]

    def copy_one(number: int) -> dict[str, Any]:
        said = s3.upload_part_copy(
            Bucket=_BUCKET, Key="bare", UploadId=upload, PartNumber=number + 1,
            CopySource={"Bucket": filled.world.mail.name, "Key": segments[number]},
        )  # fmt: skip
        return {"PartNumber": number + 1, "ETag": said["CopyPartResult"]["ETag"]}

    with ThreadPoolExecutor(_COPIES) as pool:
        parts = list(pool.map(copy_one, range(len(segments))))
    s3.complete_multipart_upload(
        Bucket=_BUCKET, Key="bare", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    return time.perf_counter() - started


class _Counting:
    """A bucket whose bytes in and out are counted; everything else is passed through."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.bytes_read = self.bytes_written = self.copies = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def read(self, key: str, start: int, length: int) -> bytes:
        data = self._store.read(key, start, length)
        self.bytes_read += len(data)
        return data

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> StoredPart:
        self.bytes_written += len(data)
        return self._store.put_part(key, upload_id, number, data)

    def copy_part(self, *args: Any) -> StoredPart:
        self.copies += 1
        return self._store.copy_part(*args)


class _Nobody:
    """Machines that start nothing: the steps are run here instead."""

    def start_backup(self, name: str, payload: object) -> None:
        """Not started."""


def _counted(filled: _Filled, asked: _Asked) -> tuple[_Counting, _Counting]:
    """The functions' own use cases, run in this process on the same cloud, their bytes counted."""
    world: Any = copy.copy(filled.world)
    mail = world.mail = _Counting(filled.world.mail)
    volumes = world.volumes = _Counting(filled.world.volumes)
    world.machines = _Nobody()
    now = datetime.now(UTC)
    account = filled.account
    wanted = Wanted([filled.mailbox], asked.period)
    backup = request_backup(world, account=account, wanted=wanted, now=now)
    whose: dict[str, Any] = {"account": account, "backup_id": backup.id}
    for volume in plan_backup(world, now=now, **whose):
        for line in world.work.get(volume.items_key).splitlines():
            export_parts(world, number=volume.number, **json.loads(line), **whose)
        seal_volume(world, number=volume.number, now=now, **whose)
    done = world.backups.get(account, backup.id)
    assert done is not None and done.messages == len(asked.mails)
    discard_backup(filled.world, done)
    return mail, volumes


if __name__ == "__main__":
    print_table(rows())
