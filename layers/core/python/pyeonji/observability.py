"""The only Logger, Metrics and Tracer.

Mail is private: addresses, subjects, file names and bodies never reach a log, a metric or a trace.
An exception's message may hold any of them (an S3 key begins with the account), so of an error only
its class, our own code and the place in our source are written down.
"""

import functools
import os
import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from pyeonji.domain.errors import BusyError, PermanentError, PyeonjiError

if TYPE_CHECKING:
    from aws_lambda_powertools import Tracer

_P = ParamSpec("_P")
_R = TypeVar("_R")

_SERVICE = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "pyeonji")

logger = Logger(service=_SERVICE)
metrics = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Pyeonji"), service=_SERVICE
)


@lru_cache(maxsize=1)
def tracer() -> "Tracer":
    """Made when a first request is sampled: the X-Ray SDK takes 180 ms to import beside boto3.

    Unpatched, for a subsegment for each of thousands of S3 calls costs more than it tells.
    """
    from aws_lambda_powertools import Tracer

    return Tracer(service=_SERVICE, auto_patch=False)


#: Somebody ended the request meanwhile, or took it off the list: nothing failed.
_NOT_WANTED = frozenset({"wrong_state", "backup_not_found", "upload_not_found"})


class StepFailedError(Exception):
    """What a step lets out: the catalogue's code, or the class of what went wrong inside.

    Lambda prints the message of what a handler raises, hence not the original.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(error.code if isinstance(error, PyeonjiError) else type(error).__name__)


def observed(handler: Callable[_P, _R]) -> Callable[_P, _R]:
    """For handlers that are not HTTP: a trace, metrics that are sent, errors without names."""

    @functools.wraps(handler)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        name_request(_request_of(args[0] if args else None))
        try:
            return _traced(handler)(*args, **kwargs)
        except PermanentError as error:
            # Its message is its code alone, and the machine knows it by the name of its class.
            if error.code in _NOT_WANTED:
                logger.info("step not wanted any more", code=error.code)
            else:
                log_failure("step failed for good", error)
                count("StepFailed")
            raise
        except BusyError as error:
            # Another try is at it, or goes first: the machine asks again.
            logger.info("step to be tried again", code=error.code)
            raise StepFailedError(error) from None
        except Exception as error:  # noqa: BLE001 - written down without its words, then raised
            log_failure("step failed", error)
            count("StepFailed")
            raise StepFailedError(error) from None
        finally:
            flush_metrics()

    return wrapped


def name_request(request: str | None) -> None:
    """Whatever is logged from now on says what it is about: the id of a backup or an upload, which
    is also its execution's name and stands in its notice and in the audit; in the API that of the
    call. None: nothing of it."""
    if request is None:
        logger.remove_keys(["request"])
    else:
        logger.append_keys(request=request)


def _request_of(event: object) -> str | None:
    if isinstance(event, dict):
        for name in ("backup_id", "upload_id", "request_id"):
            if isinstance(event.get(name), str):
                return str(event[name])
    return None


def _traced(handler: Callable[_P, _R]) -> Callable[_P, _R]:
    # Lambda says so anew for every request.
    if "Sampled=1" not in os.environ.get("_X_AMZN_TRACE_ID", ""):
        return handler
    traced: Callable[_P, _R] = tracer().capture_lambda_handler(
        handler, capture_response=False, capture_error=False
    )
    return traced


def log_failure(message: str, error: BaseException, **facts: Any) -> None:
    """Write down what went wrong and where, without what the error says. `facts` are ids."""
    logger.error(message, **_described(error), **facts)


def count(name: str, value: float = 1) -> None:
    """Add to a metric of ours; sent when the invocation ends."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def flush_metrics() -> None:
    """Send what was counted. Powertools' own decorator warns of an empty set each time."""
    if metrics.metric_set:
        metrics.flush_metrics()


def _described(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    described: dict[str, Any] = {
        "error": type(error).__name__,
        "at": [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-6:]],
    }
    if isinstance(error, PyeonjiError):
        described["code"] = error.code
    # botocore's ClientError: the service's own code and request id name nobody.
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        described["service_code"] = response.get("Error", {}).get("Code")
        described["request_id"] = response.get("ResponseMetadata", {}).get("RequestId")
    if error.__cause__ is not None:
        described["cause"] = _described(error.__cause__)
    return described
