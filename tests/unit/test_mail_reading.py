"""A mailbox as a list, one mail, its bytes; and finding mails."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.errors import InvalidRequestError, NotFoundError
from pyeonji.domain.ids import new_id
from pyeonji.domain.messages import SearchKey
from pyeonji.domain.uploads import OnDuplicate
from pyeonji.usecases.mail import indexing, reading, searching
from pyeonji.usecases.mail.indexing import Indexed, ask_for_missing, index_segment
from pyeonji.usecases.mail.reading import list_mails, mail_url, show_mail
from pyeonji.usecases.mail.searching import Asked, SearchPage, read_query, search_mail
from tests.support import documents
from tests.support.company import KIM, days_ago, deliver, found_company
from tests.support.fakes import World
from tests.support.worlds import altered


def _mail(
    number: int, body: str, *, subject: str = "", attach: tuple[str, bytes] | None = None
) -> bytes:
    message = EmailMessage()
    message["From"] = f"보낸이 {number % 3} <sender{number % 3}@acme.example>"
    message["To"] = f"lee{number}@acme.example"
    message["Subject"] = subject or f"제목 {number}"
    message.set_content(body)
    if attach:
        name, data = attach
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes(policy=SMTP)


def _index_all(world: World) -> None:
    for key in list(world.mail.data):
        if key.startswith("segments/"):
            index_segment(world, segment=key)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def inbox(world: World) -> Mailbox:
    return found_company(world)


def _filled(world: World, inbox: Mailbox, count: int = 25) -> list[bytes]:
    """Mails a day apart, the last the newest, in two segments that overlap."""
    mails = [_mail(n, f"{'회의록' if n % 2 else '견적서'} 본문 {n}") for n in range(count)]
    dated = [(mail, days_ago(world, count - n)) for n, mail in enumerate(mails)]
    deliver(world, inbox, dated[::2], chunk="00001")
    deliver(world, inbox, dated[1::2], chunk="00002")
    return mails


def _keys(rows: list[reading.ListedMail]) -> list[str]:
    return [row.message.key for row in rows]


def _digests(mails: list[bytes]) -> list[str]:
    return [hashlib.sha256(mail).hexdigest() for mail in mails]


def _search(world: World, source: str, **more: object) -> SearchPage:
    asked = Asked(read_query(source, world), **more)  # type: ignore[arg-type]
    return search_mail(world, account=KIM, asked=asked, now=world.clock)


def test_newest_first_page_after_page(world: World, inbox: Mailbox) -> None:
    mails = _filled(world, inbox)
    seen: list[str] = []
    after = None
    pages = 0
    while True:
        rows, after = list_mails(world, account=KIM, mailbox_id=inbox.id, after=after, limit=10)
        seen += _keys(rows)
        pages += 1
        if after is None:
            break
    assert pages == 3
    assert seen == _digests(mails)[::-1]


@pytest.mark.parametrize("limit", [24, 25, 26])
def test_a_page_at_its_limit(world: World, inbox: Mailbox, limit: int) -> None:
    _filled(world, inbox)
    rows, after = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=limit)
    assert len(rows) == min(limit, 25)
    assert (after is None) == (limit >= 25)


def test_days_are_whole_where_the_account_is(world: World, inbox: Mailbox) -> None:
    _filled(world, inbox)
    today = world.clock.date()
    first, last = today - timedelta(days=5), today - timedelta(days=3)
    rows, _ = list_mails(
        world, account=KIM, mailbox_id=inbox.id, days=(first, last), limit=50
    )  # 12:00 in Seoul, each
    assert [row.message.received_at.date() for row in rows] == [
        today - timedelta(days=days) for days in (3, 4, 5)
    ]
    none, _ = list_mails(world, account=KIM, mailbox_id=inbox.id, days=(today, None), limit=50)
    assert none == []
    assert date.min < first


def test_copies_of_one_second_are_all_listed(world: World, inbox: Mailbox) -> None:
    mail = (_mail(1, "같은 메일"), days_ago(world, 1))
    for chunk in ("00001", "00002", "00003"):
        deliver(world, inbox, [mail], chunk=chunk, upload_id=new_id(world.clock),
                on_duplicate=OnDuplicate.KEEP)  # fmt: skip
    rows, after = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=2)
    more, end = list_mails(world, account=KIM, mailbox_id=inbox.id, after=after, limit=2)
    assert len({*_keys(rows), *_keys(more)}) == 3 and end is None
    _index_all(world)
    assert len(_search(world, "같은 메일").rows) == 3


def test_what_only_search_files_know_comes_with_them(world: World, inbox: Mailbox) -> None:
    deliver(world, inbox, [(_mail(7, "x", attach=("a.txt", b"x")), days_ago(world, 1))])
    (row,), _ = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=5)
    assert row.found is None
    _index_all(world)
    (row,), _ = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=5)
    assert row.found is not None
    assert (row.found.recipients, row.found.attachments) == ("lee7@acme.example", 1)
    key = row.message.key
    assert show_mail(world, account=KIM, mailbox_id=inbox.id, key=key).message == row.message


def test_the_exact_bytes_of_a_mail(world: World, inbox: Mailbox) -> None:
    mails = _filled(world, inbox)
    key = _digests(mails)[3]
    url = mail_url(world, account=KIM, mailbox_id=inbox.id, key=key, now=world.clock)
    made = next(name for name in world.work.data if name.startswith("eml/"))
    assert world.work.data[made] == mails[3]
    assert made in url.url and key in made and KIM in made


@pytest.mark.parametrize(
    "key", ["", "x", "0" * 64, "z" * 64, "0" * 64 + "#../../x", "../" + "0" * 61]
)
def test_what_is_nobodys_mail(world: World, inbox: Mailbox, key: str) -> None:
    _filled(world, inbox)
    with pytest.raises(NotFoundError):
        mail_url(world, account=KIM, mailbox_id=inbox.id, key=key, now=world.clock)


@pytest.mark.parametrize("after", ["", "x", "1", "1.", "x.y", "1." + "0" * 300])
def test_a_cursor_that_is_none(world: World, inbox: Mailbox, after: str) -> None:
    with pytest.raises(InvalidRequestError):
        list_mails(world, account=KIM, mailbox_id=inbox.id, after=after, limit=5)


def test_a_mail_with_bare_line_feeds_is_listed_found_and_read(world: World, inbox: Mailbox) -> None:
    mail = "Subject: s\n\n회의록 본문\n".encode()
    deliver(world, inbox, [(mail, days_ago(world, 1))])
    _index_all(world)
    (row,) = _search(world, "회의록").rows
    assert row.message.digest == hashlib.sha256(mail).hexdigest() != row.message.key
    mail_url(world, account=KIM, mailbox_id=inbox.id, key=row.message.key, now=world.clock)
    assert mail in world.work.data.values()


def test_another_account_has_nothing_of_it(world: World, inbox: Mailbox) -> None:
    _filled(world, inbox)
    with pytest.raises(NotFoundError):
        list_mails(world, account="park@other.example", mailbox_id=inbox.id, limit=5)


def test_a_segment_gets_its_search_file_once(world: World, inbox: Mailbox) -> None:
    _filled(world, inbox)
    segments = [key for key in world.mail.data if key.startswith("segments/")]
    assert index_segment(world, segment=segments[0]) is Indexed.WRITTEN
    (made,) = (key for key in world.mail.data if key.startswith("search/"))
    found = SearchKey.of(made)
    assert found is not None
    assert found.segment == segments[0] and found.key == made and found.first < found.last
    content = world.mail.data[made]
    assert index_segment(world, segment=segments[0]) is Indexed.THERE
    del world.mail.data[made]
    index_segment(world, segment=segments[0])
    assert world.mail.data[made] == content
    for other in ("segments/x", "search/a/b/c.seg", "segments/a/b/c.seg", "segments/a/b/../d.seg"):
        assert index_segment(world, segment=other) is Indexed.UNKNOWN


def test_an_address_may_have_a_slash_in_it(world: World) -> None:
    """RFC 5322, 3.2.3; and our keys have slashes, too."""
    sales = "sales/korea@acme.example"
    inbox = found_company(world, sales)
    mails = [(_mail(n, f"견적서 {n}"), days_ago(world, 9 - n)) for n in range(5)]
    deliver(world, inbox, mails, account=sales)
    assert ask_for_missing(world, prefix=f"{sales}/") == 1
    _index_all(world)
    for asked in (Asked(read_query("견적서", world), limit=3), Asked(read_query("견적서", world))):
        page = search_mail(world, account=sales, asked=asked, now=world.clock)
        assert len(page.rows) == min(asked.limit, 5)
    rest = Asked(read_query("견적서", world), limit=3)
    first = search_mail(world, account=sales, asked=rest, now=world.clock)
    assert first.next is not None
    second = search_mail(
        world, account=sales, asked=replace(rest, after=first.next), now=world.clock
    )
    assert len(second.rows) == 2 and second.next is None
    rows, _ = list_mails(world, account=sales, mailbox_id=inbox.id, limit=50)
    assert len(rows) == 5 and all(row.found for row in rows)


def test_what_somebody_else_put_beside_it_is_passed_over(world: World, inbox: Mailbox) -> None:
    _filled(world, inbox)
    _index_all(world)
    for strange in (f"search/{KIM}/{inbox.id}/notes.txt", f"segments/{KIM}/{inbox.id}/a.tmp",
                    f"segments/{KIM}/b.seg", f"search/{KIM}/c.sqlite"):  # fmt: skip
        world.mail.put(strange, b"x")
    assert _search(world, "견적서").rows
    assert ask_for_missing(world) == 0
    rows, _ = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=50)
    assert len(rows) == 25 and all(row.found for row in rows)


def test_dates_of_the_index_are_those_of_the_search_file(world: World, inbox: Mailbox) -> None:
    _filled(world, inbox)
    _index_all(world)
    rows, _ = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=50)
    assert all(row.found and row.found.at == row.message.received for row in rows)


def test_found_newest_first_over_all_segments(world: World, inbox: Mailbox) -> None:
    mails = _filled(world, inbox)
    _index_all(world)
    page = _search(world, "회의")
    assert _keys(page.rows) == _digests(mails[1::2])[::-1]
    assert all("회의록" in (row.snippet or "") for row in page.rows)
    assert (page.next, page.waiting) == (None, 0)


@pytest.mark.parametrize("limit", [1, 3, 11, 12, 13])
def test_pages_of_a_search_join(world: World, inbox: Mailbox, limit: int) -> None:
    mails = _filled(world, inbox)
    _index_all(world)
    seen: list[str] = []
    after: str | None = None
    while True:
        page = _search(world, "회의록", limit=limit, after=after)
        assert len(page.rows) <= limit
        seen += _keys(page.rows)
        after = page.next
        if after is None:
            break
    assert seen == _digests(mails[1::2])[::-1]


def test_many_mails_of_one_second_join_too(world: World, inbox: Mailbox) -> None:
    mails = [_mail(n, f"회의 {n}") for n in range(9)]
    at = days_ago(world, 1)
    for chunk in range(3):
        deliver(world, inbox, [(mail, at) for mail in mails[chunk::3]], chunk=f"{chunk:05}")
    _index_all(world)
    seen: list[str] = []
    after: str | None = None
    for _ in range(5):
        page = _search(world, "회의", limit=2, after=after)
        seen += _keys(page.rows)
        after = page.next
    assert sorted(seen) == sorted(_digests(mails)) and after is None


def test_a_page_that_is_not_full_within_its_bounds_goes_on(
    world: World, inbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The pairs of the word are there, the word is not.
    mails = [(_mail(n, "회의 의록"), days_ago(world, n + 2)) for n in range(30)]
    deliver(world, inbox, [*mails, (_mail(99, "옛 회의록"), days_ago(world, 99))])
    _index_all(world)
    monkeypatch.setattr(searching, "MAX_CANDIDATES", 10)
    page = _search(world, "회의록", limit=5)
    pages = 1
    while page.next and not page.rows:
        page = _search(world, "회의록", limit=5, after=page.next)
        pages += 1
    assert len(page.rows) == 1 and pages > 2


def test_a_mail_that_was_taken_out_is_not_found(world: World, inbox: Mailbox) -> None:
    mails = _filled(world, inbox)
    _index_all(world)
    del world.index.messages[KIM, inbox.id][_digests(mails)[1]]
    assert _keys(_search(world, "회의").rows) == _digests(mails[3::2])[::-1]
    rows, _ = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=50)
    assert len(rows) == 24


def test_flags_are_those_of_the_index(world: World, inbox: Mailbox) -> None:
    _filled(world, inbox)
    _index_all(world)
    assert _search(world, "is:unread").rows == []
    assert len(_search(world, "is:read 회의").rows) == 12


def test_documents_are_found_and_checked(world: World, inbox: Mailbox) -> None:
    attach = ("문서.hwp", documents.hwp("정기 회의록 초안"))
    decoy = ("문서.hwp", documents.hwp("회의 의록"))
    deliver(
        world,
        inbox,
        [
            (_mail(1, "첨부를 보세요", attach=attach), days_ago(world, 1)),
            (_mail(2, "첨부를 보세요", attach=decoy), days_ago(world, 2)),
        ],
    )
    _index_all(world)
    page = _search(world, "회의록 has:attachment filename:문서")
    assert [row.message.subject for row in page.rows] == ["제목 1"]


def test_what_has_no_search_file_is_asked_for(world: World, inbox: Mailbox) -> None:
    _filled(world, inbox)
    page = _search(world, "회의")
    assert (page.rows, page.waiting, world.indexing.asked) == ([], 2, [])
    world.clock += timedelta(hours=1)
    assert _search(world, "회의").waiting == 2
    assert len(world.indexing.asked) == 2
    world.indexing.asked.clear()
    assert ask_for_missing(world) == 2
    _index_all(world)
    assert ask_for_missing(world) == 0
    assert len(_search(world, "회의").rows) == 12


def test_in_one_mailbox_or_all(world: World, inbox: Mailbox) -> None:
    other = Mailbox(new_id(world.clock), "보관함", None)
    world.accounts.create_mailbox(KIM, other)
    deliver(world, inbox, [(_mail(1, "바늘"), days_ago(world, 1))])
    deliver(world, other, [(_mail(2, "바늘"), days_ago(world, 2))])
    _index_all(world)
    assert [row.mailbox_id for row in _search(world, "바늘").rows] == [inbox.id, other.id]
    assert [row.mailbox_id for row in _search(world, "바늘", mailbox_id=other.id).rows] == [
        other.id
    ]


def test_nobody_finds_another_accounts_mail(world: World, inbox: Mailbox) -> None:
    _filled(world, inbox)
    _index_all(world)
    (search_file,) = {key for key in world.mail.data if "00001" in key and key.startswith("search")}
    asked = Asked(read_query("회의", world), limit=5)
    world.accounts.put_account(type(world.accounts.account(KIM))("lee@acme.example"))  # type: ignore[misc]
    page = search_mail(world, account="lee@acme.example", asked=asked, now=world.clock)
    assert page == SearchPage([], None, 0)
    assert KIM in search_file


def test_a_damaged_search_file_costs_its_segment_alone(world: World, inbox: Mailbox) -> None:
    mails = _filled(world, inbox)
    _index_all(world)
    (first,) = (key for key in world.mail.data if key.startswith("search/") and "-00001-" in key)
    world.mail.data[first] = b"not a search file"
    found = _keys(_search(world, "본문").rows)
    assert set(found) == set(_digests(mails[1::2]))


def test_a_name_without_a_date_has_none() -> None:
    assert indexing.received_of("mail/x/20240230-000000_x.eml", date.max and None) == 0  # type: ignore[arg-type]
    assert indexing.received_of("mail/x/hello.eml", None) == 0  # type: ignore[arg-type]


class _Asked:
    """An index that remembers what it was asked for."""

    def __init__(self, index: object) -> None:
        self._index = index
        self.marks: list[int] = []

    def marked(self, account: str, mailbox_id: str, marks: list[int]) -> object:
        self.marks += marks
        return self._index.marked(account, mailbox_id, marks)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)


def test_a_page_asks_row_by_row_only_for_what_no_search_file_knows(
    world: World, inbox: Mailbox
) -> None:
    _filled(world, inbox)
    listed = []
    for indexed in (0, 1, 2):
        segments = sorted(key for key in world.mail.data if key.startswith("segments/"))
        for key in segments[:indexed]:
            index_segment(world, segment=key)
        asked = _Asked(world.index)
        rows, after = list_mails(
            altered(world, index=asked), account=KIM, mailbox_id=inbox.id, limit=10
        )
        more, _ = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=20, after=after)
        listed.append(_keys(rows) + _keys(more))
        # A row more than is shown, to know whether there is one; every other is of one segment.
        assert len(asked.marks) in ({11}, {5, 6}, {0})[indexed]
    assert listed[0] == listed[1] == listed[2] and len(set(listed[0])) == 25


def test_copies_kept_on_purpose_are_all_listed(world: World, inbox: Mailbox) -> None:
    mails = _filled(world, inbox, 7)
    same = [(mails[3], days_ago(world, 4)), (mails[3], days_ago(world, 4))]
    deliver(world, inbox, same, chunk="00003", on_duplicate=OnDuplicate.KEEP)
    for indexed in (False, True):
        if indexed:
            _index_all(world)
        found: list[str] = []
        after = None
        while True:
            rows, after = list_mails(world, account=KIM, mailbox_id=inbox.id, limit=2, after=after)
            found += _keys(rows)
            if after is None:
                break
        assert len(found) == len(set(found)) == 9
