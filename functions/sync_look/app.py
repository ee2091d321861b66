"""sync_look: the first step of the sync machine. In: {account, run}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.sync.look import Looked, look_at_home


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: the input, with the chunks to map over."""
    world = services()
    who = {"account": event["account"], "run": event["run"]}
    looked = look_at_home(world, **who, now=world.now()) or Looked()
    return {
        **who,
        "chunks": {"bucket": world.settings.work_bucket, "key": looked.plan},
        "chunk_count": looked.chunks,
        "connections": looked.connections,
    }
