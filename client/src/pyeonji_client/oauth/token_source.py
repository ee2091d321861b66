"""Access tokens for as long as a run takes, out of one refresh token."""

import threading
import time
from collections.abc import Callable

from ..errors import TokenError
from .grants import Tokens, renew
from .providers import Provider

#: Renewed this long before it runs out: a server may look at its own clock.
EARLY = 120.0


class TokenSource:
    """See `model.Secret`. `keep` is told of a refresh token that replaces the one before."""

    def __init__(self, provider: Provider, refresh: str, keep: Callable[[str], None]):
        self._provider, self._keep = provider, keep
        self._tokens = Tokens("", refresh, 0.0)
        self._lock = threading.Lock()

    def __call__(self, spent: str = "") -> str:
        """A token that is good for a while, and not `spent`."""
        with self._lock:
            fresh = self._tokens.access and time.monotonic() < self._tokens.expires - EARLY
            if fresh and self._tokens.access != spent:
                return self._tokens.access
            if not self._tokens.refresh:
                raise TokenError("token_refused", user=self._provider.name, said="")
            before = self._tokens.refresh
            self._tokens = renew(self._provider, before)
            if self._tokens.refresh != before:
                self._keep(self._tokens.refresh)
            return self._tokens.access
