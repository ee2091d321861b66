"""The promises of the service, as numbers.

The defaults are the template's parameters (docs: contract, "Template parameters"); a function
gets the values in force through `settings`.
"""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

#: The smallest unit a person may ask for: below this a volume would be mostly manifest.
MIN_VOLUME_BYTES = 1 * MIB
#: Bytes of mail in one segment before it is cut; size hardly matters to speed, requests do.
SEGMENT_BYTES = 48 * MIB
#: Parts of an upload: the smallest S3 takes, so that a page that is reloaded, or a network that
#: goes, loses as little as can be: of four in flight 20 MiB at most. 2 GiB are 410 requests.
UPLOAD_PART_BYTES = 5 * MIB
#: Uploads an account may have that are neither completed nor given up: what was sent of them is
#: storage nobody counts, 100 GiB at most.
MAX_OPEN_UPLOADS = 50
#: Mailboxes of an account: a list that is read whole each time; nobody's folders come near it.
MAX_MAILBOXES = 1_000
#: Mails of one mailbox in one backup: planning holds each of them, 2.1 KB a mail and 0.5 of its
#: words (measured), in a function of 3 GB.
MAX_PLANNED = 800_000
#: Marks of a mailbox's mail an import holds: 100 bytes each, and each chunk reads all of them. In a
#: larger mailbox every mail is looked up instead, and none is compared with the others.
MOST_MARKS = 500_000
#: Bytes of the ids and paths of the mailboxes a backup is of: they stand in one item of the table,
#: which holds 400 KB. A thousand paths of 100 Korean letters each.
MAX_CHOSEN_BYTES = 350_000
#: Entries of one ZIP; its directory is then at most some 100 MB, which inspection can hold.
MAX_ENTRIES = 1_000_000
#: Mails that are brought back at once: with what else is in their volumes fewer than MAX_ENTRIES.
MAX_RESTORED = 900_000
#: The shortest password the user pool takes; the template says the same (a test compares).
MIN_PASSWORD_LENGTH = 12
#: How long a presigned URL lives; it never outlives the volume either.
URL_LIFETIME = timedelta(minutes=15)
#: How long an address of a volume lives that does not depend on a role's session: a browser's own
#: download cannot be signed anew, and 4 GB at 1 Mbit/s take ten hours.
LASTING_URL_LIFETIME = timedelta(hours=12)
#: A presigned part URL lives as long as a slow line may need for the parts in flight.
PART_URL_LIFETIME = timedelta(hours=1)
#: No function lives longer (Lambda's own limit), with a minute for a request on its way.
FUNCTION_LIFE = timedelta(minutes=16)
#: An upload nobody completed is given up after this long.
UPLOAD_ABANDON_AFTER = timedelta(days=7)
#: A request that has not moved for this long is started again.
STUCK_AFTER = timedelta(minutes=30)
#: A connected account is brought up to date this long after it was.
SYNC_AFTER = timedelta(minutes=5)
#: One whose server fails: twice as long after each failure, up to this.
SYNC_REST = timedelta(hours=6)
#: An upload that has not come to an end this long after it arrived has failed.
UPLOAD_DEADLINE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Limits:
    """The parameters in force. Bytes, days and hours as the names say."""

    volume_bytes: int
    download_days: int
    purge_days: int
    max_backups: int
    backup_deadline_hours: int
    upload_limit_bytes: int
    message_limit_bytes: int
    quota_bytes: int
    timezone: str
    keep_gone_days: int
    audit_days: int

    @property
    def zone(self) -> ZoneInfo:
        """Where a day begins."""
        return ZoneInfo(self.timezone)
