"""Checking a ZIP of mail: ours beside the tools a user would pick, on the same file in one run.

Ours is what an import does to the bytes: directory, local headers, inflate within bounds, CRC.
Processor seconds (user and system) are compared, so several cores do not count for anybody.

    PYTHONPATH=layers/core/python:. python -m benchmarks.bench_zip_check [--mails 8000] [--rounds 5]
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.row import Row
from infra.local.bulk_mail import bulk_mail
from pyeonji.usecases.uploads.cutting import cut_chunks
from pyeonji.usecases.uploads.judging import judge
from pyeonji.zipio.archive import open_directory
from pyeonji.zipio.entry import unpack_entry

OURS = "pyeonji zipio"
UNZIP = "unzip -t"
LIMIT = 150 * 1024 * 1024
MEAN = 80_000  # bytes a mail, as measured on a real mailbox of 20,000


def write(path: Path, count: int) -> int:
    """An archive as a person's tool would write it (zlib 6); returns the bytes of mail."""
    total = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for number, mail in enumerate(bulk_mail(count, count * MEAN, seed=7)):
            archive.writestr(f"받은편지함/{number:06}.eml", mail)
            total += len(mail)
    return total


def ours(path: Path) -> int:
    """Inspect and check as the pipeline does: directory, chunks, one read each."""
    size = path.stat().st_size
    checked = 0
    with path.open("rb") as file:

        def read(start: int, length: int) -> bytes:
            file.seek(start)
            return file.read(length)

        directory = open_directory(size, read)
        taken = [entry for entry in directory if judge(entry, LIMIT) is None]
        for chunk in cut_chunks(taken):
            for piece in chunk.ranges:
                held = memoryview(read(piece.start, piece.length))
                for index in piece.indexes:
                    checked += len(unpack_entry(directory[index], held, piece.start, LIMIT).message)
    return checked


def python_zipfile(path: Path) -> int:
    """zipfile.testzip."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return sum(info.file_size for info in archive.infolist())


def tool(*command: str) -> Callable[[Path], int]:
    """A program that checks the file it is given."""

    def run(path: Path) -> int:
        subprocess.run([*command, str(path)], check=True, stdout=subprocess.DEVNULL)
        return 0

    return run


def processor_seconds(run: Callable[[], int]) -> float:
    """User and system time of this process and its children while `run` runs."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    run()
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(
        b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime
        for a, b in zip(before, after, strict=True)
    )


def contenders() -> dict[str, Callable[[Path], int]]:
    """Ours first; tools that are not installed are left out."""
    found: dict[str, Callable[[Path], int]] = {OURS: ours, "zipfile": python_zipfile}
    for name, command in (
        (UNZIP, ("unzip", "-tqq")),
        ("7z t", ("7z", "t", "-bso0", "-mmt=1")),
        ("7zz t", ("7zz", "t", "-bso0", "-mmt=1")),
        ("bsdtar -xO", ("bsdtar", "-xOf")),
    ):
        if shutil.which(command[0]):
            found[name] = tool(*command)
    return found


def measure(mails: int, rounds: int) -> dict[str, float]:
    """MB of mail a processor second of each, by the median of interleaved rounds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mail.zip"
        total = write(path, mails)
        runs = contenders()
        times: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(rounds):
            for name, run in runs.items():
                times[name].append(processor_seconds(lambda run=run: run(path)))  # type: ignore[misc]
        assert ours(path) == total
    return {name: total / statistics.median(taken) / 1e6 for name, taken in times.items()}


def rows() -> Iterator[Row]:
    """A row for each tool that is installed; at least as fast as `unzip -t` is the goal."""
    speeds = measure(mails=4000, rounds=3)
    mine = speeds.pop(OURS)
    for name, speed in speeds.items():
        goal = "1.0" if name == UNZIP else ""
        said = (f"{mine:.0f} MB/s a core", f"{name}: {speed:.0f} MB/s a core")
        yield Row("check a ZIP of 4,000 mails", *said, mine / speed, goal)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=8000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    speeds = measure(options.mails, options.rounds)
    print(f"{options.mails} mails, median of {options.rounds} interleaved rounds")
    print(f"{'':16}{'MB/s a core':>14}{'× unzip -t':>13}")
    for name, speed in sorted(speeds.items(), key=lambda item: -item[1]):
        ratio = f"{speed / speeds[UNZIP]:.2f}" if UNZIP in speeds else "-"
        print(f"{name:16}{speed:14.0f}{ratio:>13}")


if __name__ == "__main__":
    main()
