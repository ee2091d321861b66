"""OAuth 2 access tokens by client credentials (RFC 6749, section 4.4), kept while they last."""

import json
import time
from urllib.parse import urlsplit

import urllib3

from pyeonji.adapters.addresses import addresses_of
from pyeonji.domain.errors import HomeError
from pyeonji.domain.homes import Home
from pyeonji.imap.errors import words_of

#: A token's answer is some kilobytes; whoever sends more is no issuer of tokens.
_MOST = 64 * 1024
#: Seconds before its end a token is renewed: a sign-in may take a moment.
_EARLY = 120.0
_TIMEOUT = urllib3.Timeout(connect=10.0, read=20.0)


class TokenIssuer:
    """Asks for tokens and remembers them for this process."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback
        self._kept: dict[tuple[str, str, str], tuple[str, float]] = {}
        self._pool = urllib3.PoolManager(num_pools=2, timeout=_TIMEOUT, retries=False)

    def token(self, home: Home, secret: str) -> str:
        """One that is good for a while. Raises HomeError `home_token_refused`, with the issuer's
        words, or `home_token_unreachable`."""
        key = (home.token_url, home.user, home.scope)
        token, until = self._kept.get(key, ("", 0.0))
        if time.monotonic() > until:
            token, seconds = self._asked(home, secret)
            self._kept[key] = token, time.monotonic() + seconds - _EARLY
        return token

    def _asked(self, home: Home, secret: str) -> tuple[str, float]:
        url = urlsplit(home.token_url)
        host = url.hostname or ""
        addresses_of(host, url.port or 443, loopback=self._loopback)
        fields = {
            "grant_type": "client_credentials",
            "client_id": home.user,
            "client_secret": secret,
        }
        if home.scope:
            fields["scope"] = home.scope
        try:
            answer = self._pool.request(
                "POST", home.token_url, fields=fields, encode_multipart=False,
                preload_content=False, redirect=False,
            )  # fmt: skip
            body = answer.read(_MOST)
            answer.release_conn()
        except urllib3.exceptions.HTTPError:
            raise HomeError("home_token_unreachable", host=host) from None
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        token = said.get("access_token") if isinstance(said, dict) else None
        if answer.status != 200 or not isinstance(token, str) or not token:
            raise HomeError("home_token_refused", host=host, said=_reason(said) or None)
        lives = said.get("expires_in")
        return token, float(lives) if isinstance(lives, int) else 0.0


def _reason(said: object) -> str:
    """`error_description`, or `error`, in one line."""
    if not isinstance(said, dict):
        return ""
    text = said.get("error_description") or said.get("error")
    return words_of(text.encode("utf-8", "replace")) if isinstance(text, str) else ""
