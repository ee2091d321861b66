"""Gmail labels (Takeout's X-Gmail-Labels, IMAP's X-GM-LABELS): one mailbox for each mail.

A mail can have many labels and belongs into one mailbox here. Where it was last put on purpose
wins: trash and spam, then what a program made it (draft, sent), the inbox, then the first label of
the person's own, else the archive. All labels are kept in the manifest.
"""

_SYSTEM = {
    "trash": ("휴지통", "trash"),
    "\\trash": ("휴지통", "trash"),
    "휴지통": ("휴지통", "trash"),
    "spam": ("스팸편지함", "junk"),
    "\\junk": ("스팸편지함", "junk"),
    "스팸": ("스팸편지함", "junk"),
    "스팸함": ("스팸편지함", "junk"),
    "drafts": ("임시보관함", "drafts"),
    "\\draft": ("임시보관함", "drafts"),
    "\\drafts": ("임시보관함", "drafts"),
    "임시보관함": ("임시보관함", "drafts"),
    "sent": ("보낸편지함", "sent"),
    "\\sent": ("보낸편지함", "sent"),
    "보낸편지함": ("보낸편지함", "sent"),
    "inbox": ("받은편지함", "inbox"),
    "\\inbox": ("받은편지함", "inbox"),
    "받은편지함": ("받은편지함", "inbox"),
}
_ORDER = ("trash", "junk", "drafts", "sent", "inbox")
_MARKS = {
    "unread", "opened", "starred", "important", "archived", "chat", "\\starred", "\\important",
    "\\muted", "읽지않음", "읽음", "열림", "별표편지함", "중요", "보관됨", "보관처리됨", "채팅",
}  # fmt: skip
_ARCHIVE = ("보관편지함", "archive")


def route(labels: tuple[str, ...]) -> tuple[str, str | None]:
    """(mailbox path, special use) for a mail with these labels."""
    found = {}
    for label in labels:
        system = _SYSTEM.get(label.casefold())
        if system:
            found[system[1]] = system
    for use in _ORDER:
        if use in found:
            return found[use]
    for label in labels:
        if label and not _is_mark(label) and not label.startswith("\\"):
            return label, None
    return _ARCHIVE


def flags_of(labels: tuple[str, ...]) -> tuple[str, ...]:
    """IMAP flags that labels stand for. Takeout marks what is unread and says nothing else."""
    lowered = {label.casefold() for label in labels}
    flags = () if lowered & {"unread", "읽지않음"} else ("\\Seen",)
    return (*flags, "\\Flagged") if lowered & {"starred", "별표편지함"} else flags


def _is_mark(label: str) -> bool:
    lowered = label.casefold()
    return lowered in _MARKS or lowered.startswith(("category ", "카테고리 "))
