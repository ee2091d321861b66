"""sync_fetch: one chunk of mails from a connected server. In: {account, run, chunk}."""

from typing import Any

from pyeonji.adapters.collector import collect_rarely
from pyeonji.bootstrap import services
from pyeonji.observability import count, observed
from pyeonji.usecases.sync.fetch import fetch_chunk
from pyeonji.usecases.sync.plan_files import Chunk

collect_rarely()


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: nothing; what became of the chunk stands in S3."""
    fetched = fetch_chunk(
        services(),
        account=event["account"],
        run=event["run"],
        chunk=Chunk.from_json(event["chunk"]),
    )
    count("MailFetched", fetched)
    return {}
