"""The room's one error tree.

    ZipError
    ├── WriteError (ValueError)          what we were asked to write does not fit the format
    │   ├── NameTooLongError             a name of more than 65,535 bytes of UTF-8
    │   ├── NameNotEncodableError        a name with lone surrogates
    │   ├── DuplicateNameError           the same name twice in one segment
    │   └── MemberTooLargeError          4 GiB or more in one member
    ├── BrokenStreamError (ValueError)   a compressed stream that cannot be read
    │   └── OverlongStreamError          one that gives more than it may
    ├── ShortReadError (EOFError)        the caller's `read` gave fewer bytes than the object has
    ├── ArchiveError (ValueError)        the whole archive is refused; `code` is the contract's
    │   ├── NotAZipError                 not_a_zip: no directory, or one that cannot be read
    │   ├── OtherArchiveError            other_archive: 7z, ALZ, EGG, RAR … under another name
    │   ├── EmptyArchiveError            empty
    │   ├── SplitArchiveError            split_archive
    │   ├── AmbiguousArchiveError        ambiguous_archive: two readers could see two archives
    │   └── TooManyEntriesError          too_many_entries
    └── EntryError (ValueError)          one entry is refused; `code` is the contract's
        ├── DamagedEntryError            damaged
        ├── CrcMismatchError             crc_mismatch
        ├── EntryTooLargeError           too_large
        ├── TooMuchDataError             too_much_data: inflates past what it declares
        ├── EncryptedEntryError          encrypted
        ├── UnsupportedCompressionError  unsupported_compression
        └── ContradictionError           contradictory: two readers could see two things in it

Messages hold numbers, never names or contents: they may be logged.
"""

from typing import ClassVar


class ZipError(Exception):
    """Anything this room refuses."""


class WriteError(ZipError, ValueError):
    """What was to be written does not fit the format."""


class NameTooLongError(WriteError):
    """A name of more than 65,535 bytes of UTF-8: the header's length field has 16 bits."""


class NameNotEncodableError(WriteError):
    """A name that is not Unicode text (a lone surrogate)."""


class DuplicateNameError(WriteError):
    """The same name twice in one segment; names are unique in a volume."""


class MemberTooLargeError(WriteError):
    """A member of 4 GiB or more: members carry 32-bit sizes here, a message is far smaller."""


class BrokenStreamError(ZipError, ValueError):
    """A compressed stream that is none, or ends too early."""


class OverlongStreamError(BrokenStreamError):
    """A compressed stream that gives more bytes than were asked for."""


class ShortReadError(ZipError, EOFError):
    """`read` returned fewer bytes than were asked for inside the stated size."""


class ArchiveError(ZipError, ValueError):
    """The whole archive is refused. `code` is one of the contract's upload failures."""

    code: ClassVar[str]


class NotAZipError(ArchiveError):
    """No end record, or a directory that cannot be read."""

    code = "not_a_zip"


class OtherArchiveError(ArchiveError):
    """An archive of another kind, called `.zip`. `kind` is what people call it: `7z`, `EGG` …"""

    code = "other_archive"

    def __init__(self, kind: str) -> None:
        super().__init__(f"begins like {kind}")
        self.kind = kind


class EmptyArchiveError(ArchiveError):
    """A sound archive without a single entry."""

    code = "empty"


class SplitArchiveError(ArchiveError):
    """One file of a set of several."""

    code = "split_archive"


class AmbiguousArchiveError(ArchiveError):
    """Members overlap, end records contradict each other, or two directories could be meant."""

    code = "ambiguous_archive"


class TooManyEntriesError(ArchiveError):
    """More entries, or a longer directory, than the limits allow."""

    code = "too_many_entries"


class EntryError(ZipError, ValueError):
    """One entry is refused. `code` is one of the contract's reasons."""

    code: ClassVar[str]


class DamagedEntryError(EntryError):
    """No local header where the directory says, data cut short, or a broken deflate stream."""

    code = "damaged"


class CrcMismatchError(EntryError):
    """The data inflates to the declared size, with another checksum."""

    code = "crc_mismatch"


class EntryTooLargeError(EntryError):
    """Declares more bytes than the limit."""

    code = "too_large"


class TooMuchDataError(EntryError):
    """Inflates past the size it declares."""

    code = "too_much_data"


class EncryptedEntryError(EntryError):
    """Needs a password."""

    code = "encrypted"


class UnsupportedCompressionError(EntryError):
    """Neither stored nor deflated (with either window)."""

    code = "unsupported_compression"


class ContradictionError(EntryError):
    """Local header, descriptor or extra fields contradict the directory, or each other."""

    code = "contradictory"
