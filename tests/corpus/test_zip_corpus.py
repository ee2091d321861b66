"""Every archive others wrote: an outcome, and each difference from the draft verdict explained.

`draft_verdict` in the corpus' manifest judged containers alone, whatever the entries are called.
So an archive is judged twice here: as the contract has it (where most of these entries are
`not_eml`), and with every entry renamed to `.eml`, which is the verdict that is compared.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pyeonji.domain.uploads import Outcome
from pyeonji.usecases.uploads.cutting import cut_chunks
from pyeonji.usecases.uploads.judging import judge
from pyeonji.zipio.archive import open_directory
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import ArchiveError, EntryError
from pyeonji.zipio.listing import Directory, Entry
from tests.support.corpora import corpus_zip
from tests.support.zip_makers import reader_of

LIMIT = 150 * 1024 * 1024
EXPLAINED = Path(__file__).with_name("zip_verdicts.csv")


@dataclass(frozen=True)
class Verdict:
    kind: str
    """accept, partial, reject-all-entries or reject-archive, as the manifest says it"""
    detail: str
    """the codes, counted"""
    reads: int
    """bytes read, for the directory and the chunks together"""


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def verdict_of(data: bytes, *, renamed: bool) -> Verdict:
    read = reader_of(data)
    try:
        directory = open_directory(len(data), read)
        counts = outcomes(directory, data, renamed=renamed)
    except ArchiveError as error:
        return Verdict("reject-archive", error.code, 0)
    rejected = sum(n for (outcome, _), n in counts.items() if outcome == Outcome.REJECTED)
    kept = counts[Outcome.IMPORTED, ""]
    kind = "accept" if not rejected else "partial" if kept else "reject-all-entries"
    assert sum(counts.values()) == len(directory), "entries = imported + rejected + ignored"
    words = (f"{n} {reason or outcome}" for (outcome, reason), n in sorted(counts.items()))
    return Verdict(kind, ", ".join(words), sum(n for _, n in read.reads))  # type: ignore[attr-defined]


def outcomes(directory: Directory, data: bytes, *, renamed: bool) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    taken: list[Entry] = []
    for entry in directory:
        named = entry._replace(name="a.eml") if renamed and not entry.folder else entry
        judgement = judge(named, LIMIT)
        if judgement is None:
            taken.append(entry)
        else:
            counts[judgement.outcome, judgement.reason] += 1
    chunks = cut_chunks(taken)
    wanted = sum(entry.span for entry in taken)
    assert sum(chunk.length for chunk in chunks) <= 1.05 * wanted
    for piece in (piece for chunk in chunks for piece in chunk.ranges):
        held = data[piece.start : piece.start + piece.length]
        for index in piece.indexes:
            try:
                unpack_entry(directory[index], held, piece.start, LIMIT)
            except EntryError as error:
                counts[Outcome.REJECTED, error.code] += 1
            else:
                counts[Outcome.IMPORTED, ""] += 1
    return counts


def test_every_archive_has_an_outcome_and_every_difference_a_reason() -> None:
    folder = corpus_zip()
    explained = {row["path"]: row for row in rows(EXPLAINED)}
    table = []
    wrong = []
    seen = set()
    for row in rows(folder / "MANIFEST.csv"):
        path = row["path"]
        seen.add(path)
        data = (folder / path).read_bytes()
        contract = verdict_of(data, renamed=False)
        ours = verdict_of(data, renamed=True)
        if ours.kind == row["draft_verdict"]:
            if path in explained:
                wrong.append(f"{path}: explained, but no longer different")
            continue
        why = explained.get(path)
        if why is None or why["verdict"] != ours.kind:
            wrong.append(f"{path}: {row['draft_verdict']} → {ours.kind} ({ours.detail})")
            continue
        table.append((path, row["draft_verdict"], ours, contract, why["why"]))
    print(f"\n{len(seen)} archives, {len(table)} verdicts differ from the draft:")
    for path, draft, ours, contract, reason in table:
        print(f"  {path}\n      {draft} → {ours.kind}: {ours.detail}; as named: {contract.detail}")
        print(f"      {reason}")
    assert not wrong, "\n".join(wrong)
    assert explained.keys() <= seen


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("writers/7z2602-default-korean.zip", 5),
        ("writers/infozip30-linux-korean.zip", 5),
        ("writers/jar17-korean.zip", 5),
        ("writers/bsdtar362-utf8.zip", 5),
        ("writers/java17-utf8.zip", 5),
    ],
)
def test_korean_names_of_real_writers(path: str, names: int) -> None:
    data = (corpus_zip() / path).read_bytes()
    directory = open_directory(len(data), reader_of(data))
    korean = [e for e in directory if any("가" <= letter <= "힣" for letter in e.name)]
    assert len(korean) >= names - 2  # some of the entries have English names
    assert not any("\ufffd" in entry.name for entry in directory)
