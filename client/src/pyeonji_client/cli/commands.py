"""The commands, one method each; each returns an exit code."""

import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..application import Application, needs_secret
from ..errors import (
    ClientError,
    KeyringError,
    NotSignedInError,
    PausedError,
    SignInError,
    UsageError,
)
from ..fetching.run import Run
from ..journal.rows import Job
from ..model import Auth, Security, SourceKind
from ..report import write_report
from ..service.http import Service
from ..service.uploading import Uploader, rejected
from ..sources.finding import on_this_computer
from ..sources.names import readable
from ..sources.presets import PRESETS
from . import exits
from .asking import Asking
from .console import Screen
from .sources import Sources, chosen

#: What a dry run reckons with: an ordinary line, not the local network (mails a second).
TYPICAL_RATE = 40


class Commands:
    """Everything a person can ask for."""

    def __init__(self, application: Application, screen: Screen):
        self._app, self._screen, self._say = application, screen, screen.say
        self._asking = Asking(screen)
        self._sources = Sources(application, screen, self._asking)

    # --- the service

    def login(self, options: Namespace) -> int:
        """Signs in, with the one-time code where the account has one."""
        url = options.service or self._app.service_url or self._asking.ask("https://… : ")
        email = options.email or self._app.email or self._asking.ask("Email: ")
        service = self._entered(url, email, options)
        try:
            me = self._app.finish_sign_in(service, url)
        except KeyringError as error:
            self._screen.problem(error)
            return exits.SIGN_IN
        self._screen.event("signed_in", email=email, mail_ready=me.get("mail_ready"))
        self._screen.line(self._say.cli("signed_in", email=email))
        if not me.get("mail_ready", True):
            self._screen.warn(self._say.cli("mail_not_ready"))
        return exits.DONE

    def _entered(self, url: str, email: str, options: Namespace) -> Service:
        """Password and one-time code, asked for or from standard input."""
        password = self._asking.secret(options, self._say.cli("service_password", email=email))
        service, challenge = self._app.begin_sign_in(url, email, password)
        while challenge is not None:
            challenge = service.answer(challenge, self._asking.ask(self._say.cli("code")).strip())
        return service

    def _service(self, options: Namespace) -> Service:
        """The session that is kept; where none is (no keyring), one for this command alone."""
        try:
            if not options.password_stdin:
                return self._app.service()
        except NotSignedInError:
            if not self._app.email or not sys.stdin.isatty():
                raise
        url, email = self._app.service_url, self._app.email
        if not url or not email:
            raise NotSignedInError("not_signed_in")
        return self._entered(url, email, options)

    def logout(self, options: Namespace) -> int:
        """Ends the session."""
        self._app.sign_out()
        self._screen.event("signed_out")
        self._screen.line(self._say.cli("signed_out"))
        return exits.DONE

    # --- requests

    def find(self, options: Namespace) -> int:
        """Mail of other programs on this computer."""
        found = list(on_this_computer())
        for one in found:
            self._screen.event("found", kind=one.kind, path=str(one.path), program=one.program)
            self._screen.line(f'pyeonji-client add {one.kind} "{readable(str(one.path))}"')
        if not found:
            self._screen.line(self._say.cli("found_nothing"))
        return exits.DONE

    def discover(self, options: Namespace) -> int:
        """The mail server of an address."""
        self._sources.discover(options)
        return exits.DONE

    def add(self, options: Namespace) -> int:
        """A new request, tried out first."""
        config = self._sources.config(options)
        secret = ""
        if config.remote and config.security is Security.none:
            self._screen.warn(self._say.cli("unprotected"))
        if needs_secret(config) and (config.remote or not options.no_check):
            secret = self._sources.first_secret(config, options)
        if not options.no_check:
            browser = config.auth is Auth.browser
            self._app.plan(
                config, self._app.tokens(config, secret) if browser else secret, sizes=False
            )
        if not options.yes:
            account = self._app.email or self._say.cli("this_account")
            if config.kind is SourceKind.pop3:
                self._screen.warn(self._say.cli("consent_pop3"))
            question = self._say.cli("consent", folder=self._app.folder, account=account)
            if self._asking.ask(question).strip().lower() not in ("y", "yes", "네", "예"):
                raise UsageError("no_consent")
        job, kept = self._app.add(config, secret, place=options.place)
        number = [one.id for one in self._app.journal.requests.jobs()].index(job.id) + 1
        self._screen.event("added", id=job.id, number=number, title=job.title)
        self._screen.line(self._say.cli("added", number=number, title=job.title))
        if not kept:
            self._screen.problem(KeyringError("no_keyring"))
        return exits.DONE

    def requests(self, options: Namespace) -> int:
        """Every request."""
        rows = []
        for number, job in enumerate(self._app.jobs(), start=1):
            counts = self._app.journal.mails.counts(job.id)
            self._screen.event(
                "request", number=number, id=job.id, title=job.title, kind=job.source.kind,
                state=job.state, error=job.error, mails=counts.packed, listed=counts.listed,
                lost=counts.lost, bytes=counts.bytes,
            )  # fmt: skip
            rows.append(
                (number, f"{job.title} ({self._say.kind(job.source.kind)})",
                 self._say.state(job.state), counts.packed, counts.lost,
                 self._say.size(counts.bytes))
            )  # fmt: skip
        if not rows:
            self._screen.line(self._say.cli("no_jobs"))
            return exits.DONE
        self._screen.table(self._columns("number title state mails lost size"), rows)
        return exits.DONE

    def edit(self, options: Namespace) -> int:
        """Other choices for a request; what is packed stays."""
        names = ("host", "port", "user", "proxy", "path", "sessions")
        changes = {name: getattr(options, name) for name in names}
        if options.mailbox is not None:
            changes["folders"] = tuple(options.mailbox)
        changes |= chosen(options)
        changes = {name: value for name, value in changes.items() if value is not None}
        job = self._app.edit(self._app.journal.requests.job(options.job), options.title, **changes)
        self._screen.event("edited", id=job.id, title=job.title)
        self._screen.line(self._say.cli("edited", title=job.title))
        return exits.DONE

    def report(self, options: Namespace) -> int:
        """A request as a table, a line a mailbox: CSV or, by the file's name, HTML."""
        job, path = self._app.journal.requests.job(options.job), Path(options.output)
        write_report(self._app.journal, job, self._say, path)
        self._screen.event("report", id=job.id, file=str(path))
        self._screen.line(self._say.cli("reported", path=str(path)))
        return exits.DONE

    def folders(self, options: Namespace) -> int:
        """The mailboxes of a source."""
        job = self._app.journal.requests.job(options.job)
        found = self._app.source_folders(job.source, self._sources.job_secret(job, options))
        for folder in found:
            self._screen.event(
                "folder", name=folder.name, path=folder.path, special_use=folder.special_use,
                chosen=folder.chosen,
            )  # fmt: skip
        rows = [(one.path, one.special_use or "", "✓" if one.chosen else "") for one in found]
        self._screen.table(self._columns("mailbox use chosen"), rows)
        return exits.DONE

    def run(self, options: Namespace) -> int:
        """Fetches mail into ZIPs; goes on where it stopped."""
        return self._each(options, self._dry_run if options.dry_run else self._run)

    def _each(self, options: Namespace, work: Callable[[Job, Namespace], int]) -> int:
        """`work` on every request that was asked for; one that fails costs the others nothing."""
        code = exits.DONE
        for job in self._jobs(options):
            try:
                code = max(code, work(job, options))
            except PausedError:
                raise
            except ClientError as error:
                self._screen.problem(error, job)
                code = max(code, exits.exit_code(error))
        return code

    def _dry_run(self, job: Job, options: Namespace) -> int:
        plan = self._app.plan(job.source, self._sources.job_secret(job, options))
        minutes = max(1, round(plan.messages / TYPICAL_RATE / 60)) if job.source.remote else 1
        self._screen.event(
            "plan", id=job.id, messages=plan.messages, bytes=plan.size, free=plan.free,
            fits=plan.fits, minutes=minutes,
            folders=[
                {"path": one.path, "messages": one.messages, "bytes": one.size}
                for one in plan.folders
            ],
        )  # fmt: skip
        rows = [(one.path, one.messages or 0, self._say.size(one.size)) for one in plan.folders]
        self._screen.line(job.title)
        self._screen.table(self._columns("mailbox mails size"), rows)
        self._screen.line(
            self._say.cli(
                "estimate", messages=plan.messages, size=self._say.size(plan.size),
                minutes=minutes, rate=TYPICAL_RATE, free=self._say.size(plan.free),
            )
        )  # fmt: skip
        if not plan.fits:
            self._screen.warn(self._say.cli("does_not_fit"))
            return exits.SPACE
        return exits.DONE

    def _run(self, job: Job, options: Namespace) -> int:
        secret = self._sources.job_secret(job, options)
        with self._screen.bar() as bar:
            job = self._app.ready(job)
            run = Run(self._app.journal, job, secret, report=bar.fetching)
            try:
                with self._asking.interruptible(run.pause):
                    run.run()
            except SignInError:
                self._app.forget(job)
                raise
        if isinstance(secret, str):
            self._app.keep(job, secret)
        counts = self._app.journal.mails.counts(job.id)
        files = [archive.file for archive in self._app.journal.requests.archives(job.id, "sealed")]
        self._screen.event(
            "packed", id=job.id, mails=counts.packed, same=counts.same, lost=counts.lost,
            doubts=counts.doubts,
            bytes=counts.bytes, files=files,
        )  # fmt: skip
        self._screen.line(
            self._say.cli("run_done" if counts.whole else "run_doubts", title=job.title,
                          packed=counts.packed, same=counts.same, lost=counts.lost,
                          doubts=counts.doubts, files=len(files))
        )  # fmt: skip
        self._show_told(job)
        return exits.DONE if counts.whole else exits.INCOMPLETE

    def upload(self, options: Namespace) -> int:
        """Uploads ZIPs and follows them to their result."""
        service = self._service(options)
        return self._each(options, partial(self._upload, service))

    def _upload(self, service: Service, job: Job, options: Namespace) -> int:
        if options.job is None and not self._app.journal.requests.archives(job.id, "sealed"):
            return exits.DONE
        on_duplicate = "keep" if options.keep_duplicates else "skip"
        with self._screen.bar() as bar:
            uploader = Uploader(
                self._app.journal, job, service, report=bar.sending, on_duplicate=on_duplicate
            )
            with self._asking.interruptible(uploader.pause):
                uploader.run()
        code = self._show_uploads(job)
        for archive in self._app.journal.requests.archives(job.id, "sealed"):
            if ((archive.totals or {}).get("totals") or {}).get("rejected"):
                for row in rejected(service, archive):
                    self._screen.event("rejected", file=row.file, name=row.name,
                                       reason=row.reason, detail=row.detail)  # fmt: skip
                    self._screen.warn(f"  {row.subject or row.name}: {row.detail}")
        return code

    def status(self, options: Namespace) -> int:
        """A request in full: its ZIPs, what became of them, what could not be had."""
        for job in self._jobs(options):
            counts = self._app.journal.mails.counts(job.id)
            self._screen.event(
                "status", id=job.id, title=job.title, state=job.state, error=job.error,
                detail=self._say.problem(job.error, job.facts) if job.error else None,
                mails=counts.packed, same=counts.same, lost=counts.lost, listed=counts.listed,
                doubts=counts.doubts, bytes=counts.bytes,
            )  # fmt: skip
            self._screen.line(f"{job.title}: {self._say.state(job.state)}")
            if job.error:
                self._screen.warn(self._say.problem(job.error, job.facts))
            boxes = {box.id: box.path for box in self._app.journal.requests.mailboxes(job.id)}
            self._screen.table(
                self._columns("file mailbox mails size state"),
                [
                    (one.file, boxes[one.mailbox], one.mails, self._say.size(one.size or one.bytes),
                     self._say.state(one.upload_state or "packed" if one.size else "fetching"))
                    for one in self._app.journal.requests.archives(job.id)
                ],
            )  # fmt: skip
            self._show_uploads(job)
            self._show_told(job)
        return exits.DONE

    def remove(self, options: Namespace) -> int:
        """Forgets a request."""
        job = self._app.journal.requests.job(options.job)
        self._app.remove(job, files=options.files)
        self._screen.event("removed", id=job.id)
        self._screen.line(self._say.cli("removed", title=job.title))
        return exits.DONE

    def presets(self, options: Namespace) -> int:
        """Known providers and what each needs switched on."""
        for preset in PRESETS:
            servers = {
                kind: f"{server[0]}:{server[1]}"
                for kind, server in (("imap", preset.imap), ("pop3", preset.pop3))
                if server
            }
            needs = self._say.needs(preset.name)
            self._screen.event("preset", name=preset.name, title=preset.title, needs=needs,
                               **servers)  # fmt: skip
            self._screen.line(f"{preset.name}  {preset.title}  {'  '.join(servers.values())}")
            self._screen.line(f"    {self._say.cli('preset_needs')}: {needs}")
        return exits.DONE

    # --- shared

    def _jobs(self, options: Namespace) -> list[Job]:
        jobs = self._app.jobs()
        if not options.job:
            return jobs
        wanted = self._app.journal.requests.job(options.job).id
        return [job for job in jobs if job.id == wanted]

    def _columns(self, names: str) -> list[str]:
        return [self._say.cli(f"col_{name}") for name in names.split()]

    def _show_told(self, job: Job) -> None:
        for told in self._app.journal.mails.told(job.id):
            detail = self._say.reason(told.reason, told.detail)
            self._screen.event("mail", mailbox=told.path, key=told.key, outcome=told.outcome,
                               reason=told.reason, bytes=told.size, detail=detail)  # fmt: skip
            name = self._say.mail_key(job.source.kind, told.key)
            self._screen.warn(f"  {told.path} · {name}: {detail}")
        for path, doubt in self._app.journal.mails.doubts(job.id):
            detail = self._say.doubt(doubt)
            self._screen.event("doubt", mailbox=path, code=doubt.code, detail=detail, **doubt.facts)
            self._screen.warn(f"  {path}: {detail}" if path else f"  {detail}")

    def _show_uploads(self, job: Job) -> int:
        code = exits.DONE
        for archive in self._app.journal.requests.archives(job.id, "sealed"):
            found = archive.totals or {}
            if archive.upload_state not in ("completed", "failed"):
                continue
            totals, failure = found.get("totals") or {}, found.get("failure")
            self._screen.event("uploaded", file=archive.file, state=archive.upload_state,
                               totals=totals, failure=failure)  # fmt: skip
            if failure:
                self._screen.warn(
                    self._say.cli("upload_failed", file=archive.file, why=failure.get("detail"))
                )
                code = exits.REFUSED
                continue
            self._screen.line(self._say.cli("upload_done", file=archive.file, **totals))
            if totals.get("rejected"):
                code = max(code, exits.INCOMPLETE)
        return code
