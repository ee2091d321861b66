"""How a notice says sizes, days and times, and shows names that people chose."""

import re
from datetime import date, datetime

from pyeonji import words

LONGEST_NAME = 120
"""Characters of a mailbox's or a file's name that are shown."""

# Control characters (a subject is a header) and the ones that turn text around.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def size_text(size: int, korean: bool) -> str:
    """`48.2 MB`, in Korean `48.2MB`."""
    return words.size_text(size, "ko" if korean else "en")


def day_text(day: date, korean: bool) -> str:
    """`2026년 11월 30일`, `30 November 2026`; no locale, so the same on every machine."""
    if korean:
        return f"{day.year}년 {day.month}월 {day.day}일"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def time_text(at: datetime, korean: bool) -> str:
    """`2026년 11월 30일(월) 오후 3시 20분`, `Monday, 30 November 2026, 3:20 PM (KST)`."""
    hour = at.hour % 12 or 12
    zone = at.tzname() or "UTC"
    if korean:
        half = "오전" if at.hour < 12 else "오후"
        minute = f" {at.minute}분" if at.minute else ""
        # In Korea nobody names the zone; elsewhere it matters.
        named = "" if zone == "KST" else f" ({zone})"
        weekday = "월화수목금토일"[at.weekday()]
        return f"{day_text(at, True)}({weekday}) {half} {hour}시{minute}{named}"
    half = "AM" if at.hour < 12 else "PM"
    day = f"{_WEEKDAYS[at.weekday()]}, {day_text(at, False)}"
    return f"{day}, {hour}:{at.minute:02} {half} ({zone})"


def counted(number: int, thing: str) -> str:
    """`1 message`, `1,234 messages`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def one_line(text: str) -> str:
    """Text without line ends, other control characters and what turns it around."""
    return " ".join(_UNSHOWN.sub(" ", text).split())


def shown(name: str) -> str:
    """A name somebody chose, fit for one line."""
    name = one_line(name)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
