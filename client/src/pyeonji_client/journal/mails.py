"""What was read of each source folder, and what is safe in each ZIP."""

import json
from collections.abc import Iterator, Sequence

from ..model import Doubt, LastRead
from .file import JournalFile
from .rows import DOUBTFUL, Counts, Packed, Read, Told

#: Digests are compared by their first 16 bytes: 10^9 mails meet by chance with 1e-21.
DIGEST_KEY = 16
#: The key under which it is written down that a folder as a whole could not be had.
WHOLE_FOLDER = ""
#: Contents and mails first: they are found by what the ZIP holds. A folder that is read front to
#: back goes back to its start: behind what is lost here other mails may be safe in other ZIPs.
_DROP = (
    "UPDATE mail SET following=NULL WHERE following IS NOT NULL AND folder IN"
    " (SELECT lost.folder FROM mail AS lost JOIN folder ON folder.id=lost.folder"
    " WHERE folder.job=(SELECT job FROM archive WHERE id=:archive)"
    " AND lost.digest IN (SELECT digest FROM packed WHERE archive=:archive))",
    "DELETE FROM content WHERE (mailbox, digest) IN (SELECT archive.mailbox,"
    " substr(packed.digest,1,16) FROM packed JOIN archive ON archive.id=packed.archive"
    " WHERE packed.archive=:archive)",
    "DELETE FROM mail WHERE digest IN (SELECT digest FROM packed WHERE archive=:archive)"
    " AND folder IN (SELECT id FROM folder WHERE job=(SELECT job FROM archive WHERE id=:archive))",
    "DELETE FROM packed WHERE archive=:archive",
    "DELETE FROM archive WHERE id=:archive",
)


class Mails:
    """Mails that were read, with what became of them; and the contents of ZIPs."""

    def __init__(self, file: JournalFile):
        self._file = file

    def commit_batch(
        self,
        packed: Sequence[Packed],
        read: Sequence[Read],
        archives: Sequence[tuple[int, int, int, int, int]],
    ) -> None:
        """One batch whose bytes are on disk, all or nothing.

        `archives`: (id, mailbox, bytes, mails, overhead) as they are from now on.
        """
        mailbox_of = {archive[0]: archive[1] for archive in archives}
        with self._file.transaction():
            self._file.db.executemany(
                "INSERT INTO packed VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        row.archive, row.offset, row.name, row.method, row.crc, row.compressed,
                        row.size, row.dos_time, row.digest, row.received, "\n".join(row.flags),
                        row.uid,
                    )
                    for row in packed
                ],
            )  # fmt: skip
            self._file.db.executemany(
                "INSERT OR IGNORE INTO content VALUES(?,?)",
                [(mailbox_of[row.archive], row.digest[:DIGEST_KEY]) for row in packed],
            )
            self._file.db.executemany(
                "INSERT OR REPLACE INTO mail VALUES(?,?,?,?,?,?,?,?,?)",
                [
                    (
                        row.folder, row.key, row.outcome, row.reason, row.size, row.digest,
                        row.following, row.mark, row.detail,
                    )
                    for row in read
                ],
            )  # fmt: skip
            self._file.db.executemany(
                "UPDATE archive SET bytes=?, mails=?, overhead=? WHERE id=?",
                [
                    (size, mails, overhead, identity)
                    for identity, _, size, mails, overhead in archives
                ],
            )

    def drop_archive(self, archive: int) -> None:
        """The ZIP is lost: its mails are to be fetched again."""
        with self._file.transaction():
            for statement in _DROP:
                self._file.db.execute(statement, {"archive": archive})

    def has_content(self, mailbox: int, digest: bytes) -> bool:
        """True when a mail with these bytes is packed for the mailbox."""
        row = self._file.db.execute(
            "SELECT 1 FROM content WHERE mailbox=? AND digest=?", (mailbox, digest[:DIGEST_KEY])
        ).fetchone()
        return row is not None

    def contents(self, job: str) -> Iterator[tuple[int, bytes]]:
        """(mailbox, digest key) of everything packed for a request."""
        yield from self._file.db.execute(
            "SELECT mailbox, digest FROM content WHERE mailbox IN"
            " (SELECT id FROM mailbox WHERE job=?)",
            (job,),
        )

    def known(
        self, folder: int, keys: Sequence[str], marks: Sequence[str | None] | None = None
    ) -> set[str]:
        """Those of `keys` that are safe: packed, or the same as one that is. A key whose mark is
        another now is another mail; one without a mark (version 1 kept none) is believed."""
        asked = list(zip(keys, marks or [None] * len(keys), strict=True))
        rows = self._file.db.execute(
            "SELECT mail.key FROM json_each(?) AS asked CROSS JOIN mail"
            " ON mail.folder=? AND mail.key=json_extract(asked.value,'$[0]')"
            " WHERE mail.outcome<>'lost'"
            " AND COALESCE(mail.mark=json_extract(asked.value,'$[1]'), 1)",
            (json.dumps(asked), folder),
        )
        return {row[0] for row in rows}

    def empty(self, folder: int) -> bool:
        """Whether nothing was read of a folder yet."""
        found = self._file.db.execute("SELECT 1 FROM mail WHERE folder=? LIMIT 1", (folder,))
        return found.fetchone() is None

    def holder(self, job: str, folder: int, digest: bytes) -> str | None:
        """The key of a mail of the folder with these bytes."""
        held = self._file.db.execute(
            "SELECT 1 FROM content WHERE mailbox IN (SELECT id FROM mailbox WHERE job=?)"
            " AND digest=?",
            (job, digest[:DIGEST_KEY]),
        ).fetchone()
        if held is None:  # the usual case, by an index; the table of mails has none for digests
            return None
        row = self._file.db.execute(
            "SELECT key FROM mail WHERE folder=? AND digest=? ORDER BY key LIMIT 1",
            (folder, digest),
        ).fetchone()
        return row[0] if row else None

    def set_doubts(self, job: str, doubts: Sequence[tuple[int | None, Doubt]]) -> None:
        """What a run found odd, with the folder it is about; in place of an earlier run's."""
        with self._file.transaction():
            self._file.db.execute("DELETE FROM doubt WHERE job=?", (job,))
            self._file.db.executemany(
                "INSERT INTO doubt VALUES(?,?,?,?)",
                [(job, folder, doubt.code, json.dumps(doubt.facts)) for folder, doubt in doubts],
            )

    def doubts(self, job: str) -> list[tuple[str, Doubt]]:
        """(folder path, doubt); the path is empty for what is about the source as a whole."""
        rows = self._file.db.execute(
            "SELECT COALESCE(folder.path,''), doubt.code, doubt.facts FROM doubt"
            " LEFT JOIN folder ON folder.id=doubt.folder WHERE doubt.job=? ORDER BY doubt.rowid",
            (job,),
        )
        return [(path, Doubt(code, json.loads(facts))) for path, code, facts in rows]

    def last(self, folder: int) -> LastRead | None:
        """The last mail read of a folder whose keys are in order."""
        row = self._file.db.execute(
            "SELECT key,digest,following FROM mail WHERE folder=? AND following IS NOT NULL"
            " ORDER BY key DESC LIMIT 1",
            (folder,),
        ).fetchone()
        return LastRead(*row) if row else None

    def packed_in(self, archive: int) -> Iterator[Packed]:
        """The mails of a ZIP in the order they stand in it."""
        rows = self._file.db.execute(
            "SELECT archive,offset,name,method,crc,compressed,size,dos_time,digest,received,flags,"
            "uid FROM packed WHERE archive=? ORDER BY offset",
            (archive,),
        )
        for row in rows:
            fields = list(row)
            fields[10] = tuple(row[10].split("\n")) if row[10] else ()
            yield Packed(*fields)

    def uids_are_unique(self, archive: int) -> bool:
        """True when every mail of a ZIP has a UID of its own."""
        mails, uids = self._file.db.execute(
            "SELECT COUNT(*), COUNT(DISTINCT uid) FROM packed WHERE archive=?", (archive,)
        ).fetchone()
        return bool(mails == uids)

    def counts(self, job: str) -> Counts:
        """Totals of a request."""
        rows, lost, seen = self._file.db.execute(
            "SELECT COUNT(*), COALESCE(SUM(outcome='lost'),0), COALESCE(SUM(size),0) FROM mail"
            " WHERE outcome<>'skipped' AND folder IN (SELECT id FROM folder WHERE job=?)",
            (job,),
        ).fetchone()
        packed, size = self._file.db.execute(
            "SELECT COUNT(*), COALESCE(SUM(size),0) FROM packed"
            " WHERE archive IN (SELECT id FROM archive WHERE job=?)",
            (job,),
        ).fetchone()
        listed, listed_bytes, unknown = self._file.db.execute(
            "SELECT COALESCE(SUM(messages),0), COALESCE(SUM(bytes),0),"
            " COALESCE(SUM(bytes IS NULL AND messages > 0),0) FROM folder WHERE job=?",
            (job,),
        ).fetchone()
        doubts = self._file.db.execute(
            "SELECT (SELECT COUNT(*) FROM doubt WHERE job=?) + (SELECT COUNT(*) FROM mail"
            " WHERE reason IN (SELECT value FROM json_each(?))"
            " AND folder IN (SELECT id FROM folder WHERE job=?))",
            (job, json.dumps(DOUBTFUL), job),
        ).fetchone()[0]
        converted = self._file.db.execute(
            "SELECT COUNT(*) FROM mail WHERE reason='converted'"
            " AND folder IN (SELECT id FROM folder WHERE job=?)",
            (job,),
        ).fetchone()[0]
        # Not by outcome: a mail that is read again (no UIDL, other UIDs) meets itself.
        same = max(0, rows - lost - packed)
        return Counts(
            listed,
            packed,
            same,
            lost,
            size,
            None if unknown else listed_bytes,
            seen,
            doubts,
            converted,
        )

    def told(self, job: str) -> list[Told]:
        """Lost mails and those with something to tell of them; not those that were rebuilt, which
        can be all of a source."""
        rows = self._file.db.execute(
            "SELECT folder.path, mail.key, mail.outcome, mail.reason, mail.size,"
            " COALESCE(mail.detail,'') FROM mail JOIN folder ON folder.id=mail.folder"
            " WHERE folder.job=? AND mail.reason IS NOT NULL AND mail.reason<>'converted'"
            " ORDER BY 1,2",
            (job,),
        )
        return [Told(*row) for row in rows]

    def outcomes(self, job: str) -> list[tuple[str, str, str, int]]:
        """(folder path, outcome, reason or "", how many) of everything that was read."""
        return self._file.db.execute(
            "SELECT folder.path, mail.outcome, COALESCE(mail.reason,''), COUNT(*) FROM mail"
            " JOIN folder ON folder.id=mail.folder WHERE folder.job=? GROUP BY 1,2,3 ORDER BY 1",
            (job,),
        ).fetchall()

    def choose_again(self, job: str) -> None:
        """What was not chosen is looked at once more: the choice is another one now."""
        with self._file.transaction():
            self._file.db.execute(
                "DELETE FROM mail WHERE outcome='skipped'"
                " AND folder IN (SELECT id FROM folder WHERE job=?)",
                (job,),
            )
            # A folder that is read front to back begins at its start again.
            self._file.db.execute(
                "UPDATE mail SET following=NULL"
                " WHERE folder IN (SELECT id FROM folder WHERE job=?)",
                (job,),
            )
            self._file.db.execute("UPDATE folder SET done=0 WHERE job=?", (job,))

    def read_anew(self, folder: int) -> None:
        """A folder that is read front to back begins at its start again: it was compacted. What
        stood where says nothing until it is met again."""
        with self._file.transaction():
            self._file.db.execute("DELETE FROM mail WHERE folder=? AND outcome='lost'", (folder,))
            self._file.db.execute("UPDATE mail SET following=NULL WHERE folder=?", (folder,))

    def folder_read(
        self, folder: int, validity: str | None, lost: Sequence[str], *, in_order: bool
    ) -> None:
        """The folder was gone through, with `lost`.

        It is there after all; keys that counted from another UIDVALIDITY mean nothing more, nor
        do places of an mbox at which no mail was met; and what was lost before and is not now is
        no longer at the source. Only a mail that disappeared stays listed: that is its reason.
        """
        with self._file.transaction():
            self._file.db.execute(
                "DELETE FROM mail WHERE folder=? AND key=?", (folder, WHOLE_FOLDER)
            )
            if validity:
                self._file.db.execute(
                    "DELETE FROM mail WHERE folder=? AND substr(key,1,?)<>?",
                    (folder, len(validity) + 1, f"{validity}/"),
                )
            if in_order:
                self._file.db.execute(
                    "DELETE FROM mail WHERE folder=? AND outcome<>'lost' AND following IS NULL",
                    (folder,),
                )
            else:
                self._file.db.execute(
                    "DELETE FROM mail WHERE folder=? AND outcome='lost' AND reason<>'gone'"
                    " AND key NOT IN (SELECT value FROM json_each(?))",
                    (folder, json.dumps(lost)),
                )
            self._file.db.execute("UPDATE folder SET done=1 WHERE id=?", (folder,))
