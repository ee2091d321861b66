"""Choosing the language, and saying things in it: sentences by code, sizes, counts."""

import locale
import os
from typing import Any

from pyeonji.words import size_text
from pyeonji.words.catalogue import Catalogue

from ..errors import ClientError, ServiceError
from ..journal import WHOLE_FOLDER
from ..model import Doubt
from .cli import CLI, KINDS, STATES
from .errors import ERRORS
from .needs import NEEDS
from .reasons import DOUBTS, REASONS

LANGUAGES = ("ko", "en")


def system_language(shown: str = "") -> str:
    """`ko` where the system speaks Korean, else `en`. `shown`: the language of its windows, where
    that is known; only our own variable goes before it."""
    if shown and not os.environ.get("PYEONJI_LANG"):
        return "ko" if shown.lower().startswith("ko") else "en"
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

    def of(self, catalogue: Catalogue, code: str, **facts: Any) -> str:
        """A sentence of a catalogue, its facts filled in (`pyeonji.words.catalogue`)."""
        return catalogue.say(code, self.language, **facts)

    def cli(self, code: str, **facts: Any) -> str:
        """A sentence of the command line."""
        return self.of(CLI, code, **facts)

    def state(self, code: str) -> str:
        """A state in a word or two."""
        return self.of(STATES, code)

    def kind(self, code: str) -> str:
        """A kind of source."""
        return self.of(KINDS, code)

    def reason(self, code: str, said: str = "") -> str:
        """Why a mail is not there, or is odd; with the server's own words."""
        return self._quoting(self.of(REASONS, code), said)

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
        known = code if code in ERRORS else "unexpected"
        return self._quoting(
            self.of(ERRORS, known, **{"why": code, **facts, **port, **sizes}), facts.get("said")
        )

    def _quoting(self, sentence: str, said: object) -> str:
        """With the server's own words behind it, where it said some."""
        return f"{sentence} {self.cli('server_said', said=said)}" if said else sentence

    def doubt(self, doubt: Doubt) -> str:
        """What did not come out when it was counted another way, and what to do."""
        return self.of(DOUBTS, doubt.code, **doubt.facts)

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
        return self.cli("unknown") if count is None else size_text(count, self.language)
