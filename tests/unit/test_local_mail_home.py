"""MAIL_HOME: what it may say."""

import pytest

from infra.local import mail_home
from infra.local.places import LocalError
from pyeonji.domain.homes import HomeKind


def test_without_anything_mail_is_kept_here() -> None:
    assert mail_home.wanted({}) is HomeKind.SEGMENTS
    assert mail_home.wanted({"MAIL_HOME": " "}) is HomeKind.SEGMENTS


def test_a_home_there_is_none_of_is_refused() -> None:
    with pytest.raises(LocalError, match="MAIL_HOME=pop3 is neither segments nor imap"):
        mail_home.wanted({"MAIL_HOME": "pop3"})


def test_without_dovecot_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_home.dovecot, "missing", lambda: "Dovecot is not installed (apt…)")
    with pytest.raises(LocalError, match="MAIL_HOME=imap: Dovecot is not installed"):
        mail_home.wanted({"MAIL_HOME": "imap"})
    assert mail_home.wanted({"MAIL_HOME": "segments"}) is HomeKind.SEGMENTS


def test_with_it_the_server_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_home.dovecot, "missing", lambda: None)
    assert mail_home.wanted({"MAIL_HOME": "imap"}) is HomeKind.IMAP
