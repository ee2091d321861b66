"""Every key pattern of the table, in one place."""

from typing import Any

from pyeonji.domain.messages import SHARDS

Key = dict[str, Any]


def _key(pk: str, sk: str) -> Key:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def account_pk(email: str) -> str:
    """Everything of one person but the messages."""
    return f"ACCOUNT#{email}"


#: In the index: all companies.
COMPANIES = "COMPANIES"


def people(domain: str) -> str:
    """In the index: the accounts of a company."""
    return f"PEOPLE#{domain}"


def company(domain: str) -> Key:
    """A tenant."""
    return _key(f"COMPANY#{domain}", "COMPANY")


def profile(email: str) -> Key:
    """An account's own settings."""
    return _key(account_pk(email), "PROFILE")


def home(email: str) -> Key:
    """How up to date an account is whose mail lives elsewhere."""
    return _key(account_pk(email), "HOME")


def mailbox(email: str, mailbox_id: str) -> Key:
    """A mailbox."""
    return _key(account_pk(email), f"MAILBOX#{mailbox_id}")


def folder(email: str, mailbox_id: str) -> Key:
    """A folder of a connected server."""
    return _key(account_pk(email), f"FOLDER#{mailbox_id}")


def path_guard(email: str, path: str) -> Key:
    """Taken in the same transaction as a mailbox, so that no path is there twice."""
    return _key(account_pk(email), f"PATH#{path}")


def backup(email: str, backup_id: str) -> Key:
    """A backup."""
    return _key(account_pk(email), f"BACKUP#{backup_id}")


def volume(email: str, backup_id: str, number: int) -> Key:
    """A volume; sorts right behind its backup."""
    return _key(account_pk(email), f"BACKUP#{backup_id}#VOLUME#{number:04d}")


def schedule(email: str) -> Key:
    """An account's schedule. Numbered, as what is due has a kind and an id."""
    return _key(account_pk(email), "SCHEDULE#1")


def slots(email: str) -> Key:
    """Which backups hold a slot."""
    return _key(account_pk(email), "SLOTS")


def upload(email: str, upload_id: str) -> Key:
    """An upload."""
    return _key(account_pk(email), f"UPLOAD#{upload_id}")


def mail_pk(account: str, mailbox_id: str, shard: str) -> str:
    """One of the partitions of a mailbox's messages."""
    return f"MAIL#{account}#{mailbox_id}#{shard}"


def mail_pks(account: str, mailbox_id: str) -> list[str]:
    """All of them."""
    return [mail_pk(account, mailbox_id, shard) for shard in SHARDS]


def message(account: str, mailbox_id: str, key: str) -> Key:
    """A message: the digest's first hex digit is its shard."""
    return _key(mail_pk(account, mailbox_id, key[0]), key)


def weights(account: str, mailbox_id: str, upload_id: str, chunk: str) -> Key:
    """What a chunk's mail weighs: all that an estimate needs of it."""
    return _key(weights_pk(account, mailbox_id), f"{upload_id}#{chunk}")


def weights_pk(account: str, mailbox_id: str) -> str:
    """Those of all chunks of a mailbox."""
    return f"WEIGHTS#{account}#{mailbox_id}"


def found(account: str, mailbox_id: str, upload_id: str, chunk: str) -> Key:
    """The mails a chunk found in the mailbox already."""
    return _key(found_pk(account, mailbox_id), f"{upload_id}#{chunk}")


def found_pk(account: str, mailbox_id: str) -> str:
    """Those of all chunks of a mailbox."""
    return f"FOUND#{account}#{mailbox_id}"


def chunk(upload_id: str, name: str) -> Key:
    """Says that a chunk's mail has been added to its mailbox's counts."""
    return _key(f"IMPORT#{upload_id}", f"CHUNK#{name}")


def intent(upload_id: str, chunk: str, name: str) -> Key:
    """Says that a chunk is adding mail, and where what it adds is written down."""
    pk, prefix = intents(upload_id)
    return _key(pk, f"{prefix}{chunk}#{name}")


def intents(upload_id: str) -> tuple[str, str]:
    """Partition, and how the sort keys of an upload's intents begin."""
    return f"IMPORT#{upload_id}", "INTENT#"


def parts_of_intent(sk: str) -> tuple[str, str]:
    """Chunk and name of an intent."""
    _, chunk, name = sk.split("#")
    return chunk, name


def progress(upload_id: str, name: str) -> Key:
    """Says that a chunk's entries have been added to its upload's progress."""
    return _key(f"IMPORT#{upload_id}", f"PROGRESS#{name}")


def notice(request_id: str, kind: str) -> Key:
    """Says that a notice goes, or has gone, out."""
    return _key(f"NOTICE#{request_id}", kind)


def recovery(email: str) -> Key:
    """An account's recovery codes."""
    return _key(account_pk(email), "RECOVERY")


def attempts(name: str, start: int) -> Key:
    """How often something was tried in the window that began then (seconds since 1970)."""
    return _key(f"ATTEMPTS#{name}", str(start))


def used_code(email: str, digest: str) -> Key:
    """Says that an authenticator's code has been used."""
    return _key(f"CODES#{email}", digest)


def retention_cursor() -> Key:
    """The oldest day of the due index that may still hold rows."""
    return _key("RETENTION", "CURSOR")


#: How the sort keys of an account's records begin.
AUDIT_RECORD = "RECORD#"


def audit_pk(account: str) -> str:
    """An account's chain."""
    return f"AUDIT#{account}"


def audit_record(account: str, number: int) -> Key:
    """One record; ten digits, so that they sort."""
    return _key(audit_pk(account), f"{AUDIT_RECORD}{number:010d}")


def audit_head(account: str) -> Key:
    """The number and hash of its last record."""
    return _key(audit_pk(account), "HEAD")


def audited_pk(domain: str) -> str:
    """Whoever in a company has a chain, also when the account is gone."""
    return f"AUDITED#{domain}"


def audited(account: str) -> Key:
    """Says that an account has a chain."""
    return _key(audited_pk(account.rpartition("@")[2]), account)
