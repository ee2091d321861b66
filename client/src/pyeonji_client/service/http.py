"""The service's HTTP interface, as far as the client needs it (contract: "HTTP")."""

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from urllib3.exceptions import HTTPError, SSLError
from urllib3.util import Timeout

from ..errors import (
    NotSignedInError,
    ServiceError,
    ServiceUnreachableError,
    StaleUrlError,
    UsageError,
)
from ..web import pool_for

Json = dict[str, Any]

#: Waits between tries of a request that may be repeated, in seconds.
WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
_TRANSIENT = {429, 500, 502, 503, 504}
#: A company's proxy may take a part whole and answer minutes later; every byte is sent by then.
_PART_TIMEOUT = Timeout(connect=15, read=300)
#: Codes of S3's error body (docs.aws.amazon.com, "List of error codes"): the URL or the credentials
#: that signed it ran out; and what a second try of the same bytes mends.
_STALE = {"ExpiredToken", "TokenRefreshRequired", "RequestExpired"}
_AGAIN = {
    "BadDigest", "IncompleteBody", "InternalError", "OperationAborted", "RequestTimeout",
    "ServiceUnavailable", "SlowDown", "Throttling",
}  # fmt: skip
_CODE = re.compile(rb"<Code>([A-Za-z]{1,64})</Code>")
_MESSAGE = re.compile(rb"<Message>([^<]{0,512})</Message>")
_MD5_ETAG = re.compile(r'"?([0-9a-f]{32})"?\Z')


@dataclass(frozen=True, slots=True)
class Challenge:
    """The password was right; now the one-time code."""

    session: str


class Service:
    """One account at the service. Safe to share between threads once signed in."""

    def __init__(
        self,
        url: str,
        language: str = "ko",
        *,
        refresh_token: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.base = api_base(url)
        self.email = ""
        self.refresh_token = refresh_token
        self._language = language
        self._token = ""
        self._lock = threading.Lock()
        self._sleep = sleep
        self._pool = pool_for(
            self.base,
            num_pools=8,
            maxsize=8,
            timeout=Timeout(connect=15, read=90),
            headers={"Accept-Language": language},
        )

    # --- session

    def sign_in(self, email: str, password: str) -> Challenge | None:
        """None when signed in, a Challenge when the one-time code is wanted."""
        self.email = email
        return self._session("/session", {"email": email, "password": password})

    def answer(self, challenge: Challenge, code: str) -> Challenge | None:
        """The six digits of an authenticator app."""
        body = {"email": self.email, "session": challenge.session, "code": code}
        return self._session("/session/totp", body)

    def _session(self, path: str, body: Json) -> Challenge | None:
        answer = self._call("POST", path, body, token="")
        if answer.get("challenge"):
            return Challenge(str(answer["session"]))
        self._token = str(answer["id_token"])
        self.refresh_token = str(answer.get("refresh_token") or self.refresh_token)
        return None

    def sign_out(self) -> None:
        """Makes the refresh token worthless."""
        if self.refresh_token:
            self._call("DELETE", "/session", {"refresh_token": self.refresh_token}, token="")
        self._token = self.refresh_token = ""

    def _fresh_token(self, spent: str) -> str:
        """A token other than `spent`; one thread refreshes, the others take what it got."""
        with self._lock:
            if self._token and self._token != spent:
                return self._token
            if not self.refresh_token:
                raise NotSignedInError("not_signed_in")
            try:
                self._session("/session/refresh", {"refresh_token": self.refresh_token})
            except ServiceUnreachableError:
                raise
            except ServiceError as error:
                raise NotSignedInError("session_expired", error.detail, error.status) from error
            return self._token

    # --- calls

    def me(self) -> Json:
        """Email, limits, whether mail is set up."""
        return self.call("GET", "/me")

    def mailboxes(self) -> list[Json]:
        """Every mailbox."""
        return list(self.call("GET", "/mailboxes")["mailboxes"])

    def create_mailbox(self, path: str) -> Json:
        """A new mailbox."""
        return self.call("POST", "/mailboxes", {"path": path})

    def create_upload(self, filename: str, size: int, mailbox: str, on_duplicate: str) -> Json:
        """Opens an upload."""
        body = {
            "filename": filename, "bytes": size, "mailbox_id": mailbox,
            "on_duplicate": on_duplicate,
        }  # fmt: skip
        return self.call("POST", "/uploads", body)

    def part_urls(self, upload: str, numbers: list[int]) -> dict[int, str]:
        """Where to put parts."""
        answer = self.call("POST", f"/uploads/{quote(upload)}/parts", {"numbers": numbers})
        return {int(number): str(url) for number, url in answer["urls"].items()}

    def parts(self, upload: str) -> dict[int, int]:
        """Which parts have arrived: number → bytes."""
        answer = self.call("GET", f"/uploads/{quote(upload)}/parts")
        return {int(part["number"]): int(part["bytes"]) for part in answer["parts"]}

    def complete(self, upload: str) -> Json:
        """Every part is there."""
        return self.call("POST", f"/uploads/{quote(upload)}/complete")

    def upload(self, upload: str) -> Json:
        """State, progress and totals."""
        return self.call("GET", f"/uploads/{quote(upload)}")

    def abandon(self, upload: str) -> None:
        """Gives an upload up, or takes it off the list."""
        self.call("DELETE", f"/uploads/{quote(upload)}")

    def entries(self, upload: str, outcome: str, after: str | None = None) -> Json:
        """A page of the ledger."""
        query = {"outcome": outcome} | ({"after": after} if after else {})
        return self.call("GET", f"/uploads/{quote(upload)}/entries?{urlencode(query)}")

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """A request with a token; an expired one is renewed once."""
        token = self._token or self._fresh_token("")
        try:
            return self._call(method, path, body, token)
        except NotSignedInError:
            return self._call(method, path, body, self._fresh_token(token))

    def _call(self, method: str, path: str, body: Json | None, token: str) -> Json:
        """Repeats what may be repeated. A POST that opens something is sent once."""
        repeatable = method in ("GET", "DELETE") or path.endswith(("/parts", "/complete"))
        for wait in (*WAITS, None) if repeatable else (None,):
            try:
                return self._once(method, path, body, token)
            except ServiceUnreachableError:
                if wait is None:
                    raise
                self._sleep(wait)
        raise AssertionError("the last wait is None")

    def _once(self, method: str, path: str, body: Json | None, token: str) -> Json:
        headers = dict(self._pool.headers)
        data = None
        if token:
            headers["Authorization"] = token
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            answer = self._pool.request(method, self.base + path, body=data, headers=headers)
        except SSLError as error:
            raise ServiceUnreachableError("service_certificate", host=self.host) from error
        except (HTTPError, OSError) as error:
            raise ServiceUnreachableError("service_unreachable", host=self.host) from error
        return self._judged(answer.status, answer.data)

    def _judged(self, status: int, content: bytes) -> Json:
        try:
            parsed = json.loads(content) if content.strip() else {}
        except ValueError:
            parsed = {}
        found: Json = parsed if isinstance(parsed, dict) else {}
        if 200 <= status < 300:
            return found
        code = str(found.get("code") or "")
        detail = str(found.get("detail") or "")
        if status in _TRANSIENT:
            raise ServiceUnreachableError(code or "service_busy", detail, status, host=self.host)
        if status == 401 and code not in ("wrong_credentials", "wrong_code"):
            raise NotSignedInError(code or "session_expired", detail, status)
        raise ServiceError(code or "service_refused", detail, status, host=self.host)

    @property
    def host(self) -> str:
        """For messages."""
        return urlsplit(self.base).netloc

    def put_part(self, url: str, data: bytes) -> None:
        """Puts one part straight to storage.

        No header beside those the URL signs: S3 refuses what it was not told of
        (`HeadersNotSigned`). Raises StaleUrlError for a URL that expired (ask for a new one),
        ServiceUnreachableError when another try may help, ServiceError otherwise.
        """
        try:
            answer = self._pool.request("PUT", url, body=data, timeout=_PART_TIMEOUT)
        except (HTTPError, OSError) as error:
            raise ServiceUnreachableError("storage_unreachable") from error
        if answer.status == 200:
            if not _is_of(answer.headers, data):
                raise ServiceUnreachableError("storage_refused", why="ETag")
            return
        code, message = _storage_error(answer.data)
        facts = {"why": code or str(answer.status)}
        if code in _STALE or (code == "AccessDenied" and "expired" in message.lower()):
            raise StaleUrlError("storage_refused", status=answer.status, **facts)
        if answer.status in _TRANSIENT or answer.status == 408 or code in _AGAIN:
            raise ServiceUnreachableError("storage_refused", status=answer.status, **facts)
        raise ServiceError("storage_refused", status=answer.status, **facts)

    def close(self) -> None:
        """Closes idle connections."""
        self._pool.clear()


def api_base(url: str) -> str:
    """The API's address from the page's (`https://mail.acme.example`) or from its own."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise UsageError("bad_service_url", url=url)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise UsageError("service_not_https", url=url)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path or '/api'}"


def _storage_error(body: bytes) -> tuple[str, str]:
    """Code and message of S3's XML error; empty strings for a proxy's page or anything else."""
    code, message = _CODE.search(body[:4096]), _MESSAGE.search(body[:4096])
    return code[1].decode() if code else "", message[1].decode(
        "utf-8", "replace"
    ) if message else ""


def _is_of(headers: Mapping[str, str], data: bytes) -> bool:
    """Whether storage says it holds `data`. An ETag is a part's MD5 unless a KMS key encrypts it;
    one that says nothing is as good as a right one, the list of parts is compared at the end."""
    etag = _MD5_ETAG.match(headers.get("ETag", ""))
    if etag is None or headers.get("x-amz-server-side-encryption", "AES256") != "AES256":
        return True
    return etag[1] == hashlib.md5(data, usedforsecurity=False).hexdigest()
