"""One request in the list: what it is, how far it is, what can be done with it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton

from ..fetching.run import Progress
from ..journal.rows import Archive, Counts, Job
from ..service.uploading import UploadProgress
from ..texts.say import Say
from ..texts.window import WINDOW
from .parts import OneLine, button, column, label, row, tell

_TONES = {"failed": "bad", "incomplete": "bad", "done": "good", "packed": "good"}
_ENDED = ("packed", "done", "incomplete")
_STEPS = 1000
#: Mails after which the pace says something.
_PACE = 50


class RequestCard(QFrame):
    """`act(name, job id)` is called for start, pause, upload, results, edit, remove and folder."""

    def __init__(self, say: Say, act: Callable[[str, str], None], job: Job):
        super().__init__()
        self.setObjectName("card")
        self._say, self.job, self._do = say, job, act
        self.title = OneLine(job.title, "heading")
        self.kind = label(say.kind(job.source.kind), "soft", wrap=False)
        self.chip = label("", "chip", wrap=False)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximum(_STEPS)
        self.bar.setAccessibleName(job.title)
        self.detail = label("", "soft")
        self.extra = label("", "soft")
        self.problem = label("", "bad")
        self.buttons: dict[str, QPushButton] = {
            name: button(self._text(name), partial(self._act, name), kind)
            for name, kind in (
                ("start", "main"), ("pause", ""), ("upload", "main"), ("results", ""),
                ("edit", "link"), ("open_folder", "link"), ("remove", "link"),
            )
        }  # fmt: skip
        self.setLayout(
            column(
                row(self.title, self.kind, 0, self.chip),
                self.bar,
                self.detail,
                self.extra,
                self.problem,
                row(*list(self.buttons.values())[:4], 0, *list(self.buttons.values())[4:]),
                spacing=8,
                margin=16,
            )
        )

    def _act(self, name: str) -> None:
        self._do(name, self.job.id)

    def _text(self, code: str, **facts: Any) -> str:
        return self._say.of(WINDOW, code, **facts)

    def refresh(
        self, job: Job, counts: Counts, archives: list[Archive], *, running: bool, pausing: bool
    ) -> None:
        """Shows what the journal says."""
        self.job = job
        say = self._say
        sealed = [archive for archive in archives if archive.size]
        self._chip(say.state(job.state), _TONES.get(job.state, ""))
        if not running:
            self._resting(job, counts, sealed)
        failure = next((f for one in sealed if (f := (one.totals or {}).get("failure"))), None)
        text = say.problem(job.error, job.facts) if job.error else ""
        if failure and not running:
            text = str(failure.get("detail") or failure.get("code"))
        tell(self.problem, "" if running else text)
        left = any(one.upload_state != "completed" for one in sealed)
        shown = {
            "start": not running,
            "pause": running,
            "upload": not running and bool(sealed) and left,
            "results": not running and (bool(sealed) or not counts.whole),
            "edit": not running,
            "open_folder": bool(archives),
            "remove": not running,
        }
        for name, push in self.buttons.items():
            push.setVisible(shown[name])
        begun = counts.packed or counts.same
        first = "again" if sealed and job.state in _ENDED else "go_on"
        self.buttons["start"].setText(self._text(first if begun else "start"))
        self.buttons["start"].setObjectName("" if first == "again" and begun else "main")
        self.buttons["start"].style().polish(self.buttons["start"])
        self.buttons["pause"].setEnabled(not pausing)
        self.buttons["pause"].setText(self._text("pausing" if pausing else "pause"))

    def _resting(self, job: Job, counts: Counts, sealed: list[Archive]) -> None:
        say, done = self._say, counts.packed + counts.same
        finished = job.state in _ENDED
        self.bar.setVisible(not finished)
        self.bar.setValue(self._share(done, counts.listed))
        if finished:
            self.detail.setText(
                self._text("card_packed", packed=counts.packed, files=len(sealed),
                           size=say.size(sum(one.size or 0 for one in sealed)))
            )  # fmt: skip
        elif counts.listed:
            self.detail.setText(
                self._text(
                    "card_mails", done=done, total=counts.listed, size=say.size(counts.bytes)
                )
            )
        else:
            self.detail.setText("")
        totals: dict[str, int] = {}
        for archive in sealed:
            for name, value in ((archive.totals or {}).get("totals") or {}).items():
                totals[name] = totals.get(name, 0) + int(value)
        extra = [self._text("card_uploaded", **totals)] if totals.get("entries") else []
        if counts.lost:
            extra.append(self._text("card_lost", lost=counts.lost))
        if counts.doubts:
            extra.append(self._text("card_doubts", doubts=counts.doubts))
        tell(self.extra, " · ".join(extra))

    def fetching(self, progress: Progress) -> None:
        """Shows where a run is."""
        say = self._say
        self.bar.setVisible(True)
        self.bar.setValue(self._share(progress.done, progress.total or 0))
        if progress.event == "waiting":
            self._chip(say.state("fetching"), "bad")
            tell(self.problem, say.problem(progress.code, {}))
            tell(self.extra, self._text("waiting", seconds=int(progress.seconds + 0.5),
                                        attempt=progress.attempt))  # fmt: skip
            return
        tell(self.problem, "")
        self._chip(say.cli(f"ev_{progress.event}", folder=progress.folder)
                   if progress.event in ("connecting", "surveying", "sealing")
                   else say.state("fetching"), "")  # fmt: skip
        size = say.size(progress.bytes)
        if progress.total is None:
            self.detail.setText(self._text("card_mails_open", done=progress.done, size=size))
        else:
            self.detail.setText(
                self._text("card_mails", done=progress.done, total=progress.total, size=size)
            )
        rate = f"{progress.rate:,.0f}"
        folder = progress.folder
        extra = [self._text("card_rate", rate=rate, folder=folder)] if folder else []
        if folder and (left := self._left(progress)):
            extra.insert(0, left)
        tell(self.extra, " · ".join(extra))

    def _left(self, progress: Progress) -> str:
        """How long it will still take, at the pace so far; nothing before that means anything."""
        left = (progress.total or 0) - progress.done
        if progress.rate < 0.1 or left <= 0 or progress.done < _PACE:
            return ""
        minutes = round(left / progress.rate / 60)
        if minutes < 1:
            return self._text("left_moment")
        hours, minutes = divmod(minutes, 60)
        return self._text("left_hours" if hours else "left_minutes", hours=hours, minutes=minutes)

    def sending(self, progress: UploadProgress) -> None:
        """Shows where an upload is."""
        self.bar.setVisible(True)
        self.bar.setValue(round(progress.fraction * _STEPS))
        state = self._say.state(progress.state)
        self._chip(self._say.state("uploading") if progress.event == "sending" else state, "")
        code = "card_sending" if progress.event == "sending" else "card_importing"
        facts = {"file": progress.file.rpartition("/")[2], "state": state,
                 "number": progress.number, "files": progress.files}  # fmt: skip
        self.detail.setText(self._text(code, **facts))
        size = f"{self._say.size(progress.bytes)} / {self._say.size(progress.total)}"
        tell(self.extra, size if progress.event == "sending" else "")

    def _share(self, done: int, total: int) -> int:
        return min(_STEPS, done * _STEPS // total) if total else 0

    def _chip(self, text: str, tone: str) -> None:
        self.chip.setText(text)
        self.chip.setProperty("tone", tone)
        self.chip.style().polish(self.chip)
