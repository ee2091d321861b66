"""ZIPs with a password, opened here and nowhere else."""

import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import pyzipper

from client.tests import jobs
from client.tests.keys import MemoryKeys
from pyeonji_client.application import Application, needs_secret
from pyeonji_client.cli.main import main
from pyeonji_client.errors import MissingSourceError, SignInError, UnreadableError
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import SourceConfig, SourceKind
from pyeonji_client.sources import open_source
from tests.support.locked_zips import aes_zip, old_zip


def _mail(name: str) -> bytes:
    return (
        f"From: kim@example.test\r\nSubject: {name}\r\nDate: Tue, 12 Mar 2019 10:11:12 +0900"
        f"\r\nMessage-ID: <{name}@example.test>\r\n\r\nbody {name}\r\n"
    ).encode()


def _config(path: Path) -> SourceConfig:
    return SourceConfig(SourceKind.zip, path=str(path))


def _run(journal: Journal, path: Path, password: str) -> Job:
    job = jobs.add(journal, _config(path))
    jobs.run(journal, job, password)
    return job


PASSWORD = "비밀Q1!"


@pytest.mark.parametrize("spelling", ["utf-8", "cp949"])
@pytest.mark.parametrize("write", [aes_zip, old_zip])
def test_the_password_is_tried_as_utf8_and_cp949(
    write: Callable[[Path, dict[str, bytes], bytes], Path],
    spelling: str,
    journal: Journal,
    tmp_path: Path,
) -> None:
    members = {"받은 편지/견적서.eml": _mail("a"), "회의록.eml": _mail("b"), "사진.png": b"\x89PNG"}
    path = write(tmp_path / "편지.zip", members, PASSWORD.encode(spelling))
    job = _run(journal, path, PASSWORD)
    assert jobs.mails(journal, job) == {"받은 편지": [_mail("a")], "편지": [_mail("b")]}
    assert journal.mails.counts(job.id).whole


@pytest.mark.parametrize("write", [aes_zip, old_zip])
def test_a_wrong_or_missing_password_is_said(
    write: Callable[[Path, dict[str, bytes], bytes], Path], journal: Journal, tmp_path: Path
) -> None:
    path = write(tmp_path / "x.zip", {"a.eml": _mail("a")}, b"right")
    for password, code in (("", "zip_password_needed"), ("wrong", "zip_password_wrong")):
        job = jobs.add(journal, _config(path))
        with pytest.raises(SignInError) as refused:
            jobs.run(journal, job, password)
        assert refused.value.code == code
        assert journal.requests.job(job.id).state == "failed"


def test_a_wrong_password_that_fits_the_check_byte_is_wrong(tmp_path: Path) -> None:
    """One in 256 does; among these some do."""
    path = old_zip(tmp_path / "x.zip", {"a.eml": _mail("a")}, b"right")
    with zipfile.ZipFile(path) as archive:
        opened = 0
        for number in range(1_500):
            try:
                archive.open("a.eml", pwd=b"wrong%d" % number)
            except RuntimeError:
                continue
            opened += 1
            with pytest.raises(SignInError):
                open_source(_config(path), f"wrong{number}").folders()
    assert opened


def test_one_member_with_another_password_costs_that_member(
    journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "x.zip"
    with pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES) as archive:
        for name, password in (("a", b"one"), ("b", b"other"), ("c", b"one")):
            archive.setpassword(password)
            archive.writestr(f"{name}.eml", _mail(name))
    job = _run(journal, path, "one")
    assert jobs.mails(journal, job) == {"x": [_mail("a"), _mail("c")]}
    assert [(one.key, one.reason) for one in journal.mails.told(job.id)] == [
        ("b.eml", "zip_password")
    ]


def test_damaged_members_and_zips_cost_themselves(journal: Journal, tmp_path: Path) -> None:
    path = aes_zip(tmp_path / "x.zip", {f"{n}.eml": _mail(str(n)) for n in range(5)}, b"one")
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("4.eml").header_offset
    content = bytearray(path.read_bytes())
    content[at + 80] ^= 0xFF
    path.write_bytes(content)
    (tmp_path / "torn.zip").write_bytes(content[: len(content) // 2])
    aes_zip(tmp_path / "other.zip", {"o.eml": _mail("o")}, b"other")
    (tmp_path / "beside.eml").write_bytes(_mail("beside"))
    job = _run(journal, tmp_path, "one")
    assert jobs.mails(journal, job) == {"x": [_mail(str(n)) for n in range(4)]}
    assert sorted((one.key, one.reason) for one in journal.mails.told(job.id)) == [
        ("4.eml", "unreadable_file"),
        ("other.zip", "zip_password"),
        ("torn.zip", "unreadable_file"),
    ]  # fmt: skip
    (doubt,) = journal.mails.doubts(job.id)
    assert doubt[1].facts["path"] == "beside.eml"
    with pytest.raises(UnreadableError):
        open_source(_config(tmp_path / "torn.zip"), "").folders()
    with pytest.raises(MissingSourceError):
        open_source(_config(aes_zip(tmp_path / "no.zip", {"a.png": b"x"}, None)), "").folders()


def test_what_is_in_a_zip(journal: Journal, tmp_path: Path) -> None:
    mbox = b"".join(b"From - Tue Mar 12 10:11:12 2019\n" + _mail(n) + b"\n" for n in "pqr")
    members = {
        "거래처/b.eml": _mail("b"), "거래처/2019/c.EML": _mail("c"),
        "../../etc/d.eml": _mail("d"), "__MACOSX/거래처/._b.eml": b"x",
        "거래처/.DS_Store": b"x", "Mail/보낸편지함.mbox": mbox,
        "old.pst": b"!BDN", "e.mbox": b"no mbox",
    }  # fmt: skip
    path = aes_zip(tmp_path / "all.zip", members, b"one")
    job = _run(journal, path, "one")
    found = jobs.mails(journal, job)
    assert [mail.strip() for mail in found.pop("Mail/보낸편지함")] == [
        _mail(name).strip() for name in "pqr"
    ]
    assert found == {
        "거래처": [_mail("b")], "거래처/2019": [_mail("c")], "etc": [_mail("d")],
    }  # fmt: skip
    assert sorted(str(one.facts["path"]) for _, one in journal.mails.doubts(job.id)) == [
        "e.mbox", "old.pst",
    ]  # fmt: skip
    before = journal.mails.counts(job.id)
    jobs.run(journal, job, "one")
    assert journal.mails.counts(job.id) == before


def test_a_backup_of_the_service_goes_back_to_its_mailboxes(
    journal: Journal, tmp_path: Path
) -> None:
    members = {"archive.json": b"{}", "mail/받은편지함/a.eml": _mail("a")}
    job = _run(journal, aes_zip(tmp_path / "backup.zip", members, None), "")
    assert list(jobs.mails(journal, job)) == ["받은편지함"]


def test_the_password_is_asked_for_each_time_and_kept_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = aes_zip(
        tmp_path / "x.zip", {"a.eml": _mail("a"), "b.eml": _mail("b")}, PASSWORD.encode()
    )
    keys, place = MemoryKeys(), tmp_path / "download"

    def ours(*words: str, typed: str = "") -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO(typed))
            return main([*words, "--folder", str(place), "--lang", "en"], keys)

    assert ours("add", "zip", str(path), "--yes") == 2
    assert "--password-stdin" in capfd.readouterr().err
    assert ours("add", "zip", str(path), "--yes", "--password-stdin", typed="no\n") == 4
    assert "Not the password" in capfd.readouterr().err
    assert ours("add", "zip", str(path), "--yes", "--password-stdin", typed=f"{PASSWORD}\n") == 0
    assert ours("run") == 2
    assert ours("run", "--password-stdin", typed=f"{PASSWORD}\n") == 0
    assert not keys.secrets
    for file in place.rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes()
    application = Application(place, keys, "en")
    (job,) = application.jobs()
    assert application.secret(job) is None and application.journal.mails.counts(job.id).packed == 2
    application.close()
    assert not needs_secret(_config(aes_zip(tmp_path / "open.zip", {"a.eml": _mail("a")}, None)))


@pytest.mark.skipif(shutil.which("zip") is None, reason="needs Info-ZIP's zip")
def test_what_info_zip_wrote(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "회의록.eml").write_bytes(_mail("a") * 50)
    command = ["zip", "-q", "-P", "secret", "x.zip", "회의록.eml"]
    subprocess.run(command, cwd=tmp_path, check=True)
    job = _run(journal, tmp_path / "x.zip", "secret")
    assert jobs.mails(journal, job) == {"x": [_mail("a") * 50]}
