"""Any story of backups and uploads: asked for, worked on, killed, cancelled, deleted, downloaded,
time passing, everything delivered twice, late and out of order. What must hold, holds after every
step; and when all is over nothing is left."""

import copy
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pyeonji.domain.errors import ConflictError, NotFoundError
from pyeonji.domain.states import (
    LIVE_BACKUP,
    WORKING_BACKUP,
    WORKING_UPLOAD,
    UploadState,
    VolumeState,
)
from pyeonji.usecases.backups.end import cancel_backup, delete_backup
from pyeonji.usecases.backups.show import volume_url
from pyeonji.usecases.retention.reconcile import GRACE, FindingKind
from pyeonji.usecases.uploads.end import delete_upload
from pyeonji.usecases.uploads.ledger import pages_key
from pyeonji.usecases.uploads.receive import receive_upload
from pyeonji.usecases.uploads.request import complete_upload
from pyeonji.usecases.uploads.retry import retry_upload
from tests.support.caretaking import reconciled, walk
from tests.support.company import KIM, ask, days_ago, deliver, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch
from tests.support.machines import Execution, Machinery
from tests.support.moves import EVERY_MOVE, watch
from tests.support.uploading import ask_to_upload, assert_ledger_agrees, put_parts, zip_of
from tests.support.worlds import dying, limited

#: Small, so that a story meets the limits: three slots, two days, a volume a mail or two.
LIMITS: dict[str, Any] = {"max_backups": 3, "download_days": 2, "purge_days": 3}
ZIPS = [
    zip_of({f"{n}.eml": letter_bytes(n) for n in range(3)}),
    zip_of({f"{n}.eml": letter_bytes(n) for n in range(2, 6)} | {"x.png": b"x"}),
    b"this is no zip",
]
ENDED_WITH_LEDGER = frozenset({UploadState.COMPLETED, UploadState.FAILED})
#: Mails of which two do not fit into one volume of a MiB.
OLD = [letter_bytes(900 + n, 1_400_000) for n in range(2)]
TIMES = [
    timedelta(seconds=1),
    timedelta(minutes=16),
    timedelta(minutes=31),
    timedelta(hours=25),
    timedelta(hours=47, minutes=50),
    timedelta(days=3),
]


@lru_cache(maxsize=1)
def _seeded() -> World:
    world = World()
    deliver(world, found_company(world), [(data, days_ago(world, 9)) for data in OLD])
    return world


class Lifecycle(RuleBasedStateMachine):
    """The rules are what people, machines, events and the clock may do at any time."""

    @initialize(brutal=st.booleans())
    def begin(self, brutal: bool) -> None:
        """Half the stories are spared killed processes, so that the others' excuses fall away."""
        self.brutal = brutal
        seeded = _seeded()
        # The same story must make the same ids, or hypothesis cannot tell it again; none of them
        # one of the seeded world's, which chance made.
        numbers = count(1)
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("pyeonji.domain.ids.secrets.randbits", lambda bits: next(numbers))
        self.world = copy.deepcopy(seeded)
        (self.box,) = self.world.accounts.mailboxes(KIM)
        self.seen = watch(self.world)
        self.machinery = Machinery(self.world, **LIMITS)
        self.killed = False
        self.dead: list[Execution] = []

    # ------------------------------------------------------------ people

    @rule(full=st.booleans())
    def ask_for_a_backup(self, full: bool) -> None:
        taken = len(self.world.backups.slots(KIM))
        try:
            ask(self.world, volume_bytes=None if full else 1 << 20, **LIMITS)
        except ConflictError as error:
            assert error.code == "too_many_backups"
            assert taken == LIMITS["max_backups"]

    def _backups(self) -> list[str]:
        return [backup_id for _, backup_id in self.world.backups.items]

    @precondition(lambda self: self.world.backups.items)
    @rule(data=st.data(), gone=st.booleans(), kill=st.integers(0, 12))
    def cancel_or_delete(self, data: st.DataObject, gone: bool, kill: int) -> None:
        backup_id = data.draw(st.sampled_from(self._backups()))

        def end(w: World) -> None:
            verb = delete_backup if gone else cancel_backup
            try:
                verb(limited(w, **LIMITS), account=KIM, backup_id=backup_id, now=w.clock)
            except (ConflictError, NotFoundError):
                return

        self._maybe_killed(end, kill)

    @precondition(lambda self: self.world.backups.files)
    @rule(data=st.data())
    def download(self, data: st.DataObject) -> None:
        _, backup_id, number = data.draw(st.sampled_from(list(self.world.backups.files)))
        try:
            answer = volume_url(
                self.world, account=KIM, backup_id=backup_id, number=number, now=self.world.clock
            )
        except (ConflictError, NotFoundError):
            return
        file = self.world.backups.files[KIM, backup_id, number]
        # A deletion killed half-way leaves it on the list, to be deleted again or to expire.
        assert self.killed or file.key in self.world.volumes.data, "a download of nothing"
        assert file.expires_at is not None
        assert self.world.clock < answer.expires_at <= file.expires_at

    @rule(which=st.integers(0, 2), finish=st.sampled_from(["all", "parts", "nothing"]))
    def upload(self, which: int, finish: str) -> None:
        w, data = self.world, ZIPS[which]
        upload = ask_to_upload(w, self.box, len(data), **LIMITS)
        if finish == "nothing":
            return
        put_parts(w, upload, data)
        if finish == "all":
            complete_upload(w, account=KIM, upload_id=upload.id, now=w.clock)

    @precondition(lambda self: self.world.uploads.items)
    @rule(data=st.data(), what=st.sampled_from(["delete", "retry"]), kill=st.integers(0, 6))
    def delete_or_retry(self, data: st.DataObject, what: str, kill: int) -> None:
        _, upload_id = data.draw(st.sampled_from(list(self.world.uploads.items)))

        def act(w: World) -> None:
            try:
                if what == "delete":
                    delete_upload(
                        limited(w, **LIMITS), account=KIM, upload_id=upload_id, now=w.clock
                    )
                else:
                    retry_upload(w, account=KIM, upload_id=upload_id, now=w.clock)
            except (ConflictError, NotFoundError):
                return

        self._maybe_killed(act, kill)

    # ------------------------------------------------------------ machines and events

    @precondition(lambda self: self.world.zips.data)
    @rule(data=st.data())
    def s3_says_an_object_arrived(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.world.zips.data)))
        w = self.world
        receive_upload(w, key=key, now=w.clock)

    @precondition(lambda self: self.machinery.running())
    @rule(data=st.data(), steps=st.integers(1, 3))
    def a_machine_goes_on(self, data: st.DataObject, steps: int) -> None:
        execution = data.draw(st.sampled_from(self.machinery.running()))
        for _ in range(steps):
            if not execution.ended:
                execution.step()

    @precondition(lambda self: self.machinery.running())
    @rule()
    def machines_come_to_their_ends(self) -> None:
        self.machinery.run_all()

    @precondition(lambda self: self.brutal and self.machinery.running())
    @rule(data=st.data(), at=st.integers(1, 12), when=st.sampled_from(["before", "after"]))
    def a_step_is_killed(self, data: st.DataObject, at: int, when: str) -> None:
        execution = data.draw(st.sampled_from(self.machinery.running()))
        try:
            execution.step(KillSwitch(at, when))
        except KilledError:
            self.killed = True

    @precondition(lambda self: self.brutal and self.machinery.running())
    @rule(data=st.data(), how=st.sampled_from(["dies", "gives up"]))
    def a_machine_dies_or_gives_up(self, data: st.DataObject, how: str) -> None:
        execution = data.draw(st.sampled_from(self.machinery.running()))
        if how == "dies":
            self.world.machines.running.discard(execution.name)
            self.dead.append(execution)
        else:
            execution.give_up()

    @precondition(lambda self: any(e.last for e in self.machinery.known.values()))
    @rule(data=st.data())
    def a_step_comes_twice(self, data: st.DataObject) -> None:
        again = [e for e in self.machinery.known.values() if e.last and not e.ended]
        if again:
            execution = data.draw(st.sampled_from(again))
            todo = execution.todo
            execution.repeat()
            execution.todo = todo

    # ------------------------------------------------------------ time

    @rule(step=st.sampled_from(TIMES), look=st.booleans())
    def time_passes(self, step: timedelta, look: bool) -> None:
        # No step of a machine is older than the time a function has: what is stuck is dead.
        self.world.clock += step
        if look:
            self.retention(0)

    @rule(late=st.integers(0, 50))
    def retention(self, late: int) -> None:
        """An event, perhaps delivered hours late."""
        at = self.world.clock - timedelta(hours=late)
        walk(self.world, at, **LIMITS)
        for (_, backup_id), backup in self.world.backups.items.items():
            assert backup.purge_at is None or backup.purge_at > at, "listed after its purge"
            for file in self.world.backups.volumes(KIM, backup_id):
                if file.expires_at is not None and file.expires_at <= at:
                    assert file.state is not VolumeState.READY
                    assert file.key not in self.world.volumes.data
        for upload in self.world.uploads.items.values():
            if upload.state in (UploadState.FAILED, UploadState.ABANDONED):
                assert upload.purge_at is not None
                assert upload.purge_at > at, "listed after its purge"
        held = {"claimed"} & {state for state, _ in self.world.notices.claims.values()}
        assert held or not self.world.due.until(at), "due, and left undone"

    @precondition(lambda self: self.brutal)
    @rule(at=st.integers(1, 20), when=st.sampled_from(["before", "after"]))
    def retention_is_killed(self, at: int, when: str) -> None:
        self._maybe_killed(lambda w: walk(w, **LIMITS), at, when)

    def _maybe_killed(self, act: Callable[[World], object], at: int, when: str = "before") -> None:
        """`at` 0 is not at all."""
        switch = KillSwitch(at if self.brutal else 0, when)
        try:
            act(dying(self.world, switch))
        except KilledError:
            self.killed = True

    # ------------------------------------------------------------ what always holds

    @invariant()
    def slots_are_the_live_backups(self) -> None:
        if not hasattr(self, "world"):
            return
        backups = self.world.backups.items.values()
        live = {backup.id for backup in backups if backup.state in LIVE_BACKUP}
        assert self.world.backups.slots(KIM) == live
        assert len(live) <= LIMITS["max_backups"]

    @invariant()
    def nothing_is_downloadable_after_it_expired(self) -> None:
        if not hasattr(self, "world"):
            return
        for (_, backup_id, number), file in list(self.world.backups.files.items()):
            if file.expires_at is None or self.world.clock < file.expires_at:
                continue
            try:
                volume_url(
                    self.world,
                    account=KIM,
                    backup_id=backup_id,
                    number=number,
                    now=self.world.clock,
                )
            except (ConflictError, NotFoundError):
                continue
            raise AssertionError("downloadable after it expired")

    @invariant()
    def only_moves_of_the_diagram(self) -> None:
        if not hasattr(self, "world"):
            return
        assert self.seen <= EVERY_MOVE

    @invariant()
    def the_mailbox_counts_what_it_holds(self) -> None:
        if not hasattr(self, "world"):
            return
        if any(u.state in WORKING_UPLOAD for u in self.world.uploads.items.values()):
            return
        held = self.world.index.messages[KIM, self.box.id].values()
        box = self.world.accounts.boxes[KIM, self.box.id]
        assert (box.messages, box.bytes) == (len(held), sum(m.size for m in held))

    @invariant()
    def an_ended_upload_says_what_it_brought(self) -> None:
        if not hasattr(self, "world"):
            return
        for upload in self.world.uploads.items.values():
            # A deletion killed half-way leaves it on the list without its ledger.
            there = pages_key(upload.id, upload.attempt) in self.world.work.data
            assert there or self.killed or upload.state not in ENDED_WITH_LEDGER
            if there and upload.state in ENDED_WITH_LEDGER:
                assert_ledger_agrees(self.world, self.box, upload)

    @invariant()
    def nothing_without_an_owner(self) -> None:
        """While nobody was killed; after a kill it is retention's and reconciliation's."""
        if not hasattr(self, "world") or self.killed or self.dead or self.machinery.running():
            return
        at_work = {FindingKind.MISSING_FILE, FindingKind.MISSING_SEGMENT}
        assert [f for f in reconciled(self.world) if f.kind not in at_work] == []

    # ------------------------------------------------------------ the end

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.come_to_an_end()
        finally:
            self.patch.undo()

    def come_to_an_end(self) -> None:
        """Let everything finish, and time take all of it away."""
        w = self.world
        told = {name for name, (state, _) in w.notices.claims.items() if state == "sent"}
        for _ in range(6):
            self.machinery.run_all()
            w.clock += timedelta(minutes=31)
            walk(w, **LIMITS)
        assert not [b for b in w.backups.items.values() if b.state in WORKING_BACKUP], "stuck"
        assert not [u for u in w.uploads.items.values() if u.state in WORKING_UPLOAD], "stuck"
        told |= {name for name, (state, _) in w.notices.claims.items() if state == "sent"}
        sent = len(w.mailer.sent)
        assert sent >= len(told) if self.killed else sent == len(told), "told once"
        for _ in range(2):
            w.clock += timedelta(days=8)
            walk(w, **LIMITS)
        assert w.backups.items == {}
        assert w.backups.slots(KIM) == frozenset()
        assert all(u.state is UploadState.COMPLETED for u in w.uploads.items.values())
        assert not w.due.until(w.clock), "due for ever"
        w.clock += GRACE
        reconciled(w, repair=self.killed or bool(self.dead), grace=timedelta(0))
        assert reconciled(w) == []
        assert w.volumes.data == {}
        assert w.volumes.open == {}
        assert w.zips.data == {}
        assert w.zips.open == {}
        assert {key.split("/")[0] for key in w.work.data} <= {"ledgers"}


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # A story of forty steps takes minutes to shrink: whoever needs it adds Phase.shrink.
    phases=[Phase.explicit, Phase.generate],
)
