"""Dates spelled in other languages, turned into what an English mailer would have written.

`화, 12 3월 2019 10:11:12`, `2019년 3월 12일 (화) 오후 3:11:12`, `2019. 3. 12. 오후 3:11:12`,
`12. März 2019`, `12.03.2019`. What is not understood stays as it is.
"""

import re
import unicodedata

_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# How the months begin in German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish,
# Swedish and Russian, without accents; the longest beginning that fits decides.
_MONTHS = (
    ("jan", "gen", "ene", "sty", "oca", "янв"),
    ("feb", "fev", "lut", "sub", "фев"),
    ("mar", "mrz", "maerz", "maa", "maart", "мар"),
    ("apr", "avr", "abr", "kwi", "nis", "апр"),
    ("may", "mai", "mei", "maj", "mag", "май", "мая"),
    ("jun", "juin", "giu", "cze", "haz", "июн"),
    ("jul", "juil", "lug", "lip", "tem", "июл"),
    ("aug", "aou", "ago", "sie", "agu", "авг"),
    ("sep", "set", "wrz", "eyl", "сен"),
    ("oct", "okt", "ott", "out", "paz", "eki", "окт"),
    ("nov", "lis", "kas", "ноя"),
    ("dec", "dez", "dic", "gru", "ara", "дек"),
)
_BEGINNINGS = {text: _ENGLISH[place] for place, texts in enumerate(_MONTHS) for text in texts}
_LONGEST = max(map(len, _BEGINNINGS))

_ZONES = (
    (re.compile(r"(?:대한민국|한국)\s*표준시"), "+0900"),
    (re.compile(r"일본\s*표준시|日本標準時|日本标准时间"), "+0900"),
    (re.compile(r"中国标准时间|中國標準時間|台北標準時間|중국\s*표준시"), "+0800"),
    (re.compile(r"(?:협정|그리니치)\s*(?:세계|표준)시"), "+0000"),
)
# Before the months: 월 is Monday and month, 日 Sunday and day.
_WEEKDAY = re.compile(
    r"[일월화수목금토]요일|[日月火水木金土]曜日?|(?:星期|周|週)[一二三四五六日天]"
)
_YEAR_MONTH_DAY = re.compile(r"(\d{4})\s*[년年]\s*(\d{1,2})\s*[월月]\s*(\d{1,2})\s*[일日号]?")
_MONTH = re.compile(r"(?<!\d)(\d{1,2})\s*[월月](?!\w)")
_DAY = re.compile(r"(?<!\d)(\d{1,2})\s*[일日](?!\w)")
_YEAR = re.compile(r"(\d{4})\s*[년年]")
_HOURS = re.compile(r"(\d{1,2})\s*[시時时点]\s*(\d{1,2})\s*[분分](?:\s*(\d{1,2})\s*[초秒])?")
_MORNING = re.compile(r"오전|午前|上午")
_AFTERNOON = re.compile(r"오후|午後|下午")
_HALF_FIRST = re.compile(r"\b([AaPp])\.?[Mm]\.?\s*(\d{1,2}:\d{2}(?::\d{2})?)")
# "2019. 3. 12." as Korean Windows writes it, and with two digits "19. 3. 12."
_DOTTED = re.compile(r"(?<![\d.])(\d{4})\s*[./]\s*(\d{1,2})\s*[./]\s*(\d{1,2})\.?(?![\d.])")
_DOTTED_SHORT = re.compile(r"(?<![\d.])(\d{2})\.\s+(\d{1,2})\.\s+(\d{1,2})\.?(?![\d.])")
_DAY_FIRST = re.compile(r"(?<![\d.])(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4})(?![\d.])")
_ORDINAL = re.compile(r"(?<![\d.])(\d{1,2})(?:\.(?=\s+[^\W\d])|(?:st|nd|rd|th|er|[ºª])\b)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LITTLE_WORDS = re.compile(r"\b(?:de|del|d'|of|um|à|at|в|г)\b\.?", re.IGNORECASE)


def plain_date(text: str) -> str:
    """`text` with months in English, the year first or the month by name, AM and PM behind the
    time. A date whose parts are numbers alone is day.month.year with dots or dashes, and
    month/day/year with slashes (the American way), unless one of them is above twelve."""
    text = unicodedata.normalize("NFKC", text)  # full-width digits, one form of each accent
    for zone, offset in _ZONES:
        text = zone.sub(offset, text)
    text = _WEEKDAY.sub(" ", text)
    text = _YEAR_MONTH_DAY.sub(r"\1-\2-\3 ", text)
    text = _MONTH.sub(_english_number, text)
    text = _YEAR.sub(r"\1", _DAY.sub(r"\1", text))
    text = _HOURS.sub(lambda m: f"{m[1]}:{int(m[2]):02}:{int(m[3] or 0):02}", text)
    text = _AFTERNOON.sub(" PM ", _MORNING.sub(" AM ", text))
    text = _HALF_FIRST.sub(r"\2 \1M", text)
    text = _DOTTED.sub(r"\1-\2-\3 ", text)
    text = _DOTTED_SHORT.sub(r"20\1-\2-\3 ", text)
    text = _DAY_FIRST.sub(_iso, text)
    text = _ORDINAL.sub(r"\1", _LITTLE_WORDS.sub(" ", text))
    return _WORD.sub(_english_name, text)


def _english_number(match: re.Match[str]) -> str:
    number = int(match[1])
    return f" {_ENGLISH[number - 1]} " if 1 <= number <= 12 else match[0]


def _english_name(match: re.Match[str]) -> str:
    """The month a word means, in English; any other word as it is (a weekday may look like one:
    the forms want it between day and year)."""
    word = match[0]
    if word[:3].capitalize() in _ENGLISH and word.isascii():
        return word
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", word.casefold())
        if not unicodedata.combining(character) or "\u0400" <= word[0] <= "\u04ff"
    )
    plain = plain.replace("ł", "l")
    for length in range(min(_LONGEST, len(plain)), 2, -1):
        found = _BEGINNINGS.get(plain[:length])
        if found:
            return found
    return word


def _iso(match: re.Match[str]) -> str:
    first, between, second, year = int(match[1]), match[2], int(match[3]), match[4]
    month_first = second > 12 or (between == "/" and first <= 12)
    month, day = (first, second) if month_first else (second, first)
    return f"{year}-{month:02}-{day:02} "
