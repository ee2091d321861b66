"""One call: who asks for what. Views take a Call and return plain data, or raise PyeonjiError."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar

from chalice.app import Blueprint, Request, Response

from pyeonji.bootstrap import Services, services
from pyeonji.domain.audit import Action, Deed
from pyeonji.domain.errors import (
    InvalidRequestError,
    NotAuthorizedError,
    NotFoundError,
    PyeonjiError,
)
from pyeonji.domain.ids import is_id
from pyeonji.observability import flush_metrics, name_request
from pyeonji.usecases.accounts.attempts import Caller
from pyeonji_api import answers
from pyeonji_api.audit import AUDITED, Noted, target_of
from pyeonji_api.bodies import Body, read_body
from pyeonji_api.languages import language_of

#: The largest body we take is 1,000 part numbers or mailbox ids, some 30 KB.
MAX_BODY_BYTES = 256 * 1024
#: Requests on one page of a list.
DEFAULT_PAGE = 50
MAX_PAGE = 200

Json = dict[str, Any]
_View = TypeVar("_View", bound=Callable[..., Json | None])
_Model = TypeVar("_Model", bound=Body)


class RequestTooLargeError(PyeonjiError):
    """The body is larger than MAX_BODY_BYTES."""

    def __init__(self) -> None:
        super().__init__("request_too_large")


class UnsupportedMediaTypeError(PyeonjiError):
    """The body says that it is something else than JSON."""

    def __init__(self) -> None:
        super().__init__("unsupported_media_type")


@dataclass(frozen=True, slots=True)
class Call:
    """What a view needs of a request."""

    request: Request
    services: Services
    now: datetime
    language: str
    noted: Noted = field(default_factory=Noted)

    @property
    def account(self) -> str:
        """The address the verified token is for; never taken from the request itself."""
        authorizer = self.request.context.get("authorizer") or {}
        username = (authorizer.get("claims") or {}).get("cognito:username")
        if not isinstance(username, str) or not username:
            raise NotAuthorizedError("unauthorized")
        return username.lower()

    @property
    def caller(self) -> Caller:
        """Who is signed in, and from where."""
        return Caller(self.account, self.address)

    @property
    def address(self) -> str:
        """The IP address the request comes from: behind our CloudFront the viewer's."""
        context: Mapping[str, Any] = self.request.context
        source = str((context.get("identity") or {}).get("sourceIp") or "")
        shown = self.request.headers.get("X-Edge-Key", "")
        if not hmac.compare_digest(shown.encode(), self.services.settings.edge_key.encode()):
            return source
        # Each hop adds whom it heard from: CloudFront the viewer, then API Gateway CloudFront.
        # Whatever stands before that is what the viewer claims.
        hops = self.request.headers.get("X-Forwarded-For", "").split(",")
        return hops[-2].strip() if len(hops) > 1 else source

    @property
    def id(self) -> str:
        """API Gateway's id of the call: in its answer, in our logs, in the audit."""
        return str(self.request.context.get("requestId") or "")

    @property
    def access_token(self) -> str:
        """Cognito's own token of the same session, or nothing."""
        token: str = self.request.headers.get("X-Access-Token", "")
        return token

    def body(self, model: type[_Model]) -> _Model:
        """The body as `model`; what has one takes no query. InvalidRequestError names the first
        field that is wrong."""
        self.query()
        try:
            raw: bytes | str = self.request.raw_body
        except ValueError:  # half a surrogate pair, no base64: bytes nobody can have sent
            raise InvalidRequestError("body", "not_json") from None
        if len(raw) > MAX_BODY_BYTES:
            raise RequestTooLargeError
        body = read_body(raw, model)
        content_type = self.request.headers.get("Content-Type", "application/json")
        if raw and content_type.partition(";")[0].strip().lower() != "application/json":
            raise UnsupportedMediaTypeError
        return body

    def query(self, *names: str) -> dict[str, str | None]:
        """The query's values by name. InvalidRequestError for one that is not in `names`."""
        given: Mapping[str, str] = self.request.query_params or {}
        for name in given:
            if name not in names:
                raise InvalidRequestError(name, "unknown_field")
        return {name: given.get(name) for name in names}


def route(
    routes: Blueprint, method: str, path: str, *, status: int = 200
) -> Callable[[_View], _View]:
    """Register a view: what it returns is answered with `status`, what it raises as a problem."""

    def register(view: _View) -> _View:
        def answer(**parameters: str) -> Response:
            return _answer(routes.current_request, view, parameters, (method, path, status))

        # */*: a body of another kind is refused by `Call.body`, in the caller's language.
        routes.route(path, methods=[method], name=view.__name__, content_types=["*/*"])(answer)
        return view

    return register


def _answer(
    request: Request,
    view: Callable[..., Json | None],
    parameters: dict[str, str],
    how: tuple[str, str, int],
) -> Response:
    method, path, status = how
    language = language_of(request.headers.get("Accept-Language", ""))
    zone: tzinfo = UTC
    try:
        world = services()
        zone = world.settings.limits.zone
        call = Call(request, world, world.now(), language)
        name_request(call.id or None)
        deed = AUDITED.get((method, path))
        if deed is None:
            return answers.success(view(call, **parameters), status)
        try:
            body = view(call, **parameters)
        except NotAuthorizedError:
            if deed is Action.SIGNED_IN:
                _record(call, Action.SIGN_IN_REFUSED, "")
            raise
        # Before the answer: what was answered is in the audit, or nothing was answered.
        if call.noted.done:
            _record(call, deed, target_of(parameters, body))
        return answers.success(body, status)
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes a problem
        return answers.failure(error, language, zone)
    finally:
        flush_metrics()


def _record(call: Call, action: Action, target: str) -> None:
    from pyeonji.usecases.audit.record import record_deed

    account = call.noted.account or call.account
    # Whoever asks with any address for a name fills no chain: only an account has one.
    if call.noted.account and call.services.accounts.account(account) is None:
        return
    deed = Deed(account, action.value, target, call.address, call.id)
    record_deed(call.services, deed=deed, now=call.now)


def known_id(text: str, what: str) -> str:
    """`text`, if it has the form of an id: anything else is nothing of anybody's."""
    if not is_id(text):
        raise NotFoundError(what)
    return text


def page_of(call: Call) -> tuple[str | None, int]:
    """`after` (the id a page ended with) and `limit` of a list of requests."""
    asked = call.query("after", "limit")
    after = asked["after"]
    if after is not None and not is_id(after):
        raise InvalidRequestError("after", "unknown_value")
    return after, rows_of(asked["limit"], DEFAULT_PAGE, MAX_PAGE)


def rows_of(limit: str | None, default: int, most: int) -> int:
    """How many rows a page may have: 1 to `most`."""
    if limit is None:
        return default
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 6):
        raise InvalidRequestError("limit", "wrong_type")
    if not 1 <= int(limit) <= most:
        raise InvalidRequestError("limit", "out_of_range")
    return int(limit)
