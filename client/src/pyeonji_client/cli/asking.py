"""Asking a person, or a script's standard input; and hearing Ctrl-C."""

import getpass
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ..errors import UsageError
from .console import Screen


class Asking:
    """What the commands ask for."""

    def __init__(self, screen: Screen):
        self._screen = screen

    def secret(self, options: Namespace, prompt: str) -> str:
        """A password from standard input or a prompt, never an argument: `ps` shows those."""
        if getattr(options, "password_stdin", False):
            secret = sys.stdin.readline().rstrip("\r\n")
            if not secret:  # nothing, or fewer lines than passwords
                raise UsageError("password_missing")
            return secret
        if not sys.stdin.isatty():
            raise UsageError("password_needed")
        return getpass.getpass(prompt)

    def ask(self, question: str) -> str:
        """An answer, typed or from standard input; the question goes where progress goes."""
        print(question, end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if not answer:
            raise UsageError("no_consent" if "y/N" in question else "password_needed")
        return answer.strip()

    @contextmanager
    def interruptible(self, pause: Callable[[], None]) -> Iterator[None]:
        """The first Ctrl-C asks to stop at the next mail, the second stops at once."""
        before = signal.getsignal(signal.SIGINT)

        def asked(number: int, frame: FrameType | None) -> None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._screen.warn(self._screen.say.cli("pausing"))
            pause()

        signal.signal(signal.SIGINT, asked)
        signal.signal(signal.SIGTERM, asked)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
