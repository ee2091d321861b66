"""backup_fail: the machine's way out. In: {account, backup_id, error: {Error, Cause}}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.domain.reasons import BACKUP_FAILURES
from pyeonji.observability import observed
from pyeonji.usecases.backups.end import fail_backup


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {failed}: False when the request had come to another end, and no notice is due."""
    world = services()
    failed = fail_backup(
        world,
        account=event["account"],
        backup_id=event["backup_id"],
        reason=_reason(event.get("error")),
        now=world.now(),
    )
    return {"failed": failed}


def _reason(error: object) -> str:
    """The catalogue's code in what a step let out: Lambda's Cause is JSON with an errorMessage,
    and whoever wraps it again keeps the text. Anything else is our own failure."""
    cause = str(error.get("Cause", "")) if isinstance(error, dict) else ""
    found = [code for code in BACKUP_FAILURES if f'"{code}"' in cause or cause == code]
    return found[0] if len(found) == 1 else "backup_failed_internally"
