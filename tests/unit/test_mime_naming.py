"""Names of members: readable, unique, legal on every desktop."""

import hashlib
from datetime import datetime

import pytest

from pyeonji.mime.naming import (
    MEMBER_UNITS,
    PATH_UNITS,
    SUBJECT_BYTES,
    mailbox_folder,
    member_name,
    safe_component,
    unique_of,
    units_of,
)

WHEN = datetime(2026, 3, 4, 5, 6, 7)
DIGEST = hashlib.sha256(b"mail").digest()


def test_a_name() -> None:
    assert (
        member_name("프로젝트/2025 신제품", WHEN, "Re: 견적서 <최종>", "abcdefgh23456789")
        == "mail/프로젝트/2025 신제품/20260304-050607_Re_ 견적서 _최종__abcdefgh23456789.eml"
    )


@pytest.mark.parametrize("subject", [None, "", " ", "...", "\u202e"])
def test_a_mail_without_a_subject(subject: str | None) -> None:
    assert member_name("a", WHEN, subject, "u") == "mail/a/20260304-050607_(제목 없음)_u.eml"


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("받은편지함", "mail/받은편지함/"),
        ("a/b/c", "mail/a/b/c/"),
        ("/a//b/", "mail/a/b/"),
        ("../../etc", "mail/_/_/etc/"),
        ("C:\\temp", "mail/C_temp/"),
        ("nul/aux.txt/com1", "mail/_nul/_aux.txt/_com1/"),
        ("끝점. /b", "mail/끝점/b/"),
        ("", "mail/_/"),
    ],
)
def test_folders(path: str, folder: str) -> None:
    assert mailbox_folder(path) == folder


def test_a_deep_path_is_cut_and_two_that_begin_alike_stay_apart() -> None:
    deep = "/".join(["폴더" * 10] * 20)
    one, other = mailbox_folder(deep + "/a"), mailbox_folder(deep + "/b")
    assert one != other
    assert units_of(one) <= PATH_UNITS + len("mail//")


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "Projects/2025 Product Launch/Customer communication/North America",
        "/".join(["폴더"] * 60),
        "b" * 400,
        "💌" * 100,
        "받은편지함",
    ],
)
@pytest.mark.parametrize(
    "subject", ["s" * 500, "제목 " * 100, "👨\u200d👩\u200d👧" * 50, "짧은 제목", None]
)
def test_a_member_is_short_enough_for_explorer(path: str, subject: str | None) -> None:
    name = member_name(path, WHEN, subject, unique_of(DIGEST))
    assert units_of(name) <= MEMBER_UNITS
    title = name.rpartition("/")[2].split("_", 1)[1].rpartition("_")[0]
    assert units_of(title) >= 35 or title in ("짧은 제목", "(제목 없음)")
    assert title == title.strip(" .")
    assert name.endswith(f"_{unique_of(DIGEST)}.eml")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a" * SUBJECT_BYTES, "a" * SUBJECT_BYTES),
        ("a" * (SUBJECT_BYTES + 1), "a" * SUBJECT_BYTES),
        ("가" * 41, "가" * 40),
        ("a" * 118 + "가", "a" * 118),
        ("a" * 117 + "💌", "a" * 117),
        ("a" * 116 + "💌", "a" * 116 + "💌"),
        # a family is one picture, a skin tone belongs to its hand
        ("a" * 110 + "👨\u200d👩\u200d👧", "a" * 110),
        ("a" * 115 + "👍\U0001f3fd", "a" * 115),
        ("a" * 119 + " b", "a" * 119),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Com¹", "_Com¹"),
        ("NUL .a", "_NUL .a"),
        ("CONSOLE", "CONSOLE"),
        ("COM10", "COM10"),
        ("ends. .", "ends"),
        (".hidden", "hidden"),
        ("한글", "한글"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\x7fc", "a_b_c"),
        ("a\r\n b", "a b"),
        ('a<>:"/\\|?*b', "a_b"),
    ],
)
def test_components(text: str, safe: str) -> None:
    assert safe_component(text, SUBJECT_BYTES) == safe


def test_unique_is_eighty_bits_in_lower_case() -> None:
    unique = unique_of(DIGEST)
    assert (len(unique), unique) == (16, unique.lower())
    assert unique_of(DIGEST, "01J") not in (unique, unique_of(DIGEST, "01K"))


def test_the_longest_file_name_fits_everywhere() -> None:
    name = member_name("x" * 300, WHEN, "가" * 300, unique_of(DIGEST))
    folder, file = name.rsplit("/", 1)
    assert len(file.encode()) == 157
    assert len(folder.encode()) == len("mail/") + PATH_UNITS
