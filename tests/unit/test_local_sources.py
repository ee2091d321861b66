"""Mail as it lies on a disk, found and named."""

import plistlib
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.mail_sources import files_of, messages_of
from infra.local.places import LocalError

MAIL = b"From: kim@acme.example\r\nSubject: hi\r\n\r\nhello\r\n"
MBOX = b"From kim@acme.example Mon Jan  2 15:04:05 2006\n" + MAIL.replace(b"\r", b"") + b"\n"


def names(path: Path, *, in_folder: bool = True) -> list[tuple[str, bool]]:
    found = messages_of(path, path.name, 1000, in_folder=in_folder)
    return [(each.name, each.data is not None) for each in found]


def test_an_eml_is_one_message_even_with_a_from_line(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(MBOX + MBOX)
    assert names(file) == [("a.eml", True)]


def test_an_mbox_is_its_messages(tmp_path: Path) -> None:
    file = tmp_path / "Sent"
    file.write_bytes(MBOX + MBOX)
    assert names(file) == [("Sent#1", True), ("Sent#2", True)]


def test_a_mail_that_kept_its_from_line_is_a_mail_in_a_folder_and_an_mbox_alone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mail"
    file.write_bytes(MBOX)
    assert names(file) == [("mail", True)]
    assert names(file, in_folder=False) == [("mail#1", True)]


def test_apples_emlx_is_the_mail_in_it(tmp_path: Path) -> None:
    marks = plistlib.dumps({"flags": 17, "date-received": 1552353072})
    for name in ("1.emlx", "2.partial.emlx"):
        (tmp_path / name).write_bytes(b"%d   \n%s%s" % (len(MAIL), MAIL, marks))
    (found,) = messages_of(tmp_path / "1.emlx", "1.emlx", 1000, in_folder=True)
    assert (found.data, found.size) == (MAIL, len(MAIL))
    assert found.marks is not None and found.marks.flags == ("\\Seen", "\\Flagged")
    assert found.marks.received == datetime(2019, 3, 12, 1, 11, 12, tzinfo=UTC)
    (partial,) = messages_of(tmp_path / "2.partial.emlx", "2", 1000, in_folder=True)
    assert (partial.data, partial.refused) == (None, "damaged")


def test_what_is_over_the_limit_is_named_and_not_loaded(tmp_path: Path) -> None:
    file = tmp_path / "big.eml"
    file.write_bytes(MAIL + b"x" * 1000)
    (found,) = messages_of(file, "big.eml", 1000, in_folder=True)
    assert found.data is None
    assert found.size == len(MAIL) + 1000


def test_an_empty_file_is_a_message_of_nothing(tmp_path: Path) -> None:
    file = tmp_path / "empty.eml"
    file.touch()
    found = messages_of(file, "empty.eml", 10, in_folder=True)
    assert [(each.data, each.size) for each in found] == [(b"", 0)]


def test_a_folder_is_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b/2.eml", "a.eml", ".hidden", ".git/x", "b/.DS_Store"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MAIL)
    assert [str(path.relative_to(tmp_path)) for path in files_of(tmp_path)] == ["a.eml", "b/2.eml"]


def test_nothing_there_is_said(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "missing"):
        with pytest.raises(LocalError):
            files_of(source)


def test_a_zip_is_not_one_mail(tmp_path: Path) -> None:
    packed = tmp_path / "backup.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.eml", b"From: a@acme.example\r\nSubject: x\r\n\r\nbody\r\n")
    with pytest.raises(LocalError, match="is a ZIP; upload it"):
        files_of(packed)
