"""upload_undo: takes out what an upload brought in. In: {account, upload_id}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.uploads.undo import take_out_upload


@observed
def handler(event: dict[str, Any], context: object) -> None:
    """Nothing is passed on. Raises OthersAtWorkError while another upload must end first."""
    world = services()
    take_out_upload(world, account=event["account"], upload_id=event["upload_id"], now=world.now())
