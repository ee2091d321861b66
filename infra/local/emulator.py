"""The emulator (ministack): two things put right that it lets pass and AWS does not, one said that
it hides, one kept that it forgets, one refused that it could not keep, and an end that waits for no
machine at work.

A challenge is answered with any `Session` there: whoever knows an address without a second factor
would get tokens for it, a second factor alone would do without the password, and a new password
could be set for anybody. On AWS a session is what signing in gave for this user and this challenge
less than three minutes ago (AuthSessionValidity of the user pool client), and it is good for one
success; and a new password must meet the pool's policy.

What a handler raises has the type `Runtime.HandlerError` there, whatever it was. On AWS it has the
name of its class, which is how a machine knows what trying again cannot mend.

Multipart uploads that are open when it stops are gone when it starts again: an upload half sent
and a backup half made could never be finished, though the table still has both.

An object that does not fit on the disk is answered with 200 and gone after the next start: an
upload would have said "completed" of mail that nobody has. So it is refused, while there still is
room for the state to be saved.

Its S3 takes nearly any request; the gate of `s3_gate.py` stands in front. `partiql.py` has what
inserts need.
"""

import errno
import json
import logging
import os
import pickle
import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

_SECONDS = 180
#: The end of a traceback: `package.module.Class: words`.
_RAISED = re.compile(r"(?:\w+\.)*(\w+)(?::|$)")

_Answer = tuple[int, dict[str, str], bytes]
_Call = Callable[[dict[str, Any]], _Answer]


def guarded(
    initiate: _Call,
    respond: _Call,
    refuse: Callable[[], _Answer],
    weak: Callable[[dict[str, Any]], _Answer | None],
    clock: Callable[[], float],
) -> tuple[_Call, _Call]:
    """The two calls, with the sessions of the first asked for by the second.

    `weak` answers a new password that is against the policy, else None.
    """
    #: By session: the challenge, the user, and until when it is open.
    open_sessions: dict[str, tuple[str, str, float]] = {}

    def guarded_initiate(data: dict[str, Any]) -> _Answer:
        answer = initiate(data)
        said = json.loads(answer[2]) if answer[0] == 200 else {}
        if challenge := said.get("ChallengeName"):
            username = str(data.get("AuthParameters", {}).get("USERNAME")).lower()
            open_sessions[said["Session"]] = challenge, username, clock() + _SECONDS
        return answer

    def guarded_respond(data: dict[str, Any]) -> _Answer:
        session = data.get("Session", "")
        challenge, username, until = open_sessions.get(session, ("", "", 0.0))
        asked = str(data.get("ChallengeResponses", {}).get("USERNAME")).lower()
        if clock() >= until or (data.get("ChallengeName"), asked) != (challenge, username):
            return refuse()
        answer = weak(data) or respond(data)
        if answer[0] == 200:
            del open_sessions[session]
        return answer

    return guarded_initiate, guarded_respond


def naming_errors(
    execute: Callable[[Any, Any, str], dict[str, Any]],
) -> Callable[[Any, Any, str], dict[str, Any]]:
    """`execute` of a Python handler, its errors with the name of their class as AWS gives it: it
    stands in the last line of the traceback, which ends the log."""

    def named(func: Any, event: Any, request_id: str) -> dict[str, Any]:
        result = execute(func, event, request_id)
        body = result.get("body")
        if isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            last = result.get("log", "").rstrip().rpartition("\n")[2]
            if match := _RAISED.match(last):
                body["errorType"] = match[1]
        return result

    return named


def take_back(uploads: dict[Any, Any], file: Path) -> None:
    """Open again the multipart uploads that `put_by` wrote, with the parts they had."""
    if file.exists():
        # Pickled: parts are bytes, and their numbers must come back as numbers. The file is ours.
        uploads.update(pickle.loads(file.read_bytes()))  # noqa: S301


def put_by(uploads: dict[Any, Any], file: Path) -> None:
    """Write the open multipart uploads down; killed half-way the file is as it was."""
    half = file.with_suffix(".half")
    with half.open("wb") as output:
        pickle.dump(dict(uploads), output, pickle.HIGHEST_PROTOCOL)
    half.replace(file)


def refusing_when_full(
    persist: Callable[[str, str, Any], None], free: Callable[[], int], reserve: int
) -> Callable[[str, str, Any], None]:
    """`persist`, raising OSError for an object that was not written down: fewer than `reserve`
    bytes are `free`, or the writing failed, which the emulator only notes in its log."""

    def guarded(bucket: str, key: str, stored: Any) -> None:
        if free() >= reserve:
            persist(bucket, key, stored)
            # Its way of saying that the body is on the disk now.
            if not isinstance(stored, dict) or stored.get("body") is None:
                return
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return guarded


class _Emulated:
    """s3_gate.Backend: what the gate asks, of the emulator's own modules."""

    def __init__(self) -> None:
        from ministack import app
        from ministack.core import iam_evaluator, router
        from ministack.services import s3

        self._app, self._router, self._iam, self._s3 = app, router, iam_evaluator, s3
        self.region = os.environ["MINISTACK_REGION"]

    def is_s3(self, request: Any) -> bool:
        if request.path.startswith("/_"):
            return False
        parameters = {name: [value] for name, value in request.parameters.items()}
        headers = dict(request.headers)
        if self._router.detect_service(request.method, request.path, headers, parameters) != "s3":
            return False
        # Without a signature it goes by the path, and some of the others have paths like S3's
        # (a user pool's public keys).
        signed = "authorization" in headers or "X-Amz-Algorithm" in parameters
        return signed or self._bucket(request) is not None

    def _bucket(self, request: Any) -> str | None:
        host = request.headers.get("host", "")
        target = self._app._s3_cors_target(host, unquote(request.path))
        return target[0] if target else None

    def key(self, key_id: str) -> Any:
        from infra.local.s3_rules import Key

        found = self._iam.resolve_credential(key_id)
        secret = getattr(found, "secret_access_key", None)
        return None if secret is None else Key(secret, found.session_token)

    def parts(self, upload_id: str) -> dict[int, int]:
        parts = self._s3._multipart_uploads.get(upload_id, {}).get("parts", {})
        return {int(number): len(part["body"]) for number, part in parts.items()}

    def cors_headers(self, request: Any) -> dict[str, str]:
        bucket = self._bucket(request)
        if bucket is None:
            return {}
        found: dict[str, str] = self._s3.cors_response_headers(
            bucket, request.method, dict(request.headers)
        )
        return found


def start() -> None:
    """Run it, in this process, until it is told to stop."""
    from ministack import app
    from ministack.core import iam_actions
    from ministack.services import cognito, dynamodb, lambda_svc, s3

    # Last, and only for these imports: the emulator's must not find our modules.
    sys.path.append(str(Path(__file__).parents[2]))
    from infra.local.partiql import asking_for_inserts, parsing_once
    from infra.local.s3_gate import Gate

    app.app = Gate(app.app, _Emulated())

    def refuse() -> _Answer:
        refusal: _Answer = cognito.error_response_json(
            "NotAuthorizedException", "Invalid session for the user.", 400
        )
        return refusal

    def weak(data: dict[str, Any]) -> _Answer | None:
        password = data.get("ChallengeResponses", {}).get("NEW_PASSWORD")
        pool = cognito._user_pools.get(data.get("UserPoolId"))
        if password is None or pool is None:
            return None
        found: _Answer | None = cognito._validate_password(pool, password)
        return found

    # The names its dispatcher looks up at every call.
    cognito._admin_initiate_auth, cognito._admin_respond_to_auth_challenge = guarded(
        cognito._admin_initiate_auth,
        cognito._admin_respond_to_auth_challenge,
        refuse,
        weak,
        time.monotonic,
    )
    # Nothing is begun without rights, so there is nothing to answer.
    cognito._respond_to_auth_challenge = lambda data: refuse()
    lambda_svc._execute_function_warm = naming_errors(lambda_svc._execute_function_warm)
    folder = os.environ["S3_DATA_DIR"]
    s3._persist_object = refusing_when_full(
        s3._persist_object,
        lambda: shutil.disk_usage(folder).free,
        int(os.environ["DISK_RESERVE"]),
    )
    dynamodb._parse_partiql = parsing_once(
        dynamodb._parse_partiql, dynamodb._partiql_parameter_error
    )
    iam_actions.dynamodb_transaction_checks = asking_for_inserts(
        iam_actions.dynamodb_transaction_checks
    )
    open_uploads = s3._multipart_uploads._data
    kept = Path(os.environ["STATE_DIR"]) / "multipart_uploads.pickle"
    take_back(open_uploads, kept)
    app.main()
    put_by(open_uploads, kept)
    # Its state is saved. Python would now wait for the threads of machines that are between two
    # tries, a minute and more, only to see them fail.
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    start()
