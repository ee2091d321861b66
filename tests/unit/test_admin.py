"""pyeonji-admin: what it does is there afterwards, what it refuses it says, in two languages."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.admin.__main__ import language_of, operate
from infra.admin.target import TargetError
from infra.local.places import LocalError
from pyeonji.domain.accounts import Role
from pyeonji.domain.homes import HomeKind, LoginName, Security, SignIn
from pyeonji.usecases.accounts.companies import first_password
from pyeonji.words.catalogue import fields_of
from pyeonji.words.operator import DONE
from tests.support.aws_world import aws_world
from tests.support.fake_identity import FakeIdentity, FakeLogins
from tests.support.fakes import World

PASSWORD = "Pyeonji-Kim-2026"
SECRET = "open-every-door"


class Shell:
    """Runs the command; `said` and `complained` are the last one's lines."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.said: list[str] = []
        self.complained = ""

    def __call__(self, line: str, stdin: str = "", language: str = "en") -> int:
        out, err = io.StringIO(), io.StringIO()
        code = operate(
            line.split(), language=language, world=lambda _: self.world,
            stdin=io.StringIO(stdin), out=out, err=err,
        )  # fmt: skip
        self.said, self.complained = out.getvalue().splitlines(), err.getvalue()
        assert (code == 0) is (self.complained == ""), "a refusal, and nothing else, is complained"
        assert self.complained.count("\n") <= 1, "one line"
        return code

    def objects(self, line: str, stdin: str = "") -> list[dict[str, Any]]:
        assert self(f"{line} --json", stdin) == 0, self.complained
        return [json.loads(each) for each in self.said]


@pytest.fixture
def shell() -> Shell:
    return Shell(World())


def test_from_nothing_to_somebody_who_can_sign_in(shell: Shell) -> None:
    world = shell.world
    assert shell("company list") == 0 and shell.said == ["Nobody yet."]
    assert shell("company add ACME.example --name Acme") == 0
    assert shell.said == ["acme.example  Acme  connected"]
    assert shell("person add Kim@acme.example --password-stdin --admin", f"{PASSWORD}\n") == 0
    assert shell.said == ["kim@acme.example  administrator  mail ready"]
    assert world.identity.sign_in("kim@acme.example", PASSWORD).id_token
    assert [box.path for box in world.accounts.mailboxes("kim@acme.example")] == ["받은편지함"]
    [lee] = shell.objects("person add lee@acme.example --language en")
    assert lee["created"] and lee["role"] == "person"
    signed = world.identity.sign_in("lee@acme.example", lee["first_password"])
    assert signed.challenge == "new_password"
    assert [box.path for box in world.accounts.mailboxes("lee@acme.example")] == ["Inbox"]
    assert [each["email"] for each in shell.objects("person list acme.example")] == [
        "kim@acme.example",
        "lee@acme.example",
    ]
    assert shell.objects("company list") == [
        {"domain": "acme.example", "name": "Acme", "connected": True, "home": "segments"}
    ]


def test_twice_is_once(shell: Shell) -> None:
    shell("company add acme.example --name Acme")
    shell("person add kim@acme.example --password-stdin", PASSWORD)
    mailboxes = shell.world.accounts.mailboxes("kim@acme.example")
    shell.world.accounts.stop_notices("kim@acme.example")
    shell("company add acme.example --name 에이크미")
    assert shell.world.accounts.company("acme.example").name == "에이크미"
    [again] = shell.objects("person add kim@acme.example")
    assert not again["created"] and "first_password" not in again
    assert shell.world.identity.sign_in("kim@acme.example", PASSWORD).id_token
    assert shell.world.accounts.mailboxes("kim@acme.example") == mailboxes
    assert not shell.world.accounts.account("kim@acme.example").notices, "a bounce stays one"


def test_people_change(shell: Shell) -> None:
    shell("company add acme.example --name Acme")
    shell("person add kim@acme.example")
    kim = "kim@acme.example"
    changed = "person set kim@acme.example --ready no --role admin --language en --quota 10G"
    [told] = shell.objects(changed)
    assert told == {
        "email": kim, "language": "en", "mail_ready": False, "role": "admin",
        "quota_bytes": 10 << 30,
    }  # fmt: skip
    account = shell.world.accounts.account(kim)
    assert (account.role, account.quota_bytes) == (Role.ADMIN, 10 << 30)
    assert shell("person set kim@acme.example") == 0
    assert shell.said == ["kim@acme.example  administrator  mail not ready  at most 10 GB"]
    assert shell("person set kim@acme.example --quota none --ready yes") == 0
    assert "without a quota" in shell.said[0] and "mail ready" in shell.said[0]
    shell("person set kim@acme.example --quota default")
    assert shell.world.accounts.account(kim).quota_bytes is None
    [told] = shell.objects("person password kim@acme.example")
    assert shell.world.identity.sign_in(kim, told["first_password"]).challenge == "new_password"
    assert shell("person password kim@acme.example --password-stdin", PASSWORD) == 0
    assert shell.world.identity.sign_in(kim, PASSWORD).id_token
    assert shell("company set acme.example --connected no") == 0
    assert shell.said == ["acme.example  Acme  not connected"]


def test_a_home(shell: Shell) -> None:
    shell("company add acme.example --name Acme")
    line = "home acme.example imap --host mail.acme.example --sign-in master --user backup"
    assert shell(f"{line} --secret-stdin --login local", f"{SECRET}\n") == 0
    assert SECRET not in "".join(shell.said)
    home = shell.world.homes.of("acme.example")
    assert (home.kind, home.port, home.security) == (HomeKind.IMAP, 993, Security.TLS)
    assert (home.sign_in, home.login, home.user) == (SignIn.MASTER, LoginName.LOCAL, "backup")
    assert shell.world.secrets.read(home.secret) == SECRET
    [told] = shell.objects("home acme.example show")
    assert told["host"] == "mail.acme.example" and SECRET not in json.dumps(told)
    shell("person add kim@acme.example")
    assert not shell.world.accounts.mailboxes("kim@acme.example"), "the server has them"
    assert shell("home-check kim@acme.example") == 1
    assert "does not answer on port 993" in shell.complained
    assert shell("home-secret kim@acme.example --secret-stdin", "x") == 1
    assert shell("home acme.example imap --host mail.acme.example --sign-in own") == 0
    assert shell("home-check kim@acme.example") == 1 and "No password" in shell.complained
    assert shell("home-secret kim@acme.example --secret-stdin", "own secret\n") == 0
    assert "own secret" in shell.world.secrets.values.values()
    assert shell("home acme.example segments") == 0
    assert not shell.world.homes.of("acme.example").connected


def test_whose_mail_is_elsewhere_is_kept_up_with(shell: Shell) -> None:
    shell("company add acme.example --name Acme")
    shell("person add kim@acme.example")
    homes = shell.world.homes
    assert homes.state("kim@acme.example") is None
    assert shell("sync kim@acme.example") == 1, "its mail is here"
    shell("home acme.example imap --host mail.acme.example --sign-in own")
    shell("person add lee@acme.example")
    due, _ = homes.due(shell.world.now(), None, 10)
    assert sorted(due) == ["kim@acme.example", "lee@acme.example"]
    before = homes.state("kim@acme.example")
    shell("home acme.example imap --host mail2.acme.example --sign-in own")
    assert homes.state("kim@acme.example") == before, "who is in line stays where they are"
    [told] = shell.objects("sync kim@acme.example")
    assert (told["state"], told["synced_at"]) == ("syncing", None)
    assert shell("sync nobody@acme.example") == 1


REFUSALS = {
    "company add acme --name x": "acme.example",
    "company set nobody.example --name x": "nobody.example",
    "company add acme.example --name \u202e": "character",
    "person add kim@nobody.example": "no company",
    "person add kim": "mail address",
    "person list nobody.example": "no company",
    "person set nobody@acme.example --role admin": "not known",
    "person password nobody@acme.example": "not known",
    "person add weak@acme.example --password-stdin": "12",
    "home nobody.example segments": "no company",
    "home acme.example imap --host a/b --sign-in own": "host name",
    "home acme.example imap --host h --sign-in master": "required",
    "home acme.example imap --host h --sign-in own --user x": "no such field",
    "home acme.example imap --host h --sign-in authzid --user x": "secret",
    "home acme.example imap --host h --port 70000 --sign-in own": "range",
    "home acme.example imap --host h --sign-in client_credentials --user x --token-url http://t":
        "https",
    "home-check kim@acme.example": "own store",
    "home-check kim@nobody.example": "no company",
    "home-secret kim@acme.example --secret-stdin": "password of each account",
}  # fmt: skip


@pytest.mark.parametrize("line", REFUSALS)
def test_a_refusal_is_one_clear_line(shell: Shell, line: str) -> None:
    shell("company add acme.example --name Acme")
    shell("person add kim@acme.example")
    if line.startswith("company set nobody"):
        assert shell("company set nobody.example --connected yes") == 1
        assert "no company" in shell.complained
        return
    assert shell(line, "short") == 1
    assert REFUSALS[line] in shell.complained, shell.complained
    english = shell.complained
    assert shell(line, "short", "ko") == 1
    assert shell.complained != english
    assert any("가" <= letter <= "힣" for letter in shell.complained)
    assert shell(f"{line} --json", "short") == 1
    assert {"error", "detail"} <= json.loads(shell.complained).keys()


@pytest.mark.parametrize(
    "line",
    [
        "", "company", "company add acme.example", "nonsense", "person list",
        "person set kim@acme.example --quota much", "person set kim@acme.example --ready perhaps",
        "home acme.example", "home acme.example imap --host h", "home-secret kim@acme.example",
    ],
)  # fmt: skip
def test_nonsense_is_two(shell: Shell, line: str) -> None:
    assert shell(line) == 2
    assert "--help" in shell.complained


def test_an_empty_standard_input_is_no_secret(shell: Shell) -> None:
    shell("company add acme.example --name Acme")
    line = "home acme.example imap --host h --sign-in authzid --user x --secret-stdin"
    assert shell(line, "\n") == 1
    assert "standard input" in shell.complained
    assert not shell.world.secrets.values


def failing(error: Exception) -> Any:
    def world(_: str | None) -> Any:
        raise error

    return world


def test_what_is_not_there_is_said() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetItem")
    for error, words in (
        (LocalError("no local cloud runs in /x; start it with: make run"), "make run"),
        (TargetError("prod", "ResourceNotFoundException"), "prod"),
        (denied, "AccessDenied"),
    ):
        err = io.StringIO()
        assert operate(["company", "list"], language="en", world=failing(error), err=err) == 1
        assert words in err.getvalue() and err.getvalue().count("\n") == 1


def test_the_locale_says_which_language() -> None:
    assert language_of({"LANG": "ko_KR.UTF-8"}) == "ko"
    assert language_of({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}) == "en"
    assert language_of({}) == "en"


def test_every_line_says_the_same_in_both_languages() -> None:
    for code, (korean, english) in DONE.items():
        assert fields_of(korean) == fields_of(english), code


def test_first_passwords_pass_the_pool_s_rules() -> None:
    made = {first_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert len(password) == 19
        assert any(c.islower() for c in password) and any(c.isupper() for c in password)
        assert any(c.isdigit() for c in password) and not set(password) & set("0O1lIo")


@pytest.fixture
def on_moto() -> Iterator[Shell]:
    with aws_world() as world:
        yield Shell(world)


def test_lists_come_from_the_index_and_not_from_a_scan(on_moto: Shell) -> None:
    world = on_moto.world
    for domain in ("b.example", "a.example"):
        assert on_moto(f"company add {domain} --name {domain}") == 0
    assert [each["domain"] for each in on_moto.objects("company list")] == [
        "a.example",
        "b.example",
    ]
    world.logins = FakeLogins(FakeIdentity())  # moto's pool wants what is not installed here
    for name in ("lee", "kim"):
        assert on_moto(f"person add {name}@a.example --password-stdin", PASSWORD) == 0
    assert on_moto("person add weak@a.example --password-stdin", "weak") == 1
    assert on_moto("person set kim@a.example --quota 1G --role admin") == 0
    assert world.accounts.account("kim@a.example").quota_bytes == 1 << 30
    assert on_moto("person set kim@a.example --quota default") == 0
    assert world.accounts.account("kim@a.example").quota_bytes is None
    assert world.accounts.account("kim@a.example").role is Role.ADMIN
    listed = [each["email"] for each in on_moto.objects("person list a.example")]
    assert listed == ["kim@a.example", "lee@a.example", "weak@a.example"]
    assert on_moto.objects("person list b.example") == []
    assert not world.logins.create("kim@a.example")
