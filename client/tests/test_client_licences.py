"""What is bundled may be, and brings the text it must."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "packaging"))

import licences

from pyeonji_client import application


def test_every_text_is_there_and_nothing_is_that_may_not_be(tmp_path: Path) -> None:
    assert licences.collect(tmp_path) == []
    names = {path.name for path in tmp_path.iterdir()}
    assert {"pyside6-essentials", "certifi", "libpff-python", "Python", "shiboken6"} <= names
    lesser = (tmp_path / "pyside6-essentials" / "COPYING.LESSER").read_text("utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in lesser
    assert not names & {"extract-msg", "RTFDE"}


def test_a_missing_text_and_a_foreign_licence_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(licences, "texts_of", lambda name: [])
    monkeypatch.setattr(licences, "_licence", lambda found: "GPL-3.0-only")
    problems = licences.collect(tmp_path)
    assert any("no licence text" in problem for problem in problems)
    assert any("GPL-3.0-only" in problem for problem in problems)


def test_the_services_address_comes_with_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert application.built_for() == ""
    (tmp_path / "build.json").write_text('{"service": "https://mail.acme.example"}')
    monkeypatch.setattr(application, "__file__", str(tmp_path / "application.py"))
    assert application.built_for() == "https://mail.acme.example"
