"""Notices: each once, whatever comes twice; none lost; none to who refused them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.due import NOTICE_AFTER
from pyeonji.domain.notices import NoticeKind
from pyeonji.domain.states import BackupState
from pyeonji.ports import CLAIM_LIFE, NoticeClaim, NotSentError
from pyeonji.usecases.backups.show import volume_url
from pyeonji.usecases.notices.send import Told, send_notice
from pyeonji.usecases.notices.stop import stop_notices
from pyeonji.usecases.retention.walk import handle_all_due
from tests.support.caretaking import put_backup, put_ready, walk
from tests.support.company import KIM, found_company
from tests.support.fakes import World
from tests.support.faults import Faulty, KilledError, KillSwitch, Refusing
from tests.support.uploading import UploadMachine, send, zip_of
from tests.support.worlds import altered

DAY = timedelta(days=1)

#: All but the one a schedule sends itself (test_schedule.py).
OF_REQUESTS = [kind for kind in NoticeKind if kind is not NoticeKind.SCHEDULE_SKIPPED]


def company_world() -> World:
    world = World()
    found_company(world)
    return world


def tell(world: World, kind: NoticeKind = NoticeKind.BACKUP_READY, name: str = "b") -> Told:
    return send_notice(world, kind=kind, account=KIM, request_id=name, now=world.clock)


def test_delivered_twice_sent_once() -> None:
    world = company_world()
    put_ready(world, "b", [world.clock])
    assert [tell(world), tell(world), tell(world)] == [Told.SENT, Told.DONE, Told.DONE]
    ((to, subject, text, html),) = world.mailer.sent
    assert to == KIM
    assert "Acme" in subject
    assert "https://mail.acme.example" in text
    assert "expires=" not in text + html


def test_a_notice_that_is_not_true_is_not_sent() -> None:
    world = company_world()
    put_backup(world, "b", BackupState.EXPORTING)
    assert tell(world) is Told.MOOT
    assert tell(world, NoticeKind.BACKUP_FAILED) is Told.MOOT
    assert tell(world, name="nobody's") is Told.MOOT
    assert tell(world, NoticeKind.UPLOAD_COMPLETED) is Told.MOOT
    assert world.mailer.sent == []
    assert world.notices.claims == {}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_killed_anywhere_it_goes_out_and_twice_only_around_the_sending(at: int, when: str) -> None:
    world = company_world()
    backup, _ = put_ready(world, "b", [world.clock])
    world.backups.items[KIM, "b"] = replace(backup, noticed_at=None)
    switch = KillSwitch(at, when)
    dying = altered(
        world,
        backups=Faulty(world.backups, switch),
        notices=Faulty(world.notices, switch),
        mailer=Faulty(world.mailer, switch),
    )
    with pytest.raises(KilledError):
        send_notice(
            dying, kind=NoticeKind.BACKUP_READY, account=KIM, request_id="b", now=world.clock
        )
    # The machine tries again at once, and gives up; retention comes by when its time has come.
    tell(world)
    world.clock += NOTICE_AFTER
    walk(world)
    world.clock += CLAIM_LIFE
    walk(world)
    # Writes: 1 claim, 2 send, 3 settle, 4 mark.
    unknown = (at, when) in {(2, "after"), (3, "before")}
    assert len(world.mailer.sent) == (2 if unknown else 1)
    assert world.backups.items[KIM, "b"].noticed_at is not None
    sent = len(world.mailer.sent)
    world.clock += DAY
    walk(world)
    assert len(world.mailer.sent) == sent


def test_a_refusal_is_tried_again_and_given_up_after_a_day() -> None:
    world = company_world()
    backup, _ = put_ready(world, "b", [world.clock])
    world.backups.items[KIM, "b"] = replace(backup, noticed_at=None)
    refusing = altered(
        world,
        mailer=Refusing(world.mailer, NotSentError("Throttling"), lambda name, call: True),
    )
    with pytest.raises(NotSentError):
        send_notice(
            refusing, kind=NoticeKind.BACKUP_READY, account=KIM, request_id="b", now=world.clock
        )
    assert tell(world) is Told.SENT

    other, _ = put_ready(world, "c", [world.clock])
    world.backups.items[KIM, "c"] = replace(other, noticed_at=None)
    working = world.mailer.send

    def refuse(to: str, subject: str, text: str, html: str) -> None:
        raise NotSentError("MessageRejected")

    world.mailer.send = refuse  # type: ignore[method-assign]
    for hours in (1, 23, 25):
        at = backup.finished_at
        assert at is not None
        assert walk_quietly(world, at + timedelta(hours=hours)) == (
            "notice_given_up" if hours == 25 else "notice_refused"
        )
    world.mailer.send = working  # type: ignore[method-assign]
    world.clock += 2 * DAY
    assert walk(world).done.keys() <= {"nothing"}
    assert len(world.mailer.sent) == 1


def walk_quietly(world: World, at: datetime) -> str:
    """A walk on which refusals are only noted; the one thing done on it."""
    careful = altered(world, warn=lambda kind, error: None)
    done = handle_all_due(careful, now=at, today=world.clock.date(), may_go_on=lambda: True).done
    (what,) = done
    return what


def test_a_warning_a_day_before_and_once_for_all_volumes() -> None:
    world = company_world()
    start = world.clock
    put_ready(world, "b", [start, start + timedelta(minutes=5), start + timedelta(hours=3)])
    walk(world, start + 6 * DAY - timedelta(seconds=1))
    assert world.mailer.sent == []
    for minutes in (0, 5, 180, 200):
        world.clock = start + 6 * DAY + timedelta(minutes=minutes)
        walk(world)
    assert len(world.mailer.sent) == 1
    assert "3" in world.mailer.sent[0][2]
    assert all(file.warned_at for file in world.backups.volumes(KIM, "b"))


def test_no_warning_of_what_was_downloaded_or_lives_a_day_only() -> None:
    world = company_world()
    start = world.clock
    put_ready(world, "b", [start])
    volume_url(world, account=KIM, backup_id="b", number=1, now=start)
    put_ready(world, "c", [start], days=1)
    put_backup(world, "d", BackupState.CANCELLED, purge_at=start + 30 * DAY)
    files = put_ready(world, "d", [start])[1]
    put_backup(world, "d", BackupState.CANCELLED, purge_at=start + 30 * DAY)
    for hours in (0, 24, 144, 167):
        walk(world, start + timedelta(hours=hours))
    assert world.mailer.sent == []
    assert files[0].expires_at is not None


def bounce(address: str, kind: str = "Permanent") -> dict[str, object]:
    return {"bounce": {"bounceType": kind, "bouncedRecipients": [{"emailAddress": address}]}}


def complaint(address: str, **more: str) -> dict[str, object]:
    return {"complaint": {"complainedRecipients": [{"emailAddress": address}], **more}}


@pytest.mark.parametrize(
    ("detail", "stopped"),
    [
        (bounce(KIM), 1),
        (bounce(f"Kim <{KIM.upper()}>"), 1),
        (bounce(KIM, "Transient"), 0),
        (bounce("nobody@acme.example"), 0),
        (complaint(KIM), 1),
        (complaint(KIM, complaintFeedbackType="not-spam"), 0),
        ({"delivery": {"recipients": [KIM]}}, 0),
        ({"bounce": "nonsense"}, 0),
    ],
)
def test_bounces_and_complaints(detail: dict[str, object], stopped: int) -> None:
    world = company_world()
    assert stop_notices(world, detail=detail) == stopped
    assert world.accounts.profiles[KIM].notices is (stopped == 0)
    assert stop_notices(world, detail=detail) == 0
    assert set(world.accounts.profiles) == {KIM}


def test_nothing_goes_to_an_address_that_refused_and_it_is_recorded() -> None:
    world = company_world()
    world.accounts.put_account(Account(KIM, notices=False))
    put_ready(world, "b", [world.clock])
    assert [tell(world), tell(world)] == [Told.STOPPED, Told.DONE]
    assert world.mailer.sent == []
    assert world.notices.claims["b", "backup_ready"][0] == "stopped"


def test_an_upload_and_each_retry_of_it_are_told_of() -> None:
    world = World()
    box = found_company(world)
    machine: UploadMachine = send(world, box, zip_of({"a.eml": b"Subject: hi\r\n\r\nbody"}))
    machine.run()
    kind = NoticeKind.UPLOAD_COMPLETED
    assert [tell(world, kind, machine.upload_id) for _ in range(2)] == [Told.SENT, Told.DONE]
    again = replace(machine.upload, attempt=2, finished_at=world.clock + DAY)
    world.uploads.items[KIM, machine.upload_id] = again
    world.clock += DAY + NOTICE_AFTER
    walk(world)
    assert len(world.mailer.sent) == 2


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", OF_REQUESTS)
def test_every_kind_of_a_request_in_both_languages(kind: NoticeKind, language: str) -> None:
    world = World()
    box = found_company(world)
    world.accounts.put_company(Company("acme.example", "한빛"))
    world.accounts.put_account(Account(KIM, language=language))
    put_ready(world, "b", [world.clock])
    make: dict[NoticeKind, Callable[[], str]] = {
        NoticeKind.BACKUP_FAILED: lambda: (
            put_backup(world, "b", BackupState.FAILED, failure="deadline_passed").id
        ),
        NoticeKind.UPLOAD_COMPLETED: lambda: (
            send(world, box, zip_of({"a.eml": b"Subject: hi\r\n\r\nbody"})).run().id
        ),
        NoticeKind.UPLOAD_FAILED: lambda: send(world, box, b"no zip").run().id,
    }
    name = make.get(kind, lambda: "b")()
    assert tell(world, kind, name) is Told.SENT
    ((_, subject, text, html),) = world.mailer.sent
    assert subject.startswith("[한빛] ")
    assert text
    assert html


def test_a_notice_that_is_held_stays_due_however_old_it_is() -> None:
    """Retention stood still for days, and the one who comes first dies while sending."""
    world = company_world()
    put_ready(world, "b", [world.clock], days=30)
    world.backups.items[KIM, "b"] = replace(world.backups.items[KIM, "b"], noticed_at=None)
    world.clock += timedelta(days=6)
    assert world.notices.claim("b", NoticeKind.BACKUP_READY, world.clock) is NoticeClaim.OURS
    assert walk(world).done["notice_held"] == 1
    world.clock += CLAIM_LIFE
    walk(world)
    assert world.backups.items[KIM, "b"].noticed_at is not None
    assert len(world.mailer.sent) == 1
