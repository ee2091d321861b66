"""A search is something to back up: exactly its mails, no others."""

import hashlib
import io
import zipfile

import pytest

from pyeonji.domain.errors import InvalidRequestError, UnprocessableError
from pyeonji.usecases.backups.estimate import estimate_backup
from pyeonji.usecases.backups.selection import Wanted
from pyeonji.usecases.mail.indexing import index_segment
from tests.support.company import ALL, KIM, BackupMachine, ask, days_ago, deliver, found_company
from tests.support.fakes import World


def _mail(number: int, body: str) -> bytes:
    return f"From: lee@acme.example\r\nSubject: s{number}\r\n\r\n{body} {number}\r\n".encode()


_BODIES = ("정기회의록", "회의 의록", "budget plan")


def _filled(world: World, *, indexed: bool) -> list[bytes]:
    box = found_company(world)
    mails = [_mail(n, _BODIES[n % 3]) for n in range(30)]
    deliver(world, box, [(mail, days_ago(world, n + 1)) for n, mail in enumerate(mails)])
    if indexed:
        for key in list(world.mail.data):
            index_segment(world, segment=key)
    return mails


def _backed_up(world: World) -> set[str]:
    found = set()
    for content in world.volumes.data.values():
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                if name.endswith(".eml"):
                    found.add(hashlib.sha256(archive.read(name)).hexdigest())
    return found


def _digests(mails: list[bytes]) -> set[str]:
    return {hashlib.sha256(mail).hexdigest() for mail in mails}


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize(
    ("query", "wanted"),
    [("회의록", slice(0, None, 3)), ("budget", slice(2, None, 3)), ("budget -plan", slice(0, 0)),
     ('"budget plan 5"', slice(5, 6)), ("-budget -의록", slice(0, 0))],
)  # fmt: skip
def test_exactly_its_mails(query: str, wanted: slice, indexed: bool) -> None:
    world = World()
    mails = _filled(world, indexed=indexed)
    if not mails[wanted]:
        if indexed:
            with pytest.raises(UnprocessableError):
                ask(world, query=query)
        return
    estimate = estimate_backup(
        world, account=KIM, wanted=Wanted(None, ALL, None, query), now=world.clock
    )
    if indexed:
        assert estimate.messages == len(mails[wanted]) and estimate.volumes == 1
        assert estimate.bytes == sum(map(len, mails[wanted]))
        assert (estimate.unsure, estimate.waiting) == (0, 0)
    else:
        assert (estimate.messages, estimate.waiting) == (0, 1)
    backup = ask(world, query=query)
    BackupMachine(world, backup.id).run()
    assert _backed_up(world) == _digests(mails[wanted])
    made = world.backups.get(KIM, backup.id)
    assert made is not None and made.messages == len(mails[wanted]) and made.query == query


def test_a_query_that_cannot_be_understood_takes_no_slot() -> None:
    world = World()
    _filled(world, indexed=True)
    with pytest.raises(InvalidRequestError) as raised:
        ask(world, query="before:soon")
    assert raised.value.facts["field"] == "query"
    assert not world.backups.slots(KIM)
