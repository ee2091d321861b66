"""Listing and finding mail through the real adapters: batch reads, queries by mark, the queue."""

import json
from collections.abc import Iterator

import pytest

from pyeonji.adapters.sqs import IndexQueue
from pyeonji.domain.uploads import OnDuplicate
from pyeonji.usecases.mail.indexing import index_segment
from pyeonji.usecases.mail.reading import list_mails, mail_url
from pyeonji.usecases.mail.searching import Asked, read_query, search_mail
from tests.support.aws_world import AwsWorld, aws_world
from tests.support.company import KIM, days_ago, deliver, found_company, letter_bytes


@pytest.fixture
def world() -> Iterator[AwsWorld]:
    with aws_world() as made:
        yield made


def test_listed_found_and_read(world: AwsWorld) -> None:
    box = found_company(world)  # type: ignore[arg-type]
    mails = [(letter_bytes(n, subject="회의록"), days_ago(world, n + 1)) for n in range(120)]  # type: ignore[arg-type]
    deliver(world, box, mails)  # type: ignore[arg-type]
    deliver(world, box, mails[:1], chunk="00002", upload_id="01JXQ3N8B0V5Q6W7E8R9T0Y1U2",
            on_duplicate=OnDuplicate.KEEP)  # type: ignore[arg-type]  # fmt: skip
    for found in list(world.mail.objects("segments/")):
        index_segment(world, segment=found.key)
    seen, after = [], None
    for _ in range(3):
        rows, after = list_mails(world, account=KIM, mailbox_id=box.id, after=after, limit=50)
        seen += rows
    assert len(seen) == 121 and after is None
    assert [row.message.received for row in seen] == sorted(
        (row.message.received for row in seen), reverse=True
    )
    assert all(row.found and row.found.recipients == KIM for row in seen)
    asked = Asked(read_query("subject:회의록", world))
    page = search_mail(world, account=KIM, asked=asked, now=world.clock)
    assert [row.message.key for row in page.rows] == [row.message.key for row in seen[:50]]
    url = mail_url(world, account=KIM, mailbox_id=box.id, key=seen[0].message.key, now=world.clock)
    assert "X-Amz-Signature" in url.url
    (made,) = world.work.objects("eml/")
    assert world.work.get(made.key) == mails[0][0]


def test_segments_are_asked_for_in_tens(world: AwsWorld) -> None:
    client = world.session.client("sqs")
    url = client.create_queue(QueueName="index")["QueueUrl"]
    IndexQueue(client, url).ask([f"segments/a/b/{n}.seg" for n in range(23)])
    keys = set()
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        keys |= {json.loads(each["Body"])["detail"]["object"]["key"] for each in messages}
    assert len(keys) == 23
