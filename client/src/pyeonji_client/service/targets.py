"""Which mailbox of the service a mailbox of a source goes to."""

import hashlib
import unicodedata

from pyeonji.domain.accounts import MAX_PATH_DEPTH, MAX_PATH_LENGTH
from pyeonji.domain.labels import is_label

from ..errors import ServiceError
from ..journal.rows import Mailbox
from .http import Json, Service


class Targets:
    """The mailboxes of the service, asked once and made as they are needed."""

    def __init__(self, service: Service):
        self._service = service
        self._known: list[Json] | None = None

    def id_for(self, mailbox: Mailbox) -> str:
        """By special use (INBOX becomes 받은편지함), else by path, else a new one of that path."""
        if self._known is None:
            self._known = self._service.mailboxes()
        path = acceptable(mailbox.path)
        found = self._found(mailbox, path)
        if found is None:
            found = self._made(mailbox, path)
        return str(found["id"])

    def _found(self, mailbox: Mailbox, path: str) -> Json | None:
        assert self._known is not None
        for found in self._known:
            if mailbox.special_use and found["special_use"] == mailbox.special_use:
                return found
        return next((found for found in self._known if found["path"] == path), None)

    def _made(self, mailbox: Mailbox, path: str) -> Json:
        try:
            made = self._service.create_mailbox(path)
        except ServiceError as error:
            if error.code != "mailbox_exists":
                raise
            # Made since we asked: by somebody else, or by us when the answer was lost.
            self._known = self._service.mailboxes()
            found = self._found(mailbox, path)
            if found is None:
                raise
            return found
        assert self._known is not None
        self._known.append(made)
        return made


def acceptable(path: str) -> str:
    """`path` as the service takes it, itself where it does (`domain.accounts.path_problem`).

    A path that is too long or deep is cut and marked, so that two of them stay two mailboxes.
    """
    parts = [_part(part) for part in unicodedata.normalize("NFC", path).split("/")]
    parts = [part for part in parts if part] or ["_"]
    if len(parts) > MAX_PATH_DEPTH:
        parts = [*parts[: MAX_PATH_DEPTH - 1], "_".join(parts[MAX_PATH_DEPTH - 1 :])]
    fitting = "/".join(parts)
    if len(fitting) <= MAX_PATH_LENGTH:
        return fitting
    mark = hashlib.sha256(path.encode()).hexdigest()[:8]
    return fitting[: MAX_PATH_LENGTH - 9].rstrip("/ ") + f"~{mark}"


def _part(part: str) -> str:
    text = "".join(c if is_label(c) else "_" for c in part).strip()
    return "_" * len(text) if text in (".", "..") else text
