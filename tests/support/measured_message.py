"""`python -m tests.support.measured_message <bytes> stored|deflated`: the most memory a
process takes that imports one mail of so many bytes, in bytes.

Everything is as in the function but S3, which hands the ZIP out of a file and throws segments away.
"""

import base64
import random
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from pyeonji.domain.uploads import Totals
from tests.support.company import found_company
from tests.support.fakes import World
from tests.support.uploading import UploadMachine, send

_HEAD = b"From: a@example.com\r\nDate: Mon, 1 Jun 2026 09:00:00 +0900\r\nSubject: x\r\n\r\n"


def mail(size: int) -> bytes:
    """A mail with a large attachment that does not shrink, in base64: three quarters packed."""
    random_bytes = random.Random(1).randbytes(size * 54 // 73 + 54)  # 54 bytes a line of 72
    body = base64.encodebytes(random_bytes)
    return _HEAD + body[: size - len(_HEAD) - 1] + b"\n"


def prepared(size: int, method: int, folder: Path) -> tuple[World, UploadMachine, Path]:
    """An upload of one such mail, up to where its one chunk is to be imported."""
    path = folder / "one.zip"
    with zipfile.ZipFile(path, "w", method, compresslevel=1) as archive:
        archive.writestr("one.eml", mail(size))
    world = World()
    limit = {"message_limit_bytes": size, "upload_limit_bytes": 1 << 40}
    machine = send(world, found_company(world), path.read_bytes(), **limit)
    machine.inspect()
    return world, machine, path


def measure(size: int, method: int) -> int:
    """Peak memory in bytes of importing it. In a process of its own: memory is not given back."""
    with tempfile.TemporaryDirectory() as folder:
        world, machine, path = prepared(size, method, Path(folder))
        world.zips.data.clear()

        def read(key: str, start: int, length: int) -> bytes:
            with path.open("rb") as file:
                file.seek(start)
                return file.read(length)

        def put(key: str, data: bytes, **_: Any) -> None:
            """S3 has it."""

        world.zips.read = read  # type: ignore[method-assign]
        world.mail.put = put  # type: ignore[method-assign]
        # What making the ZIP took is forgotten: the peak begins anew.
        Path("/proc/self/clear_refs").write_text("5")
        [chunk] = machine.chunks()
        end = machine.import_one(chunk)
        assert end.totals == Totals(imported=1), end
    status = Path("/proc/self/status").read_text()
    return next(
        int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")
    )


if __name__ == "__main__":
    method = {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}[sys.argv[2]]
    print(measure(int(sys.argv[1]), method))
