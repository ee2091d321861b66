"""Apple Mail's `.emlx`: a count of bytes, the mail, a property list; attachments may lie beside it.

A `.partial.emlx` has its attachments cut out and marked with `X-Apple-Content-Length`; they are
in `Attachments/<number>/<part>/` beside `Messages`. They are put back where they were cut out,
which makes a mail of the same parts and not of the same bytes.
"""

import base64
import binascii
import plistlib
import quopri
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_COUNT = re.compile(rb"\s*(\d{1,12})[ \t]*\r?\n")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CUT = re.compile(rb"^x-apple-content-length:[^\n]*\n", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb'boundary[ \t]*=[ \t]*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))', re.I)
_MULTIPART = re.compile(rb"^content-type:[ \t]*(?:\r?\n[ \t]+)?multipart/", re.I | re.M)
_ENCODING = re.compile(rb"^content-transfer-encoding:[ \t]*([!-~]+)", re.IGNORECASE | re.MULTILINE)
_FLAGS = {0: "\\Seen", 2: "\\Answered", 4: "\\Flagged", 6: "\\Draft", 8: "$Forwarded"}
_DELETED = 1 << 1
#: Parts within parts; deeper is no mail.
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Emlx:
    """What a file holds. `whole` is False where attachments are missing; `joined` says that
    some were put back in."""

    data: bytes
    flags: tuple[str, ...]
    received: datetime | None
    deleted: bool
    whole: bool
    joined: bool


class _MissingError(Exception):
    """An attachment that is not there."""


def read_emlx(content: bytes, path: Path) -> Emlx | None:
    """The mail of a file; None where it is no emlx."""
    count = _COUNT.match(content)
    if count is None or count.end() + int(count[1]) > len(content):
        return None
    data = content[count.end() : count.end() + int(count[1])]
    flags, received = _properties(content[count.end() + int(count[1]) :])
    whole, joined = True, False
    if path.name.lower().endswith(".partial.emlx"):
        number = path.name.split(".", 1)[0]
        try:
            data = _rejoined(data, path.parent.parent / "Attachments" / number)
            joined = True
        except _MissingError:
            whole = False
    return Emlx(
        data,
        tuple(flag for bit, flag in _FLAGS.items() if flags >> bit & 1),
        received,
        bool(flags & _DELETED),
        whole,
        joined,
    )


def _properties(tail: bytes) -> tuple[int, datetime | None]:
    """(flags, when it was received) of the property list behind the mail."""
    try:
        found = plistlib.loads(tail.strip(), fmt=plistlib.FMT_XML)
    except Exception:  # noqa: BLE001 - plistlib raises what its parsers raise; the mail is whole
        return 0, None
    if not isinstance(found, dict):
        return 0, None
    flags, stamp = found.get("flags"), found.get("date-received")
    try:
        received = datetime.fromtimestamp(float(stamp), UTC) if stamp else None
    except (TypeError, ValueError, OverflowError, OSError):
        received = None
    return flags if isinstance(flags, int) and flags >= 0 else 0, received


def _rejoined(data: bytes, attachments: Path) -> bytes:
    """The mail with what was cut out of it. Raises _MissingError, also where nothing says what."""
    if not _CUT.search(data):
        raise _MissingError
    return _part(data, attachments, "", 0)


def _part(part: bytes, attachments: Path, number: str, depth: int) -> bytes:
    end = _HEADER_END.search(part)
    if end is None or depth > MAX_DEPTH:
        return part
    header, body = part[: end.end()], part[end.end() :]
    if _CUT.search(header):
        return _CUT.sub(b"", header) + _attachment(header, attachments / (number or "1"))
    boundary = _BOUNDARY.search(header) if _MULTIPART.search(header) else None
    if boundary is None:
        return part
    mark = re.escape(boundary[1] or boundary[2])
    pieces = re.split(rb"(^--" + mark + rb"(?:--)?[ \t]*\r?\n?)", body, flags=re.MULTILINE)
    for count, index in enumerate(range(2, len(pieces), 2), start=1):
        if pieces[index - 1].rstrip().endswith(mark.replace(b"\\", b"") + b"--"):
            break
        below = f"{number}.{count}" if number else str(count)
        pieces[index] = _part(pieces[index], attachments, below, depth + 1)
    return header + b"".join(pieces)


def _attachment(header: bytes, place: Path) -> bytes:
    """The file that was cut out, as its header says it is written."""
    files = sorted(place.iterdir()) if place.is_dir() else []
    files = [file for file in files if file.is_file() and not file.name.startswith(".")]
    if len(files) != 1:
        raise _MissingError
    content = files[0].read_bytes()
    found = _ENCODING.search(header)
    encoding = found[1].lower() if found else b""
    if encoding == b"base64":
        return base64.encodebytes(content) + b"\n"
    if encoding == b"quoted-printable":
        try:
            return quopri.encodestring(content) + b"\n"
        except (binascii.Error, ValueError):
            raise _MissingError from None
    return content + b"\n"
