"""upload_settle: the end of a run. In: {account, upload_id, attempt}, with {error} if it failed."""

from typing import Any

from pyeonji.bootstrap import Services, services
from pyeonji.domain.reasons import UPLOAD_FAILURES
from pyeonji.observability import observed
from pyeonji.usecases.sync.request import start_sync
from pyeonji.usecases.uploads.settle import settle_upload


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {notice}: which notice is due, or {} when the upload is gone."""
    world = services()
    settled = settle_upload(
        world,
        account=event["account"],
        upload_id=event["upload_id"],
        attempt=event["attempt"],
        now=world.now(),
        failure=_code(event["error"]) if "error" in event else None,
    )
    if settled.upload is not None and settled.upload.totals.imported:
        _fetch_what_was_delivered(world, event["account"])
    return {"notice": settled.notice} if settled.notice else {}


def _fetch_what_was_delivered(world: Services, account: str) -> None:
    """Of a connected account: what was put there comes here now, and not some minutes later."""
    if world.homes.of(account.rpartition("@")[2]).connected:
        start_sync(world, account, world.now())


def _code(error: object) -> str:
    """The catalogue's code for what the machine caught: ours, its own time outs, the rest."""
    code = error.get("code") if isinstance(error, dict) else None
    if code in UPLOAD_FAILURES:
        return str(code)
    name = error.get("Error") if isinstance(error, dict) else None
    return "timed_out" if name == "States.Timeout" else "upload_failed_internally"
