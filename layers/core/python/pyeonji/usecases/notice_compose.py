"""From a request as it stands to the text of its notice."""

from dataclasses import dataclass

from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.limits import Limits
from pyeonji.usecases.notice_facts import NoticeKind, Story


@dataclass(frozen=True, slots=True)
class Notice:
    subject: str
    text: str
    html: str


def compose(
    kind: NoticeKind,
    story: Story,
    person: Account,
    company: Company | None,
    limits: Limits,
    page_url: str,
) -> Notice:
    return Notice(kind.value, story.notice_id, page_url)
