"""Tell a person that their schedule could not make a backup, and what to do: once, until one was
made again."""

from datetime import datetime

from pyeonji.domain.notices import NoticeKind
from pyeonji.domain.schedules import Schedule
from pyeonji.ports import NoticeClaim, NotSentError
from pyeonji.usecases.notices.compose import compose_skipped
from pyeonji.usecases.notices.send import SendsNotices, Told


def tell_skipped(
    world: SendsNotices, *, schedule: Schedule, request_id: str, now: datetime
) -> Told:
    """`request_id`: the id the backup would have had. Raises NotSentError when it was refused."""
    assert schedule.skipped is not None
    kind = NoticeKind.SCHEDULE_SKIPPED
    claim = world.notices.claim(request_id, kind, now)
    if claim is not NoticeClaim.OURS:
        return Told.HELD if claim is NoticeClaim.HELD else Told.DONE
    person = world.accounts.account(schedule.account)
    if person is None or not (person.notices and person.wants_notices):
        world.notices.settle(request_id, kind, Told.STOPPED, now)
        return Told.STOPPED
    company = world.accounts.company(person.domain)
    notice = compose_skipped(schedule, person, company, world.limits, world.page_url)
    try:
        world.mailer.send(person.email, notice.subject, notice.text, notice.html)
    except NotSentError:
        world.notices.release(request_id, kind)
        raise
    world.notices.settle(request_id, kind, Told.SENT, now)
    return Told.SENT
