"""Who can be signed in to with the browser, and under which client id."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs

from ..errors import UsageError

FILE = "oauth.json"


@dataclass(frozen=True, slots=True)
class Provider:
    """Addresses and scopes of an authorization server. `client_secret` is none for a program that
    everybody has; Google hands one out all the same and wants it back."""

    name: str
    authorize_url: str
    token_url: str
    device_url: str
    scopes: tuple[str, ...]
    client_id: str = ""
    client_secret: str = ""
    #: Host of the redirect. RFC 8252, 8.3 prefers the IP; Microsoft lets any port of one name.
    loopback: str = "127.0.0.1"
    more: tuple[tuple[str, str], ...] = ()


_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/"
_PROVIDERS = {
    "google": Provider(
        "google",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "",  # Google gives no mail scope to devices
        ("https://mail.google.com/",),
        more=(("access_type", "offline"), ("prompt", "consent")),
    ),
    "microsoft": Provider(
        "microsoft",
        _MICROSOFT + "authorize",
        _MICROSOFT + "token",
        _MICROSOFT + "devicecode",
        (
            "https://outlook.office.com/IMAP.AccessAsUser.All",
            "https://outlook.office.com/POP.AccessAsUser.All",
            "offline_access",
        ),
        loopback="localhost",
    ),
}


def provider_named(name: str) -> Provider:
    """The provider with its client id. Raises UsageError where none is configured."""
    settings = _settings().get(name)
    known = _PROVIDERS.get(name)
    if not isinstance(settings, dict) or not settings.get("client_id"):
        raise UsageError("oauth_not_configured", provider=name)
    tenant = str(settings.get("tenant") or "common")
    texts: dict[str, Any] = {
        field: str(settings[field])
        for field in ("authorize_url", "token_url", "device_url", "client_id", "client_secret")
        if settings.get(field)
    }
    if known is None:
        if not {"authorize_url", "token_url"} <= texts.keys():
            raise UsageError("oauth_not_configured", provider=name)
        known = Provider(name, "", "", "", tuple(map(str, settings.get("scopes") or ())))
    found = replace(known, **texts)
    if settings.get("scopes"):
        found = replace(found, scopes=tuple(map(str, settings["scopes"])))
    return replace(
        found,
        authorize_url=found.authorize_url.replace("{tenant}", tenant),
        token_url=found.token_url.replace("{tenant}", tenant),
        device_url=found.device_url.replace("{tenant}", tenant),
    )


def is_configured(name: str) -> bool:
    """Whether somebody can be signed in there."""
    try:
        provider_named(name)
    except UsageError:
        return False
    return True


def _settings() -> dict[str, Any]:
    """What the first file there is says: named by the environment, the person's, the build's."""
    given = os.environ.get("PYEONJI_OAUTH")
    places = (
        [Path(given)]
        if given
        else [
            Path(platformdirs.user_config_dir("pyeonji", appauthor=False)) / FILE,
            Path(__file__).with_name(FILE),
        ]
    )
    for place in places:
        if place.is_file():
            try:
                found = json.loads(place.read_text("utf-8"))
            except (ValueError, OSError) as error:
                raise UsageError("oauth_unreadable", path=str(place)) from error
            return found if isinstance(found, dict) else {}
    return {}
