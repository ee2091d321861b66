"""Instants: aware UTC datetimes inside, RFC 3339 with a Z outside."""

from datetime import UTC, datetime


def rfc3339(instant: datetime) -> str:
    """`2026-01-31T15:00:00Z`; whole seconds, because every limit we promise is in seconds."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def from_rfc3339(text: str) -> datetime:
    """The instant `text` names. Raises ValueError when it has no zone or is no instant."""
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if instant.tzinfo is None:
        raise ValueError(f"no time zone: {text!r}")
    return instant.astimezone(UTC)


def whole_second(instant: datetime) -> datetime:
    """`instant` without its fraction, so what is stored and what is answered agree."""
    return instant.astimezone(UTC).replace(microsecond=0)
