"""The demo companies' mail: the same for the same seed, real mail by every reader we have."""

import email
import hashlib
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from infra.local.bulk_mail import SMALLEST, bulk_mail
from infra.local.demo_mail import DemoMailbox, DemoMessage, demo_mailboxes
from pyeonji.domain.accounts import SpecialUse
from pyeonji.mime.headers import read_headers

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 23)
SEOUL = ZoneInfo("Asia/Seoul")
Read = dict[str, list[DemoMessage]]


def read(mailboxes: list[DemoMailbox]) -> Read:
    return {mailbox.path: list(mailbox.messages) for mailbox in mailboxes}


@pytest.fixture(scope="module")
def kim() -> Read:
    return read(demo_mailboxes("kim@acme.example", TODAY))


def digests(mailboxes: Read) -> set[bytes]:
    return {
        hashlib.sha256(message.data).digest()
        for messages in mailboxes.values()
        for message in messages
    }


def test_kim_has_a_few_hundred_mails_for_several_volumes(kim: Read) -> None:
    inbox = kim["받은편지함"]
    assert 250 <= len(inbox) <= 350
    assert 20e6 < sum(len(message.data) for message in inbox) < 40e6
    assert 30e6 < sum(len(m.data) for messages in kim.values() for m in messages) < 60e6
    assert {"프로젝트/2025 신제품", "거래처/한빛물산", "영수증"} <= kim.keys()


def test_special_uses_are_the_ones_the_service_knows() -> None:
    mailboxes = demo_mailboxes("kim@acme.example", TODAY)
    uses = {mailbox.path: mailbox.special_use for mailbox in mailboxes if mailbox.special_use}
    assert uses == {
        "받은편지함": "inbox", "보낸편지함": "sent", "임시보관함": "drafts",
        "스팸편지함": "junk", "휴지통": "trash",
    }  # fmt: skip
    assert set(uses.values()) <= set(SpecialUse)


def test_the_count_is_known_before_the_mail_is_made() -> None:
    for mailbox in demo_mailboxes("lee@acme.example", TODAY):
        assert mailbox.count == len(list(mailbox.messages))


def test_the_same_seed_gives_the_same_mail_and_another_another() -> None:
    account = "lee@acme.example"
    first = digests(read(demo_mailboxes(account, TODAY)))
    assert digests(read(demo_mailboxes(account, TODAY))) == first
    assert not digests(read(demo_mailboxes(account, TODAY, seed=2))) & first


def test_mail_of_the_past_stays_as_it_is_when_a_day_passes() -> None:
    account = "park@other.example"
    before = digests(read(demo_mailboxes(account, TODAY)))
    after = digests(read(demo_mailboxes(account, TODAY + timedelta(days=1))))
    assert len(before - after) <= 4  # only what marks today and yesterday


def test_no_mail_is_there_twice(kim: Read) -> None:
    assert len(digests(kim)) == sum(map(len, kim.values()))


def test_every_mail_is_sound_and_says_when_it_was_received(kim: Read) -> None:
    for messages in kim.values():
        assert messages == sorted(messages, key=lambda message: message.received)
        for message in messages:
            headers = read_headers(message.data)
            assert (headers.received or headers.date) == message.received
            assert message.received.tzinfo is UTC
            assert headers.message_id
            parsed = email.message_from_bytes(message.data)
            assert not [defect for part in parsed.walk() for defect in part.defects]


def test_many_ways_of_writing_are_there(kim: Read) -> None:
    everything = b"\n".join(
        message.data[:4000] for messages in kim.values() for message in messages
    )
    for sign in (
        b"=?EUC-KR?B?", b"=?UTF-8?B?", b"=?UTF-8?Q?", b"ks_c_5601-1987", b"filename*=UTF-8''",
        b"In-Reply-To:", b"multipart/related", b"multipart/alternative", b"text/calendar",
        b"Content-Transfer-Encoding: quoted-printable", "Subject: (광고)".encode("cp949"),
        b"Subject: [",
    ):  # fmt: skip
        assert sign in everything


def test_mail_lies_on_both_sides_of_midnight(kim: Read) -> None:
    times = {message.received.astimezone(SEOUL) for message in kim["받은편지함"]}
    assert datetime(2025, 12, 31, 23, 59, 59, tzinfo=SEOUL) in times
    assert datetime(2026, 1, 1, 0, 0, 0, tzinfo=SEOUL) in times
    assert datetime(2026, 11, 22, 23, 59, 59, tzinfo=SEOUL) in times
    assert datetime(2026, 11, 23, 0, 0, 0, tzinfo=SEOUL) in times
    assert max(times) < datetime(2026, 11, 23, 0, 1, tzinfo=SEOUL)
    assert min(times).year == 2021


def test_an_account_without_mail() -> None:
    with pytest.raises(KeyError):
        demo_mailboxes("choi@acme.example", TODAY)


def test_bulk_mail_has_the_bytes_asked_for() -> None:
    mails = list(bulk_mail(500, 30_000_000, seed=3))
    assert (len(mails), sum(map(len, mails))) == (500, 30_000_000)
    assert len(set(mails)) == 500
    assert mails[:3] == list(islice(bulk_mail(500, 30_000_000, 3), 3))
    assert all(read_headers(mail).received for mail in mails)
    small = [mail for mail in mails if len(mail) < 20_000]
    assert 0.7 < len(small) / len(mails) < 0.9


def test_bulk_mail_at_its_limit() -> None:
    assert {len(mail) for mail in bulk_mail(10, 10 * SMALLEST)} == {SMALLEST}
    with pytest.raises(ValueError, match="at least"):
        list(bulk_mail(10, 10 * SMALLEST - 1))
    assert list(bulk_mail(0, 0)) == []
