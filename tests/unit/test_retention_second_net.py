"""S3's lifecycle rules and DynamoDB's TTL are the second net: none acts before the service would,
whatever its parameters are."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from pyeonji.adapters.dynamodb import index, notices
from pyeonji.domain.limits import UPLOAD_ABANDON_AFTER, UPLOAD_DEADLINE
from pyeonji.usecases.retention.reconcile import GRACE

TEMPLATE: dict[str, Any] = yaml_parse(
    (Path(__file__).parents[2] / "template.yaml").read_text("utf-8")
)
DAY = timedelta(days=1)
#: A rule acts at midnight UTC after its days; retention comes by within a quarter of an hour.
SLACK = DAY


def most(parameter: str) -> int:
    """The largest value the parameter takes."""
    return int(TEMPLATE["Parameters"][parameter]["MaxValue"])


BACKUP = timedelta(hours=most("BackupDeadlineHours"))
DOWNLOAD = DAY * most("DownloadDays")
PURGE = DAY * most("PurgeDays")


def rules(bucket: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = TEMPLATE["Resources"][bucket]["Properties"][
        "LifecycleConfiguration"
    ]["Rules"]
    return found


def expiry(bucket: str, prefix: str) -> timedelta | None:
    """After how long objects under `prefix` go by themselves."""
    days = [
        rule["ExpirationInDays"]
        for rule in rules(bucket)
        if "ExpirationInDays" in rule and prefix.startswith(rule.get("Prefix", ""))
    ]
    return min(days) * DAY if days else None


def abort(bucket: str) -> timedelta:
    (days,) = [
        rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        for rule in rules(bucket)
        if "AbortIncompleteMultipartUpload" in rule
    ]
    return DAY * int(days)


def later(bound: timedelta | None, than: timedelta) -> bool:
    return bound is None or bound > than + SLACK


def test_objects_outlive_what_they_are_of() -> None:
    # S3 counts an object's days from the start of its multipart upload.
    assert later(expiry("VolumeBucket", "volumes/"), BACKUP + DOWNLOAD)
    sent = UPLOAD_ABANDON_AFTER + UPLOAD_DEADLINE + PURGE
    assert later(expiry("UploadBucket", "uploads/"), sent)
    assert later(expiry("WorkBucket", "plans/"), BACKUP)
    assert later(expiry("WorkBucket", "chunks/"), sent)
    # Mail and ledgers stay.
    assert expiry("MailBucket", "segments/") is None
    assert expiry("WorkBucket", "ledgers/") is None


def test_multipart_uploads_outlive_whoever_writes_them() -> None:
    assert later(abort("VolumeBucket"), BACKUP)
    assert later(abort("UploadBucket"), UPLOAD_ABANDON_AFTER)
    assert later(abort("MailBucket"), UPLOAD_DEADLINE)
    assert later(abort("WorkBucket"), UPLOAD_DEADLINE)


def test_markers_outlive_what_they_mark() -> None:
    # A chunk may run until its upload's day is over, a week after it was opened, and so may
    # each retry's, whose chunks have other names; a notice may be delivered while anything of
    # its request is listed.
    assert index.MARKERS_LIVE > UPLOAD_ABANDON_AFTER + UPLOAD_DEADLINE + PURGE
    assert notices.MARKERS_LIVE > BACKUP + DOWNLOAD + PURGE


def test_reconciliation_leaves_alone_what_may_be_at_work() -> None:
    assert GRACE > BACKUP
    assert GRACE > UPLOAD_DEADLINE
