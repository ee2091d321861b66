"""What others wrote, through the whole pipeline: mails as if they had been seeded, archives each
with an outcome and a ledger that adds up."""

import csv
import io
import time
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from pyeonji.domain.ids import new_id
from pyeonji.domain.reasons import ENTRY_REASONS, UPLOAD_FAILURES
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import LedgerRow, OnDuplicate
from pyeonji.mime.mbox import read_mbox
from pyeonji.usecases.mail.importing import Letter, import_letters
from pyeonji.usecases.mail.storing import ImportJob
from pyeonji.zipio.member import pack
from tests.support.company import KIM, SEOUL, found_company, limits
from tests.support.corpora import corpus_eml, corpus_zip
from tests.support.fakes import World
from tests.support.uploading import assert_counts_agree, held, ledger, send, small_chunks

PACKED_AT = (2020, 1, 2, 3, 4, 6)


def real_mails() -> list[bytes]:
    """Every message file, and every message of the mbox files."""
    folder = corpus_eml()
    mails: list[bytes] = []
    with (folder / "MANIFEST.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "eml":
                mails.append((folder / row["path"]).read_bytes())
            else:
                with (folder / row["path"]).open("rb") as box:
                    mails += [message.data or b"" for message in read_mbox(box)]
    return mails


def outcomes(rows: list[LedgerRow]) -> list[tuple[object, ...]]:
    return [
        (row.index, row.outcome, row.reason, row.bytes, row.subject, row.date, row.date_from)
        for row in rows
    ]


def seeded(mails: list[bytes]) -> list[LedgerRow]:
    world = World()
    box = found_company(world)
    job = ImportJob(
        KIM, box.id, box.path, new_id(world.clock), "00001", OnDuplicate.SKIP, SEOUL,
        limits().message_limit_bytes,
    )  # fmt: skip
    modified = datetime(*PACKED_AT, tzinfo=SEOUL)
    letters = [
        Letter(n, "", data, pack(data), modified=lambda: modified) for n, data in enumerate(mails)
    ]
    return import_letters(world, job, letters)


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_real_mails_in_a_zip_fare_as_they_do_when_seeded(encoding: str) -> None:
    mails = real_mails()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(mails):
            name = f"받은 메일/{number:04d}.eml"
            # zipfile writes ASCII names without the UTF-8 flag; the bytes are put in afterwards.
            stand_in = name if encoding == "utf-8" else _ascii(name.encode(encoding))
            archive.writestr(zipfile.ZipInfo(stand_in, PACKED_AT), data)
    packed = buffer.getvalue()
    if encoding != "utf-8":
        for raw in {"받은", "메일"}:
            packed = packed.replace(_ascii(raw.encode(encoding)).encode(), raw.encode(encoding))
    world = World()
    box = found_company(world)
    machine = send(world, box, packed)
    machine.cutter = small_chunks(200)
    upload = machine.run()
    rows = ledger(machine)
    assert upload.state is UploadState.COMPLETED
    assert outcomes(rows) == outcomes(seeded(mails))
    assert all(row.name == f"받은 메일/{row.index:04d}.eml" for row in rows)
    assert set(held(world, box).values()) <= set(mails)
    assert_counts_agree(world, box)
    wrong = Counter(row.reason for row in rows if row.reason)
    assert set(wrong) <= {"same_content", "same_mail", "zero_byte", "not_a_message"}, wrong


def _ascii(raw: bytes) -> str:
    """As many ASCII characters that stand nowhere else in a mail, near enough."""
    return "".join(chr(ord("A") + byte % 23) if byte > 127 else chr(byte) for byte in raw)


def archives() -> list[Path]:
    root = corpus_zip()
    with (root / "MANIFEST.csv").open(newline="", encoding="utf-8") as file:
        return [root / row["path"] for row in csv.DictReader(file)]


def test_every_archive_others_wrote_comes_to_an_end_that_adds_up() -> None:
    ends: Counter[str] = Counter()
    for path in archives():
        data = path.read_bytes()
        if not data:
            continue  # refused before the first byte
        world = World()
        box = found_company(world)
        begun = time.monotonic()
        machine = send(world, box, data)
        upload = machine.run()
        rows = ledger(machine)
        assert time.monotonic() - begun < 20, "an archive that takes its time is an attack"
        assert all(row.reason is None or row.reason in ENTRY_REASONS for row in rows)
        assert_counts_agree(world, box)
        if upload.state is UploadState.FAILED:
            assert upload.failure in UPLOAD_FAILURES
            ends[upload.failure or ""] += 1
            continue
        assert upload.state is UploadState.COMPLETED
        assert upload.totals.entries == upload.entries == len(rows)
        assert world.zips.bytes_read <= 1.1 * len(data) + 128 * 1024
        ends["completed"] += 1
    print(dict(ends))
    assert ends["completed"] > 100
    assert "upload_failed_internally" not in ends
