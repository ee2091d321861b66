"""Guessing what a folder is for from its name, where the server does not say (RFC 6154)."""

_NAMES = {
    "inbox": "inbox",
    "받은편지함": "inbox",
    "받은메일함": "inbox",
    "sent": "sent",
    "sent items": "sent",
    "sent messages": "sent",
    "sent mail": "sent",
    "보낸편지함": "sent",
    "보낸메일함": "sent",
    "drafts": "drafts",
    "draft": "drafts",
    "임시보관함": "drafts",
    "junk": "junk",
    "junk e-mail": "junk",
    "junk email": "junk",
    "spam": "junk",
    "bulk mail": "junk",
    "스팸": "junk",
    "스팸편지함": "junk",
    "스팸메일함": "junk",
    "정크 메일": "junk",
    "trash": "trash",
    "deleted items": "trash",
    "deleted messages": "trash",
    "휴지통": "trash",
    "지운 편지함": "trash",
    "archive": "archive",
    "보관함": "archive",
}


def special_use_of(path: str) -> str | None:
    """inbox, sent, drafts, junk, trash, archive, or None. Only top-level names count."""
    return _NAMES.get(path.removeprefix("INBOX/").casefold())
