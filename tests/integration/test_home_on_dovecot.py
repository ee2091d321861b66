"""A company's home on a real Dovecot: every way of signing in, and what is said when it fails."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local import dovecot
from pyeonji.adapters import imap
from pyeonji.adapters.imap import ImapServers
from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.errors import HomeError, NotFoundError, UnprocessableError
from pyeonji.domain.homes import Home, HomeKind, LoginName, Security, SignIn
from pyeonji.usecases.accounts.homes import check_home, choose_home, keep_own_secret
from tests.support.fakes import World
from tests.support.mail_servers import (
    KIM,
    KIM_PASSWORD,
    MASTER_PASSWORD,
    dovecot_server,
)
from tests.support.worlds import altered

pytestmark = pytest.mark.skipif(dovecot.missing() is not None, reason=str(dovecot.missing()))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dovecot.MailServer]:
    with dovecot_server(tmp_path_factory.mktemp("dovecot"), tls=True) as running:
        yield running


@pytest.fixture
def world() -> World:
    made = altered(World(), mail_servers=ImapServers(literal_limit=10_000_000, loopback=True))
    made.accounts.put_company(Company("acme.example", "에이크미"))
    made.accounts.put_account(Account(KIM))
    return made


def home_on(server: dovecot.MailServer, sign_in: SignIn, **changes: object) -> Home:
    user = "" if sign_in is SignIn.OWN else dovecot.MASTER
    home = Home(HomeKind.IMAP, "localhost", server.port, Security.NONE, sign_in, user=user)
    return replace(home, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("sign_in", [SignIn.MASTER, SignIn.AUTHZID, SignIn.OWN])
def test_signed_in_for_somebody_and_their_folders_seen(
    server: dovecot.MailServer, world: World, sign_in: SignIn
) -> None:
    own = sign_in is SignIn.OWN
    home = home_on(server, sign_in)
    choose_home(world, domain="acme.example", home=home, secret=None if own else MASTER_PASSWORD)
    if own:
        keep_own_secret(world, email=KIM, secret=KIM_PASSWORD)
    checked = check_home(world, email=KIM, now=world.now())
    assert [(folder.path, folder.special_use) for folder in checked.folders] == [("INBOX", "inbox")]
    assert {"UIDPLUS", "CONDSTORE"} <= checked.capabilities
    assert world.homes.of("acme.example").checked_at == world.now()


def failure(world: World, home: Home, secret: str | None, email: str = KIM) -> HomeError:
    choose_home(world, domain="acme.example", home=home, secret=secret)
    with pytest.raises(HomeError) as caught:
        check_home(world, email=email, now=world.now())
    assert secret is None or secret not in str(caught.value.facts)
    return caught.value


def test_each_failure_has_its_own_name(
    server: dovecot.MailServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = home_on(server, SignIn.MASTER)
    wrong = failure(world, master, "not-the-password")
    assert wrong.code == "home_sign_in_refused" and "Authentication failed" in wrong.said
    assert not wrong.passing
    for sign_in in (SignIn.MASTER, SignIn.AUTHZID):
        nobody = failure(world, home_on(server, sign_in), MASTER_PASSWORD, "nobody@acme.example")
        assert nobody.code == "home_not_authorized"
    local = failure(world, replace(master, login=LoginName.LOCAL), MASTER_PASSWORD)
    assert local.code == "home_not_authorized", "this server knows no `kim`"
    closed = failure(world, replace(master, port=server.port + 7), MASTER_PASSWORD)
    assert closed.code == "home_connect_refused" and closed.passing
    missing = failure(world, replace(master, host="mail.acme.invalid"), MASTER_PASSWORD)
    assert missing.code == "home_host_unknown"
    monkeypatch.setattr(imap, "_FIRST", 1.0)  # it waits for us to begin TLS, and we for its words
    strange = failure(world, replace(master, port=server.tls_port), MASTER_PASSWORD)
    assert strange.code == "home_not_imap"


def test_a_certificate_is_checked(
    server: dovecot.MailServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for security, port in ((Security.TLS, server.tls_port), (Security.STARTTLS, server.port)):
        home = home_on(server, SignIn.MASTER, security=security, port=port)
        distrusted = failure(world, home, MASTER_PASSWORD)
        assert distrusted.code == "home_certificate"
        assert distrusted.facts["why"] == "self-signed certificate"
        with monkeypatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(server.base / "cert.pem"))
            assert check_home(world, email=KIM, now=world.now()).folders
            other = failure(world, replace(home, host="127.0.0.1"), MASTER_PASSWORD)
            assert other.code == "home_certificate", "it is for another name"


def test_the_machine_itself_is_out_of_bounds_on_aws(server: dovecot.MailServer) -> None:
    servers = ImapServers(literal_limit=1_000_000, loopback=False)
    with pytest.raises(HomeError, match="home_address_forbidden"):
        servers.open(home_on(server, SignIn.OWN), KIM, KIM_PASSWORD)


def test_without_a_secret_nobody_is_asked(server: dovecot.MailServer, world: World) -> None:
    choose_home(world, domain="acme.example", home=home_on(server, SignIn.OWN), secret=None)
    with pytest.raises(HomeError, match="home_secret_missing"):
        check_home(world, email=KIM, now=world.now())
    with pytest.raises(UnprocessableError, match="home_secret_needed"):
        choose_home(world, domain="acme.example", home=home_on(server, SignIn.MASTER), secret=None)


def test_back_to_our_own_store_the_secret_goes(server: dovecot.MailServer, world: World) -> None:
    master = home_on(server, SignIn.MASTER)
    kept = choose_home(world, domain="acme.example", home=master, secret="one")
    assert world.secrets.read(kept.secret) == "one"
    again = choose_home(world, domain="acme.example", home=replace(master, port=1143), secret=None)
    assert (again.port, world.secrets.read(again.secret)) == (1143, "one"), "the secret stays"
    choose_home(world, domain="acme.example", home=Home(), secret=None)
    assert world.secrets.read(kept.secret) is None
    with pytest.raises(UnprocessableError, match="home_is_ours"):
        check_home(world, email=KIM, now=world.now())
    with pytest.raises(NotFoundError, match="company_not_found"):
        choose_home(world, domain="nobody.example", home=Home(), secret=None)


def test_a_broken_line_is_noticed(tmp_path: Path) -> None:
    with dovecot_server(tmp_path / "own") as running:
        servers = ImapServers(literal_limit=1_000_000, loopback=True)
        open_one = servers.open(home_on(running, SignIn.OWN), KIM, KIM_PASSWORD)
        before = open_one.received_bytes
        open_one.perform(open_one.conversation.list_mailboxes())
        assert open_one.received_bytes > before and open_one.commands >= 4
    with pytest.raises(HomeError, match="home_dropped") as caught:
        for _ in range(3):
            open_one.perform(open_one.conversation.list_mailboxes())
    assert caught.value.passing
