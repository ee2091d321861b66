"""Finds a local cloud that runs, by the endpoints.json it wrote."""

import json
import urllib.request
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from infra.local.places import LocalError, Places


def endpoints(where: Places) -> dict[str, Any] | None:
    """What endpoints.json says, if the cloud it speaks of answers."""
    try:
        said: dict[str, Any] = json.loads(where.endpoints.read_text("utf-8"))
        with urllib.request.urlopen(f"{said['cloud_url']}/_ministack/health", timeout=5):
            return said
    except (OSError, ValueError, KeyError):
        return None


def require_running(where: Places) -> Places:
    """The places of the cloud that runs in LOCAL_DIR, at the ports it has. Raises LocalError."""
    said = endpoints(where)
    if said is None:
        raise LocalError(f"no local cloud runs in {where.folder}; start it with: make run")
    cloud, web = urlsplit(said["cloud_url"]).port, urlsplit(said["web_url"]).port
    assert cloud and web, "endpoints.json is written by us"
    return replace(where, cloud_port=cloud, web_port=web)
