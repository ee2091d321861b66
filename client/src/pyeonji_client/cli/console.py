"""What the command line shows: tables and bars for people, JSON lines for scripts."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..errors import ClientError
from ..fetching.run import Progress as Fetching
from ..journal.rows import Job
from ..service.uploading import UploadProgress
from ..texts.say import Say


class Screen:
    """Standard output for answers, standard error for progress and problems."""

    def __init__(self, say: Say, *, as_json: bool):
        self.say, self.as_json = say, as_json
        # Into a file or pipe nothing is folded to the width of a screen that is not there.
        width = None if sys.stdout.isatty() else 400
        self._out = Console(highlight=False, soft_wrap=True, width=width)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True)

    def event(self, name: str, /, **facts: Any) -> None:
        """One line of JSON; nothing for people."""
        if self.as_json:
            # Where output is not UTF-8 (a pipe on Windows), JSON is in ASCII and still JSON.
            ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
            line = json.dumps({"event": name, **facts}, ensure_ascii=ascii_only, default=str)
            print(line, flush=True)

    def line(self, text: str) -> None:
        """One line for people."""
        if not self.as_json:
            self._out.print(escape(text))

    def warn(self, text: str) -> None:
        """Something worth noticing."""
        if not self.as_json:
            self._err.print(escape(text), style="yellow")

    def problem(self, error: ClientError, job: Job | None = None) -> None:
        """What went wrong (with a request) and what to do."""
        text = self.say.error(error)
        if self.as_json:
            which = {"id": job.id} if job else {}
            self.event("error", code=error.code, detail=text, **which)
        else:
            self._err.print(escape(f"{job.title}: {text}" if job else text), style="red")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table for people."""
        if self.as_json:
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for position, column in enumerate(columns):
            numbers = rows and all(isinstance(row[position], int) for row in rows)
            table.add_column(column, justify="right" if numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(
                *(f"{cell:,}" if isinstance(cell, int) else escape(str(cell)) for cell in row)
            )
        self._out.print(table, soft_wrap=False)

    def bar(self) -> "Bar":
        """A progress bar on standard error."""
        return Bar(self, self._err)


class Bar:
    """One progress bar; JSON lines instead where those were asked for."""

    def __init__(self, screen: Screen, console: Console):
        self._screen, self._say = screen, screen.say
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[detail]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=screen.as_json or not sys.stderr.isatty(),
            transient=True,
        )
        self._task: TaskID = self._progress.add_task("", total=None, detail="")

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def fetching(self, progress: Fetching) -> None:
        """Shows where a run is."""
        say, event = self._say, progress.event
        self._screen.event(event, **{k: v for k, v in asdict(progress).items() if k != "event"})
        if event in ("new_validity", "zip_lost"):
            self._screen.warn(say.cli(f"ev_{event}", folder=progress.folder))
            return
        if event == "waiting":
            why = say.problem(progress.code, {})
            self._screen.warn(
                say.cli("ev_waiting", seconds=int(progress.seconds + 0.5),
                        attempt=progress.attempt, why=why)
            )  # fmt: skip
            return
        if event == "done":
            return
        detail = f"{progress.done:,}"
        if progress.total is not None:
            detail += f"/{progress.total:,}"
        detail += f"  {say.size(progress.bytes)}  {progress.rate:,.0f}/s  {progress.folder}"
        self._progress.update(
            self._task,
            description=say.cli(f"ev_{event}"),
            completed=progress.done,
            total=max(progress.total or 0, progress.done) or None,
            detail=escape(detail),
        )

    def sending(self, progress: UploadProgress) -> None:
        """Shows where an upload is."""
        say = self._say
        self._screen.event("upload", phase=progress.event, **_without(progress))
        if progress.event == "ended":
            return
        sending = progress.event == "sending"
        label = say.cli("sending") if sending else say.state(progress.state)
        detail = f"{progress.number}/{progress.files}  {progress.file}"
        if sending:
            detail = f"{say.size(progress.bytes)}/{say.size(progress.total)}  {detail}"
        self._progress.update(
            self._task,
            description=label,
            completed=progress.fraction * 1000,
            total=1000,
            detail=escape(detail),
        )


def _without(progress: UploadProgress) -> dict[str, Any]:
    return {name: value for name, value in asdict(progress).items() if name != "event"}
