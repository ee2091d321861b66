"""Choosing days, sizes, mailboxes, places; another choice later; report and encrypted store."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from client.tests import jobs
from client.tests.fake_imap import FakeImap
from client.tests.keys import MemoryKeys
from pyeonji_client import application as application_module
from pyeonji_client.application import Application, default_folder
from pyeonji_client.cli.main import main
from pyeonji_client.encrypted_keys import EncryptedKeys
from pyeonji_client.errors import UsageError
from pyeonji_client.journal import Journal
from pyeonji_client.model import OWN_FILE, Security, SourceConfig, SourceKind
from pyeonji_client.packing.choice import bounds
from pyeonji_client.report import lines_of, write_report
from pyeonji_client.texts.say import Say


def _mail(name: str, day: str, more: int = 0) -> bytes:
    return (
        f"From: kim@example.test\r\nSubject: {name}\r\nDate: {day} +0900\r\n"
        f"Message-ID: <{name}@x>\r\n\r\n{'x' * more}\r\n"
    ).encode()


#: Just before and after midnight in Seoul at both ends of 2020.
MAILS = {
    "a": _mail("a", "Tue, 31 Dec 2019 23:59:59"),
    "b": _mail("b", "Wed, 01 Jan 2020 00:00:00"),
    "c": _mail("c", "Thu, 31 Dec 2020 23:59:59", more=5_000),
    "d": _mail("d", "Fri, 01 Jan 2021 00:00:00"),
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    """An application with the four mails in two folders of `in`."""
    for name, data in MAILS.items():
        place = tmp_path / "in" / ("거래처" if name in "cd" else "일반")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.eml").write_bytes(data)
    opened = Application(tmp_path / "download", MemoryKeys(), "ko")
    yield opened
    opened.close()


def _config(tmp_path: Path, **more: object) -> SourceConfig:
    return SourceConfig(SourceKind.eml, path=str(tmp_path / "in"), **more)  # type: ignore[arg-type]


def _packed(app: Application, identity: str) -> set[str]:
    job = app.journal.requests.job(identity)
    found = [data for mails in jobs.mails(app.journal, job).values() for data in mails]
    return {name for name, data in MAILS.items() if data in found}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"since": "2020-01-01", "until": "2020-12-31"}, "bc"),
        ({"since": "2020-12-31"}, "cd"),
        ({"until": "2019-12-31"}, "a"),
        ({"largest": 1_000}, "abd"),
        ({"without": ("거래처",)}, "ab"),
        ({"folders": ("거래처",), "largest": 1_000}, "d"),
    ],
)
def test_only_what_was_chosen(
    app: Application, tmp_path: Path, choice: dict[str, object], expected: str
) -> None:
    job, _ = app.add(_config(tmp_path, **choice), "")
    for _ in range(2):
        jobs.run(app.journal, job)
        assert _packed(app, job.id) == set(expected)
        counts = app.journal.mails.counts(job.id)
        assert (counts.packed, counts.same, counts.lost) == (len(expected), 0, 0)


@pytest.mark.parametrize("kind", [SourceKind.eml, SourceKind.mbox])
def test_another_choice_later_brings_the_rest_and_nothing_twice(
    app: Application, tmp_path: Path, kind: SourceKind
) -> None:
    path = tmp_path / "in"
    if kind is SourceKind.mbox:
        path = tmp_path / "all.mbox"
        text = b"From a@b.example Thu Jan  1 00:00:00 2024\r\n"
        path.write_bytes(b"".join(text + data + b"\r\n" for data in MAILS.values()))
    job, _ = app.add(SourceConfig(kind, path=str(path), since="2020-06-01"), "")
    jobs.run(app.journal, job)
    assert app.journal.mails.counts(job.id).packed == 2
    job = app.edit(job, "새 이름", since="")
    assert job.title == "새 이름" and job.source.since == ""
    jobs.run(app.journal, job)
    counts = app.journal.mails.counts(job.id)
    assert (counts.packed, counts.same, counts.lost) == (4, 0, 0)


def test_large_mails_are_not_even_asked_for(journal: Journal) -> None:
    mails = {n: b"Subject: %d\r\n\r\n%s\r\n" % (n, b"x" * n * 100) for n in range(1, 11)}
    with FakeImap(mails) as server:
        config = SourceConfig(
            SourceKind.imap, "127.0.0.1", server.port, Security.none, user="kim", largest=500
        )
        job = jobs.add(journal, config)
        jobs.run(journal, job, "x")
        assert sorted(server.sent) == [1, 2, 3, 4]
    assert len(jobs.mails(journal, job)["INBOX"]) == 4


@pytest.mark.parametrize(
    ("since", "until"), [("2020-02-30", ""), ("yesterday", ""), ("2021-01-02", "2021-01-01")]
)
def test_days_that_are_none(app: Application, tmp_path: Path, since: str, until: str) -> None:
    with pytest.raises(UsageError):
        app.add(_config(tmp_path, since=since, until=until), "")
    assert app.journal.requests.jobs() == []
    job, _ = app.add(_config(tmp_path), "")
    with pytest.raises(UsageError):
        app.edit(job, since=since, until=until)
    assert app.journal.requests.job(job.id).source == job.source


def test_a_day_begins_in_the_requests_zone() -> None:
    start, before = bounds(
        SourceConfig(SourceKind.eml, since="2020-01-01", until="2020-01-01"), ZoneInfo("Asia/Seoul")
    )
    assert start is not None and before is not None
    assert start.isoformat() == "2020-01-01T00:00:00+09:00"
    assert before.isoformat() == "2020-01-02T00:00:00+09:00"


def test_zips_go_to_the_place_that_was_chosen(app: Application, tmp_path: Path) -> None:
    job, _ = app.add(_config(tmp_path), "", place=str(tmp_path / "usb"))
    jobs.run(app.journal, job)
    zips = sorted((tmp_path / "usb").rglob("*.zip"))
    assert len(zips) == 2 and not list((tmp_path / "download").rglob("*.zip"))
    assert _packed(app, job.id) == set("abcd")
    app.remove(job, files=True)
    assert not list((tmp_path / "usb").rglob("*.zip"))


def test_the_default_place_is_the_programs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        application_module.platformdirs, "user_documents_dir", lambda: str(tmp_path / "Documents")
    )
    monkeypatch.setattr(
        application_module.platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "data")
    )
    assert default_folder() == tmp_path / "data"
    (tmp_path / "Documents" / "Pyeonji").mkdir(parents=True)
    (tmp_path / "Documents" / "Pyeonji" / OWN_FILE).touch()
    assert default_folder() == tmp_path / "Documents" / "Pyeonji"


def test_the_report_adds_up(app: Application, tmp_path: Path) -> None:
    (tmp_path / "in" / "일반" / "=cmd.eml").write_bytes(MAILS["a"])
    (tmp_path / "in" / "일반" / "torn.emlx").write_bytes(b"99\nx")
    job, _ = app.add(_config(tmp_path, largest=1_000), "")
    jobs.run(app.journal, job)
    say = Say("en")
    archive = app.journal.requests.archives(job.id)[0]
    totals = {"totals": {"imported": 1, "duplicate": 0, "rejected": 1}, "failure": None}
    app.journal.requests.set_upload(archive.id, "U1", "completed", totals)
    for line in lines_of(app.journal, job, say):
        assert line.listed == line.packed + line.same + line.lost + line.skipped
    write_report(app.journal, job, say, tmp_path / "report.csv")
    raw = (tmp_path / "report.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["mailbox", "거래처", "일반", "total"]
    assert rows[-1][1:] == ["6", "3", "1", "1", "1", "1", "0", "1", ""]
    assert "cannot be read" in rows[2][-1]
    write_report(app.journal, job, say, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<td>거래처</td>" in page and page.count("<tr>") == 4
    with pytest.raises(UsageError):
        write_report(app.journal, job, say, tmp_path / "no" / "report.csv")


def test_a_name_is_no_formula_and_no_markup(journal: Journal, tmp_path: Path) -> None:
    for name in ("=1+1", "<b>x</b>"):
        place = tmp_path / "in" / name.replace("/", "∕")
        place.mkdir(parents=True)
        (place / "1.eml").write_bytes(MAILS["a"])
    job = jobs.add(journal, _config(tmp_path))
    jobs.run(journal, job)
    write_report(journal, job, Say("ko"), tmp_path / "r.csv")
    assert "'=1+1" in (tmp_path / "r.csv").read_text("utf-8-sig")
    write_report(journal, job, Say("ko"), tmp_path / "r.html")
    assert "<b>" not in (tmp_path / "r.html").read_text("utf-8")


def test_the_encrypted_store(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    keys = EncryptedKeys(path, "여는 말")
    keys.put("source:1", "비밀번호")
    keys.put("source:2", "x" * 5_000)
    keys.forget("source:2")
    assert "비밀번호".encode() not in path.read_bytes() and path.stat().st_mode & 0o077 == 0
    again = EncryptedKeys(path, "여는 말")
    assert (again.get("source:1"), again.get("source:2")) == ("비밀번호", None)
    with pytest.raises(UsageError) as caught:
        EncryptedKeys(path, "another")
    assert caught.value.code == "wrong_passphrase"
    path.write_text("[]")
    with pytest.raises(UsageError):
        EncryptedKeys(path, "여는 말")


def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: Application
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    monkeypatch.setenv("PYEONJI_KEYS_PASSPHRASE", "x")
    common = ["--folder", str(tmp_path / "dl"), "--keys-file", str(tmp_path / "keys"), "--json"]
    source = str(tmp_path / "in")
    assert main(["add", "eml", source, "--yes", "--since", "2020-12-31", *common]) == 0
    assert main(["run", *common]) == 0
    assert main(["edit", "1", "--since", "", "--without", "거래처", *common]) == 0
    assert main(["run", *common]) == 0
    assert main(["edit", "1", "--since", "soon", *common]) == 2
    assert main(["report", "1", "--output", str(tmp_path / "out.html"), *common]) == 0
    assert (tmp_path / "out.html").is_file()
