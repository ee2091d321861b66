"""What each route leaves in the audit: written before its answer goes out."""

from dataclasses import dataclass

from pyeonji.domain.audit import Action

#: Routes (method, path) and the deed they are. The target is the last id of the path, or of what
#: was made.
AUDITED: dict[tuple[str, str], Action] = {
    ("POST", "/session"): Action.SIGNED_IN,
    ("POST", "/session/totp"): Action.SIGNED_IN,
    ("POST", "/session/new-password"): Action.SIGNED_IN,
    ("POST", "/session/recovery"): Action.SIGNED_IN,
    ("DELETE", "/me/sessions"): Action.SIGNED_OUT_EVERYWHERE,
    ("PUT", "/me"): Action.SETTINGS_CHANGED,
    ("POST", "/me/totp/confirm"): Action.SECOND_FACTOR_ON,
    ("DELETE", "/me/totp"): Action.SECOND_FACTOR_OFF,
    ("POST", "/me/recovery-codes"): Action.RECOVERY_CODES_MADE,
    ("POST", "/mailboxes"): Action.MAILBOX_MADE,
    ("DELETE", "/mailboxes/{id}"): Action.MAILBOX_DELETED,
    ("GET", "/mailboxes/{id}/messages"): Action.MAILS_LISTED,
    ("GET", "/mailboxes/{id}/messages/{key}"): Action.MAIL_READ,
    ("GET", "/mailboxes/{id}/messages/{key}/eml"): Action.MAIL_DOWNLOADED,
    ("GET", "/search"): Action.SEARCHED,
    ("POST", "/backups"): Action.BACKUP_REQUESTED,
    ("POST", "/backups/{id}/cancel"): Action.BACKUP_CANCELLED,
    ("DELETE", "/backups/{id}"): Action.BACKUP_DELETED,
    ("POST", "/backups/{id}/restore"): Action.BACKUP_RESTORED,
    ("GET", "/backups/{id}/volumes/{n}/url"): Action.VOLUME_DOWNLOADED,
    ("GET", "/backups/{id}/volumes/{n}/file"): Action.VOLUME_DOWNLOADED,
    ("POST", "/uploads"): Action.UPLOAD_BEGUN,
    ("POST", "/uploads/{id}/complete"): Action.UPLOAD_COMPLETED,
    ("POST", "/uploads/{id}/retry"): Action.UPLOAD_RETRIED,
    ("POST", "/uploads/{id}/undo"): Action.UPLOAD_UNDONE,
    ("DELETE", "/uploads/{id}"): Action.UPLOAD_DELETED,
    ("GET", "/uploads/{id}/entries"): Action.RESULT_READ,
    ("GET", "/uploads/{id}/ledger"): Action.RESULT_READ,
    ("POST", "/restores"): Action.MAILS_RESTORED,
    ("POST", "/sync"): Action.SYNC_ASKED,
    ("PUT", "/schedule"): Action.SCHEDULE_CHANGED,
    ("DELETE", "/schedule"): Action.SCHEDULE_DELETED,
}
#: Routes that leave nothing, and why not: they show no mail and change nothing a person would ask
#: about afterwards, or a page asks them every few seconds.
NOT_AUDITED: dict[tuple[str, str], str] = {
    ("POST", "/session/refresh"): "goes on with a session; its beginning is there",
    ("DELETE", "/session"): "says whose refresh token ends, and not who asks",
    ("GET", "/me"): "one's own settings",
    ("POST", "/me/totp"): "a secret that is worth nothing until it is confirmed",
    ("GET", "/mailboxes"): "names and counts",
    ("POST", "/backups/estimate"): "counts",
    ("GET", "/backups"): "asked again and again while one is made",
    ("GET", "/backups/{id}"): "the same",
    ("POST", "/uploads/{id}/parts"): "an upload's beginning and end are there",
    ("GET", "/uploads/{id}/parts"): "the same",
    ("GET", "/uploads"): "asked again and again while one is at work",
    ("GET", "/uploads/{id}"): "the same",
    ("GET", "/schedule"): "one's own settings",
    ("GET", "/audit"): "what it shows is the audit",
}


@dataclass(slots=True)
class Noted:
    """What only the view knows: whose mail it is where no token says so, and whether it came to
    anything (a challenge is not yet a sign-in)."""

    account: str = ""
    done: bool = True


def target_of(parameters: dict[str, str], body: dict[str, object] | None) -> str:
    """The id a deed is about: `backup/2` for its second file; of what was made, its id."""
    parts = [parameters[name] for name in ("id", "n", "key") if name in parameters]
    made = "" if body is None else body.get("id")
    # An id is 26 characters, a mail's key at most 140: whatever is longer is none.
    return ("/".join(parts) or (made if isinstance(made, str) else ""))[:200]
