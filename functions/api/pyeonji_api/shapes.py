"""The shapes of the contract: domain values as JSON."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyeonji.domain.accounts import Account, Mailbox
from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.homes import Home, HomeState, SyncState
from pyeonji.domain.instants import rfc3339
from pyeonji.domain.limits import MIN_PASSWORD_LENGTH, Limits
from pyeonji.domain.uploads import LedgerRow, Upload
from pyeonji.ports import Session
from pyeonji.usecases.accounts.me import Me
from pyeonji.usecases.backups.estimate import Estimate
from pyeonji.usecases.backups.show import BackupView
from pyeonji.usecases.uploads.show import progress_of
from pyeonji.words import ENTRIES, say

if TYPE_CHECKING:
    from pyeonji.domain.schedules import Schedule
    from pyeonji.usecases.mail.reading import ListedMail

Json = dict[str, Any]


def session(value: Session) -> Json:
    """Tokens, or the challenge that stands before them. A refresh brings no new refresh token."""
    if value.challenge:
        challenge: Json = {"challenge": value.challenge, "session": value.session}
        if value.challenge == "new_password":
            challenge["password_min_length"] = MIN_PASSWORD_LENGTH
        return challenge
    tokens: Json = {
        "id_token": value.id_token,
        "access_token": value.access_token,
        "expires_in": value.expires_in,
    }
    if value.refresh_token:
        tokens["refresh_token"] = value.refresh_token
    return tokens


def me(value: Me, limits: Limits, language: str) -> Json:
    """GET /me."""
    return {
        "email": value.account.email,
        "company": {"domain": value.company.domain, "name": value.company.name},
        "language": value.account.language,
        "mail_ready": value.not_ready_reason is None,
        "mail_not_ready_reason": value.not_ready_reason,
        "totp_enabled": value.totp_enabled,
        "recovery_codes_left": value.recovery_codes_left,
        "limits": {
            "max_backups": limits.max_backups,
            "used_backups": value.used_backups,
            "next_free_at": instant(value.next_free_at),
            "upload_limit_bytes": limits.upload_limit_bytes,
            "message_limit_bytes": limits.message_limit_bytes,
            "volume_bytes": limits.volume_bytes,
            "download_days": limits.download_days,
            "purge_days": limits.purge_days,
            "backup_deadline_hours": limits.backup_deadline_hours,
            "quota_bytes": quota_of(value.account, limits),
        },
        "home": home(value.home, value.home_state, language),
        "timezone": limits.timezone,
        "notices": notices(value.account),
    }


def quota_of(account: Account, limits: Limits) -> int | None:
    """Bytes of mail the account may hold; None without a limit."""
    return (limits.quota_bytes if account.quota_bytes is None else account.quota_bytes) or None


def home(value: Home, state: HomeState | None, language: str) -> Json:
    """Where the mail lives, and how up to date it is here; the server's own words are the
    operator's to read."""
    if not value.connected:
        return {"kind": value.kind.value, "state": None, "synced_at": None, "failure": None}
    return {
        "kind": value.kind.value,
        "state": (state.state if state else SyncState.NEW).value,
        "synced_at": instant(state.synced_at if state else None),
        "failure": failure(state.failure if state else None, language),
    }


def notices(account: Account) -> str:
    """`off` by choice, `bounced` where the address refused them, else `on`."""
    if not account.wants_notices:
        return "off"
    return "on" if account.notices else "bounced"


def mailbox(value: Mailbox) -> Json:
    """One of GET /mailboxes."""
    return {
        "id": value.id,
        "path": value.path,
        "special_use": value.special_use,
        "messages": value.messages,
        "bytes": value.bytes,
    }


def estimate(value: Estimate) -> Json:
    """POST /backups/estimate."""
    return {
        "mailboxes": [{"id": box.id, "path": box.path} for box in value.mailboxes],
        "from": rfc3339(value.span.start),
        "to": rfc3339(value.span.end),
        "messages": value.messages,
        "bytes": value.bytes,
        "volumes": value.volumes,
        "unsure": value.unsure,
        "waiting": value.waiting,
    }


def backup(view: BackupView, language: str, limits: Limits) -> Json:
    """GET /backups/{id}."""
    value: Backup = view.backup
    return {
        "id": value.id,
        "state": value.state.value,
        "mailboxes": [{"id": box.id, "path": box.path} for box in value.mailboxes],
        "period": value.period.to_json(),
        "query": value.query,
        "include_gone": value.include_gone,
        "scheduled": value.scheduled,
        "follows": value.follows,
        "from": rfc3339(value.span.start),
        "to": rfc3339(value.span.end),
        "volume_bytes": value.volume_bytes,
        "messages": value.messages,
        "bytes": value.bytes,
        "progress": round(view.progress, 4),
        "requested_at": rfc3339(value.requested_at),
        "finished_at": instant(value.finished_at),
        "expires_at": instant(value.expires_at),
        "purge_at": instant(value.purge_at),
        "failure": failure(value.failure, language, hours=limits.backup_deadline_hours),
        "volumes": [volume(file) for file in view.volumes],
    }


def schedule(value: "Schedule", language: str) -> Json:
    """GET /schedule."""
    return {
        "mailboxes": "all" if value.mailboxes is None else list(value.mailboxes),
        "every": value.every.value,
        "what": value.what.value,
        "keep": value.keep,
        "volume_bytes": value.volume_bytes,
        "next_at": rfc3339(value.next_at),
        "last": value.backup or value.follows,
        "skipped": failure(value.skipped, language),
    }


def volume(value: Volume) -> Json:
    """One file of a backup."""
    return {
        "number": value.number,
        "state": value.state.value,
        "filename": value.filename,
        "mailbox_id": value.mailbox_id,
        "messages": value.messages,
        "bytes": value.bytes,
        "created_at": instant(value.created_at),
        "expires_at": instant(value.expires_at),
    }


def upload(value: Upload, language: str, limits: Limits) -> Json:
    """GET /uploads/{id}."""
    return {
        "id": value.id,
        "state": value.state.value,
        "filename": value.filename,
        "bytes": value.bytes,
        "mailbox_id": value.mailbox_id or None,
        "mailbox_path": value.mailbox_path or None,
        "on_duplicate": value.on_duplicate.value,
        "folders": value.folders.value,
        "part_bytes": value.part_bytes,
        "parts": value.parts,
        "progress": round(progress_of(value), 4),
        "totals": value.totals.to_json(),
        "failure": failure(
            value.failure,
            language,
            limit_bytes=limits.upload_limit_bytes,
            kind=value.failure_kind,
        ),
        "created_at": rfc3339(value.created_at),
        "received_at": instant(value.received_at),
        "finished_at": instant(value.finished_at),
        "purge_at": instant(value.purge_at),
        "attempt": value.attempt,
        "source": None
        if value.source is None
        else {
            "backup_id": value.source.backup_id,
            "volumes": [each.number for each in value.source.volumes],
        },
    }


def entry(row: LedgerRow, language: str, limits: Limits) -> Json:
    """One row of a ledger, with its reason (or note) in words."""
    detail = None
    code = row.reason or row.note
    if code is not None:
        detail = ENTRIES.say(
            code,
            language,
            limit_bytes=limits.message_limit_bytes,
            other=row.resembles_name,
            said=row.said,
        )
    return {
        "index": row.index,
        "name": row.name,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "detail": detail,
        "bytes": row.bytes,
        "subject": row.subject,
        "date": row.date,
        "date_from": row.date_from,
        "note": row.note,
        "resembles": row.resembles,
    }


def mail(value: "ListedMail") -> Json:
    """A mail in a list. `to` and `attachments` are known once its search file is there."""
    message, found = value.message, value.found
    return {
        "key": message.key.replace("#", "."),
        "mailbox_id": value.mailbox_id,
        "uid": message.uid,
        "subject": message.subject,
        "from": message.sender,
        "to": found.recipients if found else None,
        "received": rfc3339(message.received_at),
        "bytes": message.size,
        "flags": list(message.flags),
        "attachments": found.attachments if found else None,
    }


def key_of(text: str) -> str:
    """A mail's key as the index has it: in a path its "#" is a dot."""
    return text.replace(".", "#", 1)


def failure(code: str | None, language: str, **facts: object) -> Json | None:
    """Why a backup or an upload failed, or None."""
    return None if code is None else {"code": code, "detail": say(code, language, **facts)}


def instant(value: datetime | None) -> str | None:
    """RFC 3339, or None for what has not happened."""
    return None if value is None else rfc3339(value)
