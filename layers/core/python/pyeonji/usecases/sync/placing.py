"""Where the mails of a chunk go: into a new segment, or they are here already.

Each mail of a folder is one of the mailbox, twins too. A mail that is here under another epoch (its
UIDs mean other mails now, somebody uploaded it) or that was gone is taken over, never stored again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from pyeonji.domain.messages import Message, like_of
from pyeonji.usecases.mail.storing import (
    ImportJob,
    ImportsMail,
    Known,
    Prepared,
    copy_id,
    write_segment,
)
from pyeonji.usecases.sync.maps import uid_of
from pyeonji.usecases.sync.plan_files import Fetched, read_taken, write_taken
from pyeonji.usecases.sync.settle import weight_of
from pyeonji.worlds import HasFollowing, HasWork


class PlacesMail(ImportsMail, HasFollowing, HasWork, Protocol):
    """What placing needs."""


class Placing:
    """Of one chunk, segment by segment."""

    def __init__(self, world: PlacesMail, job: ImportJob) -> None:
        self._world = world
        self._job = job
        self._known = Known.of(world.index.marks(job.account, job.mailbox_id))
        #: UIDs whose mail was counted under another epoch when the first try looked.
        self._taken = set(read_taken(world.work, job.account, job.upload_id, job.chunk))

    def store(self, letters: Sequence[Prepared]) -> list[Fetched]:
        """Write what is not here, take over what is; a row each. Done again, it is the same."""
        job = self._job
        suspects = {letter.index: self._known.suspects(letter) for letter in letters}
        keys = list(dict.fromkeys(key for own in suspects.values() for key in own))
        held = dict(self._world.index.find(job.account, job.mailbox_id, keys))
        rows: list[Fetched] = []
        fresh: dict[str, Prepared] = {}
        met: list[tuple[Prepared, Message]] = []
        twins: list[Prepared] = []
        for letter in letters:
            there = next((held[key] for key in suspects[letter.index] if key in held), None)
            if there is not None:
                met.append((letter, there))
            elif letter.key in fresh:
                twins.append(letter)
            else:
                fresh[letter.key] = letter
        lost = write_segment(self._world, job, fresh)
        # Mail that is not counted is not among the marks: gone mail, a try of ours that was killed.
        known = self._world.index.find(job.account, job.mailbox_id, list(lost))
        met += [(fresh[key], known[key]) for key in lost if key in known]
        twins += [fresh[key] for key in lost if key not in known]
        rows += [self._row(letter, key) for key, letter in fresh.items() if key not in lost]
        twins += self._take_over(met, rows)
        rows += self._copies(twins)
        return rows

    def _take_over(
        self, met: Sequence[tuple[Prepared, Message]], rows: list[Fetched]
    ) -> list[Prepared]:
        """Rows for mails that become those of these UIDs; returns the letters whose like belongs to
        another UID of this epoch."""
        others: list[Prepared] = []
        taking: list[tuple[Prepared, Message]] = []
        for letter, there in met:
            own = there.origin == letter.origin
            if own and not there.gone:
                rows.append(self._row(letter, there.key, there))
            elif own or there.gone or uid_of(there, self._job.epoch) is None:
                taking.append((letter, there))
            else:
                others.append(letter)
        counted = [letter.index for letter, there in taking if not there.gone]
        if set(counted) - self._taken:
            self._taken |= set(counted)
            job = self._job
            write_taken(
                self._world.work, job.account, job.upload_id, job.chunk, sorted(self._taken)
            )
        claimed: set[str] = set()
        for letter, there in taking:
            now = replace(there, origin=letter.origin, flags=letter.flags, gone=0)
            if there.key not in claimed and self._replace(there, now):
                claimed.add(there.key)
                rows.append(self._row(letter, there.key, there))
            else:
                others.append(letter)  # another chunk was faster
        return others

    def _replace(self, was: Message, now: Message) -> bool:
        job = self._job
        return self._world.following.replace(job.account, job.mailbox_id, was, now)

    def _copies(self, letters: Sequence[Prepared]) -> list[Fetched]:
        """Mails whose like is another UID's: each has a key of its own. One that is here as a copy
        under another epoch is taken over."""
        if not letters:
            return []
        job = self._job
        rows: list[Fetched] = []
        plain = self._world.index.find(
            job.account, job.mailbox_id, [letter.key for letter in letters]
        )
        marks = list({letter.mark for letter in letters})
        free = {
            message.key: message
            for message in self._world.index.marked(job.account, job.mailbox_id, marks)
            if "#" in message.key
        }
        fresh: dict[str, Prepared] = {}
        for letter in letters:
            there = plain.get(letter.key)
            if there is not None and there.origin == letter.origin and not there.gone:
                # An earlier try, to which the twins came in another order.
                rows.append(self._row(letter, there.key, there))
                continue
            own = free.get(f"{letter.key}#{copy_id(job, letter)}")
            found = own or next(
                (
                    message
                    for message in free.values()
                    if message.key.startswith(f"{letter.key}#")
                    and (
                        message.gone
                        or uid_of(message, job.epoch) is None
                        or message.origin == letter.origin
                    )
                ),
                None,
            )
            if found is None:
                fresh[f"{letter.key}#{copy_id(job, letter)}"] = letter
                continue
            del free[found.key]
            rest = self._take_over([(letter, found)], rows)
            fresh |= {f"{letter.key}#{copy_id(job, letter)}": each for each in rest}
        lost = write_segment(self._world, job, fresh)
        assert not lost, "nobody else makes the key of our own copy"
        rows += [self._row(letter, key) for key, letter in fresh.items()]
        return rows

    def _row(self, letter: Prepared, key: str, there: Message | None = None) -> Fetched:
        """A row; `there` is what the index has of it. With what it counts, unless it was counted
        before it came to us."""
        weight: tuple[int, int, int, int, int] | None = (
            int(letter.received.timestamp()),
            letter.packed.size,
            len(letter.packed.data),
            letter.mark,
            like_of(letter.likeness),
        )
        if there is not None:
            weight = weight_of(there)
        if letter.index in self._taken and not key.endswith(f"#{copy_id(self._job, letter)}"):
            weight = None
        return Fetched(letter.index, key, tuple(sorted(letter.flags)), weight)
