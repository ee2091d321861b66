"""/uploads. The bytes themselves go from the caller to S3 directly."""

from chalice.app import Blueprint

from pyeonji.domain.errors import InvalidRequestError
from pyeonji.domain.uploads import Folders, OnDuplicate, Outcome, Upload
from pyeonji.usecases.uploads import end as end_upload
from pyeonji.usecases.uploads import request as request_upload
from pyeonji.usecases.uploads import retry as retry_upload
from pyeonji.usecases.uploads import show as read_uploads
from pyeonji.usecases.uploads import undo as undo_upload
from pyeonji_api import shapes
from pyeonji_api.bodies import NewUpload, Nothing, PartNumbers
from pyeonji_api.calls import Call, Json, known_id, page_of, route, rows_of

routes = Blueprint(__name__)


@route(routes, "POST", "/uploads", status=201)
def request(call: Call) -> Json:
    """Open one; refused here, before the first byte, if it cannot be taken."""
    body = call.body(NewUpload)
    if body.on_duplicate not in set(OnDuplicate):
        raise InvalidRequestError("on_duplicate", "unknown_value")
    if body.folders not in set(Folders):
        raise InvalidRequestError("folders", "unknown_value")
    opened = request_upload.request_upload(
        call.services,
        account=call.account,
        wanted=request_upload.UploadRequest(
            filename=body.filename,
            size=body.bytes,
            mailbox_id=body.mailbox_id,
            on_duplicate=OnDuplicate(body.on_duplicate),
            folders=Folders(body.folders),
        ),
        now=call.now,
    )
    return _shape(call, opened)


@route(routes, "POST", "/uploads/{id}/parts")
def sign_parts(call: Call, id: str) -> Json:
    """Where to PUT parts."""
    urls = request_upload.sign_parts(
        call.services,
        account=call.account,
        upload_id=known_id(id, "upload"),
        numbers=call.body(PartNumbers).numbers,
    )
    return {"urls": {str(number): url for number, url in urls.items()}}


@route(routes, "GET", "/uploads/{id}/parts")
def list_parts(call: Call, id: str) -> Json:
    """Which parts have arrived."""
    call.query()
    found = request_upload.list_parts(
        call.services, account=call.account, upload_id=known_id(id, "upload")
    )
    return {"parts": [{"number": part.number, "bytes": part.bytes} for part in found]}


@route(routes, "POST", "/uploads/{id}/complete", status=202)
def complete(call: Call, id: str) -> Json:
    """Every part is there: put them together and begin."""
    call.body(Nothing)
    received = request_upload.complete_upload(
        call.services, account=call.account, upload_id=known_id(id, "upload"), now=call.now
    )
    return _shape(call, received)


@route(routes, "POST", "/uploads/{id}/retry", status=202)
def retry(call: Call, id: str) -> Json:
    """Take up again what failed for a passing reason."""
    call.body(Nothing)
    again = retry_upload.retry_upload(
        call.services, account=call.account, upload_id=known_id(id, "upload"), now=call.now
    )
    return _shape(call, again)


@route(routes, "POST", "/uploads/{id}/undo", status=202)
def undo(call: Call, id: str) -> Json:
    """Take out what it brought in, and nothing else."""
    call.body(Nothing)
    undone = undo_upload.undo_upload(
        call.services, account=call.account, upload_id=known_id(id, "upload"), now=call.now
    )
    return _shape(call, undone)


@route(routes, "GET", "/uploads")
def list_all(call: Call) -> Json:
    """Newest first."""
    after, limit = page_of(call)
    found = [
        upload
        for upload in read_uploads.list_uploads(call.services, account=call.account)
        if after is None or upload.id < after
    ]
    page = found[:limit]
    return {
        "uploads": [_shape(call, upload) for upload in page],
        "next": page[-1].id if len(found) > limit else None,
    }


@route(routes, "GET", "/uploads/{id}")
def show(call: Call, id: str) -> Json:
    """One, with progress and totals, and whether trying again could better anything."""
    call.query()
    found = read_uploads.show_upload(
        call.services, account=call.account, upload_id=known_id(id, "upload")
    )
    return _shape(call, found) | {
        "can_retry": retry_upload.can_retry(call.services, found, call.now)
    }


@route(routes, "GET", "/uploads/{id}/entries")
def list_entries(call: Call, id: str) -> Json:
    """Rows of the ledger, of one outcome or all."""
    asked = call.query("outcome", "after", "limit")
    outcome = asked["outcome"]
    if outcome is not None and outcome not in set(Outcome):
        raise InvalidRequestError("outcome", "unknown_value")
    page = read_uploads.read_entries(
        call.services,
        account=call.account,
        upload_id=known_id(id, "upload"),
        outcome=None if outcome is None else Outcome(outcome),
        after=asked["after"],
        limit=rows_of(asked["limit"], read_uploads.DEFAULT_ROWS, read_uploads.MAX_ROWS),
    )
    limits = call.services.limits
    rows = [shapes.entry(row, call.language, limits) for row in page.rows]
    return {"entries": rows, "next": page.next}


@route(routes, "GET", "/uploads/{id}/ledger")
def ledger(call: Call, id: str) -> Json:
    """Where to get the whole ledger as CSV, for minutes."""
    call.query()
    url = read_uploads.ledger_url(
        call.services,
        account=call.account,
        upload_id=known_id(id, "upload"),
        language=call.language,
    )
    return {"url": url}


@route(routes, "DELETE", "/uploads/{id}")
def delete(call: Call, id: str) -> None:
    """Abandon it, or take it off the list; the mail it brought stays."""
    call.query()
    end_upload.delete_upload(
        call.services, account=call.account, upload_id=known_id(id, "upload"), now=call.now
    )


def _shape(call: Call, upload: Upload) -> Json:
    return shapes.upload(upload, call.language, call.services.limits)
