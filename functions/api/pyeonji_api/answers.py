"""What goes back: JSON, or a problem (RFC 9457). The only place that knows HTTP statuses."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Any

from chalice.app import Response

from pyeonji.domain.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    HomeError,
    InvalidRequestError,
    NotAuthorizedError,
    NotFoundError,
    PyeonjiError,
    UnprocessableError,
    UploadFailedError,
)
from pyeonji.domain.instants import rfc3339
from pyeonji.observability import count, log_failure
from pyeonji.words import say, title

_STATUS_OF_CLASS: dict[type[PyeonjiError], int] = {
    InvalidRequestError: 400,
    NotAuthorizedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    BusyError: 503,
    UnprocessableError: 422,
    HomeError: 422,
    UploadFailedError: 422,
}
#: Codes that HTTP has a closer status for than the class has.
_STATUS_OF_CODE = {
    "volume_expired": 410,
    "request_too_large": 413,
    "unsupported_media_type": 415,
    "too_many_attempts": 429,
}
#: AWS is out of breath for a moment: nothing of ours is broken.
_THROTTLED = frozenset(
    {
        "ConcurrentModificationException",
        "InternalErrorException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionInProgressException",
    }
)
_RETRY_AFTER = {429: "60", 503: "2"}
_HEADERS: dict[str, str | list[str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def success(body: dict[str, Any] | None, status: int) -> Response:
    """`body` as JSON; without a body 204."""
    if body is None:
        return Response("", dict(_HEADERS), 204)
    if status == 302:
        return Response("", _HEADERS | {"Location": str(body["url"])}, status)
    return Response(_dump(body), _HEADERS | {"Content-Type": "application/json"}, status)


def failure(error: Exception, language: str, zone: tzinfo) -> Response:
    """The problem an error is; what nobody foresaw is counted and written down without names.

    Sentences say instants in `zone`.
    """
    if isinstance(error, PyeonjiError):
        return problem(status_of(error), error.code, language, error.facts, zone)
    if _is_busy(error):
        count("ApiThrottled")
        return problem(503, "service_busy", language)
    count("ApiFailed")
    log_failure("a view failed", error)
    if _is_of_aws(error):
        # Nothing was lost that was acknowledged, and the next try may well succeed.
        return problem(503, "service_busy", language)
    return problem(500, "internal_error", language)


def status_of(error: PyeonjiError) -> int:
    """The HTTP status an error of the domain is answered with."""
    by_class = next(
        (_STATUS_OF_CLASS[kind] for kind in type(error).__mro__ if kind in _STATUS_OF_CLASS), 500
    )
    return _STATUS_OF_CODE.get(error.code, by_class)


def problem(
    status: int,
    code: str,
    language: str,
    facts: Mapping[str, object] = MappingProxyType({}),
    zone: tzinfo = UTC,
) -> Response:
    """application/problem+json; the facts travel beside the sentence, for programs."""
    said = {
        name: fact.astimezone(zone) if isinstance(fact, datetime) else fact
        for name, fact in facts.items()
    }
    body = {
        "type": f"urn:pyeonji:problem:{code}",
        "title": title(code, language),
        "status": status,
        "detail": say(code, language, **said),
        "code": code,
    }
    body |= {name: _plain(fact) for name, fact in facts.items() if name not in body}
    headers = _HEADERS | {
        "Content-Type": "application/problem+json",
        "Content-Language": language,
    }
    if status in _RETRY_AFTER:
        headers["Retry-After"] = str(facts.get("retry_after", _RETRY_AFTER[status]))
    return Response(_dump(body), headers, status)


def _is_busy(error: Exception) -> bool:
    """A ClientError of botocore that says "not now", known by its shape: boto3 stays outside."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return False
    # Transactions that met others, still after the adapter's own tries.
    codes = {reason.get("Code") for reason in response.get("CancellationReasons", ())}
    return not _THROTTLED.isdisjoint(codes | {response.get("Error", {}).get("Code")})


def _is_of_aws(error: Exception) -> bool:
    """Whatever else AWS or the way to it refuses (botocore's ClientError and BotoCoreError)."""
    return any(kind.__module__.partition(".")[0] == "botocore" for kind in type(error).__mro__)


def _plain(fact: object) -> object:
    if isinstance(fact, datetime):
        return rfc3339(fact)
    return fact if isinstance(fact, int | str | None) else str(fact)


def _dump(body: dict[str, Any]) -> str:
    # A subject may hold half a surrogate pair; escaped it is JSON all the same.
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":"))
    return text
