"""The command line in an administrator's script: no terminal, no keyring, pipes, many requests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from client.tests.fake_imap import FakeImap
from client.tests.fake_service import KIM, PASSWORD, TOTP, FakeService
from client.tests.keys import NoKeys
from client.tests.test_client_cli import MAILS, Shell, _add_imap, eml, shell
from pyeonji_client.cli import commands, exits
from pyeonji_client.fetching.run import Run
from pyeonji_client.model import Lost
from pyeonji_client.packing.packer import Packer
from pyeonji_client.service import uploading as upload_module

__all__ = ["eml", "shell"]  # fixtures


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_module, "POLL_FIRST", 0.001)
    monkeypatch.setattr(upload_module, "POLL_LONGEST", 0.01)


def test_standard_input_is_for_those_that_need_a_password(shell: Shell, eml: Path) -> None:
    shell.keys = NoKeys()
    shell("add", "eml", eml, "--yes")
    with FakeImap(dict(MAILS)) as server:
        _add_imap(shell, server)
        server.commands.clear()
        assert shell("run", "--password-stdin", stdin="secret\n")[0] == exits.DONE
        assert any(b"AGtpbUBvbGQuZXhhbXBsZQBzZWNyZXQ=" in line for line in server.commands)
        code, _, err = shell("run", "2", "--password-stdin", stdin="")
        assert code == exits.USAGE and "password" in err  # not an empty one for the server


def test_a_request_that_fails_costs_the_others_nothing(shell: Shell, eml: Path) -> None:
    (eml.parent / "gone").mkdir()
    (eml.parent / "gone" / "1.eml").write_bytes(b"Subject: x\n\nx\n")
    shell("add", "eml", eml.parent / "gone", "--yes")
    shell("add", "eml", eml, "--yes")
    (eml.parent / "gone" / "1.eml").unlink()
    code, events = shell.json("run")
    assert code == exits.UNREACHABLE
    (error,) = [event for event in events if event["event"] == "error"]
    assert error["code"] == "no_eml" and error["id"] == shell.json("list")[1][0]["id"]
    (packed,) = [event for event in events if event["event"] == "packed"]
    assert packed["mails"] == 31


@pytest.mark.parametrize("totp", [False, True])
def test_without_a_keyring_a_script_can_upload(shell: Shell, eml: Path, totp: bool) -> None:
    shell.keys = NoKeys()
    shell("add", "eml", eml, "--yes")
    shell("run")
    typed = f"{PASSWORD}\n{TOTP}\n"
    with FakeService(totp=totp) as service:
        assert shell("upload", "--password-stdin", stdin=typed)[0] == exits.SIGN_IN  # to where?
        arguments = ("--service", service.url, "--email", KIM, "--password-stdin")
        assert shell("login", *arguments, stdin=typed)[0] == exits.SIGN_IN  # cannot be kept
        assert shell("upload")[0] == exits.SIGN_IN
        assert shell("upload", "--password-stdin", stdin=typed)[0] == exits.INCOMPLETE
        assert shell("upload", "--password-stdin", stdin="wrong\n")[0] == exits.SIGN_IN
    everything = b"".join(path.read_bytes() for path in shell.folder.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in everything


def test_a_limit_learnt_after_the_request_was_made_is_kept_to(shell: Shell, eml: Path) -> None:
    for number in range(40):
        (eml / f"big{number}.eml").write_bytes(b"Subject: x\n\n" + os.urandom(4_000))
    shell("add", "eml", eml, "--yes")
    with FakeService(limit_bytes=80_000) as service:
        arguments = ("--service", service.url, "--email", KIM, "--password-stdin")
        shell("login", *arguments, stdin=f"{PASSWORD}\n")
        code, events = shell.json("run")
        assert code == exits.DONE and len(events[-1]["files"]) > 1
        assert shell("upload")[0] == exits.INCOMPLETE  # the empty mail, nothing else


def test_every_lost_mail_is_listed(
    shell: Shell, eml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def losing(run: Run) -> None:
        journal, job = run._journal, run._job
        packer = Packer(journal, job)
        folder = journal.requests.put_folder(job.id, ".", "in", None, None, None)
        for number in range(1_500):
            packer.add(folder, Lost(f"{number}", "gone"))
        packer.commit()

    shell("add", "eml", eml, "--yes")
    monkeypatch.setattr(commands.Run, "run", losing)
    code, events = shell.json("run")
    assert code == exits.INCOMPLETE
    assert sum(event["event"] == "mail" for event in events) == 1_500


def test_what_nobody_foresaw_is_a_line_of_json_too(
    shell: Shell, eml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(run: Run) -> None:
        raise ZeroDivisionError("kim's own words")

    shell("add", "eml", eml, "--yes")
    monkeypatch.setattr(commands.Run, "run", broken)
    code, events = shell.json("run")
    assert (code, events[-1]["code"]) == (exits.UNEXPECTED, "unexpected")
    assert "ZeroDivisionError" in events[-1]["detail"] and "kim" not in events[-1]["detail"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYEONJI_FOLDER": str(tmp_path / "download"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def test_a_reader_that_has_enough(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "pyeonji_client", "presets", "--json"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == exits.READER_GONE


@pytest.mark.slow
def test_names_a_korean_windows_cannot_show(environment: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "in" / "😀 편지"
    place.mkdir(parents=True)
    (place / "1.eml").write_bytes(b"Subject: x\n\nx\n")
    for arguments in (("add", "eml", tmp_path / "in", "--yes"), ("run",), ("run", "--json"),
                      ("status",), ("status", "--json"), ("folders", "1", "--json")):  # fmt: skip
        found = subprocess.run(
            [sys.executable, "-m", "pyeonji_client", *map(str, arguments)],
            env=environment | {"PYTHONIOENCODING": "cp949"}, capture_output=True, check=True,
        )  # fmt: skip
        if "--json" in arguments:
            events = [json.loads(line) for line in found.stdout.decode("cp949").splitlines()]
    assert events[0]["path"] == "😀 편지"
