"""Errors of AWS that another try may mend, told from those a request itself causes."""

from botocore.exceptions import BotoCoreError, ClientError

#: AWS says with these that what was sent is wrong, and it will be the next time.
_LASTING = frozenset(
    {
        "ValidationException",
        "InvalidRequest",
        "InvalidArgument",
        "EntityTooLarge",
        "KeyTooLongError",
    }
)


def is_passing(error: Exception) -> bool:
    """True for throttling, time outs, lost connections and whatever else is the service's."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] not in _LASTING and not _too_big(error)
    return isinstance(error, BotoCoreError | OSError)


def _too_big(error: ClientError) -> bool:
    """A transaction refused for what one of its items is."""
    reasons = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") in _LASTING | {"ValidationError"} for reason in reasons)
