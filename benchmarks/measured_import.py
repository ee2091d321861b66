"""The functions' own import of a ZIP, run in this process on a local cloud, and what it cost."""

import copy
import os
import resource
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.people import PEOPLE
from pyeonji.bootstrap import Services
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MIB
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Upload
from pyeonji.ports import StoredPart
from pyeonji.usecases.uploads.chunk import import_chunk
from pyeonji.usecases.uploads.chunk_list import read_chunk_index
from pyeonji.usecases.uploads.inspect import inspect_upload
from pyeonji.usecases.uploads.request import UploadRequest, request_upload
from pyeonji.usecases.uploads.settle import settle_upload

ACCOUNT = PEOPLE[0].email
_TICKS = os.sysconf("SC_CLK_TCK")
_KEY = "bench/mail.zip"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one import: processor seconds (user and system) of this process and of the emulator's,
    bytes read of the ZIP, requests by service."""

    seconds: float
    emulator: float
    zip_bytes: int
    requests: dict[str, int]

    def requests_a_thousand(self, mails: int) -> str:
        """`S3 12.3, DynamoDB 25.0`."""
        return ", ".join(f"{name} {n * 1000 / mails:.1f}" for name, n in self.requests.items())


def write_zip(path: Path, mails: Iterable[bytes], level: int = 6) -> int:
    """An archive as a person's tool would write it; returns the bytes of mail."""
    total = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for number, mail in enumerate(mails):
            archive.writestr(f"받은편지함/{number:06}.eml", mail)
            total += len(mail)
    return total


class ArrivedZip:
    """The ZIP in a bucket where its arrival starts no machine; counts what is read of it."""

    def __init__(self, its: Services, path: Path) -> None:
        self._work = its.work
        self.bytes_read = 0
        multipart = its.work.open_multipart(_KEY, content_type="application/zip")
        parts: list[StoredPart] = []
        with path.open("rb") as file:
            while data := file.read(64 * MIB):
                parts.append(its.work.put_part(_KEY, multipart, len(parts) + 1, data))
        its.work.complete(_KEY, multipart, parts)

    def open_multipart(self, key: str, *, content_type: str) -> str:
        """Nothing is sent: it is here already."""
        return "here"

    def size(self, key: str) -> int:
        """Bytes of the ZIP."""
        return self._work.size(_KEY)

    def read(self, key: str, start: int, length: int) -> bytes:
        """A ranged GET, counted."""
        data = self._work.read(_KEY, start, length)
        self.bytes_read += len(data)
        return data


def measured_import(its: Services, arrived: ArrivedZip, emulator: int) -> Cost:
    """Import `arrived` into a new mailbox, chunk after chunk; `emulator` is its process id."""
    upload = _received(its, arrived)
    read = arrived.bytes_read
    requests = _count_requests(its)
    begun, theirs = own_seconds(), process_seconds(emulator)
    _steps(its, arrived, upload)
    return Cost(
        own_seconds() - begun,
        process_seconds(emulator) - theirs,
        arrived.bytes_read - read,
        dict(requests),
    )


def _received(its: Services, arrived: Any) -> Upload:
    now = datetime.now(UTC)
    box = Mailbox(new_id(now), f"성능 측정/{new_id(now)}")
    its.accounts.create_mailbox(ACCOUNT, box)
    upload = request_upload(
        with_zips(its, arrived),
        account=ACCOUNT,
        wanted=UploadRequest("mail.zip", arrived.size(_KEY), box.id, OnDuplicate.SKIP),
        now=now,
    )
    received = replace(upload, state=UploadState.RECEIVED, received_at=now)
    its.uploads.move(received, upload)
    return received


def with_zips(its: Services, arrived: Any) -> Any:
    """The same services, but for where ZIPs arrive."""
    world = copy.copy(its)
    world.zips = arrived
    return world


def _steps(its: Services, arrived: Any, upload: Upload) -> None:
    world, now = with_zips(its, arrived), upload.created_at
    who: dict[str, Any] = {"account": ACCOUNT, "upload_id": upload.id, "attempt": 1}
    inspect_upload(world, **who, now=now)
    for chunk in read_chunk_index(its.work, upload.id, 1):
        import_chunk(world, **who, chunk=chunk)
    settled = settle_upload(world, **who, now=now).upload
    assert settled is not None and settled.state is UploadState.COMPLETED
    assert settled.totals.imported == settled.entries


def _count_requests(its: Services) -> dict[str, int]:
    """Requests by service from now on, each as botocore sends it."""
    found = {"S3": 0, "DynamoDB": 0}
    for name, client in (("S3", its._s3), ("DynamoDB", its._dynamodb)):

        def count(name: str = name, **_: Any) -> None:
            found[name] += 1

        client.meta.events.register("before-send", count, unique_id=f"{name}-{id(found)}")
    return found


def own_seconds() -> float:
    """Processor seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def children_seconds() -> float:
    """Processor seconds of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def process_seconds(pid: int) -> float:
    """Processor seconds of another process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
