"""What both faces do: sign in, make requests, remove them. No printing, no widgets."""

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import platformdirs

from .errors import (
    JournalError,
    KeyringError,
    NotSignedInError,
    ServiceError,
    SignInError,
    UsageError,
)
from .fetching.planning import Plan, survey
from .journal import Journal
from .journal.rows import Archive, Job
from .keys import Keys, job_secret, session_secret
from .model import OWN_FILE, Auth, Folder, Secret, Security, SourceConfig, SourceKind
from .oauth.grants import device_code, wait_for_device
from .oauth.loopback import sign_in
from .oauth.providers import is_configured, provider_named
from .oauth.token_source import TokenSource
from .packing.choice import bounds
from .packing.zip_files import job_directory
from .service.http import Challenge, Service
from .sources import open_source
from .sources.names import readable
from .sources.presets import Preset, preset_for, preset_named
from .sources.proxies import checked

#: What the service takes by default (contract: UploadLimitBytes; a ZIP of 2 GB is too large).
DEFAULT_LIMIT = 2 * 1024**3
DEFAULT_ZONE = "Asia/Seoul"
_PORTS = {
    (SourceKind.imap, Security.tls): 993,
    (SourceKind.imap, Security.starttls): 143,
    (SourceKind.imap, Security.none): 143,
    (SourceKind.pop3, Security.tls): 995,
    (SourceKind.pop3, Security.starttls): 110,
    (SourceKind.pop3, Security.none): 110,
}


@dataclass(frozen=True, slots=True)
class Remote:
    """What a person says of a mail server; empty fields are filled in from a preset or the port."""

    kind: SourceKind
    address: str
    preset: str = ""
    user: str = ""
    host: str = ""
    port: int = 0
    security: Security | None = None
    auth: Auth | None = None
    ca_file: str = ""
    proxy: str = ""
    sessions: bool = False
    proof: bool = True
    folders: tuple[str, ...] = ()
    into: str = ""
    labels: bool = True
    without: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    largest: int = 0


def built_for() -> str:
    """The service's address that came with the build, if any did (client/packaging/build.py)."""
    place = Path(__file__).with_name("build.json")
    if not place.is_file():
        return ""
    return str(json.loads(place.read_text("utf-8")).get("service") or "")


def default_folder() -> Path:
    """The application's own folder; documents are often synchronised to a cloud. Where an earlier
    version kept its journal among the documents, it stays."""
    before = Path(platformdirs.user_documents_dir()) / "Pyeonji"
    if (before / OWN_FILE).is_file():
        return before
    return Path(platformdirs.user_data_dir("Pyeonji", appauthor=False))


def remote_config(remote: Remote) -> SourceConfig:
    """A complete SourceConfig. Raises UsageError for what cannot be filled in."""
    preset = preset_named(remote.preset) if remote.preset else None
    if preset is None and not remote.host:
        preset = preset_for(remote.address)
    host, port, security = remote.host, remote.port, remote.security
    user = remote.user
    if preset is not None:
        server = preset.server(remote.kind)
        host, port, security = host or server[0], port or server[1], security or server[2]
        user = user or preset.user(remote.address)
    if not host:
        raise UsageError("host_needed")
    auth, oauth = _auth(remote.auth, preset)
    security = security or Security.tls
    return SourceConfig(
        kind=remote.kind,
        host=host,
        port=port or _PORTS[remote.kind, security],
        security=security,
        auth=auth,
        oauth=oauth,
        proxy=checked(remote.proxy),
        sessions=remote.sessions,
        proof=remote.proof,
        user=user or remote.address,
        ca_file=remote.ca_file,
        folders=remote.folders,
        into=remote.into,
        labels=remote.labels,
        without=remote.without,
        since=remote.since,
        until=remote.until,
        largest=remote.largest,
        preset=preset.name if preset else "",
    )


def _auth(wanted: Auth | None, preset: Preset | None) -> tuple[Auth, str]:
    """How to sign in, and with whose browser page: what was asked for, else what is best here."""
    oauth = preset.oauth if preset else ""
    if wanted is None:
        if oauth and is_configured(oauth):
            return Auth.browser, oauth
        return (preset.auth[0] if preset else Auth.password), ""
    if wanted is Auth.browser and not oauth:
        raise UsageError("no_browser_sign_in")
    return wanted, oauth if wanted is Auth.browser else ""


def needs_secret(config: SourceConfig) -> bool:
    """Whether a source opens with a password, a token or a sign-in only."""
    if config.kind is SourceKind.zip:
        from .sources.zipped import needs_password  # few ask for it, and it takes long to import

        return needs_password(Path(config.path))
    return config.remote


class Application:
    """One download folder. Not shared between threads: each makes its own."""

    def __init__(self, folder: Path, keys: Keys, language: str):
        self.folder, self.keys, self.language = folder, keys, language
        self.journal = Journal(folder)
        self._held: Service | None = None

    def close(self) -> None:
        """Lets go of the journal."""
        self.journal.close()

    # --- the service

    @property
    def email(self) -> str:
        """Who is signed in, as far as the journal knows."""
        return self.journal.requests.setting("email")

    @property
    def service_url(self) -> str:
        """Where, as it was last typed; before that, as the build was told."""
        return self.journal.requests.setting("service_url") or built_for()

    def hold(self, service: Service) -> None:
        """Keeps a session for as long as this object lives, where there is no keyring."""
        self._held = service

    def service(self) -> Service:
        """The service, with the session that is kept. Raises NotSignedInError."""
        if self._held is not None:
            return self._held
        url, email = self.service_url, self.email
        token = self.keys.get(session_secret(url, email)) if url and email else None
        if not token:
            raise NotSignedInError("not_signed_in")
        service = Service(url, self.language, refresh_token=token)
        service.email = email
        return service

    def begin_sign_in(
        self, url: str, email: str, password: str
    ) -> tuple[Service, Challenge | None]:
        """First half of signing in."""
        service = Service(url, self.language)
        return service, service.sign_in(email.strip(), password)

    def finish_sign_in(self, service: Service, url: str) -> dict[str, Any]:
        """Second half: keeps the session and what the service says of itself. Returns GET /me.

        Raises KeyringError after everything else is done when the session cannot be kept.
        """
        me = service.me()
        limits = me.get("limits", {})
        self.journal.requests.set_setting("service_url", url)
        self.journal.requests.set_setting("email", service.email)
        self.journal.requests.set_setting("upload_limit", str(limits.get("upload_limit_bytes", "")))
        self.journal.requests.set_setting("timezone", str(me.get("timezone") or DEFAULT_ZONE))
        self.keys.put(session_secret(url, service.email), service.refresh_token)
        return me

    def sign_out(self) -> None:
        """Ends the session here and at the service."""
        try:
            service = self.service()
        except NotSignedInError:
            return
        self._held = None
        self.keys.forget(session_secret(self.service_url, self.email))
        self.journal.requests.set_setting("email", "")
        try:
            service.sign_out()
        except ServiceError:
            return  # the token is gone from here; it runs out there by itself

    @property
    def zip_limit(self) -> int:
        """The largest ZIP the service takes, in bytes."""
        text = self.journal.requests.setting("upload_limit")
        return (int(text) if text.isdigit() else DEFAULT_LIMIT) - 1

    # --- requests

    def plan(self, config: SourceConfig, secret: str | Secret, *, sizes: bool = True) -> Plan:
        """What would be fetched. Connects; changes nothing."""
        source = open_source(config, secret)
        try:
            return survey(config, source, sizes=sizes, place=self.folder)
        finally:
            source.close()

    def source_folders(self, config: SourceConfig, secret: str | Secret) -> list[Folder]:
        """Every mailbox of a source. Connects; changes nothing."""
        source = open_source(config, secret)
        try:
            return source.folders()
        finally:
            source.close()

    def add(
        self, config: SourceConfig, secret: str, title: str = "", place: str = ""
    ) -> tuple[Job, bool]:
        """A new request, and whether its password could be kept in the keyring. `place`: the
        folder its ZIPs go to, "" for the download folder."""
        bounds(config, ZoneInfo(self.journal.requests.setting("timezone", DEFAULT_ZONE)))
        if not config.remote:
            config = replace(config, path=str(Path(config.path).expanduser().resolve()))
        job = self.journal.requests.add_job(
            title or title_of(config),
            config,
            self.zip_limit,
            self.journal.requests.setting("timezone", DEFAULT_ZONE),
            self.email,
            str(Path(place).expanduser().resolve()) if place else "",
        )
        return job, self.keep(job, secret)

    def edit(self, job: Job, title: str = "", **changes: Any) -> Job:
        """A request with other choices. What is packed stays; what was left out is looked at
        again. A password goes to no other server than it was meant for: with another one it is
        forgotten. Raises UsageError, JournalError while it runs."""
        source = replace(job.source, **changes)
        bounds(source, ZoneInfo(job.timezone))
        checked(source.proxy)
        with self.journal.lock(job.id):
            self.journal.requests.set_source(job.id, source, title or job.title)
            self.journal.mails.choose_again(job.id)
            if (source.host, source.user) != (job.source.host, job.source.user):
                self.forget(job)
        return self.journal.requests.job(job.id)

    def keep(self, job: Job, secret: str) -> bool:
        """Keeps the password of a request. False where there is no keyring. A ZIP's is kept
        nowhere."""
        if not job.source.remote:
            return True
        try:
            self.keys.put(job_secret(job.id), secret)
        except KeyringError:
            return False
        return True

    def forget(self, job: Job) -> None:
        """The password was refused: the next run asks for another."""
        self.keys.forget(job_secret(job.id))

    def secret(self, job: Job) -> str | Secret | None:
        """What a request signs in with; "" where nothing is needed, None where somebody must be
        asked (for a password, or to sign in with the browser)."""
        if not job.source.remote:
            return None if needs_secret(job.source) else ""
        kept = self.keys.get(job_secret(job.id))
        if kept and job.source.auth is Auth.browser:
            return self.tokens(job.source, kept, partial(self._keep_quietly, job))
        return kept

    def _keep_quietly(self, job: Job, refresh: str) -> None:
        """A refresh token that replaces another; without a keyring it lives as long as the run."""
        self.keep(job, refresh)

    def tokens(
        self, config: SourceConfig, refresh: str, keep: Callable[[str], None] = lambda _: None
    ) -> Secret:
        """Access tokens out of a refresh token."""
        return TokenSource(provider_named(config.oauth), refresh, keep)

    def browser_sign_in(
        self,
        config: SourceConfig,
        *,
        show: Callable[[str], object],
        stop: threading.Event | None = None,
        code: Callable[[str, str], None] | None = None,
    ) -> str:
        """The refresh token of a person who consents in the browser.

        `show` opens an address. With `code` no browser is needed here: it is told an address and
        the code to type there. Raises SignInError when they do not consent.
        """
        provider, stop = provider_named(config.oauth), stop or threading.Event()
        if code is not None:
            if not provider.device_url:
                raise UsageError("no_device_sign_in", provider=provider.name)
            device = device_code(provider)
            code(device.url, device.user_code)
            tokens = wait_for_device(provider, device, stop.wait)
        else:
            tokens = sign_in(provider, config.user, show=show, stop=stop)
        if not tokens.refresh:
            raise SignInError("browser_refused", provider=provider.name, said="refresh_token")
        return tokens.refresh

    def remove(self, job: Job, *, files: bool) -> None:
        """Forgets a request; with `files` its ZIPs go too."""
        with self.journal.lock(job.id):
            directory = self.folder / job_directory(job)
            if files and directory.is_dir():
                try:
                    shutil.rmtree(directory)
                except OSError as error:  # Windows: one of them is open in another program
                    raise JournalError("files_in_use", path=str(directory)) from error
            self.journal.requests.remove_job(job.id)
            self.keys.forget(job_secret(job.id))
        (self.folder / f".{job.id}.lock").unlink(missing_ok=True)

    def ready(self, job: Job) -> Job:
        """A request as it is to be run: with the service's limit, if that was learnt since."""
        if self.zip_limit < job.zip_limit:
            self.journal.requests.set_zip_limit(job.id, self.zip_limit)
        return self.journal.requests.job(job.id)

    def jobs(self) -> list[Job]:
        """Every request, oldest first. One whose process was killed at work is at rest."""
        return [self._awake(job) for job in self.journal.requests.jobs()]

    def _awake(self, job: Job) -> Job:
        if job.state not in ("fetching", "uploading") or self.journal.is_locked(job.id):
            return job
        return replace(job, state=self.journal.requests.resting_state(job.id))

    def archives(self, job: Job) -> list[Archive]:
        """The ZIPs of a request."""
        return self.journal.requests.archives(job.id)


def title_of(config: SourceConfig) -> str:
    """What a person calls a source."""
    if config.remote:
        return config.user if "@" in config.user else f"{config.user}@{config.host}"
    return readable(Path(config.path).name or config.path)
