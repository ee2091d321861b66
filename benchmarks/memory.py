"""How much memory the functions of a local cloud take."""

import threading
from pathlib import Path


class Memory:
    """The most memory each function's worker process ever had, in bytes (VmHWM)."""

    def __init__(self, emulator: int) -> None:
        self._emulator = emulator
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peaks: dict[str, int] = {}

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    self._look(process)

    def _look(self, process: Path) -> None:
        try:
            command = (process / "cmdline").read_bytes()
            status = (process / "status").read_text()
        except OSError:
            return  # it ended while we looked
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if b"_worker.py" in command and int(fields["PPid"]) == self._emulator:
            # Of a folder made for one worker: the function's name and something drawn by chance.
            folder = command.split(b"ministack-lambda-")[-1].split(b"/")[0].decode()
            name = folder.rpartition("-")[0]
            kilobytes = int(fields["VmHWM"].split()[0])
            self.peaks[name] = max(self.peaks.get(name, 0), kilobytes * 1024)
