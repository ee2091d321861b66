"""Mail in Outlook's stores (`.pst`, `.ost`), read with libpff."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypff

from pyeonji.imap.special import holds_mail as named_for_mail
from pyeonji.imap.special import special_use_of

from ...errors import MissingSourceError, UnreadableError
from ...model import MAIL_LIMIT, Doubt, Folder, Lost, Mail, Seen, SourceConfig
from ..names import readable
from .letter import Attachment, Letter, flags, holds_mail, is_mail, rebuilt, received
from .properties import Properties, Tag
from .tnef import unfolded

#: Items compared with the journal at once.
WINDOW = 200
MAX_DEPTH = 32
#: Outlook writes in the code page of the system; ours are Korean. 0: libpff's own guess.
KOREAN = 949
_BLOCK = 1024 * 1024
#: Where the message store says a person's own folders begin ([MS-PST], 2.4.3).
_SUBTREE = 0x35E0


class PstSource:
    """See `model.Source`. Every folder of the store is a mailbox."""

    def __init__(self, config: SourceConfig):
        self._path = Path(config.path)
        if not self._path.is_file():
            raise MissingSourceError("path_missing", path=config.path)
        self._file: Any = None

    def _opened(self) -> Any:
        if self._file is None:
            found = pypff.file()
            try:
                found.open(str(self._path))
            except (OSError, RuntimeError) as error:
                raise UnreadableError("unreadable_store", path=readable(str(self._path))) from error
            self._file = found
        return self._file

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def careful(self) -> None:
        """Mails come one at a time anyway."""

    def doubts(self) -> Iterator[Doubt]:
        """Items the store itself has lost the place of."""
        count = int(self._opened().number_of_orphan_items)
        if count:
            yield Doubt("orphan_items", {"count": count})

    def folders(self) -> list[Folder]:
        """Every folder with something in it."""
        found: list[Folder] = []
        taken: set[str] = set()
        for identity, path, container, count in self._walk():
            if not count:
                continue
            name, extra = path, 2
            while path in taken:
                path, extra = f"{name}~{extra}", extra + 1
            taken.add(path)
            chosen = holds_mail(container) and named_for_mail(path)
            found.append(Folder(str(identity), path, special_use_of(path), chosen=chosen))
        if not found:
            raise MissingSourceError("no_mail_in_store", path=readable(str(self._path)))
        return found

    def _walk(self) -> Iterator[tuple[int, str, str, int]]:
        """(identifier, path, container class, items) of every folder a person sees."""
        top = self._top()
        todo: list[tuple[Any, tuple[str, ...], int]] = [(top, (), 0)]
        while todo:
            folder, parts, depth = todo.pop()
            if depth > MAX_DEPTH:
                continue
            container = _properties(folder, 0).text(Tag.container_class)
            path = "/".join(parts) or "INBOX"
            yield folder.identifier, path, container, folder.number_of_sub_messages
            for number in reversed(range(folder.number_of_sub_folders)):
                below = folder.get_sub_folder(number)
                todo.append((below, (*parts, _level(below)), depth + 1))

    def _top(self) -> Any:
        """The folder whose subfolders a person calls theirs, by the store; else its root."""
        root = self._opened().get_root_folder()
        store = self._opened().get_message_store()
        entry = _properties(store, 0).raw.get(_SUBTREE, (0, b""))[1] if store else b""
        wanted = int.from_bytes(entry[20:24], "little")  # [MS-PST], 2.4.3.2: the node's id
        return (self._found(wanted) if wanted else None) or _named_subtree(root) or root

    def _found(self, identity: int) -> Any:
        """The folder with this identifier, None where there is none."""
        todo = [self._opened().get_root_folder()]
        while todo:
            found = todo.pop()
            if found.identifier == identity:
                return found
            todo += [found.get_sub_folder(at) for at in range(found.number_of_sub_folders)]
        return None

    def _folder(self, folder: Folder) -> Any:
        found = self._found(int(folder.name))
        if found is None:
            raise MissingSourceError("folder_gone", folder=folder.path)
        return found

    def survey(self, folder: Folder) -> Folder:
        """Counts items; their sizes are known once they are rebuilt."""
        return replace(folder, messages=self._folder(folder).number_of_sub_messages)

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        """Every item that is not known."""
        found = self._folder(folder)
        count = found.number_of_sub_messages
        for start in range(0, count, WINDOW):
            items: dict[str, Any] = {}
            for number in range(start, min(start + WINDOW, count)):
                try:
                    item = found.get_sub_message(number)
                    items[str(item.identifier)] = item
                except (OSError, RuntimeError):
                    yield Lost(f"#{number}", "unreadable_file")
            known = seen.known(list(items))
            for key, item in items.items():
                if key not in known:
                    yield _mail(key, item, folder, self._opened().ascii_codepage)


def _mail(key: str, item: Any, folder: Folder, codepage: Any) -> Mail | Lost:
    try:
        letter = unfolded(_letter(item, _number(codepage), 0))
        if not is_mail(letter.properties):
            return Lost(key, "not_a_mail", letter.properties.text(Tag.message_class)[:80])
        data = rebuilt(letter)
    except (OSError, RuntimeError, MemoryError):
        return Lost(key, "unreadable_file")
    if len(data) > MAIL_LIMIT:
        return Lost(key, "too_large", size=len(data))
    return Mail(
        key, data, folder.path, folder.special_use, received=received(letter),
        flags=(*flags(letter), "converted"), note="converted",
    )  # fmt: skip


def _letter(item: Any, codepage: int, depth: int) -> Letter:
    properties = _properties(item, codepage)
    own = properties.integer(Tag.message_codepage) or properties.integer(Tag.internet_codepage)
    properties.codepage = own or codepage
    recipients = [
        _entries(record_set, properties.codepage)
        for record_set in (item.recipients.record_sets if item.recipients else ())
    ]
    attachments = [
        _attachment(item.get_attachment(number), properties.codepage, depth)
        for number in range(item.number_of_attachments)
    ]
    return Letter(properties, recipients, attachments)


def _attachment(item: Any, codepage: int, depth: int) -> Attachment:
    properties = _properties(item, codepage)
    if properties.integer(Tag.attach_method) == 5 and item.number_of_sub_items and depth < 10:
        return Attachment(properties, b"", _letter(item.get_sub_item(0), codepage, depth + 1))
    pieces: list[bytes] = []
    left = min(int(item.get_size()), MAIL_LIMIT)
    while left > 0:
        piece = item.read_buffer(min(left, _BLOCK))
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    return Attachment(properties, b"".join(pieces))


def _properties(item: Any, codepage: int) -> Properties:
    found = Properties(codepage=codepage)
    for record_set in item.record_sets:
        found.raw.update(_entries(record_set, codepage).raw)
    return found


def _entries(record_set: Any, codepage: int) -> Properties:
    found = Properties(codepage=codepage)
    for entry in record_set.entries:
        if entry.entry_type is not None and entry.entry_type != Tag.attach_data:
            data = entry.data
            if data is not None:
                found.raw[entry.entry_type] = (entry.value_type or 0, data)
    return found


def _named_subtree(root: Any) -> Any:
    """An OST says nothing of the kind; it has one for public folders too, mostly empty."""
    tops = [root.get_sub_folder(number) for number in range(root.number_of_sub_folders)]
    below = [top.get_sub_folder(at) for top in tops for at in range(top.number_of_sub_folders)]
    found = [folder for folder in (*tops, *below) if folder.name == "IPM_SUBTREE"]
    return max(found, key=lambda folder: folder.number_of_sub_folders, default=None)


def _level(folder: Any) -> str:
    name = _properties(folder, KOREAN).text(Tag.display_name) or folder.name or ""
    return str(name).replace("/", "_").strip() or "_"


def _number(codepage: Any) -> int:
    """`cp949` as 949; libpff's cp1252 is only its default, and says nothing."""
    text = codepage.decode("ascii", "replace") if isinstance(codepage, bytes) else str(codepage)
    digits = "".join(letter for letter in text if letter.isdigit())
    return int(digits) if digits and digits != "1252" else KOREAN
