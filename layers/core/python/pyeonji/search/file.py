"""The search file of a segment: SQLite with an FTS5 index, one row a mail, in order of date.

Ordinary SQLite that any tool opens; specified in `docs/search.md`. The same mails give the same
bytes (of one version of SQLite). The index holds words and row numbers and nothing else
(`content=''`, `detail=none`, `columnsize=0`), so it is a few percent of the text.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from pyeonji.search.packing import NotASearchFileError
from pyeonji.search.query import FIELD_SIGNS, Query
from pyeonji.search.text import MailText
from pyeonji.search.words import WORDS_VERSION, words_of

APPLICATION_ID = 0x50594A53
"""The file's `application_id`: "PYJS"."""
FILE_VERSION = 1
"""The file's `user_version`."""
LABEL_LENGTH = 200
"""Characters kept of a subject, a sender and recipients, to show a row by."""

_COLUMNS = (
    "at, offset, length, size, attachments, digest, canonical, unique_name,"
    " subject, sender, recipients"
)
_SCHEMA = f"""
PRAGMA page_size=4096;
PRAGMA application_id={APPLICATION_ID};
PRAGMA user_version={FILE_VERSION};
CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE mail(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  size INTEGER NOT NULL,
  attachments INTEGER NOT NULL,
  digest BLOB NOT NULL,
  canonical BLOB,
  unique_name TEXT,
  subject TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE words
  USING fts5(t, content='', columnsize=0, detail=none, tokenize='ascii');
"""


class MailRow(NamedTuple):
    """A mail in a search file. `at` is the received date in epoch seconds; `offset` and `length`
    are of its whole ZIP member in the segment; `size` of the message; `canonical`
    the digest with CRLF line ends, where that is another; `unique` the mark in its
    file name that makes it unique. All sizes in bytes."""

    at: int
    offset: int
    length: int
    size: int
    attachments: int
    digest: bytes
    canonical: bytes | None
    unique: str | None
    subject: str
    sender: str
    recipients: str


class IndexedMail(NamedTuple):
    """A row and the words it is found by."""

    row: MailRow
    words: frozenset[str]


def mail_words(mail: MailText) -> frozenset[str]:
    """The words a mail is found by: all of it, and those of its fields with their sign."""
    words = words_of(mail.body)
    for field, text in (
        ("subject", mail.subject),
        ("from", mail.sender),
        ("to", mail.recipients),
        ("filename", "\n".join(mail.files)),
    ):
        sign = FIELD_SIGNS[field]
        own = words_of(text)
        words |= own
        words.update(sign + word for word in own)
    return frozenset(words)


def write_search_file(mails: Iterable[IndexedMail]) -> bytes:
    """The bytes of a search file."""
    return _written([(mail.row, " ".join(sorted(mail.words))) for mail in mails])


def _written(mails: Iterable[tuple[MailRow, str]]) -> bytes:
    """Of rows, each with its words, separated by blanks."""
    ordered = sorted(mails, key=lambda mail: (mail[0].at, mail[0].offset))
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(":memory:")) as base:
        base.executescript(_SCHEMA)
        base.executemany(
            "INSERT INTO mail VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            ((number, *row) for number, (row, _) in enumerate(ordered, start=1)),
        )
        base.executemany(
            "INSERT INTO words(rowid, t) VALUES (?,?)",
            ((number, words) for number, (_, words) in enumerate(ordered, start=1)),
        )
        base.executemany("INSERT INTO meta VALUES (?,?)", _meta([row for row, _ in ordered]))
        return _finish(base, Path(folder))


def _meta(rows: Sequence[MailRow]) -> list[tuple[str, int]]:
    dates = [row.at for row in rows] or [0]
    return [
        ("words", WORDS_VERSION), ("mails", len(rows)), ("first", dates[0]), ("last", dates[-1]),
    ]  # fmt: skip


def _finish(base: sqlite3.Connection, folder: Path) -> bytes:
    base.execute("INSERT INTO words(words) VALUES ('optimize')")
    base.commit()
    # A file that was never anything else: no page holds what was deleted.
    target = folder / "search"
    base.execute("VACUUM INTO ?", (str(target),))
    return target.read_bytes()


class SearchFile:
    """A search file to be asked; close it. Raises NotASearchFileError where it is none."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(b"SQLite format 3\0"):
            raise NotASearchFileError(f"{len(content)} bytes of something else")
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            self._base.deserialize(content)
            identity = self._base.execute("PRAGMA application_id").fetchone()[0]
            version = self._base.execute("PRAGMA user_version").fetchone()[0]
            if (identity, version) != (APPLICATION_ID, FILE_VERSION):
                raise NotASearchFileError(f"{identity:#x}, version {version}")
            meta = dict(self._base.execute("SELECT key, value FROM meta").fetchall())
            self.mails, self.first, self.last = meta["mails"], meta["first"], meta["last"]
        except (sqlite3.DatabaseError, KeyError) as error:
            self.close()
            raise NotASearchFileError(str(error)) from error
        except NotASearchFileError:
            self.close()
            raise

    def find(self, query: Query, *, until: int | None = None) -> Iterator[MailRow]:
        """What the words say, newest first; each is to be checked where the query is not exact.

        `until`: nothing received after this instant, epoch seconds.
        """
        clauses, values = [], []
        expression = query.expression()
        if expression is not None:
            source = "words JOIN mail ON mail.id = words.rowid"
            order = "words.rowid"
            clauses.append("words MATCH ?")
            values.append(expression)
        else:
            source, order = "mail", "mail.id"
        for excluded in query.exclusions():
            clauses.append("mail.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(excluded)
        low, high = self._places(query.after, query.before, until)
        numbers: list[tuple[str, int | None]] = [
            (f"{order} >= ?", low),
            (f"{order} < ?", high),
            ("mail.size > ?", query.larger),
            ("mail.size < ?", query.smaller),
        ]
        for clause, number in numbers:
            if number is not None:
                clauses.append(clause)
                values.append(number)  # type: ignore[arg-type]
        if query.attachment is not None:
            clauses.append("mail.attachments > 0" if query.attachment else "mail.attachments = 0")
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        # Only our own words are in it; what was asked for is bound.
        statement = f"SELECT {_COLUMNS} FROM {source} {where} ORDER BY {order} DESC"  # noqa: S608
        return map(MailRow._make, self._base.execute(statement, values))

    def _places(
        self, after: int | None, before: int | None, until: int | None
    ) -> tuple[int | None, int | None]:
        """The row numbers between two instants: rows are in order of date."""
        if until is not None:
            before = until + 1 if before is None else min(before, until + 1)
        low = None if after is None or after <= self.first else self._first_from(after)
        high = None if before is None or before > self.last else self._first_from(before)
        return low, high

    def _first_from(self, instant: int) -> int:
        low, high = 1, self.mails + 1
        while low < high:
            middle = (low + high) // 2
            (at,) = self._base.execute("SELECT at FROM mail WHERE id = ?", (middle,)).fetchone()
            low, high = (middle + 1, high) if at < instant else (low, middle)
        return low

    def between(self, first: int, last: int) -> Iterator[MailRow]:
        """The mails received between two instants (epoch seconds, both included), oldest first."""
        low, high = self._places(first, None, last)
        statement = f"SELECT {_COLUMNS} FROM mail WHERE id >= ? AND id < ? ORDER BY id"  # noqa: S608
        values = (low or 1, self.mails + 1 if high is None else high)
        return map(MailRow._make, self._base.execute(statement, values))

    def at(self, offsets: Sequence[int]) -> Iterator[MailRow]:
        """The mails whose members stand at `offsets`, in no order."""
        marks = ",".join("?" * len(offsets))
        statement = f"SELECT {_COLUMNS} FROM mail WHERE offset IN ({marks})"  # noqa: S608
        return map(MailRow._make, self._base.execute(statement, offsets))

    def rows(self) -> Iterator[MailRow]:
        """Every mail, oldest first."""
        statement = f"SELECT {_COLUMNS} FROM mail ORDER BY id"  # noqa: S608 - our own words
        return map(MailRow._make, self._base.execute(statement))

    def close(self) -> None:
        """Let go of it."""
        self._base.close()


def cut_search_file(parts: Iterable[tuple[bytes, Mapping[int, int]]]) -> bytes:
    """One search file of some mails of others: (content, where the members of those that are
    wanted stand in it → where they are to stand in the new one).

    Made through the vocabulary, without a look at the mails, and written anew: no word of another
    mail is anywhere in its bytes.
    """
    mails: list[tuple[MailRow, str]] = []
    for content, offsets in parts:
        with closing(sqlite3.connect(":memory:")) as whole:
            whole.deserialize(content)
            rows = whole.execute(f"SELECT id, {_COLUMNS} FROM mail ORDER BY id")  # noqa: S608
            wanted = {
                row[0]: MailRow._make(row[1:])._replace(offset=offsets[row[2]])
                for row in rows
                if row[2] in offsets
            }
            whole.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, instance)")
            # Gathered inside SQLite: half a thousand words a mail, each handed to Python, take
            # three times as long.
            words = dict(
                whole.execute("SELECT doc, group_concat(term, ' ') FROM temp.terms GROUP BY doc")
            )
        mails += [(row, words.get(number, "")) for number, row in wanted.items()]
    return _written(mails)
