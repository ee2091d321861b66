"""mbox, Maildir and EML sources: counts, resuming, labels, flags, what changed in between."""

import hashlib
import os
import shutil
from collections.abc import Callable
from functools import partial, partialmethod
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.tests import jobs
from client.tests.stopping import stopping
from pyeonji.imap.lexer import decode_name
from pyeonji.imap.special import special_use_of
from pyeonji.mime.mbox import read_mbox
from pyeonji_client.errors import MissingSourceError
from pyeonji_client.journal import Journal
from pyeonji_client.model import Lost, Mail, SourceConfig, SourceKind
from pyeonji_client.sources import open_source
from pyeonji_client.sources.labels import route
from tests.support.corpora import corpus_eml

FROM = b"From kim@old.example Thu Jan  1 00:00:00 2024\n"


def _config(kind: SourceKind, path: Path, **more: object) -> SourceConfig:
    return SourceConfig(kind, path=str(path), **more)  # type: ignore[arg-type]


def _mbox(path: Path, mails: list[bytes]) -> None:
    path.write_bytes(b"".join(FROM + mail + b"\n" for mail in mails))


def _numbered(count: int) -> list[bytes]:
    return [b"Subject: %d\n\nbody %d\n" % (n, n) for n in range(count)]


def test_the_corpora_s_mbox_files_come_out_with_their_true_counts(journal: Journal) -> None:
    """Every mbox the manifest names: as many mails as its reader of record counts."""
    root = corpus_eml()
    (rlug,) = root.rglob("mbox.rlug")
    job = jobs.add(journal, _config(SourceKind.mbox, rlug))
    jobs.run(journal, job)
    (mails,) = jobs.mails(journal, job).values()
    assert [_digest(mail + b"\n") for mail in mails] == [
        _digest(rlug.with_name(f"mbox.rlug-{number}").read_bytes()) for number in range(5)
    ]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(stops=st.lists(st.integers(0, 60), max_size=6), data=st.data())
def test_an_mbox_broken_off_anywhere_ends_as_if_read_at_once(
    tmp_path_factory: pytest.TempPathFactory, stops: list[int], data: st.DataObject
) -> None:
    """Real mails of the corpora in one mbox, broken off at drawn places."""
    place = tmp_path_factory.mktemp("mbox")
    bodies = data.draw(st.lists(st.sampled_from(_corpus_mails()), min_size=1, max_size=60))
    _mbox(place / "Inbox", bodies)
    with (place / "Inbox").open("rb") as stream:
        whole = [item.data for item in read_mbox(stream, dialect="mboxo") if item.data is not None]
    journal = Journal(place / "download")
    job = jobs.add(journal, _config(SourceKind.mbox, place / "Inbox", dialect="mboxo"))
    for stop in stops:
        try:
            jobs.run(journal, job, batch_mails=7, opener=partial(stopping, stop))
        except Exception as error:  # noqa: BLE001 - paused, whichever way
            assert type(error).__name__ == "PausedError"
    jobs.run(journal, job)
    found = jobs.mails(journal, job).get("Inbox", [])
    assert sorted(map(_digest, found)) == sorted({_digest(mail) for mail in whole})
    counts = journal.mails.counts(job.id)
    assert (counts.packed, counts.lost) == (len(found), 0)
    journal.close()


_MAILS: list[bytes] = []


def _corpus_mails() -> list[bytes]:
    if not _MAILS:
        files = sorted(corpus_eml().rglob("*.eml"))[:80]
        _MAILS.extend(path.read_bytes() for path in files if 0 < path.stat().st_size < 20_000)
    return _MAILS


def test_an_mbox_that_grew_gives_only_what_is_new(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "Inbox"
    _mbox(path, _numbered(10))
    job = jobs.add(journal, _config(SourceKind.mbox, path))
    jobs.run(journal, job)
    _mbox(path, _numbered(15))
    jobs.run(journal, job)
    assert sorted(jobs.mails(journal, job)["Inbox"]) == sorted(
        b"Subject: %d\n\nbody %d\n" % (n, n) for n in range(15)
    )
    assert journal.mails.counts(job.id).same == 0


def test_an_mbox_that_was_compacted_is_read_anew_and_nothing_is_twice(
    journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "Inbox"
    _mbox(path, _numbered(20))
    job = jobs.add(journal, _config(SourceKind.mbox, path))
    jobs.run(journal, job)
    _mbox(path, _numbered(30)[5:])
    jobs.run(journal, job)
    found = jobs.mails(journal, job)["Inbox"]
    assert len(found) == len(set(found)) == 30


def test_a_tree_of_mbox_files_keeps_its_folders(journal: Journal, tmp_path: Path) -> None:
    for name in ("Inbox", "Inbox.sbd/프로젝트", "Sent.mbox/mbox", "거래처.mbox"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        _mbox(tmp_path / name, [b"Subject: %s\n\nx\n" % name.encode()])
    (tmp_path / "Inbox.msf").write_bytes(b"// an index of Thunderbird's")
    job = jobs.add(journal, _config(SourceKind.mbox, tmp_path))
    jobs.run(journal, job)
    assert set(jobs.mails(journal, job)) == {"Inbox", "Inbox/프로젝트", "Sent", "거래처"}
    uses = {box.path: box.special_use for box in journal.requests.mailboxes(job.id)}
    assert (uses["Inbox"], uses["Sent"], uses["거래처"]) == ("inbox", "sent", None)


def test_flags_that_programs_keep_in_headers(tmp_path: Path) -> None:
    _mbox(
        tmp_path / "Inbox",
        [
            b"Status: RO\nX-Status: AF\nSubject: a\n\nx\n",
            b"X-Mozilla-Status: 0005\nSubject: b\n\nx\n",
            b"X-Mozilla-Status: 0009\nSubject: deleted, not compacted\n\nx\n",
            b"Subject: c\n\nStatus: RO in the body\n",
        ],
    )
    source = open_source(_config(SourceKind.mbox, tmp_path / "Inbox"), "")
    items = list(source.mails(source.folders()[0], _Nothing()))
    assert [item.flags for item in items if isinstance(item, Mail)] == [
        ("\\Answered", "\\Flagged", "\\Seen"),
        ("\\Flagged", "\\Seen"),
        (),
    ]
    assert [item.reason for item in items if isinstance(item, Lost)] == ["deleted_at_source"]


class _Nothing:
    def known(self, keys: object) -> set[str]:
        return set()

    def last(self) -> None:
        return None


@pytest.mark.parametrize(
    ("labels", "path", "use"),
    [
        (("Inbox", "Unread"), "받은편지함", "inbox"),
        (("받은편지함", "중요", "열림"), "받은편지함", "inbox"),
        (("Sent", "Opened"), "보낸편지함", "sent"),
        (("휴지통", "받은편지함"), "휴지통", "trash"),
        (("스팸",), "스팸편지함", "junk"),
        (("Category Promotions", "Unread", "프로젝트/2025"), "프로젝트/2025", None),
        (("\\Inbox", "\\Important", "x"), "받은편지함", "inbox"),
        (("Archived", "Opened"), "보관편지함", "archive"),
        ((), "보관편지함", "archive"),
    ],
)
def test_where_labels_lead(labels: tuple[str, ...], path: str, use: str | None) -> None:
    assert route(labels) == (path, use)


def test_a_maildir_with_subfolders_and_flags(journal: Journal, tmp_path: Path) -> None:
    root = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp", ".&vPSwuA-.2024/cur", "Sent/new"):
        (root / name).mkdir(parents=True)
    (root / "cur" / "1.a:2,FRS").write_bytes(b"Subject: a\n\nx\n")
    (root / "cur" / "2.b!2,").write_bytes(b"Subject: b\n\nx\n")
    (root / "new" / "3.c").write_bytes(b"Subject: c\n\nx\n")
    (root / ".&vPSwuA-.2024" / "cur" / "4.d:2,S").write_bytes(b"Subject: d\n\nx\n")
    (root / "Sent" / "new" / "5.e").write_bytes(b"Subject: e\n\nx\n")
    (root / "tmp" / "half").write_bytes(b"Subject: being delivered")
    job = jobs.add(journal, _config(SourceKind.maildir, root))
    jobs.run(journal, job)
    counts = {path: len(mails) for path, mails in jobs.mails(journal, job).items()}
    assert counts == {"INBOX": 3, f"{decode_name(b'&vPSwuA-')}/2024": 1, "Sent": 1}
    # A mail that was read since has another name and is the same mail.
    (root / "cur" / "1.a:2,FRS").rename(root / "cur" / "1.a:2,FRST")
    jobs.run(journal, job)
    assert journal.mails.counts(job.id).packed == 5


def test_what_is_not_there(journal: Journal, tmp_path: Path) -> None:
    for kind in (SourceKind.mbox, SourceKind.maildir, SourceKind.eml):
        with pytest.raises(MissingSourceError):
            jobs.run(journal, jobs.add(journal, _config(kind, tmp_path / "no")))
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(MissingSourceError):
            jobs.run(journal, jobs.add(journal, _config(kind, tmp_path / "empty")))


def test_a_folder_that_disappears_between_runs(journal: Journal, tmp_path: Path) -> None:
    place = tmp_path / "in" / "a"
    place.mkdir(parents=True)
    (place / "1.eml").write_bytes(b"Subject: a\n\nx\n")
    (tmp_path / "in" / "2.eml").write_bytes(b"Subject: b\n\nx\n")
    job = jobs.add(journal, _config(SourceKind.eml, tmp_path / "in"))
    jobs.run(journal, job)
    shutil.rmtree(place)
    jobs.run(journal, job)
    assert journal.mails.counts(job.id).packed == 2


@pytest.mark.parametrize("name", ["new", "cur", "tmp"])
def test_a_persons_folder_may_be_called_what_a_maildirs_parts_are(
    journal: Journal, tmp_path: Path, name: str
) -> None:
    for kind, file in ((SourceKind.eml, "1.eml"), (SourceKind.mbox, "in")):
        place = tmp_path / kind / name
        place.mkdir(parents=True)
        _mbox(place / file, [b"Subject: a\n\nx\n"])
        job = jobs.add(journal, _config(kind, tmp_path / kind))
        jobs.run(journal, job)
        assert journal.mails.counts(job.id).packed == 1


@pytest.mark.parametrize("kind", [SourceKind.eml, SourceKind.mbox, SourceKind.maildir])
def test_names_in_cp949(journal: Journal, tmp_path: Path, kind: SourceKind) -> None:
    """Unpacked on Linux from a ZIP of a Korean Windows: names are bytes and no UTF-8."""
    root = Path(os.fsdecode(os.fsencode(tmp_path) + "/자료".encode("cp949")))
    place = root / os.fsdecode("거래처".encode("cp949"))
    if kind is SourceKind.maildir:
        place /= "cur"
    place.mkdir(parents=True)
    _mbox(place / os.fsdecode("편지.eml".encode("cp949")), [b"Subject: a\n\nx\n"])
    job = jobs.add(journal, _config(kind, root))
    jobs.run(journal, job)
    jobs.run(journal, job)
    expected = "거래처/편지.eml" if kind is SourceKind.mbox else "거래처"
    assert {path: len(mails) for path, mails in jobs.mails(journal, job).items()} == {expected: 1}


def test_a_file_that_is_no_mbox_is_not_packed_as_a_mail(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "outlook.pst").write_bytes(b"!BDN" + bytes(range(256)) * 40)
    with pytest.raises(MissingSourceError) as caught:
        jobs.run(journal, jobs.add(journal, _config(SourceKind.mbox, tmp_path / "outlook.pst")))
    assert caught.value.code == "no_mbox"


@pytest.mark.parametrize("kind", [SourceKind.eml, SourceKind.mbox, SourceKind.maildir])
def test_a_folder_that_may_not_be_read_is_listed(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: SourceKind
) -> None:
    for name in ("open", "closed"):
        (tmp_path / "in" / name / "cur").mkdir(parents=True)
        for place in (tmp_path / "in" / name, tmp_path / "in" / name / "cur"):
            _mbox(place / "1.eml", [b"Subject: %s\n\nx\n" % name.encode()])
    scandir = os.scandir

    def guarded(path: str) -> object:
        if "closed" in os.fspath(path):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    if kind is SourceKind.mbox:
        monkeypatch.setattr(Path, "open", partialmethod(_guarded_open, Path.open))
    job = jobs.add(journal, _config(kind, tmp_path / "in"))
    jobs.run(journal, job)
    assert journal.mails.counts(job.id).packed >= 1
    ((path, _, _, reason, *_),) = journal.mails.told(job.id)
    assert (path.partition("/")[0], reason) == ("closed", "folder_unreadable")


def _guarded_open(path: Path, real: Callable[..., object], *arguments: object) -> object:
    if "closed" in path.parts:
        raise PermissionError(13, "Permission denied", str(path))
    return real(path, *arguments)


def test_names_that_say_what_a_folder_is_for() -> None:
    assert special_use_of("받은편지함") == "inbox"
    assert special_use_of("INBOX/Sent") == "sent"
    assert special_use_of("프로젝트/받은편지함") is None
