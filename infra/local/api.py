"""Calls the running API as the page does: for the demo, the end-to-end tests and the benchmarks."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

_HTTP = urllib3.PoolManager(
    maxsize=8, timeout=urllib3.Timeout(connect=5, read=120), retries=urllib3.Retry(2, other=0)
)


class ApiError(Exception):
    """The API refused; `problem` is its problem+json."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.problem = problem


@dataclass(slots=True)
class Api:
    """One person's view of the service. `url` is endpoints.json's `api_url`."""

    url: str
    token: str | None = None
    language: str = "en"

    def sign_in(self, email: str, password: str, code: Callable[[], str] | None = None) -> "Api":
        """Keep the id token; `code` gives the one-time code where the account has one."""
        answer = self.post("/session", {"email": email, "password": password})
        if answer.get("challenge") == "totp":
            assert code is not None, "this account has a second factor"
            session = answer["session"]
            answer = self.post(
                "/session/totp", {"email": email, "session": session, "code": code()}
            )
        self.token = answer["id_token"]
        return self

    def get(self, path: str) -> Any:
        """The JSON of a 2xx answer. Raises ApiError."""
        return self.call("GET", path)

    def post(self, path: str, body: object | None = None) -> Any:
        """As `get`."""
        return self.call("POST", path, body)

    def delete(self, path: str) -> Any:
        """As `get`."""
        return self.call("DELETE", path)

    def call(self, method: str, path: str, body: object | None = None) -> Any:
        """Any call; None for an empty answer."""
        status, answer = self.raw(method, path, None if body is None else json.dumps(body).encode())
        if status >= 300:
            raise ApiError(status, answer if isinstance(answer, dict) else {"detail": answer})
        return answer

    def raw(self, method: str, path: str, body: bytes | None, **headers: str) -> tuple[int, Any]:
        """Status and answer (JSON where it is JSON), whatever they are."""
        sent = {"Accept-Language": self.language, "Content-Type": "application/json"}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        answer = _HTTP.request(method, self.url + path, body=body, headers=sent | headers)
        try:
            return answer.status, json.loads(answer.data) if answer.data else None
        except ValueError:
            return answer.status, answer.data.decode("utf-8", "replace")

    def wait(self, path: str, *ends: str, seconds: float = 300, every: float = 0.3) -> Any:
        """Ask until `state` is one of `ends`. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if answer["state"] in ends:
                return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path.split('/')[1]} still {answer['state']}")
            time.sleep(every)

    def upload(self, file: Path, mailbox_id: str, on_duplicate: str = "skip") -> str:
        """Send a ZIP by presigned part URLs, as the page does; the upload's id."""
        size = file.stat().st_size
        upload = self.post(
            "/uploads",
            {
                "filename": file.name,
                "bytes": size,
                "mailbox_id": mailbox_id,
                "on_duplicate": on_duplicate,
            },
        )
        numbers = list(range(1, upload["parts"] + 1))
        urls: dict[str, str] = {}
        for start in range(0, len(numbers), 100):
            batch = numbers[start : start + 100]
            urls |= self.post(f"/uploads/{upload['id']}/parts", {"numbers": batch})["urls"]
        with file.open("rb") as source:
            for number in numbers:
                put(urls[str(number)], source.read(upload["part_bytes"]))
        self.post(f"/uploads/{upload['id']}/complete")
        return str(upload["id"])


def put(url: str, data: bytes) -> None:
    """Send bytes to a presigned URL."""
    answer = _HTTP.request("PUT", url, body=data)
    if answer.status != 200:
        raise ApiError(answer.status, {"detail": "S3 refused the part"})


def download(url: str, to: Path) -> int:
    """Save what a presigned URL gives; bytes saved."""
    answer = _HTTP.request("GET", url, preload_content=False)
    try:
        if answer.status != 200:
            raise ApiError(answer.status, {"detail": "S3 refused the download"})
        with to.open("wb") as file:
            for piece in answer.stream(1 << 20):
                file.write(piece)
    finally:
        answer.release_conn()
    return to.stat().st_size
