"""Dates as mail writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pyeonji.mime.clock import parse_date, parse_received
from pyeonji.mime.dating import (
    CLOCK_SKEW,
    EARLIEST_DATE,
    UNKNOWN_DATE,
    DateSource,
    received_date,
)
from pyeonji.mime.headers import Headers

NINE = datetime(2006, 1, 2, 15, 4, 5, tzinfo=timezone(timedelta(hours=9)))
ZULU = datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("Mon, 02 Jan 2006 15:04:05 +0900 (KST)", NINE),
        ("Mon, 2 Jan 2006 15:04:05 +0900", NINE),
        ("2 Jan 2006 15:04:05 +0900", NINE),
        ("Mon,2 Jan 06 15:04:05 +0900", NINE),
        ("Mon, 02 Jan 106 15:04:05 +0900", NINE),
        ("Mon, 02 Jan 2006 15:04:05 KST", NINE),
        ("Mon, 02 Jan 2006 15:04:05 GMT+0900", NINE),
        ("Mon, 02 Jan 2006 15:04:05 +09:00", NINE),
        ("Mon, 02-Jan-2006 15:04:05 +0900", NINE),
        ("(a) Mon (b), 02 (c) Jan 2006 15:04:05 (d (e)) +0900", NINE),
        ("Mon,\r\n 02 Jan\r\n 2006\r\n 15:04:05 +0900", NINE),
        ("월, 02 Jan 2006 15:04:05 +0900", NINE),
        ("Monday, 02 January 2006 15.04.05 +0900", NINE),
        ("Mon, 02 Jan 2006 03:04:05 PM +0900", NINE),
        ("2006-01-02T15:04:05+09:00", NINE),
        ("2006-01-02 15:04:05.123 +0900", NINE),
        ("2006.01.02 15:04:05 KST", NINE),
        ("Mon Jan  2 15:04:05 KST 2006", NINE),
        ("Mon Jan  2 15:04:05 2006 +0900", NINE),
        ("Mon Jan  2 15:04:05 2006", ZULU),
        ("Jan 2, 2006 3:04:05 PM", ZULU),
        ("Mon, 02 Jan 2006 15:04:05", ZULU),
        ("Mon, 02 Jan 2006 15:04:05 Z", ZULU),
        ("Mon, 02 Jan 2006 15:04:05 -0000", ZULU),
        ("Mon, 02 Jan 2006 15:04:05 Q", ZULU),
        ("Mon, 02 Jan 2006 15:04:05 XYZ", ZULU),
        ("Mon, 02 Jan 2006 15:04:05 +9900", ZULU),
        ("Mon, 02 Jan 2006 08:04:05 -0700", ZULU),
        ("Mon, 02 Jan 2006 10:04:05 EST", ZULU),
        ("Sat, 31 Dec 2016 23:59:60 +0000", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("1 Jan 50 00:00 GMT", None),
        ("1 Jan 99 00:00 GMT", datetime(1999, 1, 1, tzinfo=UTC)),
        ("02 Jan 2006", datetime(2006, 1, 2, tzinfo=UTC)),
        # the edges of what is believed
        ("1 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("31 Dec 1969 00:00:00 +0900", None),
        ("31 Dec 2107 23:59:59 +0000", datetime(2107, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("1 Jan 2108 00:00:00 +0000", None),
        ("30 Feb 2006 00:00:00 +0000", None),
        ("Mon, 30 Jun 3609 15:33:50 +0600", None),
        # an impossible time leaves the day
        ("Mon, 02 Jan 2006 25:04:05 +0900", datetime(2006, 1, 2, tzinfo=UTC)),
        ("Pn, 29 paX 2007 21:13:00 +0100", None),
        ("yesterday", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_dates(value: str, instant: datetime | None) -> None:
    assert parse_date(value.encode()) == instant


def test_a_date_is_in_utc_and_whole_seconds() -> None:
    instant = parse_date(b"2006-01-02 15:04:05.999 +0900")
    assert instant is not None
    assert (instant.tzinfo, instant.microsecond) == (UTC, 0)


def test_received_counts_from_its_last_semicolon() -> None:
    value = b"from a (1 Jan 2001 00:00:00 +0000) by b; id x; Mon, 02 Jan 2006 15:04:05 +0900"
    assert parse_received(value) == NINE
    assert parse_received(b"by b Mon, 02 Jan 2006 15:04:05 +0900") == NINE
    assert parse_received(b"from a by b") is None


def headers(date: datetime | None, received: datetime | None) -> Headers:
    return Headers(None, None, None, date, received, 1)


def test_the_received_date_comes_from_the_best_source_there_is() -> None:
    manifest, received, date, member = (NINE + timedelta(days=n) for n in range(4))
    assert received_date(headers(date, received), manifest, member) == (
        manifest,
        DateSource.manifest,
    )
    assert received_date(headers(date, received), None, member) == (received, DateSource.received)
    assert received_date(headers(date, None), None, member) == (date, DateSource.date)
    assert received_date(headers(None, None), None, member) == (member, DateSource.member)
    assert received_date(headers(None, None), None, None) == (UNKNOWN_DATE, DateSource.unknown)
    assert received_date(headers(NINE, None), None, None)[0].tzinfo is UTC


def test_a_date_after_the_request_is_not_when_the_mail_was_received() -> None:
    asked = datetime(2026, 1, 1, tzinfo=UTC)
    ahead = asked + CLOCK_SKEW
    late = ahead + timedelta(seconds=1)
    assert received_date(headers(ahead, None), None, NINE, not_after=asked)[0] == ahead
    assert received_date(headers(late, None), None, NINE, not_after=asked)[0] == NINE
    assert received_date(headers(late, None), late, late, not_after=asked) == (
        UNKNOWN_DATE,
        DateSource.unknown,
    )


def test_a_date_before_a_backup_of_everything_begins_hides_no_mail() -> None:
    early = EARLIEST_DATE - timedelta(seconds=1)
    assert received_date(headers(NINE, None), early, None) == (NINE, DateSource.date)
    assert received_date(headers(None, None), early, early)[1] is DateSource.unknown
    assert received_date(headers(NINE, None), EARLIEST_DATE, None)[0] == EARLIEST_DATE
    # The first instant there is, further east than UTC, has no UTC at all.
    first = datetime.min.replace(tzinfo=timezone(timedelta(hours=9)))
    assert received_date(headers(NINE, None), first, None)[1] is DateSource.date
