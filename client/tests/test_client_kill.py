"""Killed at random instants, over and over: the same set in the end, no more than a batch twice.

A few kills a source by default; `PYEONJI_KILLS=200 pytest -m slow client/tests/test_client_kill.py`
is the whole trial. Every trial is 5,000 mails; a run is killed, started again, killed … until it
gets through, then another trial begins.
"""

import collections
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyzipper

from client.tests import dovecot, jobs
from client.tests.kill_host import BATCH
from infra.local.bulk_mail import bulk_mail
from pyeonji_client.journal import Journal
from pyeonji_client.model import Security, SourceConfig, SourceKind

MAILS = 5_000
KILLS = int(os.environ.get("PYEONJI_KILLS", "4"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def originals() -> list[bytes]:
    """5,000 different mails of about 1.5 KB."""
    return list(bulk_mail(MAILS, MAILS * 1_500, seed=7))


@pytest.fixture(scope="module")
def host() -> Iterator["subprocess.Popen[str]"]:
    """The process that forks runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "client.tests.kill_host"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
        process.wait(10)


def _source(
    kind: SourceKind, originals: list[bytes], place: Path, request: pytest.FixtureRequest
) -> SourceConfig:
    if kind in (SourceKind.imap, SourceKind.pop3):
        server: dovecot.Dovecot = request.getfixturevalue("mail_server")
        server.forget(dovecot.PLAIN_USER)
        _maildir(server.maildir(dovecot.PLAIN_USER), originals)
        server.settle()
        port = server.imap if kind is SourceKind.imap else server.pop3
        return SourceConfig(
            kind, "127.0.0.1", port, Security.none, user=dovecot.PLAIN_USER, timeout=20
        )
    if kind is SourceKind.mbox:
        with (place / "Inbox").open("wb") as file:
            for data in originals:
                file.write(b"From a@b.example Thu Jan  1 00:00:00 2024\n" + data + b"\n")
        return SourceConfig(kind, path=str(place / "Inbox"), dialect="mboxo")
    if kind is SourceKind.zip:
        with pyzipper.AESZipFile(place / "x.zip", "w", encryption=pyzipper.WZ_AES) as archive:
            archive.setpassword(dovecot.PLAIN_PASSWORD.encode())
            for number, data in enumerate(originals):
                archive.writestr(f"{number}.eml", data)
        return SourceConfig(kind, path=str(place / "x.zip"))
    if kind is SourceKind.maildir:
        for part in ("cur", "new"):
            (place / part).mkdir()
        _maildir(place, originals)
    else:
        for number, data in enumerate(originals):
            (place / f"{number}.eml").write_bytes(data)
    return SourceConfig(kind, path=str(place))


def _maildir(directory: Path, originals: list[bytes]) -> None:
    for number, data in enumerate(originals):
        (directory / "cur" / f"{1_600_000_000 + number}.{number}.kill:2,S").write_bytes(data)


class _Trial:
    """One request in a folder of its own, run by children of the host."""

    def __init__(self, host: "subprocess.Popen[str]", place: Path, config: SourceConfig):
        assert host.stdin and host.stdout
        self._in, self._out = host.stdin, host.stdout
        self._place = place
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        self._journal = Journal(place / "download")
        self.job = jobs.add(self._journal, config)
        (place / "secret").write_text(dovecot.PLAIN_PASSWORD, encoding="utf-8")
        self._log = place / "log"
        self._read = 0

    def run(self, seconds: float | None) -> bool:
        """Starts a run and kills it after `seconds`. True when it got through."""
        fields = (self._place / "download", self.job.id, self._place / "secret", self._log)
        self._in.write("\t".join(map(str, fields)) + "\n")
        self._in.flush()
        pid = int(self._out.readline())
        if seconds is not None:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)
        self._in.write("\n")
        self._in.flush()
        status = int(self._out.readline())
        assert status == 0 or os.WIFSIGNALED(status), f"the run failed: {status}"
        return status == 0

    def fetched(self) -> list[str]:
        """Keys handed over since the last call."""
        if not self._log.exists():
            return []
        with self._log.open() as file:
            file.seek(self._read)
            keys = file.read().splitlines()
            self._read = file.tell()
        return keys

    def check(self, originals: list[bytes]) -> None:
        """Every ZIP sound, every mail there exactly once."""
        found = jobs.mails(self._journal, self.job)
        assert len(found) == 1
        (mails,) = found.values()
        assert len(mails) == len(originals)
        assert sorted(map(_digest, mails)) == sorted(map(_digest, originals))
        leftovers = list((self._place / "download").rglob("*.part"))
        assert not leftovers
        self._journal.close()


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


#: A PST is read by a library from a single file, as an mbox is.
KINDS = [kind for kind in SourceKind if kind is not SourceKind.pst]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_set_whenever_it_is_killed(
    kind: SourceKind,
    originals: list[bytes],
    host: "subprocess.Popen[str]",
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if kind is SourceKind.zip and KILLS < 100:
        originals = originals[:1_500]  # AES takes its time, mail by mail
    (tmp_path / "source").mkdir()
    config = _source(kind, originals, tmp_path / "source", request)
    start = time.monotonic()
    trial = _Trial(host, tmp_path / "trial", config)
    assert trial.run(None)
    whole = time.monotonic() - start
    trial.check(originals)
    rng = random.Random(f"{kind} {KILLS}")
    kills = trials = worst = 0
    while kills < KILLS:
        trial = _Trial(host, tmp_path / "trial", config)
        trials += 1
        seen: collections.Counter[str] = collections.Counter()
        through = False
        while not through:
            # Half of the kills early in a run, so that a trial takes many of them.
            limit = whole if rng.random() < 0.3 else whole / 5
            through = trial.run(rng.uniform(0, limit) if kills < KILLS else None)
            kills += not through
            keys = trial.fetched()
            assert len(keys) == len(set(keys)), "handed over twice in one run"
            again = sum(1 for key in keys if seen[key])
            worst = max(worst, again)
            seen.update(keys)
        trial.check(originals)
        assert len(seen) == len(originals)
    print(f"{kind}: {kills} kills in {trials} trials, at most {worst} mails read again")
    assert worst <= BATCH
