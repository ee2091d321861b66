"""Mail in ZIPs, also those with a password (ZipCrypto, WinZip's AES): opened here, so that no
password is ever sent anywhere.

A folder of a ZIP is a mailbox; an mbox in it is one too. Nothing is unpacked to the disk. A ZIP
says nowhere how its password was written down: it is tried as UTF-8 and as CP949, which is what
Korean Windows makes of it.
"""

import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import pyzipper

from pyeonji.imap.special import special_use_of
from pyeonji.mime.mbox import looks_like_mbox, read_mbox
from pyeonji.mime.separators import LOOKAHEAD
from pyeonji.zipio.names import decode_name

from ..errors import MissingSourceError, SignInError, UnreadableError
from ..model import MAIL_LIMIT, Doubt, Folder, Lost, Mail, Secret, Seen, SourceConfig
from .files import WINDOW, directories, names_in
from .names import kept, readable, restored
from .passed_over import doubts_about, is_mail_name
from .single import is_single, taken_as

#: Between the name of a ZIP and what is in it; no file has it in its name on any system.
_INSIDE = "!//"
_MBOX_NAMES = (".mbox", ".mbx", "")
_ENCRYPTED = 0x1
#: Members on which a password is tried: one of them may be damaged, or have another one.
_TRIES = 3
_PIECE = 1024 * 1024
#: What a damaged ZIP makes the library raise, besides its own error; a wrong password as well.
_BROKEN = (pyzipper.BadZipFile, zlib.error, EOFError, ValueError, OSError, IndexError)


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in a ZIP, its name as a person reads it."""

    info: pyzipper.ZipInfo
    path: PurePosixPath
    #: A key of the journal: the name, with a number where a ZIP has two of that name.
    key: str

    @property
    def mark(self) -> str:
        """Another size or checksum under the same name is another mail."""
        return f"{self.info.file_size}/{self.info.CRC:08x}/{self.info.compress_size}"


class ZipSource:
    """See `model.Source`. One ZIP, or every ZIP in a folder. `secret` is its password, or ""."""

    def __init__(self, config: SourceConfig, secret: str | Secret):
        self._config = config
        self._root = Path(config.path)
        self._secret = secret if isinstance(secret, str) else ""
        self._passwords: dict[str, bytes] = {}
        self._members: dict[str, list[_Member]] = {}
        #: ZIPs of a folder that do not open, and why; they cost the others nothing.
        self._closed: dict[str, str] = {}
        if not self._root.exists():
            raise MissingSourceError("path_missing", path=config.path)

    def close(self) -> None:
        """Nothing is held open between calls."""

    def careful(self) -> None:
        """Mails come one at a time anyway."""

    def folders(self) -> list[Folder]:
        """Every folder of a ZIP with mails in it, and every mbox. Raises SignInError for a
        password that is missing, or opens none of them."""
        found: list[Folder] = []
        refused: SignInError | None = None
        for name in zips_in(self._root):
            try:
                found += self._folders_of(name)
            except UnreadableError:
                if not name:
                    raise
                self._closed[name] = "unreadable_file"
            except SignInError as error:
                refused, self._closed[name] = error, "zip_password"
        if refused is not None and not found:
            raise refused
        found += [_folder(name, "", readable(Path(restored(name)).stem)) for name in self._closed]
        if not found:
            raise MissingSourceError("no_mail_in_zip", path=readable(str(self._root)))
        return found

    def _folders_of(self, name: str) -> Iterator[Folder]:
        with closing(self._opened(name)) as archive:
            members = self._listed(name, archive)
            ours = any(str(one.path) == "archive.json" for one in members)
            for place in dict.fromkeys(one.path.parent for one in members if _is_mail(one)):
                yield _folder(name, f"{place}/", self._path(name, place, ours=ours))
            for one in members:
                if self._is_mbox(name, archive, one):
                    path = self._path(name, one.path.with_suffix(""), ours=ours)
                    yield _folder(name, one.key, path)

    def survey(self, folder: Folder) -> Folder:
        """Counts, from the ZIP's directory; an mbox is read through."""
        name, _, inside = folder.name.partition(_INSIDE)
        if name in self._closed:
            return folder
        with closing(self._opened(name)) as archive:
            members = self._listed(name, archive)
            if inside.endswith("/"):
                sizes = [one.info.file_size for one in _within(members, inside)]
                return replace(folder, messages=len(sizes), size=sum(sizes))
            count = size = 0
            for one in self._named(members, inside, folder):
                with self._stream(name, archive, one) as stream:
                    for item in read_mbox(stream, 0, "auto", MAIL_LIMIT):
                        count, size = count + 1, size + item.length
        return replace(folder, messages=count, size=size)

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        """Every mail that is not known."""
        name, _, inside = folder.name.partition(_INSIDE)
        if name in self._closed:
            yield Lost(name, self._closed[name])
            return
        with closing(self._opened(name)) as archive:
            members = self._listed(name, archive)
            if not inside.endswith("/"):
                for one in self._named(members, inside, folder):
                    yield from self._of_mbox(name, archive, one, folder, seen)
                return
            listed = _within(members, inside)
            for start in range(0, len(listed), WINDOW):
                window = listed[start : start + WINDOW]
                keys, marks = [one.key for one in window], [one.mark for one in window]
                known = seen.known(keys, marks)
                for one in window:
                    if one.key not in known:
                        yield self._single(name, archive, one, folder)

    def doubts(self) -> Iterator[Doubt]:
        """Members, and files beside the ZIPs, that look like mail and were not read."""
        if self._root.is_dir():
            yield from doubts_about(self._root, self._beside())
        for name in zips_in(self._root):
            if name in self._closed:
                continue
            with closing(self._opened(name)) as archive:
                for one in self._listed(name, archive):
                    named = is_mail_name(one.path.name)
                    if named and not _is_mail(one) and not self._is_mbox(name, archive, one):
                        shown = "/".join(filter(None, (readable(restored(name)), str(one.path))))
                        yield Doubt("file_not_read", {"path": shown})

    def _beside(self) -> Iterator[Path]:
        for directory, closed in directories(self._root):
            with suppress(UnreadableError):
                for name in [] if closed else names_in(directory):
                    if not name.lower().endswith(".zip"):
                        yield directory / name

    # --- which ZIPs, and what is in them

    def _opened(self, name: str) -> pyzipper.AESZipFile:
        path = self._root / restored(name) if name else self._root
        try:
            return pyzipper.AESZipFile(path)
        except FileNotFoundError as error:
            raise MissingSourceError("folder_gone", folder=readable(str(path))) from error
        except (*_BROKEN, NotImplementedError) as error:
            raise UnreadableError("not_a_zip_file", path=readable(str(path))) from error

    def _listed(self, name: str, archive: pyzipper.AESZipFile) -> list[_Member]:
        """The files of a ZIP. Tries the password, where one is needed and was not tried yet."""
        if name not in self._members:
            self._members[name] = _members(archive)
            encrypted = [one for one in self._members[name] if one.info.flag_bits & _ENCRYPTED]
            if encrypted:
                self._passwords[name] = self._right(archive, encrypted)
        return self._members[name]

    def _right(self, archive: pyzipper.AESZipFile, encrypted: list[_Member]) -> bytes:
        """The password as the ZIP wants it. Raises SignInError."""
        path = readable(str(self._root))
        if not self._secret:
            raise SignInError("zip_password_needed", path=path)
        by_size = sorted(encrypted, key=lambda one: one.info.compress_size)
        # An empty file says nothing of a password: one in 256 wrong ones opens it.
        tried = [one for one in by_size if one.info.file_size] or by_size
        for password in _spellings(self._secret):
            if any(_opens(archive, one, password) for one in tried[:_TRIES]):
                return password
        raise SignInError("zip_password_wrong", path=path)

    def _path(self, name: str, place: PurePosixPath, *, ours: bool) -> str:
        """A folder of a ZIP as a mailbox path; at its top it is the ZIP's name."""
        parts = list(place.parts)
        if ours and parts[:1] == ["mail"]:  # a backup of the service's own
            parts = parts[1:]
        if parts:
            return "/".join(parts)
        own = Path(restored(name)).stem if name else self._root.stem
        return self._config.into or readable(own) or "INBOX"

    # --- reading them

    def _named(self, members: list[_Member], key: str, folder: Folder) -> list[_Member]:
        found = [one for one in members if one.key == key]
        if not found:
            raise MissingSourceError("folder_gone", folder=folder.path)
        return found

    def _stream(self, name: str, archive: pyzipper.AESZipFile, member: _Member) -> BinaryIO:
        password = self._passwords.get(name)
        locked = member.info.flag_bits & _ENCRYPTED
        return cast(BinaryIO, archive.open(member.info, pwd=password if locked else None))

    def _is_mbox(self, name: str, archive: pyzipper.AESZipFile, member: _Member) -> bool:
        suffix = member.path.suffix.lower()
        if suffix not in _MBOX_NAMES or not member.info.file_size:
            return False
        with (
            suppress(RuntimeError, NotImplementedError, *_BROKEN),
            self._stream(name, archive, member) as stream,
        ):
            return looks_like_mbox(stream.read(LOOKAHEAD))
        return False

    def _single(
        self, name: str, archive: pyzipper.AESZipFile, member: _Member, folder: Folder
    ) -> Mail | Lost:
        content = self._content(name, archive, member)
        if isinstance(content, Lost):
            return content
        mail = Mail(
            member.key, content, folder.path, folder.special_use,
            member_time=_written(member.info), mark=member.mark,
        )  # fmt: skip
        return taken_as(mail, Path(member.path))

    def _content(self, name: str, archive: pyzipper.AESZipFile, member: _Member) -> bytes | Lost:
        size = member.info.file_size
        if size > MAIL_LIMIT:
            return Lost(member.key, "too_large", size=size)
        try:
            with self._stream(name, archive, member) as stream:
                data = bytes(stream.read(MAIL_LIMIT + 1))
                # The checksum is compared when the end is met, not before.
                rest = stream.read(1)
        except RuntimeError:  # this member's password is another one
            return Lost(member.key, "zip_password", size=size)
        except NotImplementedError:
            return Lost(member.key, "zip_method", size=size)
        except _BROKEN:
            return Lost(member.key, "unreadable_file", size=size)
        if rest or len(data) > MAIL_LIMIT:
            return Lost(member.key, "too_large", size=size)
        return data

    def _of_mbox(
        self, name: str, archive: pyzipper.AESZipFile, member: _Member, folder: Folder, seen: Seen
    ) -> Iterator[Mail | Lost]:
        """The mails of an mbox in a ZIP, each under its offset."""
        with self._stream(name, archive, member) as stream:
            for item in read_mbox(stream, 0, "auto", MAIL_LIMIT):
                key = f"{item.offset:016d}"
                if item.data is None:
                    yield Lost(key, "too_large", size=item.length)
                elif key not in seen.known([key], [member.mark]):
                    mail = Mail(
                        key, item.data, folder.path, folder.special_use,
                        member_time=item.envelope_date, mark=member.mark,
                    )  # fmt: skip
                    yield taken_as(mail, Path("mail.eml"))


def needs_password(path: Path) -> bool:
    """Whether a ZIP, or one in a folder, has members that open with a password only."""
    if not path.exists():
        return False
    for name in zips_in(path):
        file = path / restored(name) if name else path
        with suppress(NotImplementedError, *_BROKEN), pyzipper.AESZipFile(file) as archive:
            if any(info.flag_bits & _ENCRYPTED for info in archive.infolist()):
                return True
    return False


def zips_in(root: Path) -> list[str]:
    """The ZIPs by their names below `root`; "" for `root` itself."""
    if root.is_file():
        return [""]
    found: list[str] = []
    for directory, closed in directories(root):
        with suppress(UnreadableError):
            names = [] if closed else names_in(directory)
            zips = (directory / name for name in names if name.lower().endswith(".zip"))
            found += (kept(path.relative_to(root).as_posix()) for path in zips)
    return found


def _folder(name: str, inside: str, path: str) -> Folder:
    return Folder(f"{name}{_INSIDE}{inside}", path, special_use_of(path))


def _members(archive: pyzipper.AESZipFile) -> list[_Member]:
    """The files of a ZIP, without what systems put beside them."""
    found: list[_Member] = []
    names = Counter[str]()
    for info in archive.infolist():
        path = _readable_path(info)
        if info.is_dir() or path is None or "__MACOSX" in path.parts:
            continue
        names[str(path)] += 1
        again = names[str(path)]
        found.append(_Member(info, path, str(path) if again == 1 else f"{path}#{again}"))
    return found


def _readable_path(info: pyzipper.ZipInfo) -> PurePosixPath | None:
    """A member's path as its writer meant it: a label, which leads nowhere."""
    raw = info.orig_filename
    if not info.flag_bits & 0x800:  # the library takes it for CP437
        raw = decode_name(raw.encode("cp437", "replace"), info.extra)
    parts = [part for part in raw.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return PurePosixPath(*parts) if parts else None


def _within(members: list[_Member], place: str) -> list[_Member]:
    """The mails directly in a folder."""
    wanted = PurePosixPath(place)
    return [one for one in members if one.path.parent == wanted and _is_mail(one)]


def _is_mail(member: _Member) -> bool:
    return is_single(member.path.name)


def _spellings(password: str) -> list[bytes]:
    found = []
    for encoding in ("utf-8", "cp949"):
        with suppress(UnicodeEncodeError):
            found.append(password.encode(encoding))
    return list(dict.fromkeys(found))


def _opens(archive: pyzipper.AESZipFile, member: _Member, password: bytes) -> bool:
    """Whether a member comes out whole: a check byte alone lets one wrong password in 256 by."""
    try:
        with archive.open(member.info, pwd=password) as stream:
            while stream.read(_PIECE):
                continue
    except NotImplementedError:  # a method the library has not; the password is right
        return True
    except (RuntimeError, *_BROKEN):
        return False
    return True


def _written(info: pyzipper.ZipInfo) -> datetime | None:
    """The member's own time, which is local time somewhere: better than nothing."""
    try:
        return datetime(*info.date_time).astimezone(UTC)
    except ValueError:
        return None
