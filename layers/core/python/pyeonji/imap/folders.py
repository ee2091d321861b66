"""The folders of a server as a person calls them: whose they are, paths, what they are for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pyeonji.imap import lexer
from pyeonji.imap.conversation import Listed, Namespaces
from pyeonji.imap.special import holds_mail, special_use_of

_SPECIAL = ("all", "archive", "drafts", "flagged", "junk", "sent", "trash")
#: Listed, and not to be opened.
_CLOSED = frozenset({"\\noselect", "\\nonexistent"})


@dataclass(frozen=True, slots=True)
class ImapFolder:
    """`name` as the server spells it; `path` with `/` between levels; `special_use` without the
    backslash, RFC 6154's and `inbox`; `owner` is `own`, `other` or `shared`."""

    name: bytes
    path: str
    special_use: str | None
    owner: str = "own"


def folders_of(listed: Sequence[Listed], spaces: Namespaces) -> list[ImapFolder]:
    """What can be opened of `listed`, in its order, without a prefix such as `INBOX.`, which is no
    level of anybody's."""
    listed = [one for one in listed if not one.attributes & _CLOSED]
    if not spaces.personal:
        spaces = replace(spaces, personal=_implied(listed))
    found: list[ImapFolder] = []
    taken: set[str] = set()
    for one in sorted(listed, key=lambda each: each.name.upper() != b"INBOX"):
        inbox = one.name.upper() == b"INBOX"
        place = _Place("own", one.name) if inbox else _place(one.name, spaces)
        path = _path(place.name, one.delimiter)
        if path in taken:  # INBOX.Sent and Sent are two mailboxes
            path = _path(one.name, one.delimiter)
        taken.add(path)
        use = next((use for use in _SPECIAL if f"\\{use}" in one.attributes), None)
        use = "inbox" if inbox else use or special_use_of(path)
        if place.owner != "own":  # an inbox, but not this person's
            use = None
        found.append(ImapFolder(one.name, path, use, place.owner))
    order = {one.name: number for number, one in enumerate(listed)}
    return sorted(found, key=lambda folder: order[folder.name])


def name_of(path: str, listed: Sequence[Listed], spaces: Namespaces) -> bytes:
    """What a folder of one's own is to be called, for a server that lists these: the inverse of
    `ImapFolder.path`, `/` between levels."""
    delimiter = next((one.delimiter for one in listed if one.delimiter), b"/")
    prefix = next(iter(spaces.personal or _implied(listed)), b"")
    levels = [lexer.encode_name(level).replace(delimiter, b"_") for level in path.split("/")]
    return prefix + delimiter.join(levels)


def own_mail(folder: ImapFolder) -> bool:
    """One's own mail, each mail once: no view of other folders, no calendar, nothing shared."""
    views = ("all", "flagged")
    return folder.owner == "own" and folder.special_use not in views and holds_mail(folder.path)


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose a mailbox is, and its name without the prefix every one of its owner's has."""

    owner: str
    name: bytes


def _place(name: bytes, spaces: Namespaces) -> _Place:
    """By the longest prefix that fits; what fits none is one's own."""
    best: bytes | None = None
    owner = "own"
    for kind, prefixes in (("own", spaces.personal), ("other", spaces.others),
                           ("shared", spaces.shared)):  # fmt: skip
        for prefix in prefixes:
            # "user/" is listed as "user" too, where that itself can be opened.
            fits = name.startswith(prefix) or (prefix and name == prefix[:-1])
            if fits and (best is None or len(prefix) > len(best)):
                best, owner = prefix, kind
    if owner == "own" and best and name.startswith(best):
        return _Place(owner, name[len(best) :] or name)
    return _Place(owner, name)


def _implied(listed: Sequence[Listed]) -> tuple[bytes, ...]:
    """`INBOX.` where everything but INBOX stands below it, on servers without NAMESPACE."""
    others = [one for one in listed if one.name.upper() != b"INBOX"]
    if not others or not all(one.delimiter for one in others):
        return ()
    prefix = b"INBOX" + (others[0].delimiter or b"")
    below = all(one.name.upper().startswith(prefix) for one in others)
    return (others[0].name[: len(prefix)],) if below else ()


def _path(name: bytes, delimiter: bytes | None) -> str:
    """A person's path: decoded, `/` between levels whatever the server uses."""
    pieces = [name] if not delimiter else name.split(delimiter)
    if pieces[0].upper() == b"INBOX":
        pieces[0] = b"INBOX"
    decoded = [lexer.decode_name(piece).replace("/", "_") for piece in pieces]
    return "/".join(piece for piece in decoded if piece) or "INBOX"
