"""The only place that joins settings, clients and adapters.

Everything is made on first use and kept for the life of the process, so a function pays only for
what it calls: `services().backups` makes a DynamoDB client, and nothing else.
"""

from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from pyeonji.settings import Settings

if TYPE_CHECKING:
    from pyeonji import ports
    from pyeonji.domain.limits import Limits
    from pyeonji.usecases.mail.shelf import SearchShelf

#: How often a call is tried again stands in the template (AWS_MAX_ATTEMPTS): somebody waits for the
#: API. A connection for each thread that copies, gathers, or waits; `when_required`: the parts
#: carry their own MD5 and every member its CRC, and a second checksum costs a quarter of the CPU of
#: a part. A name of our own: boto3 puts the long one together anew for each request, a third of
#: what one costs.
_CONFIG = Config(
    user_agent=f"pyeonji Boto3/{boto3.__version__}",
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=37,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
#: Presigned URLs of version 4: version 2, boto3's choice in some regions, is on its way out. With
#: the region in the host: boto3's default host redirects, which a browser's PUT cannot follow, and
#: the page's policy allows the regional one only; for us-east-1 that is asked for by itself. (An IP
#: address as endpoint keeps its path style.)
#: No SHA-256 over bodies for the signature: each carries a checksum that S3 verifies, and TLS.
_S3_CONFIG = _CONFIG.merge(
    Config(
        signature_version="s3v4",
        s3={
            "addressing_style": "virtual",
            "us_east_1_regional_endpoint": "regional",
            "payload_signing_enabled": False,
        },
    )
)
#: Requests are built by typed functions and tested; botocore's look at every attribute of them
#: costs as much as building them does.
_DYNAMODB_CONFIG = _CONFIG.merge(Config(parameter_validation=False))


class Services:
    """The ports, made of AWS. `session` is a seam for tests and for the local tools."""

    def __init__(self, settings: Settings, session: Any = None, **client_options: Any) -> None:
        self.settings = settings
        self._session = session or boto3.session.Session()
        self._options = client_options

    def _client(self, name: str) -> Any:
        config = {"s3": _S3_CONFIG, "dynamodb": _DYNAMODB_CONFIG}.get(name, _CONFIG)
        return self._session.client(name, config=config, **self._options)

    @property
    def limits(self) -> "Limits":
        """The promises of the service, as numbers."""
        return self.settings.limits

    @property
    def page_url(self) -> str:
        """The page's address, without a slash at its end."""
        return self.settings.page_url

    def passing(self, error: Exception) -> bool:
        """Whether another try may mend it: an error of AWS, and none an entry of a ZIP causes."""
        from pyeonji.adapters.passing import is_passing

        return is_passing(error)

    def warn(self, kind: str, error: Exception) -> None:
        """Something of this kind could not be dealt with and was passed over."""
        from pyeonji.observability import log_failure

        log_failure("passed over", error, kind=kind)

    def now(self) -> datetime:
        """The wall clock. What retention calls now is its event's time instead."""
        return datetime.now(UTC)

    @cached_property
    def _s3(self) -> Any:
        return self._client("s3")

    @cached_property
    def _dynamodb(self) -> Any:
        return self._client("dynamodb")

    @cached_property
    def mail(self) -> "ports.ObjectStore":
        """Segments."""
        return self._store(self.settings.mail_bucket)

    @cached_property
    def volumes(self) -> "ports.ObjectStore":
        """Volumes."""
        return self._store(self.settings.volume_bucket)

    @cached_property
    def zips(self) -> "ports.ObjectStore":
        """ZIPs people sent."""
        return self._store(self.settings.upload_bucket)

    @cached_property
    def work(self) -> "ports.ObjectStore":
        """Plans, chunk lists, ledgers."""
        return self._store(self.settings.work_bucket)

    @cached_property
    def downloads(self) -> "ports.Downloads":
        """CloudFront, in front of the volumes."""
        from pyeonji.adapters.cloudfront import SignedDownloads

        domain = self.settings.download_domain
        return SignedDownloads(
            self._client("secretsmanager") if domain else None,
            domain,
            self.settings.download_key_id,
            self.settings.download_key_secret,
        )

    def _store(self, bucket: str) -> "ports.ObjectStore":
        from pyeonji.adapters.s3 import S3Bucket

        return S3Bucket(self._s3, bucket)

    @cached_property
    def accounts(self) -> "ports.Accounts":
        """Companies, accounts, mailboxes."""
        from pyeonji.adapters.dynamodb.accounts import DynamoAccounts

        return DynamoAccounts(self._dynamodb, self.settings.table_name)

    @cached_property
    def homes(self) -> "ports.Homes":
        """Where the mail of companies lives."""
        from pyeonji.adapters.dynamodb.homes import DynamoHomes

        return DynamoHomes(self._dynamodb, self.settings.table_name)

    @cached_property
    def folders(self) -> "ports.Folders":
        """What is known of the folders of connected accounts."""
        from pyeonji.adapters.dynamodb.folders import DynamoFolders

        return DynamoFolders(self._dynamodb, self.settings.table_name)

    @cached_property
    def following(self) -> "ports.Following":
        """Mail that follows a connected server."""
        from pyeonji.adapters.dynamodb.following import DynamoFollowing

        return DynamoFollowing(self._dynamodb, self.settings.table_name)

    @cached_property
    def secrets(self) -> "ports.Secrets":
        """Passwords of mail servers."""
        from pyeonji.adapters.secrets import SecretsManager

        return SecretsManager(self._client("secretsmanager"), self.settings.secret_prefix)

    @property
    def mail_servers(self) -> "ports.MailServers":
        """The mail servers of companies."""
        return self._mail_servers

    @cached_property
    def _mail_servers(self) -> "ports.MailServers":
        from pyeonji.adapters.imap import ImapServers

        return ImapServers(
            literal_limit=self.limits.message_limit_bytes,
            loopback=self.settings.loopback_homes,
        )

    @cached_property
    def index(self) -> "ports.MailIndex":
        """Messages."""
        from pyeonji.adapters.dynamodb.index import DynamoMailIndex

        return DynamoMailIndex(self._dynamodb, self.settings.table_name)

    @cached_property
    def indexing(self) -> "ports.Indexing":
        """The queue of segments that want a search file."""
        from pyeonji.adapters.sqs import IndexQueue

        return IndexQueue(self._client("sqs"), self.settings.index_queue_url)

    @property
    def search_files(self) -> "SearchShelf":
        """Search files of the mail bucket, opened once."""
        return self._search_files

    @cached_property
    def _search_files(self) -> "SearchShelf":
        from pyeonji.usecases.mail.shelf import SearchShelf

        return SearchShelf(self.mail)

    @cached_property
    def backups(self) -> "ports.Backups":
        """Requests for backups."""
        from pyeonji.adapters.dynamodb.backups import DynamoBackups

        return DynamoBackups(self._dynamodb, self.settings.table_name)

    @cached_property
    def schedules(self) -> "ports.Schedules":
        """Backups that make themselves."""
        from pyeonji.adapters.dynamodb.schedules import DynamoSchedules

        return DynamoSchedules(self._dynamodb, self.settings.table_name)

    @cached_property
    def uploads(self) -> "ports.Uploads":
        """Uploads."""
        from pyeonji.adapters.dynamodb.uploads import DynamoUploads

        return DynamoUploads(self._dynamodb, self.settings.table_name)

    @cached_property
    def notices(self) -> "ports.Notices":
        """Which notices went out."""
        from pyeonji.adapters.dynamodb.notices import DynamoNotices

        return DynamoNotices(self._dynamodb, self.settings.table_name)

    @cached_property
    def due(self) -> "ports.DueIndex":
        """What retention must look at."""
        from pyeonji.adapters.dynamodb.due import DynamoDueIndex

        return DynamoDueIndex(self._dynamodb, self.settings.table_name)

    @cached_property
    def census(self) -> "ports.Census":
        """The whole table, for reconciliation only."""
        from pyeonji.adapters.dynamodb.census import DynamoCensus

        return DynamoCensus(self._dynamodb, self.settings.table_name)

    @cached_property
    def machines(self) -> "ports.Machines":
        """The state machines."""
        from pyeonji.adapters.stepfunctions import StateMachines

        return StateMachines(
            self._client("stepfunctions"),
            self.settings.backup_machine_arn,
            self.settings.upload_machine_arn,
            self.settings.sync_machine_arn,
        )

    @cached_property
    def identity(self) -> "ports.Identity":
        """The user pool."""
        from pyeonji.adapters.cognito import CognitoIdentity

        return CognitoIdentity(
            self._client("cognito-idp"),
            self.settings.user_pool_id,
            self.settings.user_pool_client_id,
        )

    @cached_property
    def logins(self) -> "ports.Logins":
        """Who can sign in, for the operator."""
        from pyeonji.adapters.cognito_logins import CognitoLogins

        return CognitoLogins(self._client("cognito-idp"), self.settings.user_pool_id)

    @cached_property
    def audit(self) -> "ports.Audit":
        """Who did what."""
        from pyeonji.adapters.dynamodb.audit import DynamoAudit

        return DynamoAudit(self._dynamodb, self.settings.table_name, self.limits.audit_days)

    @cached_property
    def seals(self) -> "ports.ObjectStore":
        """The seals of the audit."""
        return self._store(self.settings.audit_bucket)

    @cached_property
    def attempts(self) -> "ports.Attempts":
        """How often passwords and codes were tried."""
        from pyeonji.adapters.dynamodb.attempts import DynamoAttempts

        return DynamoAttempts(self._dynamodb, self.settings.table_name)

    @cached_property
    def recovery_codes(self) -> "ports.RecoveryCodes":
        """What stands in for a lost authenticator app."""
        from pyeonji.adapters.dynamodb.recovery import DynamoRecoveryCodes

        return DynamoRecoveryCodes(self._dynamodb, self.settings.table_name)

    @cached_property
    def mailer(self) -> "ports.Mailer":
        """SES."""
        from pyeonji.adapters.ses import SesMailer

        return SesMailer(
            self._client("sesv2"),
            self.settings.sender_address,
            self.settings.notice_configuration_set,
        )


@lru_cache(maxsize=1)
def services() -> Services:
    """The process's own."""
    return Services(Settings.from_environment())
