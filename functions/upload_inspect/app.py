"""upload_inspect: the first step of the upload machine. In: {account, upload_id, attempt}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.uploads.chunk_list import index_key
from pyeonji.usecases.uploads.inspect import inspect_upload


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: the input, with the chunks to map over and whether they are to be delivered to a
    connected server; or with the failure of the whole upload."""
    world = services()
    who = {name: event[name] for name in ("account", "upload_id", "attempt")}
    inspected = inspect_upload(world, **who, now=world.now())
    if inspected.failure is not None:
        return {**who, "failure": {"code": inspected.failure}}
    key = index_key(event["upload_id"], event["attempt"])
    return {
        **who,
        "chunks": {"bucket": world.settings.work_bucket, "key": key},
        "chunk_count": inspected.chunks,
        "deliver": world.homes.of(event["account"].rpartition("@")[2]).connected,
    }
