"""The requests of OAuth 2: a code for tokens, a refresh token for another, a device's code."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from ..errors import SignInError, TokenError, UnreachableError
from ..web import pool_for
from .providers import Provider

#: Codes of RFC 6749 and 8628 that a person's consent, or a new sign-in, is needed for.
_GONE = {"invalid_grant", "interaction_required", "consent_required", "login_required"}
_TIMEOUT = Timeout(connect=15, read=30)


@dataclass(frozen=True, slots=True)
class Tokens:
    """`expires` on the monotonic clock; `refresh` empty where the server gave none."""

    access: str
    refresh: str
    expires: float


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person types where: `user_code` at `url`."""

    url: str
    user_code: str
    device_code: str
    interval: float
    expires: float


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def authorize_url(
    provider: Provider, redirect: str, state: str, verifier: str, address: str
) -> str:
    """Where the browser is sent."""
    fields = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect,
        "scope": " ".join(provider.scopes),
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "login_hint": address,
    }
    mark = "&" if "?" in provider.authorize_url else "?"
    return provider.authorize_url + mark + urlencode(fields | dict(provider.more))


def redeem(provider: Provider, code: str, redirect: str, verifier: str) -> Tokens:
    """Tokens for the code the browser brought back."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": verifier,
    }
    return _tokens(provider, fields)


def renew(provider: Provider, refresh: str) -> Tokens:
    """Another access token. Raises TokenError where a person must sign in again."""
    fields = {"grant_type": "refresh_token", "refresh_token": refresh}
    found = _tokens(provider, fields)
    return found if found.refresh else Tokens(found.access, refresh, found.expires)


def device_code(provider: Provider) -> DeviceCode:
    """Begins a sign-in on any device."""
    answer = _post(provider, provider.device_url, {"scope": " ".join(provider.scopes)})
    url = str(answer.get("verification_uri") or answer.get("verification_url") or "")
    if not url.startswith("https://") and not url.startswith("http://127.0.0.1"):
        raise SignInError("browser_refused", provider=provider.name, said="verification_uri")
    return DeviceCode(
        url,
        str(answer["user_code"]),
        str(answer["device_code"]),
        max(1.0, float(answer.get("interval") or 5)),
        time.monotonic() + float(answer.get("expires_in") or 900),
    )


def wait_for_device(
    provider: Provider, device: DeviceCode, wait: Callable[[float], bool]
) -> Tokens:
    """Asks until the person has typed the code. `wait` sleeps, and is True to stop."""
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": device.device_code,
    }
    interval = device.interval
    while time.monotonic() < device.expires:
        if wait(interval):
            raise SignInError("browser_stopped", provider=provider.name)
        try:
            return _tokens(provider, fields)
        except _PendingError as pending:
            interval += 5 if pending.slower else 0
        except UnreachableError:
            interval = min(interval * 2, 60)
    raise SignInError("browser_timeout", provider=provider.name)


class _PendingError(Exception):
    def __init__(self, *, slower: bool) -> None:
        super().__init__()
        self.slower = slower


def _tokens(provider: Provider, fields: dict[str, str]) -> Tokens:
    answer = _post(provider, provider.token_url, fields)
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        raise SignInError("browser_refused", provider=provider.name, said="access_token")
    try:
        lives = float(answer.get("expires_in") or 3600)
    except (TypeError, ValueError):
        lives = 3600.0
    return Tokens(access, str(answer.get("refresh_token") or ""), time.monotonic() + lives)


def _post(provider: Provider, url: str, fields: dict[str, str]) -> dict[str, Any]:
    fields = {"client_id": provider.client_id, **fields}
    if provider.client_secret:
        fields["client_secret"] = provider.client_secret
    try:
        with pool_for(url, timeout=_TIMEOUT) as pool:
            answer = pool.request(
                "POST", url, body=urlencode(fields), redirect=False,
                headers={"Content-Type": "application/x-www-form-urlencoded",
                         "Accept": "application/json"},
            )  # fmt: skip
    except (HTTPError, OSError) as error:
        raise UnreachableError("oauth_unreachable", provider=provider.name) from error
    try:
        found = json.loads(answer.data[: 1024 * 1024])
    except ValueError:
        found = {}
    if not isinstance(found, dict):
        found = {}
    if answer.status == 200:
        return found
    code = str(found.get("error") or answer.status)
    if code in ("authorization_pending", "slow_down"):
        raise _PendingError(slower=code == "slow_down")
    said = " ".join(str(found.get("error_description") or code).split())[:300]
    if code in _GONE and fields.get("grant_type") == "refresh_token":
        raise TokenError("token_refused", user=provider.name, said=said)
    if answer.status >= 500 or answer.status == 429:
        raise UnreachableError("oauth_unreachable", provider=provider.name)
    raise SignInError("browser_refused", provider=provider.name, said=said)


def secret_word() -> str:
    """43 letters nobody guesses: a verifier, a state."""
    return secrets.token_urlsafe(32)
