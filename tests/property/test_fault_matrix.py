"""Every step of both machines, and every verb, killed before and after each of its writes.

Then either tried again, as the machine's Retry or a person would, or left for dead and found by
retention. Whatever way it goes: settled, nothing stuck, nothing lost, nobody told nothing. The
run ends with the table of end states.
"""

import copy
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import pytest

from pyeonji.domain.limits import STUCK_AFTER, UPLOAD_ABANDON_AFTER
from pyeonji.domain.states import WORKING_BACKUP, WORKING_UPLOAD, BackupState, UploadState
from pyeonji.domain.uploads import upload_key
from pyeonji.ports import CLAIM_LIFE
from pyeonji.usecases.backups.end import cancel_backup, delete_backup
from pyeonji.usecases.retention.reconcile import GRACE
from pyeonji.usecases.uploads.end import delete_upload
from pyeonji.usecases.uploads.receive import receive_upload
from pyeonji.usecases.uploads.request import complete_upload
from pyeonji.usecases.uploads.retry import retry_upload
from tests.support.caretaking import reconciled, walk
from tests.support.company import (
    KIM,
    ask,
    days_ago,
    deliver,
    found_company,
    letter_bytes,
)
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch, count_writes, kill_points
from tests.support.machines import Machinery
from tests.support.tables import Table
from tests.support.uploading import ask_to_upload, put_parts, zip_of
from tests.support.worlds import dying


def noise(number: int) -> bytes:
    """A mail of 300 KB that no compressor shrinks."""
    head = letter_bytes(number).partition(b"\r\n\r\n")[0]
    return head + b"\r\n\r\n" + hashlib.shake_256(str(number).encode()).digest(300_000)


#: Two volumes, the first with a part that S3 copies (more than 5 MiB), the second all in its last
#: part: small enough to be made a few hundred times.
VOLUME_BYTES = 5_600_000
ALREADY = [noise(number) for number in range(20)]
SENT = {f"{n}.eml": letter_bytes(100 + n) for n in range(5)} | {"again.eml": ALREADY[0]}
ZIP = zip_of(SENT)
NO_ZIP = b"this is no zip"


@lru_cache(maxsize=1)
def _seeded() -> World:
    world = World()
    box = found_company(world)
    deliver(world, box, [(data, days_ago(world, 9)) for data in ALREADY])
    return world


def fresh() -> World:
    """A company with mail, and nothing asked for. Bytes are shared, not copied."""
    return copy.deepcopy(_seeded())


#: Makes a world that is about to do something, and returns how to do it and how to do it again.
Builder = Callable[[], tuple[World, Machinery, Callable[[KillSwitch | None], object]]]


def backup_step(place: int) -> Builder:
    """The backup machine's step number `place`."""

    def build() -> tuple[World, Machinery, Callable[[KillSwitch | None], object]]:
        world = fresh()
        ask(world, volume_bytes=VOLUME_BYTES)
        machinery = Machinery(world)
        (execution,) = machinery.running()
        for _ in range(place):
            execution.step()
        return world, machinery, execution.step

    return build


def failing_step(place: int) -> Builder:
    """The way out of the backup machine, after a step that could not be done."""

    def build() -> tuple[World, Machinery, Callable[[KillSwitch | None], object]]:
        world, machinery, step = backup_step(2)()
        (execution,) = machinery.running()
        execution.give_up()
        for _ in range(place):
            execution.step()
        return world, machinery, step

    return build


def upload_step(place: int, data: bytes = ZIP) -> Builder:
    """The upload machine's step number `place`."""

    def build() -> tuple[World, Machinery, Callable[[KillSwitch | None], object]]:
        world, machinery, arrive = verb("receive", data)()
        arrive(None)
        (execution,) = machinery.running()
        for _ in range(place):
            execution.step()
        return world, machinery, execution.step

    return build


def verb(what: str, data: bytes = ZIP) -> Builder:
    """Something a person or an event asks for."""

    def build() -> tuple[World, Machinery, Callable[[KillSwitch | None], object]]:
        world = fresh()
        machinery = Machinery(world)
        (box,) = world.accounts.mailboxes(KIM)

        def seen(switch: KillSwitch | None) -> World:
            return world if switch is None else dying(world, switch)

        if what == "request":
            return world, machinery, lambda switch: ask(seen(switch), volume_bytes=VOLUME_BYTES)
        if what in ("cancel", "delete", "expire", "purge"):
            backup = ask(world, volume_bytes=VOLUME_BYTES)
            (execution,) = machinery.running()
            execution.step()
            execution.step()
            if what in ("expire", "purge"):
                machinery.run_all()
                world.clock += timedelta(days=7)
                if what == "purge":
                    walk(world)
                    world.clock += timedelta(days=14)
                return world, machinery, lambda switch: walk(seen(switch))

            def end(switch: KillSwitch | None) -> object:
                w = seen(switch)
                if w.backups.get(KIM, backup.id) is None:
                    return None  # deleted; a person who tries again is told so
                return (cancel_backup if what == "cancel" else delete_backup)(
                    w, account=KIM, backup_id=backup.id, now=w.clock
                )

            return world, machinery, end
        if what in ("rescue", "warn"):
            ask(world, volume_bytes=VOLUME_BYTES)
            (execution,) = machinery.running()
            execution.step()
            if what == "rescue":
                world.machines.running.clear()
                world.clock += STUCK_AFTER
            else:
                machinery.run_all()
                world.mailer.sent.clear()
                world.clock += timedelta(days=6)
            return world, machinery, lambda switch: walk(seen(switch))
        if what == "open upload":
            return world, machinery, lambda switch: ask_to_upload(seen(switch), box, len(data))
        upload = ask_to_upload(world, box, len(data))
        put_parts(world, upload, data)
        key = upload_key(KIM, upload.id)
        if what == "abandon":
            return (
                world,
                machinery,
                lambda switch: (
                    delete_upload(seen(switch), account=KIM, upload_id=upload.id, now=world.clock)
                    if world.uploads.get(KIM, upload.id)
                    else None
                ),
            )

        def complete(switch: KillSwitch | None) -> object:
            w = seen(switch)
            return complete_upload(w, account=KIM, upload_id=upload.id, now=w.clock)

        if what == "complete":
            return world, machinery, complete
        if what == "give up":
            world.clock += UPLOAD_ABANDON_AFTER
            world.zips.abort(key, upload.multipart_id)
            return world, machinery, lambda switch: walk(seen(switch))
        complete(None)

        def receive(switch: KillSwitch | None) -> object:
            w = seen(switch)
            return receive_upload(w, key=key, now=w.clock)

        if what == "retry":
            receive(None)
            (execution,) = machinery.running()
            execution.give_up()
            machinery.run_all()

            def retry(switch: KillSwitch | None) -> object:
                w = seen(switch)
                return retry_upload(w, account=KIM, upload_id=upload.id, now=w.clock)

            return world, machinery, retry
        return world, machinery, receive

    return build


@dataclass(frozen=True)
class Case:
    """A flow up to a step and that step, made anew for every kill; and how it may end."""

    name: str
    build: Builder
    retried: frozenset[str]
    dead: frozenset[str]


def case(name: str, build: Builder, retried: str, dead: str = "") -> Case:
    """Ends as words; left for dead it may end as it does when tried again, unless said."""
    return Case(name, build, frozenset(retried.split()), frozenset((dead or retried).split()))


#: Left for dead before its first write, a verb has not happened: nobody was told it had.
CASES = [
    case("POST /backups", verb("request"), "ready", "gone ready"),
    case("backup: plan", backup_step(0), "ready"),
    case("backup: part", backup_step(1), "ready"),
    case("backup: seal", backup_step(2), "ready"),
    case("backup: last seal", backup_step(3), "ready"),
    case("backup: notice", backup_step(4), "ready"),
    case("backup: fail", failing_step(0), "failed", "failed ready"),
    case("backup: failure notice", failing_step(1), "failed"),
    case("POST /backups/{id}/cancel", verb("cancel"), "cancelled", "cancelled ready"),
    case("DELETE /backups/{id}", verb("delete"), "gone", "cancelled gone ready"),
    case("retention: expire", verb("expire"), "expired"),
    case("retention: purge", verb("purge"), "gone"),
    case("retention: rescue", verb("rescue"), "ready"),
    case("retention: warn", verb("warn"), "ready"),
    case("retention: abandon", verb("give up"), "abandoned"),
    case("POST /uploads", verb("open upload"), "receiving", "gone receiving"),
    case("POST /uploads/{id}/complete", verb("complete"), "completed", "completed receiving"),
    case("upload: received", verb("receive"), "completed"),
    case("upload: inspect", upload_step(0), "completed"),
    case("upload: import", upload_step(1), "completed"),
    case("upload: last import", upload_step(3), "completed"),
    case("upload: settle", upload_step(4), "completed"),
    case("upload: notice", upload_step(5), "completed"),
    case("upload: refuse", upload_step(0, NO_ZIP), "failed"),
    case("upload: settle a refusal", upload_step(1, NO_ZIP), "failed"),
    case("POST /uploads/{id}/retry", verb("retry"), "completed", "completed failed"),
    case("DELETE /uploads/{id}", verb("abandon"), "abandoned gone", "abandoned receiving"),
]


def live_on(world: World, machinery: Machinery) -> None:
    """S3 tells of what arrived, and retention comes by until nothing is at work any more."""
    for key in list(world.zips.data):
        receive_upload(world, key=key, now=world.clock)
    for _ in range(4):
        machinery.run_all()
        world.clock += max(timedelta(minutes=31), CLAIM_LIFE)
        walk(world)
    machinery.run_all()


def end_state(world: World) -> str:
    """What became of it, in a word; fails when it is not an end, or something was lost."""
    backups = list(world.backups.items.values())
    uploads = list(world.uploads.items.values())
    assert not [backup for backup in backups if backup.state in WORKING_BACKUP], "stuck"
    assert not [upload for upload in uploads if upload.state in WORKING_UPLOAD], "stuck"
    live = {backup.id for backup in backups if backup.state is BackupState.READY}
    assert world.backups.slots(KIM) == live, "a slot lost or held"
    for backup in backups:
        if backup.state is BackupState.READY:
            assert mails_in(world, backup.id) == sorted(ALREADY), "mail lost"
        if backup.state in (BackupState.READY, BackupState.FAILED):
            assert world.mailer.sent, "nobody was told"
    for upload in uploads:
        if upload.state is UploadState.COMPLETED:
            assert upload.totals.entries == len(SENT) == upload.totals.imported + 1
        if upload.state in (UploadState.COMPLETED, UploadState.FAILED):
            assert world.mailer.sent, "nobody was told"
    assert len(world.mailer.sent) <= 2
    (box,) = world.accounts.mailboxes(KIM)
    held = world.index.messages[KIM, box.id]
    assert (box.messages, box.bytes) == (len(held), sum(m.size for m in held.values()))
    # What a process dead between two writes left for nobody, the last net takes away.
    later = copy.deepcopy(world)
    later.clock += GRACE + timedelta(seconds=1)
    reconciled(later, repair=True, grace=GRACE)
    assert reconciled(later, grace=GRACE) == []
    states = [*(str(backup.state) for backup in backups), *(str(u.state) for u in uploads)]
    return states[0] if states else "gone"


def mails_in(world: World, backup_id: str) -> list[bytes]:
    """Every mail in the files of a backup."""
    found = []
    for file in world.backups.volumes(KIM, backup_id):
        archive = zipfile.ZipFile(io.BytesIO(world.volumes.data[file.key]))
        found += [archive.read(name) for name in archive.namelist() if name.endswith(".eml")]
    return sorted(found)


def run_case(case: Case, switch: KillSwitch, retried: bool) -> str:
    world, machinery, act = case.build()
    with pytest.raises(KilledError):
        act(switch)
    if retried:
        act(None)
    else:
        # Not even the machine is left to try again.
        world.machines.running.clear()
    live_on(world, machinery)
    return end_state(world)


def ends_of(case: Case, retried: bool) -> tuple[int, Counter[str]]:
    writes = count_writes(lambda switch: case.build()[2](switch))
    ends = Counter(run_case(case, switch, retried) for switch in kill_points(writes))
    return writes, ends


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_killed_at_every_write(case: Case, table: Table) -> None:
    writes, retried = ends_of(case, retried=True)
    _, dead = ends_of(case, retried=False)
    assert writes > 0
    assert set(retried) <= case.retried
    assert set(dead) <= case.dead
    table(
        "fault matrix: step, writes, kills | ends when tried again | ends when left for dead",
        f"{case.name:28} {writes:>3} {2 * writes:>4} | {shown(retried):22} | {shown(dead)}",
    )


def shown(ends: Counter[str]) -> str:
    return ", ".join(f"{state} {count}" for state, count in sorted(ends.items()))
