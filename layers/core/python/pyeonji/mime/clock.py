"""Dates as mail writes them (RFC 5322, its obsolete forms, and what mailers really send).

No clock is read here: the same bytes give the same instant today and in ten years.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from pyeonji.mime.calendars import plain_date
from pyeonji.mime.words import decode_header

FIRST_YEAR = 1970
LAST_YEAR = 2107
"""Years believed; 2107 is the last one a ZIP member can carry."""

_LIMIT = 400  # bytes of a value that are looked at for a date

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# RFC 5322 4.3, and the zones of the neighbourhood. Military letters and names nobody knows mean
# "no information about the zone" there, which is UTC here.
_ZONES = {
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360,
    "PST": -480, "PDT": -420, "KST": 540, "JST": 540, "KDT": 600, "HKT": 480, "SGT": 480,
    "CET": 60, "CEST": 120, "MET": 60, "MEST": 120, "EET": 120, "EEST": 180, "BST": 60,
    "MSK": 180, "IST": 330, "AEST": 600, "AEDT": 660,
}  # fmt: skip
_MAX_OFFSET = 16 * 60  # minutes; beyond it the zone is nonsense and taken for UTC

_COMMENT = re.compile(r"\([^()]*\)")
# "PM 3:04": the forms want it behind the time, and one of them would do without it.
_HALF_FIRST = re.compile(r"\b[AaPp]\.?[Mm]\.?\s*\d{1,2}:")
_EPOCH = re.compile(r"\s*(\d{9,10})(?:\d{3})?(?:\.\d+)?\s*")  # seconds or milliseconds since 1970
_TIME = r"(?P<hour>\d{1,2})\s?[:.]\s?(?P<minute>\d{2})(?:\s?[:.]\s?(?P<second>\d{2})(?:[.,]\d+)?)?"
_ZONE = r"(?P<zone>[+-]\s?\d{1,2}:?\d{2}|[A-Za-z]{1,5}\b)?(?:\s?(?P<late>[+-]\d{4}))?"
_AMPM = r"(?:\s*(?P<half>[AaPp])\.?[Mm]\b\.?)?"
_FORMS = (
    # Mon, 02 Jan 2006 15:04:05 +0900 (KST)
    re.compile(
        r"(?<!\d)(?P<day>\d{1,2})[\s-]+(?P<month>[A-Za-z]{3})[a-z]*\.?,?[\s-]+"
        rf"(?P<year>\d{{2,4}}),?\s+{_TIME}{_AMPM}\s*{_ZONE}"
    ),
    # 2006-01-02T15:04:05+09:00
    re.compile(
        r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:T|[\s,]+)"
        rf"{_TIME}{_AMPM}\s*{_ZONE}"
    ),
    # Mon Jan  2 15:04:05 KST 2006
    re.compile(
        rf"\b(?P<month>[A-Za-z]{{3}})[a-z]*\.?\s+(?P<day>\d{{1,2}}),?\s+{_TIME}\s*"
        r"(?P<zone>[A-Za-z]{1,5}\b|[+-]\d{4})?\s*(?P<year>\d{4})(?:\s?(?P<late>[+-]\d{4}))?"
    ),
    # January 2, 2006 3:04:05 PM
    re.compile(
        r"\b(?P<month>[A-Za-z]{3})[a-z]*\.?\s+(?P<day>\d{1,2}),?\s+"
        rf"(?P<year>\d{{4}}),?\s+{_TIME}{_AMPM}\s*{_ZONE}"
    ),
    # 20060102T150405+0900
    re.compile(
        r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)[T\s]?"
        r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?!\d)(?:\.\d+)?\s*" + _ZONE
    ),
    # 02 Jan 2006: a day without a time, or with an impossible one, is its first instant
    re.compile(
        r"(?<!\d)(?P<day>\d{1,2})[\s-]+(?P<month>[A-Za-z]{3})[a-z]*\.?,?[\s-]+(?P<year>\d{4})\b"
    ),
    # 2006-01-02
    re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"),
)


# What nearly every mailer writes, as the first of the forms above reads it at four times the cost.
_USUAL = re.compile(
    rb"\s*(?:[A-Za-z]{3},[ \t]+)?(\d\d?) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d):([0-5]\d)"
    rb" ([+-])(\d\d)(\d\d)(?: \([A-Za-z]*\))?\s*"
)


def parse_date(value: bytes, zone: tzinfo = UTC) -> datetime | None:
    """The instant (UTC, whole seconds) of a `Date:` value, or None where there is none in it.

    Years outside 1970..2107 are no date. A date without a zone is read in `zone`: who writes none
    writes wall time, and most mail comes from near by. A zone that is unknown or absurd is UTC
    (RFC 5322 4.3).
    """
    instant = _usual(value)
    if instant is not None:
        return instant
    value = value[:_LIMIT]
    plain = value.isascii() and b"=?" not in value
    text = value.decode("ascii") if plain else decode_header(value, _LIMIT)
    plain = plain and not _HALF_FIRST.search(text)
    for spelled in (text, plain_date(text)) if plain else (plain_date(text),):
        instant = _first_instant(spelled, zone)
        if instant is not None:
            return instant
    return None


def parse_received(value: bytes, zone: tzinfo = UTC) -> datetime | None:
    """The instant of a `Received:` value: what follows its last semicolon (or any date in it)."""
    _, semicolon, date = value.rpartition(b";")
    instant = parse_date(date, zone) if semicolon else None
    return instant if instant is not None else parse_date(value[-_LIMIT:], zone)


def _first_instant(text: str, zone: tzinfo) -> datetime | None:
    """The instant of the first form that gives one."""
    for _ in range(3):  # comments nest; none of real mail deeper
        if "(" in text:
            text = _COMMENT.sub(" ", text)
    for form in _FORMS:
        match = form.search(text)
        if match:
            instant = _instant(match.groupdict(), zone)
            if instant is not None:
                return instant
    epoch = _EPOCH.fullmatch(text)
    return datetime.fromtimestamp(int(epoch[1]), UTC) if epoch else None


def _usual(value: bytes) -> datetime | None:
    """The instant of a value in the usual form; None for all that needs a closer look."""
    match = _USUAL.fullmatch(value, 0, _LIMIT)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    minutes = int(zone_hours) * 60 + int(zone_minutes)
    number = _MONTHS.get(month.lower().decode("ascii"), 0)
    if minutes > _MAX_OFFSET or not FIRST_YEAR < int(year) < LAST_YEAR:
        return None
    try:
        local = datetime(
            int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    return local - timedelta(minutes=-minutes if sign == b"-" else minutes)


def _instant(found: dict[str, str | None], zone: tzinfo) -> datetime | None:
    year, month = _year(found["year"] or ""), found["month"] or ""
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
    hour, minute = int(found.get("hour") or 0), int(found.get("minute") or 0)
    half = found.get("half")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half in "pP" else 0)
    late = hour == 24 and minute == 0  # midnight at the end of the day (ISO 8601)
    # A leap second has no datetime; the second before it has.
    second = min(int(found.get("second") or 0), 59)
    stated = found.get("late") or found.get("zone")
    try:
        local = datetime(
            year, number, int(found["day"] or 0), 0 if late else hour, minute, second,
            tzinfo=UTC if stated else zone,
        )  # fmt: skip
        instant = local.astimezone(UTC) + timedelta(
            days=late, minutes=-_offset(found.get("zone"), found.get("late"))
        )
    except (ValueError, OverflowError):  # the thirteenth month, a day before the first year
        return None
    return instant if FIRST_YEAR <= instant.year <= LAST_YEAR else None


def _year(digits: str) -> int:
    """RFC 5322 4.3: two digits are 1950..2049, three count from 1900. Absurd years become 0."""
    year = int(digits) if digits else 0
    if len(digits) <= 2:
        year += 2000 if year < 50 else 1900
    elif len(digits) == 3:
        year += 1900
    return year if FIRST_YEAR - 1 <= year <= LAST_YEAR + 1 else 0


def _offset(zone: str | None, late: str | None) -> int:
    """Minutes east of UTC. "GMT+0900" (a name and a number) means the number."""
    for text in (late, zone):
        if text and text[0] in "+-":
            digits = text[1:].replace(":", "").strip()
            minutes = int(digits[:-2] or 0) * 60 + int(digits[-2:])
            if minutes > _MAX_OFFSET:
                return 0
            return -minutes if text[0] == "-" else minutes
    return _ZONES.get(zone.upper(), 0) if zone else 0
