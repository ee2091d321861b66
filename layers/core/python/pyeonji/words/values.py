"""How sizes, days, times and names are written in a sentence: one way for the whole service.

No locale of the machine is asked, so the same value is the same text everywhere.
"""

import re
from datetime import date, datetime

LONGEST_NAME = 120
"""Characters of a mailbox's or a file's name that `short_name` keeps."""

# Control characters (a subject is a header) and the ones that turn text around.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def size_text(size: int, language: str) -> str:
    """Bytes in units of 1024, as file managers show them: `48.2 MB`, in Korean `48.2MB`.

    A hundred and more of a unit have no decimals, as on the page.
    """
    korean = language == "ko"
    if size < 1024:
        return f"{size:,}바이트" if korean else plural(size, "byte", "bytes")
    value, unit = size / 1024, "KB"
    for larger in ("MB", "GB", "TB"):
        # 1023.95 would be shown as 1024.0 of the smaller unit.
        if value < 1023.95:
            break
        value, unit = value / 1024, larger
    digits = 0 if value >= 99.95 else 1
    number = f"{value:,.{digits}f}".removesuffix(".0")
    return f"{number}{unit}" if korean else f"{number} {unit}"


def day_text(day: date, language: str) -> str:
    """`2026년 11월 30일`, `30 November 2026`."""
    if language == "ko":
        return f"{day.year}년 {day.month}월 {day.day}일"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def time_text(at: datetime, language: str) -> str:
    """`2026년 11월 30일(월) 오후 3시 20분`, `Monday, 30 November 2026, 3:20 PM (KST)`.

    In the time zone that `at` carries; one without a zone is taken for UTC.
    """
    hour = at.hour % 12 or 12
    zone = at.tzname() or "UTC"
    if language == "ko":
        half = "오전" if at.hour < 12 else "오후"
        minute = f" {at.minute}분" if at.minute else ""
        # In Korea nobody names the zone; elsewhere it matters.
        named = "" if zone == "KST" else f" ({zone})"
        weekday = "월화수목금토일"[at.weekday()]
        return f"{day_text(at, language)}({weekday}) {half} {hour}시{minute}{named}"
    half = "AM" if at.hour < 12 else "PM"
    day = f"{_WEEKDAYS[at.weekday()]}, {day_text(at, language)}"
    return f"{day}, {hour}:{at.minute:02} {half} ({zone})"


def plural(number: int, one: str, many: str) -> str:
    """`1 message`, `1,234 messages`: English, for Korean knows no plural."""
    return f"{number:,} {one if number == 1 else many}"


def one_line(text: str) -> str:
    """Text without line ends, other control characters and what turns it around."""
    return " ".join(_UNSHOWN.sub(" ", text).split())


def short_name(name: str) -> str:
    """A name somebody chose, fit for one line: at most LONGEST_NAME characters."""
    name = one_line(name)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def with_particle(word: str, particles: str) -> str:
    """`word` with the Korean particle its last sound asks for, of a pair such as `을/를`.

    The first of the pair follows a final consonant, the second a vowel; `으로/로` takes the second
    after ㄹ too. Where the sound is not known (`mail.example`), both are written: `을(를)`.
    """
    closed, open_ = particles.split("/")
    final = _final_sound(word.rstrip("'\"’”)] "))
    if final is None:
        return f"{word}{closed}({open_})"
    takes_first = final != "" and not (closed == "으로" and final == "ㄹ")
    return word + (closed if takes_first else open_)


#: The final consonant of the last syllable of a digit as it is read: 영 일 이 삼 사 오 육 칠 팔 구.
_DIGITS = ("ㅇ", "ㄹ", "", "ㅁ", "", "", "ㄱ", "ㄹ", "ㄹ", "")


def _final_sound(word: str) -> str | None:
    """`""` for a vowel, `"ㄹ"` for that one, another consonant for any other, None if unknown."""
    last = word[-1:]
    if "가" <= last <= "힣":
        # Unicode 3.12: syllables are laid out with their 28 finals (none first, ㄹ the ninth).
        final = (ord(last) - 0xAC00) % 28
        return "" if final == 0 else "ㄹ" if final == 8 else "ㅇ"
    if last.isascii() and last.isdigit():
        return _DIGITS[int(last)]
    return None
