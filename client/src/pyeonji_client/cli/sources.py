"""A source as the command line describes it, and how it is signed in to."""

import sys
import threading
import webbrowser
from argparse import Namespace
from dataclasses import replace
from typing import Any

from ..application import Application, Remote, needs_secret, remote_config
from ..discovery.finding import Tried, discover
from ..errors import TokenError
from ..journal.rows import Job
from ..model import Auth, Secret, Security, SourceConfig, SourceKind
from ..sources.names import readable
from ..sources.presets import PRESETS, preset_for
from .asking import Asking
from .console import Screen

_MEGABYTE = 1024 * 1024


def chosen(options: Namespace) -> dict[str, Any]:
    """Which mails of a source: days, size, mailboxes left out. None for what was not said."""
    largest, without = options.largest, options.without
    return {
        "since": options.since,
        "until": options.until,
        "largest": None if largest is None else largest * _MEGABYTE,
        "without": None if without is None else tuple(without),
    }


class Sources:
    """Asks for what is needed to reach a source."""

    def __init__(self, application: Application, screen: Screen, asking: Asking):
        self._app, self._screen, self._asking = application, screen, asking
        self._say = screen.say

    def first_secret(self, config: SourceConfig, options: Namespace) -> str:
        """A password, an access token, or the refresh token the browser brings."""
        if config.auth is Auth.browser:
            return self._browser(config, device=getattr(options, "auth", "") == "device")
        if config.kind is SourceKind.zip:
            question = self._say.cli("zip_password_for", path=readable(config.path))
        else:
            asked = "token_for" if config.auth is Auth.xoauth2 else "password_for"
            question = self._say.cli(asked, user=config.user)
        return self._asking.secret(options, question)

    def _browser(self, config: SourceConfig, *, device: bool) -> str:
        def show(url: str) -> None:
            self._screen.event("browser", url=url)
            self._screen.warn(self._say.cli("browser_opens", url=url))
            webbrowser.open(url)

        def code(url: str, user_code: str) -> None:
            self._screen.event("device", url=url, code=user_code)
            self._screen.warn(self._say.cli("device_code", url=url, user_code=user_code))

        stop = threading.Event()
        with self._asking.interruptible(stop.set):
            return self._app.browser_sign_in(
                config, show=show, stop=stop, code=code if device else None
            )

    def discover(self, options: Namespace) -> None:
        """The mail server of an address."""
        kind = SourceKind.pop3 if options.pop3 else SourceKind.imap
        found = discover(options.address, kind, tell=self._tried)
        self._screen.event(
            "discovered", kind=kind, host=found.host, port=found.port, security=found.security,
            user=found.user, auth=found.auth, source=found.source,
        )  # fmt: skip

    def _tried(self, tried: Tried) -> None:
        one, problem = tried.candidate, tried.problem
        self._screen.event(
            "tried", host=one.host, port=one.port, security=one.security, source=one.source,
            problem=problem or None,
        )  # fmt: skip
        said = self._say.problem(problem, {"host": one.host, "port": one.port}) if problem else "✓"
        self._screen.warn(f"  {one.host}:{one.port} ({one.source}): {said}")

    def config(self, options: Namespace) -> SourceConfig:
        """The source that was described; what was not said of a server is found out."""
        kind = SourceKind(options.kind)
        folders = tuple(getattr(options, "mailbox", ()))
        labels = not getattr(options, "no_labels", False)
        into = getattr(options, "into", "")
        if kind not in (SourceKind.imap, SourceKind.pop3):
            dialect = getattr(options, "dialect", "auto")
            return SourceConfig(
                kind, path=options.path, dialect=dialect, folders=folders, into=into, labels=labels,
                **chosen(options),
            )  # fmt: skip
        auth = Auth.browser if options.auth == "device" else options.auth
        remote = Remote(
            kind=kind,
            address=options.address,
            preset=options.preset,
            user=options.user,
            host=options.host,
            port=options.port,
            security=Security(options.security) if options.security else None,
            auth=Auth(auth) if auth else None,
            ca_file=options.ca_file,
            proxy=options.proxy,
            sessions=getattr(options, "sessions", False),
            proof=not getattr(options, "no_proof", False),
            folders=folders,
            into=into,
            labels=labels,
            **chosen(options),
        )
        return remote_config(self._with_host(remote))

    def _with_host(self, remote: Remote) -> Remote:
        """What a person did not say of the server is found out from the address."""
        if remote.host or remote.preset or preset_for(remote.address):
            return remote
        found = discover(remote.address, remote.kind, tell=self._tried)
        preset = next((one for one in PRESETS if f"preset:{one.name}" == found.source), None)
        if found.source.startswith("mx:"):
            preset = next(
                (one for one in PRESETS if found.host in (one.server(remote.kind)[0],)), None
            )
        return replace(
            remote, host=found.host, port=remote.port or found.port,
            security=remote.security or found.security, user=remote.user or found.user,
            preset=preset.name if preset else "",
        )  # fmt: skip

    def _kept(self, job: Job, word: str) -> None:
        self._app.keep(job, word)

    def job_secret(self, job: Job, options: Namespace) -> str | Secret:
        """What a request signs in with; asked for where nothing is kept."""
        asked = getattr(options, "password_stdin", False) and needs_secret(job.source)
        kept = None if asked else self._app.secret(job)
        if kept is not None:
            return kept
        if job.source.auth is not Auth.browser:
            return self.first_secret(job.source, options)
        if not sys.stdin.isatty():  # nobody here to consent
            raise TokenError("token_refused", user=job.source.user)
        refresh = self._browser(job.source, device=False)
        self._app.keep(job, refresh)
        return self._app.tokens(job.source, refresh, lambda word: self._kept(job, word))
