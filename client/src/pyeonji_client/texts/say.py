"""Choosing the language, and saying things in it: sentences by code, sizes, counts."""

import locale
import os
from typing import Any

from ..errors import ClientError, ServiceError
from ..journal import WHOLE_FOLDER
from .cli import CLI, KINDS, STATES
from .errors import ERRORS, NEEDS, REASONS

LANGUAGES = ("ko", "en")
Table = dict[str, tuple[str, str]]


def system_language() -> str:
    """`ko` where the system speaks Korean, else `en`."""
    for name in ("PYEONJI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "ko" if value.lower().startswith("ko") else "en"
    found = locale.getlocale()[0] or ""
    return "ko" if found.lower().startswith("ko") else "en"


class Say:
    """Everything shown to a person goes through here. `language` is ko or en."""

    def __init__(self, language: str):
        self.language = language if language in LANGUAGES else "en"
        self._column = LANGUAGES.index(self.language)

    def of(self, table: Table, code: str, **facts: Any) -> str:
        """A sentence of a table, its facts filled in; numbers and sizes as a person writes them."""
        found = table.get(code)
        if found is None:
            return code
        spoken = {name: self._spoken(name, value) for name, value in facts.items()}
        return found[self._column].format_map(_Facts(spoken))

    def _spoken(self, name: str, value: Any) -> Any:
        if name.endswith("_bytes") and isinstance(value, int):
            return self.size(value)
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value

    def cli(self, code: str, **facts: Any) -> str:
        """A sentence of the command line."""
        return self.of(CLI, code, **facts)

    def state(self, code: str) -> str:
        """A state in a word or two."""
        return self.of(STATES, code)

    def kind(self, code: str) -> str:
        """A kind of source."""
        return self.of(KINDS, code)

    def reason(self, code: str) -> str:
        """Why a mail is not there, or is odd."""
        return self.of(REASONS, code)

    def needs(self, preset: str) -> str:
        """What has to be switched on at a provider."""
        return self.of(NEEDS, preset)

    def error(self, error: ClientError) -> str:
        """What went wrong and what to do. The service's own sentence wins: it knows more."""
        if isinstance(error, ServiceError) and error.detail:
            return error.detail
        return self.problem(error.code, error.facts)

    def problem(self, code: str, facts: dict[str, Any]) -> str:
        """`error` for one that stands in the journal."""
        if facts.get("detail"):
            return str(facts["detail"])
        sizes = {f"{name}_bytes": facts[name] for name in ("needed", "free") if name in facts}
        port = {"port": str(facts["port"])} if "port" in facts else {}
        return self.of(
            ERRORS,
            code if code in ERRORS else "unexpected",
            **{"why": code, **facts, **port, **sizes},
        )

    def mail_key(self, kind: str, key: str) -> str:
        """What a person can find a mail of a source by; a whole folder by its path alone."""
        if key == WHOLE_FOLDER:
            return self.cli("whole_folder")
        if kind == "imap":
            return f"UID {int(key.rpartition('/')[2])}"
        if kind == "mbox":
            return self.cli("at_byte", offset=int(key))
        return key

    def size(self, count: int | None) -> str:
        """Bytes in the unit a person would use: 1.2GB, 48.2 MB."""
        if count is None:
            return self.cli("unknown")
        space = "" if self.language == "ko" else " "
        value, unit = float(count), "B"
        for unit in ("B", "KB", "MB", "GB", "TB"):
            if value < 1000 or unit == "TB":
                break
            value /= 1024
        digits = 0 if unit == "B" or value >= 100 else 1
        return f"{value:,.{digits}f}{space}{unit}"


class _Facts(dict[str, Any]):
    """A fact nobody gave is shown by its name: a sentence is never lost to a missing one."""

    def __missing__(self, name: str) -> str:
        return name
