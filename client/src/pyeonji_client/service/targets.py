"""Which mailbox of the service a mailbox of a source goes to."""

from pyeonji.domain.accounts import fitting_path

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
    """`path` as the service takes it: itself where it does, else `domain.accounts.fitting_path`."""
    return fitting_path("/".join(part for part in path.split("/") if part.strip()))
