"""Stories of the whole service, by the thousand; and that they would find what was once wrong."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import product
from typing import Any
from unittest.mock import patch

import pytest

import tests.world.story as story_of_a_seed
from infra.local.places import ROOT
from pyeonji.domain.backups import Backup
from pyeonji.domain.errors import PermanentError
from pyeonji.domain.states import BackupState
from pyeonji.usecases.backups import plan
from tests.support.company import KIM
from tests.support.moves import EVERY_MOVE, Moves
from tests.support.tables import Table
from tests.world import holds
from tests.world.choices import Choices, shrunk
from tests.world.left_behind import CASES, Left, stories
from tests.world.old_faults import OLD_FAULTS
from tests.world.people import ACTIONS, People
from tests.world.processes import Process
from tests.world.service import Service, keep_logs, small_scale
from tests.world.story import (
    comes_to_rest,
    failure_of,
    passes_away,
    runs_out,
    shortest,
    tell,
)

#: `make test` tells so many, which a busy machine does in half a minute; `make explore` tells
#: others, for as long as one likes.
SEEDS = 2_000
#: Nobody in a story takes an upload back, or has a server of their own to collect from:
#: tests/unit/test_upload_undo.py, test_upload_faults.py, test_backup_collecting.py and
#: test_retention_moves.py make these moves.
UNTOLD = frozenset(move for move in EVERY_MOVE if {"undoing", "undone", "collecting"} & set(move))
#: Chance tells of it less than once in 16,000 stories, so it is told on purpose.
PLAN_FAULT = "a straggling plan removes a finished backup"


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    with small_scale():
        yield


def told(
    first: int, last: int, table: Table, moves_wanted: int = len(EVERY_MOVE - UNTOLD) - 1
) -> None:
    """Every story from one seed to another ends as it must."""
    began = time.process_time()
    moves: Moves = set()
    accidents = calls = 0
    for seed in range(first, last + 1):
        try:
            service = tell(seed)
        except Exception:  # noqa: BLE001 - whatever it is, it is the finding
            error, story = shortest(seed)
            lines = "\n".join(story)
            pytest.fail(f"{lines}\n→ {error}\nto repeat: .venv/bin/python -m tests.world {seed}")
        moves |= service.moves
        calls += service.calls
        accidents += service.accidents
    seconds = time.process_time() - began
    table(
        "seeded world: seeds, calls, accidents, moves of docs/states.md that were made",
        f"{first}-{last}: {calls:,} calls, {accidents:,} accidents, {len(moves)} of"
        f" {len(EVERY_MOVE)} moves ({len(UNTOLD)} are told nowhere), {seconds:.0f} s",
    )
    assert len(moves) >= moves_wanted


def test_some_stories(table: Table) -> None:
    told(1, 400, table, moves_wanted=15)


@pytest.mark.slow
class TestFirstHalf:
    """Classes, so that two processes can share the work."""

    def test_stories(self, table: Table) -> None:
        told(1, SEEDS // 2, table)


@pytest.mark.slow
class TestSecondHalf:
    def test_stories(self, table: Table) -> None:
        told(SEEDS // 2 + 1, SEEDS, table)


@pytest.mark.slow
@pytest.mark.parametrize(
    "left", CASES, ids=[f"{left.function}-{left.then}".replace(" ", "_") for left in CASES]
)
def test_whoever_is_left_behind_spoils_nothing(left: Left, table: Table) -> None:
    calls = [call for call, _ in stories(left)]
    assert max(calls) > 9
    table(
        "seeded world: left behind at every call in turn",
        f"{left.function:15} beside {left.then:8} {max(calls)} calls, {len(calls)} stories",
    )


@pytest.mark.slow
@pytest.mark.parametrize("fault", [fault for fault in OLD_FAULTS if fault != PLAN_FAULT])
def test_what_was_once_wrong_is_found(fault: str, table: Table) -> None:
    where, attribute, was = OLD_FAULTS[fault]
    with patch.object(where, attribute, was):
        if fault in ON_PURPOSE:
            with pytest.raises(AssertionError) as found:
                list(stories(ON_PURPOSE[fault]))
            told = str(found.value).split("\n")[0]
        else:
            first = FOUND_FROM.get(fault, 1)
            seeds = range(first, first + 1_000)
            seed = next((seed for seed in seeds if failure_of(seed) is not None), None)
            assert seed is not None
            told = f"story {seed}"
    table("seeded world: old faults put back", f"{fault:52} found by {told}")


#: Told on purpose.
ON_PURPOSE = {
    "a settling left behind counts the next run's mail": CASES[2],
    "a plan left behind writes beside its next try": CASES[0],
}
#: Where chance tells of it first; the others among the first thousand stories.
FOUND_FROM = {"a straggler of one attempt ends the next": 6_400}


@pytest.mark.parametrize("mended", [True, False])
def test_a_plan_that_is_left_behind_until_the_backup_is_finished(mended: bool) -> None:
    finish = plan._finish if mended else OLD_FAULTS[PLAN_FAULT][2]
    behind: list[Process] = []

    def left_behind(world: Any, backup: Backup) -> None:
        process: Process = world._process
        if not behind:
            behind.append(process)
            process.orphaned = True
            process.wait()
            there = world.backups.get(backup.account, backup.id)
            assert there.state is BackupState.READY
        finish(world, backup)

    service = Service(Choices(), 0)
    people = People(service)
    with patch.object(plan, "_finish", left_behind):
        people.ask("back up")
        runs_out(service)
    assert behind[0].ended
    assert isinstance(behind[0].error, PermanentError)
    with nullcontext() if mended else pytest.raises(AssertionError, match="a volume is missing"):
        holds.at_rest(service, people)


@pytest.mark.slow
def test_a_failing_story_becomes_short() -> None:
    where, attribute, was = OLD_FAULTS["a chunk that runs twice counts twice"]
    with patch.object(where, attribute, was), patch.object(story_of_a_seed, "SHRINK_TRIES", 300):
        seed = next(seed for seed in range(1, 2_000) if failure_of(seed) is not None)
        long = failure_of(seed)
        assert long is not None
        error, story = shortest(seed)
        assert str(error)
        assert story
        short = error.__dict__["service"].choices.given
        taken = long.__dict__["service"].choices.taken
        assert len(short) < len(taken)
        assert sum(number > 0 for number in short) < sum(number > 0 for number in taken)


def test_the_same_seed_tells_the_same_story_in_any_process() -> None:
    def lines(hash_seed: str) -> str:
        paths = ("layers/core/python", "client/src", "functions/api", ".")
        environment = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(str(ROOT / path) for path in paths),
        }
        return subprocess.run(
            [sys.executable, "-m", "tests.world", "7"],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120,
        ).stdout  # fmt: skip

    assert lines("1") == lines("2") != ""


@pytest.mark.slow
def test_every_history_of_three_wishes(table: Table) -> None:
    """Without accidents; each of two wishes comes to its end before the next, or none does; of
    three none."""
    histories = [history for length in (1, 2, 3) for history in product(ACTIONS, repeat=length)]
    for history in histories:
        for waits in (True, False) if len(history) < 3 else (False,):
            service = Service(Choices(), 0)
            people = People(service)
            for wish in history:
                people.ask(wish)
                service.see_machines()
                if waits:
                    runs_out(service)
                holds.always(service)
            comes_to_rest(service)
            holds.at_rest(service, people)
            passes_away(service)
            holds.in_the_end(service)
    table("seeded world: every history of up to three wishes", f"{len(histories)} histories")


def test_no_log_has_anybodys_mail_in_it(capfd: pytest.CaptureFixture[str]) -> None:
    with keep_logs():
        for seed in range(1, 150):
            tell(seed)
    logged = capfd.readouterr().out
    lines = [line for line in logged.splitlines() if line.startswith("{")]
    assert len(lines) > 100, "functions log"
    assert all(json.loads(line) for line in lines)
    for secret in (KIM, "lee@acme", "안녕하세요", "acme.example", "a.zip", ".eml", "받은편지함"):
        assert secret not in logged
        assert json.dumps(secret)[1:-1] not in logged


def test_shrinking_finds_the_smallest_list() -> None:
    assert shrunk([9, 3, 0, 7, 5, 1], lambda numbers: sum(numbers) >= 7, 1_000) == [7]
    assert shrunk([1] * 40, lambda numbers: len(numbers) >= 3 and numbers[2] > 0, 1_000) == [
        0,
        0,
        1,
    ]
