"""One port each, by the name it has in every world: what a use case asks for is composed of these.

A use case is a function whose first argument is the world as far as it needs it:

    class PlansBackups(HasAccounts, HasIndex, HasBackups, Protocol): ...

    def plan_backup(world: PlansBackups, *, account: str, backup_id: str, now: datetime) -> …

`bootstrap.Services` and the worlds of the tests have all of them, so any of these is handed over
as it is, and a use case hands its own world on to those it calls.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from pyeonji.domain.limits import Limits
from pyeonji.ports import (
    Accounts,
    Attempts,
    Audit,
    Backups,
    Census,
    Downloads,
    DueIndex,
    Folders,
    Following,
    Homes,
    Identity,
    Indexing,
    Logins,
    Machines,
    Mailer,
    MailIndex,
    MailServers,
    Notices,
    ObjectStore,
    RecoveryCodes,
    Schedules,
    Secrets,
    Uploads,
)

if TYPE_CHECKING:
    from pyeonji.search.file import SearchFile


class HasAccounts(Protocol):
    """Companies, accounts, mailboxes."""

    @property
    def accounts(self) -> Accounts: ...


class HasHomes(Protocol):
    """Where the mail of companies lives."""

    @property
    def homes(self) -> Homes: ...


class HasFolders(Protocol):
    """What is known of the folders of connected accounts."""

    @property
    def folders(self) -> Folders: ...


class HasFollowing(Protocol):
    """Mail that follows a connected server."""

    @property
    def following(self) -> Following: ...


class HasSecrets(Protocol):
    """Passwords of mail servers."""

    @property
    def secrets(self) -> Secrets: ...


class HasMailServers(Protocol):
    """The mail servers of companies."""

    @property
    def mail_servers(self) -> MailServers: ...


class HasIndex(Protocol):
    """Which message of a mailbox stands where."""

    @property
    def index(self) -> MailIndex: ...


class HasBackups(Protocol):
    """Requests for backups, and their volumes."""

    @property
    def backups(self) -> Backups: ...


class HasUploads(Protocol):
    """ZIPs people send."""

    @property
    def uploads(self) -> Uploads: ...


class HasSchedules(Protocol):
    """Backups that make themselves."""

    @property
    def schedules(self) -> Schedules: ...


class HasMachines(Protocol):
    """The state machines."""

    @property
    def machines(self) -> Machines: ...


class HasNotices(Protocol):
    """Which notices have gone out."""

    @property
    def notices(self) -> Notices: ...


class HasMailer(Protocol):
    """What sends a notice."""

    @property
    def mailer(self) -> Mailer: ...


class HasIdentity(Protocol):
    """The user pool."""

    @property
    def identity(self) -> Identity: ...


class HasLogins(Protocol):
    """Who can sign in at all."""

    @property
    def logins(self) -> Logins: ...


class HasAudit(Protocol):
    """Who did what."""

    @property
    def audit(self) -> Audit: ...


class HasSeals(Protocol):
    """The seals of the audit: objects nobody changes or removes while they are kept."""

    @property
    def seals(self) -> ObjectStore: ...


class HasAttempts(Protocol):
    """How often passwords and codes were tried."""

    @property
    def attempts(self) -> Attempts: ...


class HasRecoveryCodes(Protocol):
    """What stands in for a lost authenticator app."""

    @property
    def recovery_codes(self) -> RecoveryCodes: ...


class HasDue(Protocol):
    """When retention must look at what."""

    @property
    def due(self) -> DueIndex: ...


class HasCensus(Protocol):
    """The whole table."""

    @property
    def census(self) -> Census: ...


class HasMail(Protocol):
    """The bucket of segments."""

    @property
    def mail(self) -> ObjectStore: ...


class HasVolumes(Protocol):
    """The bucket of volumes."""

    @property
    def volumes(self) -> ObjectStore: ...


class HasDownloads(Protocol):
    """Addresses of volumes that last."""

    @property
    def downloads(self) -> Downloads: ...


class HasZips(Protocol):
    """The bucket of ZIPs people sent."""

    @property
    def zips(self) -> ObjectStore: ...


class HasWork(Protocol):
    """The bucket of plans, chunk lists and ledgers."""

    @property
    def work(self) -> ObjectStore: ...


class HasLimits(Protocol):
    """The promises of the service, as numbers."""

    @property
    def limits(self) -> Limits: ...


class HasIndexing(Protocol):
    """What has search files made."""

    @property
    def indexing(self) -> Indexing: ...


class SearchFiles(Protocol):
    """Opened search files."""

    def open(self, keys: Iterable[str]) -> Mapping[str, "SearchFile"]:
        """By key, those that are there and can be read. They stay open, and others' are closed
        while there is no room: not to be kept beyond a request."""


class HasSearchFiles(Protocol):
    """Opened search files."""

    @property
    def search_files(self) -> SearchFiles: ...
