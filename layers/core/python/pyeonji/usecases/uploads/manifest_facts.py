"""What the manifests in an uploaded ZIP say of its messages.

A manifest is a help, never a condition: one that is too large, damaged or makes no sense is passed
over, and the mails speak for themselves.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from pyeonji.domain.limits import MIB
from pyeonji.domain.manifest import FOLDER_NAME, Listed, folder_path, read_folder_json
from pyeonji.usecases.uploads.chunk_list import Facts
from pyeonji.usecases.uploads.judging import manifest_kind
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import EntryError
from pyeonji.zipio.listing import Entry
from pyeonji.zipio.tail import Read

#: A folder.json of 200,000 messages, as many as fit into a volume, has about 80 MB.
MAX_MANIFEST = 128 * MIB
#: All of them in one ZIP; a person may have packed several volumes into one.
MAX_ALL = 192 * MIB
#: One that is not written line by line as ours are is parsed whole, at ten times its size.
_MAX_WHOLE = 16 * MIB
_BATCH = 1_000
#: Of what is ours in the manifest, as `folder_json` writes it.
_VERSION = re.compile(rb'(?<=\n\],"pyeonji":\{)"version":[0-9]{1,9},')


class ManifestFacts:
    """Facts by entry, looked up by name in whichever Unicode form it was packed again."""

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._paths: dict[str, str] = {}
        self._read = 0

    def add(self, entry: Entry, read: Read) -> None:
        """Read a manifest entry."""
        if manifest_kind(entry.name) != FOLDER_NAME or not entry.span:
            return
        # Packed data can be the longer of the two: empty blocks without end.
        held = max(entry.size, entry.compressed)
        self._read += held
        if held > MAX_MANIFEST or self._read > MAX_ALL:
            return
        try:
            unpacked = unpack_entry(
                entry, read(entry.offset, entry.span), entry.offset, MAX_MANIFEST
            )
        except EntryError:
            return
        folder = _plain(entry.name)[: -len(FOLDER_NAME)]
        path = folder_path(unpacked.message)
        if path is not None:
            self._paths[folder] = path
        for listed in _listed(unpacked.message):
            received = None if listed.received is None else int(listed.received.timestamp())
            self._facts[folder + _plain(listed.filename)] = Facts(
                received, listed.flags, listed.sha256
            )

    def path_of(self, folder: str) -> str | None:
        """The mailbox path the manifest of a folder names; `folder` ends in a slash."""
        return self._paths.get(_plain(folder)) if self._paths else None

    def of(self, entry: Entry) -> Facts | None:
        """What is known of an entry."""
        return self._facts.get(_plain(entry.name)) if self._facts else None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _listed(data: bytes) -> Iterator[Listed]:
    """Every message of a folder.json, a thousand at a time.

    Ours has a line an item and, further down, a line a file in the same order: pairs of them make
    small documents of the same shape, so that a large one is never parsed whole.
    """
    items, files = data.count(b'\n{"uid":'), data.count(b'\n"')
    if not items or items != files:
        if len(data) <= _MAX_WHOLE:
            yield from read_folder_json(data).values()
        return
    said = _VERSION.search(data)
    version = said[0] if said else b""
    pairs = zip(_lines(data, b'{"uid":'), _lines(data, b'"'), strict=False)
    while batch := list(islice(pairs, _BATCH)):
        part = b'{"items":[%b],"pyeonji":{%b"files":{%b}}}' % (
            b",".join(item for item, _ in batch),
            version,
            b",".join(file for _, file in batch),
        )
        yield from read_folder_json(part).values()


def _lines(data: bytes, start: bytes) -> Iterator[bytes]:
    """The lines that begin so, without the comma behind them."""
    marker = b"\n" + start
    at = data.find(marker)
    while at >= 0:
        end = data.find(b"\n", at + 1)
        yield data[at + 1 : end if end >= 0 else len(data)].rstrip(b", \r")
        at = data.find(marker, at + 1)
