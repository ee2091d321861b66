"""Names of `.eml` files inside a volume: readable, unique, and legal on every desktop.

`mail/<mailbox path>/<YYYYMMDD-HHMMSS>_<subject>_<unique>.eml`. A name is fixed when the mail is
imported, because it is part of the segment's bytes.

Linux counts a component in UTF-8 bytes (255), macOS and Windows in UTF-16 units (255), never more
than the bytes. Windows Explorer takes a path of 259 units at most, and unpacks a ZIP in Downloads
into a folder of the ZIP's name:

    C:\\Users\\<20>\\Downloads\\<ZIP's name: 80> (1)\\<member: 134>     40 + 84 + 1 + 134 = 259
    member: mail/<mailbox: 50>/<15>_<subject: 41 or more>_<16>.eml    5 + 50 + 1 + 37 + 41 = 134

20 is the longest name of a Windows account, ` (1)` what a browser puts behind a second download.
"""

import hashlib
import re
import unicodedata
from datetime import datetime
from functools import lru_cache

SUBJECT_BYTES = 120
FOLDER_BYTES = 100
PATH_UNITS = 50
"""UTF-16 units of a mailbox path; a longer one is cut and marked (the manifest has the whole)."""

MEMBER_UNITS = 134
ARCHIVE_UNITS = 80
"""Of a volume's own file name, without `.zip`."""

NO_SUBJECT = "(제목 없음)"
"""What Korean mail programs show in the list for a mail without a subject."""

NO_FOLDER = "_"

_SHORTEST_TITLE = 20  # characters: at most 40 units

# Two characters for every ten bits: base64.b32encode takes 7 µs, this 1.
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_BASE32 = [first + second for first in _DIGITS for second in _DIGITS]

_JOINER = "\u200d"

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ufffd]+')
# Invisible characters that turn text around or hide in it: bidi controls (a name "gpj.exe" that
# reads "exe.jpg"), zero-width space and BOM, soft hyphen, separators, tags, lone surrogates and
# noncharacters. The zero-width joiners stay: family emoji are made of them, and Indic words.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U000e0000-\U000e0fff\ud800-\udfff]"
)
# Windows: a device whatever the extension, and with the superscript digits too.
_DEVICE = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])(?=\s*(?:\.|$))", re.I
)


# Letters, digits and syllables with single spaces between: nothing of what is done below changes
# them, and most subjects are made of them.
_HARMLESS = re.compile(r"[0-9A-Za-z\uac00-\ud7a3]+(?:[ _-][0-9A-Za-z\uac00-\ud7a3]+)*")


def member_name(
    mailbox_path: str, received_local: datetime, subject: str | None, unique: str
) -> str:
    """The full name of a message's member.

    `received_local` is wall time where the account is; `unique` comes from `unique_of` and is
    what keeps two mails of one second and subject apart.
    """
    # No strftime: it writes year 1980 in the C library's idea of digits.
    t = received_local
    stamp = f"{t.year:04}{t.month:02}{t.day:02}-{t.hour:02}{t.minute:02}{t.second:02}"
    folder = mailbox_folder(mailbox_path)
    title = safe_component(subject or "", SUBJECT_BYTES)
    if len(title) > _SHORTEST_TITLE:  # else it fits beside any folder
        rest = MEMBER_UNITS - units_of(folder) - len(stamp) - len(unique) - len("__.eml")
        title = fitted(title, rest)
    return f"{folder}{stamp}_{title or NO_SUBJECT}_{unique}.eml"


@lru_cache(maxsize=64)  # half of a name's 15 µs, and an import writes into one mailbox
def mailbox_folder(mailbox_path: str) -> str:
    """`mail/<mailbox path>/`, each part of the path made safe, nothing that leads upwards."""
    parts = [safe_component(part, FOLDER_BYTES) for part in mailbox_path.split("/") if part.strip()]
    folder = "/".join(part or NO_FOLDER for part in parts) or NO_FOLDER
    if units_of(folder) > PATH_UNITS:
        # The mark keeps two long paths that begin alike apart when unpacked side by side.
        mark = hashlib.sha256(mailbox_path.encode("utf-8", "replace")).hexdigest()[:8]
        folder = f"{fitted(folder, PATH_UNITS - 9).rstrip('/')}~{mark}"
    return f"mail/{folder}/"


def unique_of(digest: bytes, keep: str = "") -> str:
    """16 characters of lower-case base32, 80 bits of a message's SHA-256.

    A copy that was kept on purpose (`keep`, an id) has the same bytes and another name. Lower
    case only, because Windows and macOS do not tell cases apart. 80 bits: a million mails of one
    second and subject meet with a chance of 4e-13.
    """
    if keep:
        digest = hashlib.sha256(digest + keep.encode()).digest()
    bits = int.from_bytes(digest[:10], "big")
    return "".join([_BASE32[bits >> shift & 1023] for shift in range(70, -1, -10)])


def safe_component(text: str, limit: int) -> str:
    """`text` as one component of a path, at most `limit` UTF-8 bytes; may come out empty.

    NFC (macOS unpacks either; Windows and people want Korean composed). What a file system
    refuses becomes `_`, invisible characters go, no dot or space leads or ends, device names of
    Windows get a `_` before them. Doing it twice is doing it once.
    """
    if len(text) * 3 <= limit and _HARMLESS.fullmatch(text) and not _DEVICE.match(text):
        return text
    # A character has a byte at least, so what is beyond this matters to no result worth having,
    # and normalising hostile text stays cheap.
    text = " ".join(_INVISIBLE.sub("", text[: limit * 8]).split())
    text = _UNSAFE.sub("_", unicodedata.normalize("NFC", text))
    # A leading dot hides a file on Linux and macOS; a trailing one Windows drops.
    text = _shorten(text.strip(" ."), limit).rstrip(" .")
    if _DEVICE.match(text):
        text = _shorten(f"_{text}", limit).rstrip(" .")
    return text


def units_of(text: str) -> int:
    """UTF-16 units, in which Windows counts: two for a character beyond the first 65,536."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitted(text: str, units: int) -> str:
    """A safe component or path, cut to at most so many UTF-16 units; still safe."""
    if units_of(text) <= units:
        return text
    data = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return _cut(text, len(data.decode("utf-16-le", "ignore"))).rstrip(" .")


def _shorten(text: str, limit: int) -> str:
    """At most `limit` UTF-8 bytes, cut between characters as a reader sees them."""
    data = text.encode()
    if len(data) <= limit:
        return text
    return _cut(text, len(data[:limit].decode("utf-8", "ignore")))


def _cut(text: str, end: int) -> str:
    """The first `end` characters, or a few less."""
    # Combining marks, emoji modifiers and joiners belong to the character before them. Bounded,
    # because marks may be all there is.
    for _ in range(16):
        if end and (_joins(text[end]) or text[end - 1] == _JOINER):
            end -= 1
    return text[:end]


def _joins(character: str) -> bool:
    return (
        character == _JOINER
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
