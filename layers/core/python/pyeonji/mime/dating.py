"""When a message was received, and who says so; never silently "now"."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pyeonji.mime.headers import Dated

UNKNOWN_DATE = datetime(1980, 1, 1, tzinfo=UTC)
"""For a message nobody dates: the first day a ZIP member can carry, before any real mail."""

EARLIEST_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""No mail is older, and a backup of everything begins here: an earlier date would hide the mail."""

CLOCK_SKEW = timedelta(days=1)
"""How far a sender's clock may be ahead before its date is not believed."""


class DateSource(StrEnum):
    """Where a received date comes from, best first."""

    manifest = "manifest"
    received = "received"
    date = "date"
    member = "member"
    unknown = "unknown"


_BEST_FIRST = (DateSource.manifest, DateSource.received, DateSource.date, DateSource.member)


def received_date(
    headers: Dated,
    manifest: datetime | None,
    member: datetime | None,
    *,
    not_after: datetime | None = None,
) -> tuple[datetime, DateSource]:
    """The received date (UTC) and its source: our manifest, the topmost `Received:`, `Date:`, the
    ZIP member's own time, else `UNKNOWN_DATE`.

    `not_after` is the instant of the request that brings the mail (not the clock's, so a retry
    says the same). A date more than `CLOCK_SKEW` after it cannot be when the mail was received,
    and a backup of everything up to yesterday would never hold the mail: the next source counts.
    So it does for a date before `EARLIEST_DATE`, which a foreign manifest can state.
    """
    latest = not_after + CLOCK_SKEW if not_after is not None else None
    for source in _BEST_FIRST:
        if source is DateSource.manifest:
            instant = manifest
        elif source is DateSource.member:
            instant = member
        else:  # read only now: parsing a date takes longer than all of this
            instant = headers.received if source is DateSource.received else headers.date
        if instant is None or instant < EARLIEST_DATE:
            continue
        if latest is None or instant <= latest:
            return instant.astimezone(UTC), source
    return UNKNOWN_DATE, DateSource.unknown
