"""Signing in with the browser, against a server that issues, expires, rotates and withdraws."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from client.tests import fake_imap, jobs
from client.tests.fake_imap import FakeImap
from client.tests.fake_oauth import FakeOauth
from client.tests.keys import MemoryKeys
from pyeonji_client.application import Application, Remote, remote_config
from pyeonji_client.errors import SignInError, TokenError, UnreachableError, UsageError
from pyeonji_client.journal import Journal
from pyeonji_client.model import Auth, Security, SourceConfig, SourceKind
from pyeonji_client.oauth import grants
from pyeonji_client.oauth.loopback import sign_in
from pyeonji_client.oauth.providers import is_configured, provider_named
from pyeonji_client.oauth.token_source import TokenSource


@pytest.fixture
def oauth() -> Iterator[FakeOauth]:
    """A server that consents to everything."""
    with FakeOauth() as running:
        yield running


@pytest.fixture
def configured(oauth: FakeOauth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeOauth:
    """With its client id in a file the environment names."""
    (tmp_path / "oauth.json").write_text(
        json.dumps({"google": oauth.settings(), "microsoft": oauth.settings()})
    )
    monkeypatch.setenv("PYEONJI_OAUTH", str(tmp_path / "oauth.json"))
    return oauth


def test_the_browser_brings_tokens(oauth: FakeOauth) -> None:
    tokens = sign_in(oauth.provider(), "kim@gmail.com", show=oauth.person)
    assert (tokens.access, tokens.refresh) == ("access1", "refresh1")
    (asked,) = oauth.asked
    assert asked["code_challenge_method"] == "S256" and asked["login_hint"] == "kim@gmail.com"
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert len(asked["state"]) >= 32 and len(asked["code_challenge"]) == 43


def test_who_does_not_know_the_state_learns_and_changes_nothing(oauth: FakeOauth) -> None:
    def meddle(url: str) -> None:
        redirect = parse_qs(urlsplit(url).query)["redirect_uri"][0]

        def knock() -> None:
            for query in ("?code=stolen", "?code=stolen&state=guess", "favicon.ico"):
                with pytest.raises(urllib.error.HTTPError):
                    urllib.request.urlopen(f"{redirect}/{query}")
            oauth.person(url)

        threading.Thread(target=knock, daemon=True).start()

    assert sign_in(oauth.provider(), "kim@gmail.com", show=meddle).access == "access1"


@pytest.mark.parametrize("refuses", ["access_denied", "admin_policy_enforced"])
def test_a_refusal_is_said(oauth: FakeOauth, refuses: str) -> None:
    oauth.refuses = refuses
    with pytest.raises(SignInError) as caught:
        sign_in(oauth.provider(), "kim@gmail.com", show=oauth.person)
    assert (caught.value.code, caught.value.facts["said"]) == ("browser_refused", refuses)


def test_nobody_comes_back(oauth: FakeOauth) -> None:
    with pytest.raises(SignInError) as caught:
        sign_in(oauth.provider(), "kim@gmail.com", show=lambda _: None, patience=0.3)
    assert caught.value.code == "browser_timeout"
    stop = threading.Event()
    stop.set()
    with pytest.raises(SignInError) as caught:
        sign_in(oauth.provider(), "kim@gmail.com", show=lambda _: None, stop=stop)
    assert caught.value.code == "browser_stopped"


def test_a_code_typed_on_another_device(oauth: FakeOauth) -> None:
    provider = oauth.provider()
    device = grants.device_code(provider)
    assert (device.user_code, device.url) == ("WDJB-MJHT", f"{oauth.url}/type")
    assert grants.wait_for_device(provider, device, lambda _: False).access == "access1"
    assert len(oauth.grants) == 4  # the code, twice pending, done
    oauth.pending = 5
    with pytest.raises(SignInError):
        grants.wait_for_device(provider, device, lambda _: True)


def test_tokens_are_renewed_and_rotate(oauth: FakeOauth) -> None:
    provider, kept = oauth.provider(), list[str]()
    first = sign_in(provider, "kim@gmail.com", show=oauth.person)
    source = TokenSource(provider, first.refresh, kept.append)
    token = source()
    assert token == source() == "access2"  # one for as long as it lives
    assert source(spent=token) == "access3"
    assert kept == ["refresh2", "refresh3"]
    oauth.refresh = "another"
    with pytest.raises(TokenError) as caught:
        source(spent="access3")
    assert caught.value.facts["said"] == "withdrawn"
    oauth.fails = 1
    with pytest.raises(UnreachableError):
        source(spent="access3")


@pytest.mark.slow
def test_a_long_run_of_short_tokens_asks_nobody_anything(
    journal: Journal, configured: FakeOauth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each token lives for an hour of a clock that runs an hour every fifty mails."""
    start, script = time.monotonic(), fake_imap.Script(token_lives=10**9)
    mails = {n: b"Subject: %d\r\n\r\nx\r\n" % n for n in range(1, 1001)}
    with FakeImap(mails, script) as server:
        monkeypatch.setattr(time, "monotonic", lambda: start + len(set(server.sent)) / 50 * 3600)
        script.believes = lambda token: token == configured.access
        script.token_lives = 50
        keys = MemoryKeys()
        application = Application(journal.folder, keys, "ko")
        config = SourceConfig(
            SourceKind.imap, "127.0.0.1", server.port, Security.none, Auth.browser,
            user="kim@gmail.com", oauth="google", timeout=5.0,
        )  # fmt: skip
        refresh = application.browser_sign_in(config, show=configured.person)
        people = len(configured.asked)
        job, kept = application.add(config, refresh)
        assert kept
        secret = application.secret(job)
        assert callable(secret)
        jobs.run(journal, job, secret)
        assert len(configured.asked) == people  # nobody was asked again
        assert configured.grants.count("refresh_token") >= 10
        assert refresh not in keys.secrets.values()  # the rotated one is kept
        assert configured.refresh in keys.secrets.values()
        application.close()
    assert len(jobs.mails(journal, job)["INBOX"]) == 1000
    assert journal.mails.counts(job.id).whole


def test_client_ids_come_by_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: FakeOauth
) -> None:
    assert is_configured("google") and not is_configured("yahoo")
    gmail = Remote(SourceKind.imap, "kim@gmail.com")
    config = remote_config(gmail)
    assert (config.auth, config.oauth) == (Auth.browser, "google")
    assert remote_config(Remote(SourceKind.imap, "kim@naver.com")).auth is Auth.password
    with pytest.raises(UsageError):
        remote_config(Remote(SourceKind.imap, "kim@naver.com", auth=Auth.browser))
    (tmp_path / "own.json").write_text('{"microsoft": {"client_id": "m", "tenant": "acme"}}')
    monkeypatch.setenv("PYEONJI_OAUTH", str(tmp_path / "own.json"))
    microsoft = provider_named("microsoft")
    assert "/acme/" in microsoft.token_url and microsoft.loopback == "localhost"
    assert remote_config(gmail).auth is Auth.password
    (tmp_path / "own.json").write_text("not json")
    with pytest.raises(UsageError) as caught:
        provider_named("google")
    assert caught.value.code == "oauth_unreadable"


def test_a_challenge_of_the_rfc() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert grants.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
