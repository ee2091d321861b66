"""What a backup would come to, before it is asked for."""

from datetime import datetime

import pytest

from pyeonji.domain.limits import MIB
from pyeonji.domain.periods import Period, PeriodKind
from pyeonji.usecases.backups.estimate import Estimate, estimate_backup
from pyeonji.usecases.backups.selection import Wanted
from tests.support.company import (
    ALL,
    KIM,
    BackupMachine,
    ask,
    days_ago,
    deliver,
    found_company,
    letter_bytes,
)
from tests.support.fakes import World


def mails(world: World) -> list[tuple[bytes, datetime]]:
    """200 mails of 50 kB, received over the two days before the last month."""
    return [(letter_bytes(n, 50_000), days_ago(world, 30 + n / 100)) for n in range(200)]


def test_the_estimate_is_what_the_backup_becomes() -> None:
    world = World()
    box = found_company(world)
    deliver(world, box, mails(world))
    estimate = estimate_backup(
        world, account=KIM, wanted=Wanted([box.id], ALL, 2 * MIB), now=world.clock
    )
    backup = ask(world, volume_bytes=2 * MIB)
    BackupMachine(world, backup.id).run()
    made = world.backups.get(KIM, backup.id)
    assert made is not None
    assert (estimate.messages, estimate.bytes, estimate.volumes) == (
        made.messages,
        made.bytes,
        made.volumes,
    )
    assert estimate.span == made.span


@pytest.mark.parametrize("volume_bytes", [MIB, 64 * MIB])
def test_the_estimate_of_a_large_mailbox_reads_weights_alone(
    volume_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    box = found_company(world)
    deliver(world, box, mails(world))
    since = days_ago(world, 31).date()

    def estimate() -> Estimate:
        return estimate_backup(
            world,
            account=KIM,
            wanted=Wanted(None, Period(PeriodKind.RANGE, since, world.clock.date()), volume_bytes),
            now=world.clock,
        )

    exact = estimate()
    assert 0 < exact.messages < 200
    monkeypatch.setattr("pyeonji.usecases.backups.estimate.EXACT_UP_TO", 0)
    with monkeypatch.context() as patch:
        patch.setattr(world.index, "read", None)  # not touched
        quick = estimate()
    assert (quick.messages, quick.bytes) == (exact.messages, exact.bytes)
    assert abs(quick.volumes - exact.volumes) <= 1
    assert (quick.volumes == 1) == (exact.volumes == 1)
    # Mail somebody never weighed is not left out.
    world.index.weights[KIM, box.id].pop()
    assert estimate() == exact
