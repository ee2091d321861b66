"""Time passing in a fake world: retention's walks, and what must hold after any of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.periods import BEGINNING, Period, PeriodKind, Span
from pyeonji.domain.states import BackupState, VolumeState
from pyeonji.usecases.retention.reconcile import Finding, reconcile
from pyeonji.usecases.retention.walk import Walk, handle_all_due
from tests.support.company import KIM
from tests.support.fakes import World
from tests.support.worlds import limited


def walk(
    world: World,
    at: datetime | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
    **changes: object,
) -> Walk:
    """One event for retention, whose time is `at` or the world's."""
    return handle_all_due(
        limited(world, **changes),
        now=at or world.clock,
        today=world.clock.date(),
        may_go_on=may_go_on,
    )


def reconciled(
    world: World, *, repair: bool = False, grace: timedelta = timedelta(0)
) -> list[Finding]:
    """Table against buckets, also of what is a second old unless `grace` says otherwise."""
    return reconcile(world, now=world.clock, repair=repair, grace=grace)


def put_backup(world: World, backup_id: str, state: BackupState, **changes: object) -> Backup:
    """A backup of nothing in particular, as if it had come to `state`."""
    values: dict[str, object] = {
        "id": backup_id,
        "account": KIM,
        "state": state,
        "mailboxes": (),
        "period": Period(PeriodKind.ALL),
        "span": Span(BEGINNING, world.clock),
        "volume_bytes": 1024,
        "requested_at": world.clock,
        "moved_at": world.clock,
        "volumes": 1,
    }
    backup = Backup(**(values | changes))  # type: ignore[arg-type]
    world.backups.items[KIM, backup_id] = backup
    if state.value in ("requested", "planning", "exporting", "ready"):
        world.backups.taken[KIM] = world.backups.slots(KIM) | {backup_id}
    return backup


def put_ready(
    world: World, backup_id: str, made: list[datetime], days: int = 7
) -> tuple[Backup, list[Volume]]:
    """A ready backup whose volumes were made at the instants given, with their files."""
    lives = timedelta(days=days)
    files = []
    for number, at in enumerate(made, start=1):
        key = f"volumes/{KIM}/{backup_id}/{number:04d}.zip"
        file = Volume(
            account=KIM,
            backup_id=backup_id,
            number=number,
            state=VolumeState.READY,
            filename=f"{number}.zip",
            key=key,
            mailbox_id="box",
            messages=1,
            bytes=3,
            upload_id="gone",
            parts=1,
            created_at=at,
            expires_at=at + lives,
        )
        world.volumes.put(key, b"zip")
        world.backups.files[KIM, backup_id, number] = file
        files.append(file)
    backup = put_backup(
        world,
        backup_id,
        BackupState.READY,
        volumes=len(made),
        requested_at=min(made),
        finished_at=max(made),
        noticed_at=max(made),
        expires_at=max(made) + lives,
    )
    return backup, files
