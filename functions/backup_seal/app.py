"""backup_seal: a step that does nothing yet."""

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answers with an empty object."""
    return {}
