"""Faults that were in the service once, put back on purpose: stories must find every one."""

from collections.abc import Callable, Mapping
from typing import Any

from pyeonji.domain.states import BackupState
from pyeonji.domain.uploads import Upload
from pyeonji.usecases.backups import plan
from pyeonji.usecases.backups.end import remove_volumes
from pyeonji.usecases.uploads import settle
from tests.support.fakes import FakeIndex
from tests.world.watching import WatchedUploads


def _move_whatever_the_attempt(self: Any, upload: Upload, was: Upload) -> bool:
    there = self.items.get((upload.account, upload.id))
    if there is None or there.state is not was.state:
        return False
    self.items[upload.account, upload.id] = upload
    return True


def _intend_in_closed_chunks(self: Any, upload_id: str, chunk: str, intent: str) -> None:
    self.intended.add((upload_id, chunk, intent))


_counted_once = FakeIndex.count_chunk


def _count_again(self: Any, *args: Any, **kwargs: Any) -> bool:
    self.markers.pop((args[2], args[3]), None)
    return _counted_once(self, *args, **kwargs)


def _count_whatever_the_run(self: Any, *args: Any, run: Any = None, **kwargs: Any) -> bool:
    # And a closed chunk of which nothing was found stayed as it was.
    if kwargs.get("even_closed") and not args[4]:
        return False
    return _counted_once(self, *args, **kwargs)


def _remove_what_another_made(world: Any, backup: Any) -> None:
    there = world.backups.get(backup.account, backup.id)
    moved = world.backups.finish_plan(backup)
    if moved or (there is not None and there.state is BackupState.EXPORTING):
        return
    remove_volumes(world, backup)
    raise plan.PermanentError("wrong_state")


#: name -> (where, attribute, what stood there). The first two are of 1.0.0.
OLD_FAULTS: Mapping[str, tuple[Any, str, Callable[..., Any]]] = {
    "mail of a killed chunk is counted by nobody": (
        settle, "_left_in", lambda *args, **kwargs: iter(()),
    ),
    "a straggler of one attempt ends the next": (
        WatchedUploads, "move", _move_whatever_the_attempt,
    ),
    "a straggler adds mail behind the settling": (FakeIndex, "intend", _intend_in_closed_chunks),
    "what a straggler intends is left to it": (
        settle, "complete_intents", lambda *args, **kwargs: None,
    ),
    "a chunk that runs twice counts twice": (FakeIndex, "count_chunk", _count_again),
    "a settling left behind counts the next run's mail": (
        FakeIndex, "count_chunk", _count_whatever_the_run,
    ),
    "a straggling plan removes a finished backup": (plan, "_finish", _remove_what_another_made),
    "a plan left behind writes beside its next try": (plan, "new_id", lambda now: ""),
}  # fmt: skip
