"""Where things of the local cloud are: ports and folders, from PORT_BASE, LOCAL_DIR and PARAMS."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STACK = "pyeonji"
REGION = "ap-northeast-2"
SENDER = "no-reply@pyeonji.example"
HOST = "127.0.0.1"


class LocalError(Exception):
    """The local cloud cannot do what was asked; the message is one line for the person asking."""


@dataclass(frozen=True, slots=True)
class Places:
    """Ports and folders of one local cloud."""

    cloud_port: int
    web_port: int
    folder: Path
    parameters: dict[str, str]

    @property
    def cloud_url(self) -> str:
        """Every AWS endpoint at once."""
        return f"http://{HOST}:{self.cloud_port}"

    @property
    def web_url(self) -> str:
        """The page, and the API under /api."""
        return f"http://{HOST}:{self.web_port}"

    @property
    def mail_port(self) -> int:
        """The demo company's mail server, where it has one of its own (MAIL_HOME=imap)."""
        return self.web_port + 1

    @property
    def endpoints(self) -> Path:
        """Written when everything is ready, removed when it stops."""
        return self.folder / "endpoints.json"


def places(environment: Mapping[str, str] = os.environ) -> Places:
    """Read what was asked for. Raises LocalError."""
    base = environment.get("PORT_BASE", "").strip()
    if base and not (base.isdecimal() and 1024 <= int(base) <= 65533):
        raise LocalError(f"PORT_BASE={base} is not a port between 1024 and 65533")
    cloud, web = (int(base), int(base) + 1) if base else (4566, 8000)
    parameters = {}
    # As a shell would: PARAMS='VolumeBytes=8388608 RetentionSchedule="rate(1 minute)"'
    try:
        words = shlex.split(environment.get("PARAMS", ""))
    except ValueError as error:
        raise LocalError(f"PARAMS: {error}") from None
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.isalnum():
            raise LocalError(f"PARAMS: {word} is not Name=value")
        parameters[name] = value
    folder = Path(environment.get("LOCAL_DIR", "").strip() or ROOT / ".local").absolute()
    return Places(cloud, web, folder, parameters)
