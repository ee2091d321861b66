"""upload_deliver: a chunk, to a connected server. In: {account, upload_id, attempt, chunk}."""

from typing import Any

from pyeonji.adapters.collector import collect_rarely
from pyeonji.bootstrap import services
from pyeonji.observability import count, logger, observed
from pyeonji.usecases.uploads.chunk_list import ChunkPointer
from pyeonji.usecases.uploads.deliver import deliver_chunk

collect_rarely()


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: nothing; the chunk's ledger stands in S3."""
    world = services()
    end = deliver_chunk(
        world,
        account=event["account"],
        upload_id=event["upload_id"],
        attempt=event["attempt"],
        chunk=ChunkPointer.from_json(event["chunk"]),
    )
    for index, error in end.isolated:
        # Which entry and what kind of error, never what is in it.
        logger.error("an entry was isolated", upload=event["upload_id"], entry=index, error=error)
        count("EntryIsolated")
    count("MailDelivered", end.totals.imported)
    return {}
