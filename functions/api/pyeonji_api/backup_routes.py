"""/backups."""

from dataclasses import replace

from chalice.app import Blueprint

from pyeonji.domain.errors import NotFoundError
from pyeonji.domain.instants import rfc3339
from pyeonji.domain.periods import Period
from pyeonji.usecases.backups.end import cancel_backup, delete_backup
from pyeonji.usecases.backups.estimate import estimate_backup
from pyeonji.usecases.backups.request import request_backup
from pyeonji.usecases.backups.selection import Wanted
from pyeonji.usecases.backups.show import BackupView, list_backups, show_backup, volume_url
from pyeonji.usecases.uploads.restore import restore_backup
from pyeonji_api import shapes
from pyeonji_api.bodies import NewBackup, Nothing, Selection, Volumes
from pyeonji_api.calls import Call, Json, known_id, page_of, route

routes = Blueprint(__name__)


@route(routes, "POST", "/backups/estimate")
def estimate(call: Call) -> Json:
    """What a backup would come to."""
    wanted = _wanted(call)
    found = estimate_backup(call.services, account=call.account, wanted=wanted, now=call.now)
    return shapes.estimate(found) | {"period": wanted.period.to_json()}


@route(routes, "POST", "/backups", status=201)
def request(call: Call) -> Json:
    """Ask for one."""
    body = call.body(NewBackup)
    wanted = replace(_wanted_of(body), include_gone=body.include_gone)
    made = request_backup(call.services, account=call.account, wanted=wanted, now=call.now)
    return _shape(call, BackupView(made, [], 0.0))


@route(routes, "GET", "/backups")
def list_all(call: Call) -> Json:
    """Newest first, with the slots they take."""
    after, limit = page_of(call)
    found = list_backups(
        call.services, account=call.account, after=after, limit=limit, now=call.now
    )
    return {
        "backups": [_shape(call, view) for view in found.backups],
        "slots": {
            "used": found.slots.used,
            "limit": call.services.limits.max_backups,
            "next_free_at": shapes.instant(found.slots.next_free_at),
        },
        "next": found.next,
    }


@route(routes, "GET", "/backups/{id}")
def show(call: Call, id: str) -> Json:
    """One, with its files."""
    call.query()
    return _shape(call, _view(call, id))


@route(routes, "POST", "/backups/{id}/cancel")
def cancel(call: Call, id: str) -> Json:
    """Stop one that is being made."""
    call.body(Nothing)
    cancel_backup(
        call.services, account=call.account, backup_id=known_id(id, "backup"), now=call.now
    )
    return _shape(call, _view(call, id))


@route(routes, "POST", "/backups/{id}/restore", status=202)
def restore(call: Call, id: str) -> Json:
    """Its files back into their mailboxes: an upload, of which nothing has to be sent."""
    begun = restore_backup(
        call.services,
        account=call.account,
        backup_id=known_id(id, "backup"),
        numbers=call.body(Volumes).volumes,
        now=call.now,
    )
    return shapes.upload(begun, call.language, call.services.limits)


@route(routes, "DELETE", "/backups/{id}")
def delete(call: Call, id: str) -> None:
    """Remove one with its files; its slot is free."""
    call.query()
    delete_backup(
        call.services, account=call.account, backup_id=known_id(id, "backup"), now=call.now
    )


@route(routes, "GET", "/backups/{id}/volumes/{n}/url")
def download(call: Call, id: str, n: str) -> Json:
    """Where to get one file, for minutes or hours."""
    return _signed(call, id, n)


@route(routes, "GET", "/backups/{id}/volumes/{n}/file", status=302)
def go_on_downloading(call: Call, id: str, n: str) -> Json:
    """To the file itself, signed at this moment: an address that does not wear out, so that a
    script asks it again, with Range, after a break."""
    return _signed(call, id, n)


def _signed(call: Call, id: str, n: str) -> Json:
    call.query()
    if not (n.isascii() and n.isdigit() and len(n) <= 6):
        raise NotFoundError("volume")
    found = volume_url(
        call.services,
        account=call.account,
        backup_id=known_id(id, "backup"),
        number=int(n),
        now=call.now,
    )
    return {"url": found.url, "expires_at": rfc3339(found.expires_at)}


def _wanted(call: Call) -> Wanted:
    return _wanted_of(call.body(Selection))


def _wanted_of(body: Selection) -> Wanted:
    return Wanted(body.chosen, Period.from_json(body.period), body.volume_bytes, body.query)


def _view(call: Call, backup_id: str) -> BackupView:
    return show_backup(
        call.services, account=call.account, backup_id=known_id(backup_id, "backup"), now=call.now
    )


def _shape(call: Call, view: BackupView) -> Json:
    return shapes.backup(view, call.language, call.services.limits)
