"""A company on its own mail server, on the local cloud: mail comes by itself, and is backed up."""

import imaplib
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import dovecot
from infra.local.api import Api, download
from pyeonji.domain.homes import Home, HomeKind, Security, SignIn
from pyeonji.usecases.accounts.homes import choose_home
from tests.support.local_cloud import LocalCloud
from tests.support.mail_servers import MASTER_PASSWORD, dovecot_server
from tests.support.syncing import letter
from tests.support.uploading import zip_of

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(dovecot.missing() is not None, reason=str(dovecot.missing())),
]

#: park's company; the others' mail stays with us.
PARK, PASSWORD, DOMAIN = "park@other.example", "park's own", "other.example"


@pytest.fixture(scope="module")
def server() -> Iterator[dovecot.MailServer]:
    # Not below pytest's own folder: another pytest that begins closes that to the server's user.
    with (
        tempfile.TemporaryDirectory(prefix="pyeonji-dovecot-") as base,
        dovecot_server(Path(base), people={PARK: PASSWORD}) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def mail(server: dovecot.MailServer) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", server.port) as connection:
        connection.login(PARK, PASSWORD)
        yield connection


@pytest.fixture(scope="module")
def connected(local_cloud: LocalCloud, server: dovecot.MailServer) -> Iterator[LocalCloud]:
    """other.example lives on Dovecot for as long as these tests run."""
    world = local_cloud.services
    home = Home(
        HomeKind.IMAP, "127.0.0.1", server.port, Security.NONE, SignIn.MASTER, user=dovecot.MASTER
    )
    choose_home(world, domain=DOMAIN, home=home, secret=MASTER_PASSWORD)
    yield local_cloud
    choose_home(world, domain=DOMAIN, home=Home(), secret=None)


@pytest.fixture
def api(connected: LocalCloud) -> Api:
    return Api(connected.api_url, connected.token(PARK))


def put(mail: imaplib.IMAP4, folder: str, data: bytes) -> None:
    assert mail.append(folder, "(\\Seen)", '"17-Jul-2025 02:44:25 +0000"', data)[0] == "OK"


def given(mail: imaplib.IMAP4, folder: str) -> list[bytes]:
    mail.select(folder, readonly=True)
    _, numbers = mail.search(None, "ALL")
    found = [mail.fetch(n.decode(), "(BODY.PEEK[])")[1][0][1] for n in numbers[0].split()]  # type: ignore[index]
    mail.close()
    return found


def state(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/me")["home"]
    return found


def synced(api: Api) -> dict[str, Any]:
    api.post("/sync", {})
    deadline = time.monotonic() + 120
    while state(api)["state"] == "syncing":
        assert time.monotonic() < deadline
        time.sleep(0.3)
    return state(api)


def backed_up(api: Api, folder: Path, **request: Any) -> dict[str, bytes]:
    """Name → content of every mail in the files of a backup."""
    asked = api.post("/backups", {"mailboxes": "all", "period": {"kind": "all"}} | request)
    done = api.wait(f"/backups/{asked['id']}", "ready", "failed")
    assert done["state"] == "ready", done["failure"]
    found: dict[str, bytes] = {}
    for volume in done["volumes"]:
        url = api.get(f"/backups/{asked['id']}/volumes/{volume['number']}/url")["url"]
        download(url, folder / volume["filename"])
        with zipfile.ZipFile(folder / volume["filename"]) as archive:
            assert archive.testzip() is None
            names = [name for name in archive.namelist() if name.endswith(".eml")]
            assert len(names) == volume["messages"]
            found |= {name: archive.read(name) for name in names}
    assert len(found) == done["messages"]
    api.delete(f"/backups/{asked['id']}")
    return found


def test_mail_comes_and_a_backup_holds_what_the_server_holds(
    api: Api, mail: imaplib.IMAP4, tmp_path: Path
) -> None:
    for number in range(12):
        put(mail, "INBOX", letter(f"mail {number}", "hello " * 500))
    mail.create("Projects")
    put(mail, "Projects", letter("plan"))
    assert state(api)["kind"] == "imap"
    # No sync was asked for: the backup brings the account up to date.
    found = backed_up(api, tmp_path)
    assert sorted(found.values()) == sorted(given(mail, "INBOX") + given(mail, "Projects"))
    now = state(api)
    assert now["state"] == "current" and now["synced_at"] and now["failure"] is None
    counts = {box["path"]: box["messages"] for box in api.get("/mailboxes")["mailboxes"]}
    assert counts["Projects"] == 1 and 12 in counts.values()


def test_what_was_lost_there_is_in_a_backup_that_asks_for_it(
    api: Api, mail: imaplib.IMAP4, tmp_path: Path
) -> None:
    mail.select("INBOX")
    mail.store("1:2", "+FLAGS", "(\\Deleted)")
    mail.expunge()
    mail.close()
    assert synced(api)["state"] == "current"
    found = backed_up(api, tmp_path)
    assert sorted(found.values()) == sorted(given(mail, "INBOX") + given(mail, "Projects"))
    more = backed_up(api, tmp_path, include_gone=True)
    gone = {name for name in more if "/_gone/" in name}
    # And the mail of before the company was connected, which the server never had.
    assert len(gone) >= 2 and set(found) <= more.keys() - gone


def test_what_is_uploaded_stands_on_the_server(
    api: Api, mail: imaplib.IMAP4, tmp_path: Path
) -> None:
    letters = {
        f"{n}.eml": letter(f"uploaded {n}", "bare\nline" if n == 3 else "x") for n in range(5)
    }
    (tmp_path / "a.zip").write_bytes(zip_of(letters))
    box = next(box for box in api.get("/mailboxes")["mailboxes"] if box["path"] == "Projects")
    done = api.wait(f"/uploads/{api.upload(tmp_path / 'a.zip', box['id'])}", "completed", "failed")
    assert done["totals"]["imported"] == 5, done
    there = given(mail, "Projects")
    assert sum(data in letters.values() for data in there) >= 4, "byte for byte"
    assert len(there) == 6
    assert synced(api)["state"] == "current"
    rows = api.get(f"/mailboxes/{box['id']}/messages?limit=50")["messages"]
    assert len(rows) == 6, "and here, each once"
    again = api.wait(f"/uploads/{api.upload(tmp_path / 'a.zip', box['id'])}", "completed", "failed")
    assert again["totals"]["duplicate"] == 5 and len(given(mail, "Projects")) == 6
    # Lost there, kept here, put back.
    key = next(row["key"] for row in rows if row["subject"] == "uploaded 1")
    mail.select("Projects")
    _, (number,) = mail.search(None, "SUBJECT", '"uploaded 1"')
    mail.store(number.decode(), "+FLAGS", "(\\Deleted)")
    mail.expunge()
    mail.close()
    assert synced(api)["state"] == "current"
    assert len(given(mail, "Projects")) == 5
    back = api.post("/restores", {"mailbox_id": box["id"], "keys": [key]})
    done = api.wait(f"/uploads/{back['id']}", "completed", "failed")
    assert done["totals"]["imported"] == 1, done
    assert sorted(given(mail, "Projects")) == sorted(there)
    # It is being fetched: a password that changes in the middle of that takes its minutes to tell.
    assert synced(api)["state"] == "current"


def test_a_server_that_does_not_let_us_in(
    connected: LocalCloud, api: Api, mail: imaplib.IMAP4
) -> None:
    world = connected.services
    home = world.homes.of(DOMAIN)
    world.secrets.write(home.secret, "not the password")
    now = synced(api)
    assert now["state"] == "failing" and now["failure"]["code"] == "home_sign_in_refused"
    asked = api.post("/backups", {"mailboxes": "all", "period": {"kind": "all"}})
    done = api.wait(f"/backups/{asked['id']}", "ready", "failed")
    assert done["state"] == "failed" and done["failure"]["code"] == "home_sign_in_refused"
    api.delete(f"/backups/{asked['id']}")
    world.secrets.write(home.secret, MASTER_PASSWORD)
    assert synced(api)["state"] == "current"


def test_a_company_without_a_server_has_nothing_to_bring(local_cloud: LocalCloud) -> None:
    answer = local_cloud.call("POST", "/sync", {}, as_="kim@acme.example")
    assert (answer.status, answer.body["code"]) == (409, "not_connected")
