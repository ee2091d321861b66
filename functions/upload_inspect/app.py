"""upload_inspect: the first step of the upload machine. In: {account, upload_id, attempt}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.uploads.chunk_list import index_key
from pyeonji.usecases.uploads.inspect import InspectPorts, inspect_upload


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: the input, with the chunks to map over, or with the failure of the whole upload."""
    its = services()
    who = {name: event[name] for name in ("account", "upload_id", "attempt")}
    inspected = inspect_upload(
        InspectPorts(its.accounts, its.uploads, its.zips, its.work, its.settings.limits),
        **who,
        now=its.now(),
    )
    if inspected.failure is not None:
        return {**who, "failure": {"code": inspected.failure}}
    key = index_key(event["upload_id"], event["attempt"])
    return {
        **who,
        "chunks": {"bucket": its.settings.work_bucket, "key": key},
        "chunk_count": inspected.chunks,
    }
