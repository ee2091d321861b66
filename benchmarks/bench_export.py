"""A mailbox of 3,000 mails, 300 MB, on the local cloud: whole, and a random half of its mails.

Beside ours, in turn, in one run: the straightforward way (16 threads of GET, zipfile, multipart
upload of the result), the same with stream-zip, and bare copying of the same segments inside S3.
Also counts the mail bytes that our functions' code reads and writes while it makes that backup.
"""

import copy
import io
import json
import random
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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

MAILS = 3000
BYTES = 300_000_000
ROUNDS = 3
_BUCKET = "straightforward"
_THREADS = 16
#: As many copies at once as an export has in flight.
_COPIES = 32
_PORTS = 4590
#: Noon in Seoul: half of the mails are of one day, half of another, in no order.
_EARLIER, _LATER = (datetime(2025, 5, day, 3, tzinfo=UTC) for day in (5, 6))


def rows() -> Iterator[Row]:
    """Starts a local cloud of its own; it takes a minute or so."""
    with TemporaryDirectory(prefix="pyeonji-bench-") as folder:
        where = Places(_PORTS, _PORTS + 1, Path(folder), {})
        with local_cloud(where) as (said, _):
            yield from _rows(where, said)


def _rows(where: Places, said: dict[str, Any]) -> Iterator[Row]:
    kim = said["accounts"][0]
    api = Api(said["api_url"]).sign_in(kim["email"], kim["password"])
    its = services(where)
    mailbox = mailbox_at(its, kim["email"], "성능 측정")
    mails = list(bulk_mail(MAILS, BYTES))
    draw = random.Random(1)
    half = sorted(draw.sample(range(MAILS), MAILS // 2))
    days = [_EARLIER] * MAILS
    for number in half:
        days[number] = _LATER
    incoming = (
        Incoming(f"{n}.eml", mail, len(mail), manifest=Listed("", (), received=days[n]))
        for n, mail in enumerate(mails)
    )
    import_into(its, kim["email"], mailbox, incoming, where.folder / "bench.jsonl")
    s3 = boto3.session.Session(KEY, KEY, region_name=REGION).client(
        "s3", endpoint_url=where.cloud_url, config=Config(max_pool_connections=_COPIES)
    )
    s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    with ThreadPoolExecutor(_THREADS) as pool:
        list(
            pool.map(
                lambda n: s3.put_object(Bucket=_BUCKET, Key=f"{n}.eml", Body=mails[n]),
                range(MAILS),
            )
        )
    whose = kim["email"]
    everything = _Asked(Period(PeriodKind.ALL), range(MAILS))
    later = _Asked(Period(PeriodKind.RANGE, _LATER.date(), _LATER.date()), half)
    segments = sorted({message.segment for message in its.index.read(whose, mailbox.id)})
    # A first run of each starts the workers, as a busy service has them.
    _service(api, its, whose, mailbox.id, everything)
    _straightforward(s3, everything.mails, _zipfile)
    size = s3.head_object(Bucket=_BUCKET, Key="volume.zip")["ContentLength"]
    code, service, theirs, streamed, bare = in_turn(
        ROUNDS,
        lambda: _timed(lambda: _counted(its, whose, mailbox.id, everything)),
        lambda: _service(api, its, whose, mailbox.id, everything),
        lambda: _straightforward(s3, everything.mails, _zipfile),
        lambda: _straightforward(s3, everything.mails, _stream_zip),
        lambda: _timed(lambda: _copy_bare(s3, its.mail.name, segments)),
    )
    instead = f"{theirs:.1f} s  16 x GET, zipfile, upload"
    job = f"back up a mailbox of {MAILS:,} mails, {BYTES // 10**6} MB"
    ready = "  from request to ready, API and machine too"
    yield Row(f"{job}, code by code", f"{code:.1f} s", instead, theirs / code, "12")
    yield Row(ready, f"{service:.1f} s", instead, theirs / service, "12")
    with_stream = f"{streamed:.1f} s  16 x GET, stream-zip, upload"
    yield Row("  beside stream-zip", f"{service:.1f} s", with_stream, streamed / service)
    copying = f"{bare:.1f} s  {len(segments)} x UploadPartCopy, nothing else"
    yield Row("  beside bare copying, code by code", f"{code:.1f} s", copying, bare / code, "0.5")
    yield Row("  beside bare copying", f"{service:.1f} s", copying, bare / service, "0.5")
    mail, volumes = _counted(its, whose, mailbox.id, everything)
    yield Row(
        f"  bytes through functions ({volumes.copies} copies inside S3)",
        f"{mail.bytes_read:,} of mail, {volumes.bytes_written:,} sent",
        f"{BYTES:,} of mail, {size:,} sent",
        (BYTES + size) / (mail.bytes_read + volumes.bytes_written),
        "0 of mail",
    )
    code, service, theirs = in_turn(
        ROUNDS,
        lambda: _timed(lambda: _counted(its, whose, mailbox.id, later)),
        lambda: _service(api, its, whose, mailbox.id, later),
        lambda: _straightforward(s3, later.mails, _zipfile),
    )
    instead = f"{theirs:.1f} s  16 x GET, zipfile, upload"
    yield Row(
        "a random half of its mails, code by code", f"{code:.1f} s", instead, theirs / code, "4"
    )
    yield Row(ready, f"{service:.1f} s", instead, theirs / service, "4")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A period, and the numbers of the mails that are in it."""

    period: Period
    mails: Sequence[int]


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _service(api: Api, its: Services, account: str, mailbox: str, wanted: _Asked) -> float:
    started = time.perf_counter()
    asked = api.post("/backups", {"mailboxes": [mailbox], "period": wanted.period.to_json()})
    # The item itself is looked at: asking the API twenty times a second would keep the emulator,
    # one process for everything, from the work that is measured.
    while True:
        backup = its.backups.get(account, asked["id"])
        assert backup is not None
        if backup.state not in WORKING_BACKUP:
            break
        time.sleep(0.02)
    taken = time.perf_counter() - started
    assert backup.state is BackupState.READY, backup.failure
    assert backup.messages == len(wanted.mails), backup.messages
    api.delete(f"/backups/{backup.id}")
    return taken


def _straightforward(s3: Any, mails: Sequence[int], packed: "_Packing") -> float:
    """What one writes first: fetch every mail, deflate it, send the ZIP."""

    def fetch(number: int) -> tuple[int, bytes]:
        body: bytes = s3.get_object(Bucket=_BUCKET, Key=f"{number}.eml")["Body"].read()
        return number, body

    def run() -> None:
        with ThreadPoolExecutor(_THREADS) as pool:
            target = packed(pool.map(fetch, mails))
        s3.upload_fileobj(target, _BUCKET, "volume.zip")

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


def _copy_bare(s3: Any, bucket: str, segments: Sequence[str]) -> None:
    """The segments into one object, as many at once as ours does."""
    upload = s3.create_multipart_upload(Bucket=_BUCKET, Key="bare")["UploadId"]

    def copy_one(number: int) -> dict[str, Any]:
        said = s3.upload_part_copy(
            Bucket=_BUCKET, Key="bare", UploadId=upload, PartNumber=number + 1,
            CopySource={"Bucket": bucket, "Key": segments[number]},
        )  # fmt: skip
        return {"PartNumber": number + 1, "ETag": said["CopyPartResult"]["ETag"]}

    with ThreadPoolExecutor(_COPIES) as pool:
        parts = list(pool.map(copy_one, range(len(segments))))
    s3.complete_multipart_upload(
        Bucket=_BUCKET, Key="bare", UploadId=upload, MultipartUpload={"Parts": parts}
    )


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


def _counted(
    its: Services, account: str, mailbox_id: str, asked: _Asked
) -> tuple[_Counting, _Counting]:
    """The functions' own use cases, run in this process on the same cloud, their bytes counted."""
    world = copy.copy(its)
    mail = world.mail = _Counting(its.mail)
    volumes = world.volumes = _Counting(its.volumes)
    world.machines = _Nobody()
    now = datetime.now(UTC)
    backup = request_backup(
        world,
        account=account,
        wanted=Wanted([mailbox_id], asked.period),
        now=now,
    )
    whose: dict[str, Any] = {"account": account, "backup_id": backup.id}
    for volume in plan_backup(world, now=now, **whose):
        for line in its.work.get(volume.items_key).splitlines():
            export_parts(world, number=volume.number, **json.loads(line), **whose)
        seal_volume(world, number=volume.number, now=now, **whose)
    done = its.backups.get(account, backup.id)
    assert done is not None and done.messages == len(asked.mails)
    discard_backup(its, done)
    return mail, volumes


if __name__ == "__main__":
    print_table(rows())
