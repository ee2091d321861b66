"""Which days a person asked for, and the instants they come to."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pyeonji.domain.errors import InvalidRequestError

#: Before any mail: `all` begins here.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class PeriodKind(StrEnum):
    """The three choices of the dialog."""

    ALL = "all"
    THIS_YEAR = "this_year"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Period:
    """What was asked for. `first` and `last` are days, both included, of a `range` only."""

    kind: PeriodKind
    first: date | None = None
    last: date | None = None

    def to_json(self) -> dict[str, str]:
        """The shape of the contract."""
        if self.first is None or self.last is None:
            return {"kind": self.kind.value}
        return {
            "kind": self.kind.value,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
        }

    @classmethod
    def from_json(cls, value: object) -> "Period":
        """Read the shape of the contract; InvalidRequestError names the field that is wrong."""
        if not isinstance(value, dict):
            raise InvalidRequestError("period", "must_be_object")
        kind = value.get("kind")
        if not isinstance(kind, str) or kind not in set(PeriodKind):
            raise InvalidRequestError("period.kind", "unknown_value")
        is_range = kind == PeriodKind.RANGE
        for field in value:
            if field != "kind" and not (is_range and field in ("from", "to")):
                raise InvalidRequestError(f"period.{field}", "unknown_field")
        if not is_range:
            return cls(PeriodKind(kind))
        first, last = (_day(value.get(name), f"period.{name}") for name in ("from", "to"))
        if last < first:
            raise InvalidRequestError("period.to", "ends_before_it_begins")
        return cls(PeriodKind.RANGE, first, last)


@dataclass(frozen=True, slots=True)
class Span:
    """Half open: `start` is in, `end` is not."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def resolve(period: Period, now: datetime, zone: ZoneInfo) -> Span:
    """The instants a period comes to when asked for at `now`.

    `all` and `this_year` reach to the end of the day before `now` in `zone`; on 1 January
    `this_year` is therefore empty (start == end). A `range` is taken as it was given.
    """
    today = now.astimezone(zone).date()
    if period.kind is PeriodKind.ALL:
        return Span(BEGINNING, midnight(today, zone))
    if period.kind is PeriodKind.THIS_YEAR:
        return Span(midnight(date(today.year, 1, 1), zone), midnight(today, zone))
    assert period.first is not None and period.last is not None
    return Span(midnight(period.first, zone), midnight(period.last + timedelta(days=1), zone))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant `day` begins in `zone`."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days_of(span: Span, zone: ZoneInfo) -> tuple[date, date]:
    """First and last day of a span, both included, as a person would say them."""
    last = (span.end - timedelta(seconds=1)).astimezone(zone).date()
    return span.start.astimezone(zone).date(), last


def _day(value: object, field: str) -> date:
    # date.fromisoformat also takes 20240101 and 2024-W01-1, which the contract does not.
    if not isinstance(value, str) or len(value) != 10 or value[4:8:3] != "--":
        raise InvalidRequestError(field, "must_be_day")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise InvalidRequestError(field, "no_such_day") from None
    if not 1970 <= day.year <= 9998:
        raise InvalidRequestError(field, "no_such_day")
    return day
