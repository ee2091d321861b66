"""Which mails of a folder a person wants: by the day they were received, by their size."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pyeonji.mime.dating import received_date
from pyeonji.mime.headers import read_headers

from ..errors import UsageError
from ..model import Mail, SourceConfig


def bounds(config: SourceConfig, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """(from, before) of the chosen days, as instants. Raises UsageError."""
    first, last = _day(config.since), _day(config.until)
    if first and last and first > last:
        raise UsageError("bad_period", since=config.since, until=config.until)
    start = datetime(first.year, first.month, first.day, tzinfo=zone) if first else None
    after = last + timedelta(days=1) if last else None
    return start, datetime(after.year, after.month, after.day, tzinfo=zone) if after else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError("bad_day", day=text) from error


class Choice:
    """What a request says of its mails. Costs nothing where it says nothing."""

    def __init__(self, config: SourceConfig, zone: ZoneInfo, now: datetime):
        self._start, self._before = bounds(config, zone)
        self._largest, self._now = config.largest, now

    def wants(self, mail: Mail, size: int) -> bool:
        """Whether a mail is one of those."""
        if self._largest and size > self._largest:
            return False
        if self._start is None and self._before is None:
            return True
        when, _ = received_date(
            read_headers(mail.data), mail.received, mail.member_time, not_after=self._now
        )
        return within(when, self._start, self._before)


def within(when: datetime, start: datetime | None, before: datetime | None) -> bool:
    """Whether an instant is in a period."""
    return (start is None or when >= start) and (before is None or when < before)
