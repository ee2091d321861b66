"""What a person may ask for, each as a request to the API that may die, fail or be repeated."""

import io
import zipfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from pyeonji.domain.errors import PyeonjiError
from pyeonji.domain.periods import Period, PeriodKind
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate
from pyeonji.ports import MissingObjectError
from pyeonji.usecases.backups.end import cancel_backup, delete_backup
from pyeonji.usecases.backups.request import request_backup
from pyeonji.usecases.backups.selection import Wanted
from pyeonji.usecases.backups.show import list_backups, volume_url
from pyeonji.usecases.uploads.end import delete_upload
from pyeonji.usecases.uploads.request import UploadRequest, complete_upload, request_upload
from pyeonji.usecases.uploads.retry import retry_upload
from tests.support.company import KIM, letter_bytes
from tests.support.uploading import put_parts
from tests.world.processes import Process
from tests.world.service import API_LIMIT, VOLUME_BYTES, Service

ALL = Period(PeriodKind.ALL)


@lru_cache(maxsize=1)
def archives() -> tuple[bytes, ...]:
    """What people send: mail, mail that is there already, no mail, no ZIP."""
    old = {f"old{n}.eml": letter_bytes(900 + n, 3_200 if n % 3 == 0 else 500) for n in range(2)}
    return (
        _zip({f"{n}.eml": letter_bytes(n, 500) for n in range(5)}),
        _zip({f"{n}.eml": letter_bytes(n, 500) for n in range(3, 6)} | old | {"x.png": b"x"}),
        _zip({"a.eml": letter_bytes(1, 500), "b.eml": letter_bytes(1, 500), "c.eml": b""}),
        _zip({"only.txt": b"x"}),
        b"this is no zip",
    )


def _zip(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


class People:
    """Requests, and what was promised to those who asked: `promised` are ids answered with 2xx."""

    def __init__(self, service: Service) -> None:
        self.service = service
        #: upload id -> the archive that was sent.
        self.sent: dict[str, bytes] = {}
        self.promised: set[str] = set()
        #: Backups and uploads somebody began to delete. Told that it failed, a person deletes once
        #: more, or time does; until then something of them may be gone.
        self.deleting: set[str] = set()
        #: backup id -> the digests the mailbox held, all of them counted, when it was asked for.
        self.asked: dict[str, frozenset[str]] = {}

    def ask(self, what: str) -> None:
        """One of `ACTIONS`, of something that is there; nothing where there is none."""
        _ACTIONS[what](self)

    # ---------------------------------------------------------------- backups

    def back_up(self) -> None:
        """POST /backups, of all or of one mailbox."""
        w = self.service.world
        box = self.service.box
        one = [box.id] if self.service.choices.below(2) else None
        held = frozenset(message.digest for message in w.index.read(KIM, box.id))
        quiet = not self.service.at_work() and not self.service.paused

        def work(world: Any) -> Any:
            wanted = Wanted(one, ALL, VOLUME_BYTES)
            return request_backup(world, account=KIM, wanted=wanted, now=world.now())

        def told(process: Process) -> None:
            if process.error is None and not process.orphaned:
                self.promised.add(process.result.id)
                if quiet:
                    self.asked[process.result.id] = held

        self._request("POST /backups", work, told)

    def cancel(self) -> None:
        """POST /backups/{id}/cancel."""
        self._end_backup("cancel", cancel_backup)

    def delete(self) -> None:
        """DELETE /backups/{id}."""
        self._end_backup("delete", delete_backup)

    def _end_backup(self, name: str, verb: Callable[..., Any]) -> None:
        backup_id = self._one_of([one for _, one in self.service.world.backups.items])
        if backup_id is not None:
            if name == "delete":
                self.deleting.add(backup_id)
            self._request(
                f"{name} backup {backup_id[-4:]}",
                lambda world: verb(world, account=KIM, backup_id=backup_id, now=world.now()),
            )

    def download(self) -> None:
        """GET /backups/{id}/volumes/{n}/url: never of a file that is not there, never for longer
        than it lives."""
        service = self.service
        places = [(one, number) for _, one, number in service.world.backups.files]
        found = self._one_of(places)
        if found is None:
            return

        def told(process: Process) -> None:
            if process.error is not None or process.orphaned or service.hurt:
                return
            file = service.world.backups.files.get((KIM, *found))
            if file is not None and service.clock == process.begun:
                assert file.key in service.world.volumes.data, "a download of nothing"
                assert process.result.expires_at <= file.expires_at, "a link outlives its file"

        self._request(
            "download",
            lambda world: volume_url(
                world, account=KIM, backup_id=found[0], number=found[1], now=world.now()
            ),
            told,
        )

    def look(self) -> None:
        """GET /backups."""
        self._request(
            "GET /backups",
            lambda world: list_backups(world, account=KIM, after=None, limit=50, now=world.now()),
        )

    # ---------------------------------------------------------------- uploads

    def upload(self) -> None:
        """POST /uploads, the parts, complete."""
        self._upload(whole=True)

    def begin_upload(self) -> None:
        """POST /uploads, the parts, and no more."""
        self._upload(whole=False)

    def _upload(self, whole: bool) -> None:
        service = self.service
        data = archives()[service.choices.below(len(archives()))]
        keep = OnDuplicate.KEEP if service.choices.below(4) == 3 else OnDuplicate.SKIP
        box = service.box

        def told(process: Process) -> None:
            if process.error is not None or process.orphaned:
                return
            upload = process.result
            self.sent[upload.id] = data
            try:
                put_parts(service.world, upload, data)
            except MissingObjectError:
                return  # deleted before the answer arrived
            if whole:
                self._complete(upload.id)

        wanted = UploadRequest("a.zip", len(data), box.id, keep)
        self._request(
            "POST /uploads",
            lambda world: request_upload(world, account=KIM, wanted=wanted, now=world.now()),
            told,
        )

    def _complete(self, upload_id: str) -> None:
        def told(process: Process) -> None:
            if process.error is None and not process.orphaned:
                self.promised.add(upload_id)

        self._request(
            f"complete upload {upload_id[-4:]}",
            lambda world: complete_upload(world, account=KIM, upload_id=upload_id, now=world.now()),
            told,
        )

    def complete(self) -> None:
        """POST /uploads/{id}/complete, of one that was begun or once more."""
        upload_id = self._one_of(sorted(self.sent))
        if upload_id is not None:
            self._complete(upload_id)

    def retry(self) -> None:
        """POST /uploads/{id}/retry, of one that failed if there is one."""
        uploads = self.service.world.uploads.items
        failed = [one.id for one in uploads.values() if one.state is UploadState.FAILED]
        self._with_upload("retry", retry_upload, failed)

    def drop(self) -> None:
        """DELETE /uploads/{id}."""
        self._with_upload("delete", delete_upload)

    def _with_upload(self, name: str, verb: Callable[..., Any], rather: Sequence[str] = ()) -> None:
        known = [one for _, one in self.service.world.uploads.items]
        upload_id = self._one_of(list(rather) or known)
        if upload_id is not None:
            if name == "delete":
                self.deleting.add(upload_id)
            self._request(
                f"{name} upload {upload_id[-4:]}",
                lambda world: verb(world, account=KIM, upload_id=upload_id, now=world.now()),
            )

    # ---------------------------------------------------------------- all of them

    def _one_of(self, places: list[Any]) -> Any:
        return places[self.service.choices.below(len(places))] if places else None

    def _request(
        self,
        name: str,
        work: Callable[[Any], Any],
        told: Callable[[Process], None] = lambda process: None,
    ) -> None:
        def then(process: Process) -> None:
            error = process.error
            if error is not None and not isinstance(error, PyeonjiError):
                self.service.tell(f"  {name}: {type(error).__name__}")
                self.service._look_at(error)
            told(process)

        self.service.tell(name)
        self.service.run(name, work, then, API_LIMIT)


_ACTIONS: dict[str, Callable[[People], None]] = {
    "upload": People.upload,
    "back up": People.back_up,
    "retry": People.retry,
    "cancel": People.cancel,
    "delete": People.delete,
    "drop": People.drop,
    "begin upload": People.begin_upload,
    "complete": People.complete,
    "download": People.download,
    "look": People.look,
}
ACTIONS = tuple(_ACTIONS)
