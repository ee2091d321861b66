"""Names of files and folders as text that can be kept and shown.

On Linux a name is bytes. What came from a Korean Windows is often CP949, which Python hands out
with lone surrogates in it; those fit in no database, ZIP or terminal.
"""

import os

from pyeonji.imap.lexer import decode_name

from ..model import SourceConfig, SourceKind

#: No name of a file and no path below a root begins so.
_RAW = "//"


def readable(name: str) -> str:
    """A name for people: bytes that are no UTF-8 are CP949, else what can be shown of them."""
    if _is_text(name):
        return name
    raw = os.fsencode(name)
    try:
        return raw.decode("cp949")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")


def kept(name: str) -> str:
    """A name as text without surrogates; `restored` is its inverse."""
    return name if _is_text(name) else _RAW + os.fsencode(name).hex()


def restored(name: str) -> str:
    """A name as the system spells it."""
    return os.fsdecode(bytes.fromhex(name.removeprefix(_RAW))) if name.startswith(_RAW) else name


def readable_folder(config: SourceConfig, name: str) -> str:
    """A person's path for a folder known only by the source's own spelling."""
    if config.kind is SourceKind.imap:
        return decode_name(name.encode("utf-8"))
    return readable(restored(name)) or "INBOX"


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)
