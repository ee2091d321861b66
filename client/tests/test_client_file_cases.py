"""Mail in files as programs leave it: marks kept, names a person's, nothing passed over."""

import csv
import plistlib
import zipfile
from pathlib import Path

import pytest

from client.tests import jobs
from pyeonji.imap.special import holds_mail, special_use_of
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import SourceConfig, SourceKind
from pyeonji_client.sources.finding import on_this_computer
from pyeonji_client.sources.labels import flags_of, route


def _mail(name: str, head: str = "") -> bytes:
    return (
        f"{head}From: kim@example.test\r\nSubject: {name}\r\nDate: Tue, 12 Mar 2019 10:11:12 +0900"
        f"\r\nMessage-ID: <{name}@example.test>\r\n\r\nbody {name}\r\n"
    ).encode()


def _run(journal: Journal, kind: SourceKind, path: Path) -> Job:
    job = jobs.add(journal, SourceConfig(kind, path=str(path)))
    jobs.run(journal, job)
    return job


def _flags(journal: Journal, job: Job) -> dict[str, set[str]]:
    boxes = {box.id: box.path for box in journal.requests.mailboxes(job.id)}
    return {
        boxes[archive.mailbox]: {
            flag for row in journal.mails.packed_in(archive.id) for flag in row.flags
        }
        for archive in journal.requests.archives(job.id)
    }


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


@pytest.mark.parametrize("kind", [SourceKind.maildir, SourceKind.eml])
def test_thunderbirds_maildir_tree(journal: Journal, tmp_path: Path, kind: SourceKind) -> None:
    for place, name, status in (
        ("Inbox", "a", "X-Mozilla-Status: 0005\r\n"),
        ("Inbox.sbd/거래처", "b", "X-Mozilla-Status: 0003\r\n"),
        ("Inbox.sbd/거래처.sbd/2019", "c", ""),
        ("Trash", "d", "X-Mozilla-Status: 0009\r\n"),
    ):
        _write(tmp_path / place / "cur" / f"{name}.eml", _mail(name, status))
    job = _run(journal, kind, tmp_path)
    assert _flags(journal, job) == {
        "Inbox": {"\\Seen", "\\Flagged"},
        "Inbox/거래처": {"\\Seen", "\\Answered"},
        "Inbox/거래처/2019": set(),
    }
    assert [one.reason for one in journal.mails.told(job.id)] == ["deleted_at_source"]


def _emlx(data: bytes, flags: int, received: int = 1552353072) -> bytes:
    tail = plistlib.dumps({"flags": flags, "date-received": received})
    return b"%d       \n%s%s" % (len(data), data, tail)


PARTIAL = (
    b"From: kim@example.test\r\nSubject: two\r\nMessage-ID: <2@x>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\n'
    b"hello\r\n--B\r\nContent-Type: image/png; name=a.png\r\n"
    b"Content-Transfer-Encoding: base64\r\nX-Apple-Content-Length: 12\r\n\r\n\r\n--B--\r\n"
)


def test_apple_mail(journal: Journal, tmp_path: Path) -> None:
    own = tmp_path / "V10" / "0A1B2C3D-0000-4000-8000-0123456789AB"
    inbox = own / "INBOX.mbox" / "0A1B2C3D-0000-4000-8000-0123456789AC" / "Data"
    _write(inbox / "1" / "Messages" / "1.emlx", _emlx(_mail("one"), 1 | 1 << 4))
    _write(inbox / "1" / "Messages" / "2.partial.emlx", _emlx(PARTIAL, 0))
    _write(inbox / "1" / "Attachments" / "2" / "2" / "a.png", b"a picture, 12")
    _write(inbox / "1" / "Messages" / "3.partial.emlx", _emlx(PARTIAL, 0))
    _write(inbox / "1" / "Messages" / "4.emlx", _emlx(_mail("gone"), 1 << 1))
    _write(inbox / "1" / "Messages" / "5.emlx", b"99999\nFrom: torn@example.test\n\n")
    _write(own / "거래처.mbox" / "Messages" / "6.emlx", _emlx(_mail("six"), 0))
    job = _run(journal, SourceKind.eml, tmp_path)
    found = jobs.mails(journal, job)
    assert set(found) == {"INBOX", "거래처"}
    whole = next(data for data in found["INBOX"] if b"Subject: two" in data)
    assert b"X-Apple" not in whole and b"YSBwaWN0dXJlLCAxMg==" in whole
    assert _flags(journal, job)["INBOX"] == {"\\Seen", "\\Flagged", "converted"}
    assert {one.key: one.reason for one in journal.mails.told(job.id)} == {
        "3.partial.emlx": "incomplete", "4.emlx": "deleted_at_source", "5.emlx": "unreadable_file",
    }  # fmt: skip
    dates = {
        row.received
        for archive in journal.requests.archives(job.id)
        for row in journal.mails.packed_in(archive.id)
    }
    assert dates == {1552353072}


def test_what_looks_like_mail_and_is_not_read_is_doubted(journal: Journal, tmp_path: Path) -> None:
    _write(tmp_path / "Inbox", b"From - Tue Mar 12 10:11:12 2019\r\n" + _mail("a"))
    _write(tmp_path / "sub" / "one.eml", _mail("b"))
    _write(tmp_path / "headers", _mail("c"))
    _write(tmp_path / "kim.pst", b"!BDN" + bytes(100))
    _write(tmp_path / "d.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    _write(tmp_path / "3.emlx", _emlx(_mail("e"), 0))
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("x/y.eml", _mail("f"))
    for name, data in (("notes.txt", b"Dear Kim,\n\nFrom here"), ("Inbox.msf", _mail("x")),
                       (".DS_Store", _mail("y")), ("pic.jpg", b"\xff\xd8\xff")):  # fmt: skip
        _write(tmp_path / name, data)
    job = _run(journal, SourceKind.mbox, tmp_path)
    doubts = journal.mails.doubts(job.id)
    assert {doubt.code for _, doubt in doubts} == {"file_not_read"}
    assert sorted(str(doubt.facts["path"]) for _, doubt in doubts) == [
        "3.emlx", "d.msg", "headers", "kim.pst", "more.zip", "sub/one.eml",
    ]  # fmt: skip
    assert not journal.mails.counts(job.id).whole
    other = _run(journal, SourceKind.eml, tmp_path)
    named = {str(doubt.facts["path"]) for _, doubt in journal.mails.doubts(other.id)}
    assert named == {"Inbox", "headers", "kim.pst", "more.zip"}


def test_other_programs_mail_is_found_by_itself(journal: Journal, tmp_path: Path) -> None:
    home = tmp_path / "home"
    profile = home / ".thunderbird" / "x1.default"
    mbox = b"From \r\n" + _mail("a")
    _write(profile / "Mail" / "pop.naver.com" / "Inbox", mbox)
    _write(profile / "Mail" / "pop.naver.com" / "Inbox.msf", b"")
    _write(profile / "ImapMail" / "imap.x" / "INBOX" / "cur" / "1.eml", _mail("b"))
    _write(profile / "Mail" / "empty" / "msgFilterRules.dat", b"")
    _write(home / "Library" / "Mail" / "V10" / "a" / "1.emlx", _emlx(_mail("c"), 0))
    _write(home / "Documents" / "Outlook Files" / "kim.pst", b"!BDN")
    found = list(on_this_computer(home))
    assert {(one.kind, one.path.name, one.program) for one in found} == {
        (SourceKind.mbox, "pop.naver.com", "thunderbird"),
        (SourceKind.maildir, "imap.x", "thunderbird"),
        (SourceKind.eml, "Mail", "apple"),
        (SourceKind.pst, "kim.pst", "outlook"),
    }
    for one in found:
        if one.kind is not SourceKind.pst:
            assert journal.mails.counts(_run(journal, one.kind, one.path).id).packed == 1
    assert list(on_this_computer(tmp_path / "nobody")) == []


def test_takeout_is_read_inside_its_zips(journal: Journal, tmp_path: Path) -> None:
    label = "X-Gmail-Labels: =?UTF-8?Q?Inbox,Unread?=\r\n"
    for number in (1, 2):
        with zipfile.ZipFile(tmp_path / f"takeout-00{number}.zip", "w", zipfile.ZIP_DEFLATED) as z:
            mails = [_mail(f"m{number}-{n}", label) for n in range(40)]
            text = b"".join(b"From 1@xxx Tue Mar 12 10:11:12 2019\r\n" + m + b"\r\n" for m in mails)
            z.writestr(f"Takeout/메일/모든 메일-{number}.mbox", text)
            z.writestr("Takeout/archive_browser.html", "<html>")
    job = _run(journal, SourceKind.mbox, tmp_path)
    assert {path: len(mails) for path, mails in jobs.mails(journal, job).items()} == {
        "받은편지함": 80
    }
    assert journal.mails.counts(job.id).whole
    jobs.run(journal, job)
    assert journal.mails.counts(job.id).packed == 80
    alone = _run(journal, SourceKind.mbox, tmp_path / "takeout-001.zip")
    assert journal.mails.counts(alone.id).packed == 40


LABELS = """\
받은편지함,중요,읽음	받은편지함	1	0
받은편지함,읽지 않음	받은편지함	0	0
보관됨,거래처/한빛	거래처/한빛	1	0
별표편지함,받은편지함	받은편지함	1	1
Boîte de réception,Non lus	받은편지함	0	0
Posteingang,Ungelesen,Markiert	받은편지함	0	1
Enviados,Abiertos	보낸편지함	1	0
Caixa de entrada,Não lidas	받은편지함	0	0
受信トレイ,未読	받은편지함	0	0
收件箱,未读,重要邮件	받은편지함	0	0
Входящие,Непрочитанные	받은편지함	0	0
Posta in arrivo,Non letti	받은편지함	0	0
Gelen Kutusu,Okunmamış	받은편지함	0	0
Hộp thư đến,Chưa đọc	받은편지함	0	0
Kategorie Werbung,Archiviert	보관편지함	1	0
Important,Opened,Category Purchases,IMAP_Forwarded	IMAP_Forwarded	1	0
Work/Sent	Work/Sent	1	0
"""


def test_labels_in_the_language_of_the_account() -> None:
    for labels, mailbox, seen, starred in csv.reader(LABELS.splitlines(), delimiter="\t"):
        names = tuple(labels.split(","))
        flags = flags_of(names)
        found = (route(names)[0], "\\Seen" in flags, "\\Flagged" in flags)
        assert found == (mailbox, seen == "1", starred == "1"), labels


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("보낸 편지함", "sent"), ("내게쓴메일함", None), ("보낼 편지함", None),
        ("정크 메일", "junk"),
        ("Gesendete Elemente", "sent"), ("送信済みアイテム", "sent"), ("已删除邮件", "trash"),
        ("[Gmail]/전체보관함", None), ("[Gmail]/Corbeille", "trash"), ("INBOX.Sent", "sent"),
        ("Gelöschte Objekte", "trash"), ("Junk-E-Mail", "junk"), ("Projects/Sent", None),
    ],
)  # fmt: skip
def test_names_of_a_systems_own_folders(name: str, use: str | None) -> None:
    assert special_use_of(name) == use


def test_calendars_and_contacts_are_no_mail() -> None:
    for name in ("Calendar", "일정", "연락처", "Kontakte", "Sync Issues/Conflicts", "RSS 피드"):
        assert not holds_mail(name), name
    for name in ("INBOX", "Projects", "메모리", "보낸편지함", "거래처/일정"):
        assert holds_mail(name), name
