"""Mail as it lies on a disk: a folder of EML files, Apple's emlx and mbox files, or one of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from zipfile import is_zipfile

from infra.local.places import LocalError
from pyeonji.domain.manifest import Listed
from pyeonji.mime.mbox import looks_like_mbox, read_mbox
from pyeonji_client.sources.emlx import read_emlx

_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """One message, or what stands where one should be; then `data` is None, and `refused` why."""

    name: str
    data: bytes | None
    size: int
    modified: datetime | None
    #: What the program that kept it says of it: marks, when it was received.
    marks: Listed | None = None
    #: Why there is no data.
    refused: str = "too_large"


def files_of(source: Path) -> list[Path]:
    """Every file of a folder in a fixed order, hidden ones left out. Raises LocalError."""
    if source.is_file():
        if is_zipfile(source):
            # It would be taken for one mail: its members' headers lie in it for all to see.
            raise LocalError(f"{source} is a ZIP; upload it on the page, or unpack it first")
        return [source]
    if not source.is_dir():
        raise LocalError(f"{source}: no such folder or mbox")
    found = [
        path
        for path in source.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(source).parts)
    ]
    if not found:
        raise LocalError(f"{source} holds no files")
    return sorted(found)


def messages_of(path: Path, name: str, limit: int, *, in_folder: bool) -> Iterator[Found]:
    """The messages of one file: the file itself, or each of an mbox.

    `.emlx` is the mail in it, with Apple Mail's marks; one that is torn, or whose attachments are
    not beside it, is refused. `.eml` is one message whatever it begins with (a mail may have kept
    its From_ line). Any other file is an mbox if it begins like one; in a folder of mail only if it
    holds several messages, because there every file is a mail, and a mail is kept byte for byte. A
    message over `limit` bytes is reported, not loaded.
    """
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if path.suffix.lower() == ".emlx" and path.stat().st_size <= limit:
        yield _apple(path, name, modified)
        return
    with path.open("rb") as stream:
        if path.suffix.lower() != ".eml" and _is_mbox(stream, limit, 2 if in_folder else 1):
            for number, each in enumerate(read_mbox(stream, limit=limit), 1):
                size = each.length if each.data is None else len(each.data)
                yield Found(f"{name}#{number}", each.data, size, each.envelope_date or modified)
            return
        size = path.stat().st_size
        yield Found(name, stream.read() if size <= limit else None, size, modified)


def _apple(path: Path, name: str, modified: datetime) -> Found:
    content = path.read_bytes()
    found = read_emlx(content, path)
    if found is None or not found.whole:
        return Found(name, None, len(content), modified, refused="damaged")
    marks = Listed(name, found.flags, received=found.received)
    return Found(name, found.data, len(found.data), found.received or modified, marks)


def _is_mbox(stream: BinaryIO, limit: int, least: int) -> bool:
    """Whether it begins like one and holds at least so many messages; the stream is at 0 again."""
    found = 0
    if looks_like_mbox(stream.read(_HEAD)):
        stream.seek(0)
        found = sum(1 for _ in islice(read_mbox(stream, limit=limit), least))
    stream.seek(0)
    return found >= least
