"""The environment as one typed object. Nothing has a silent default: what is missing is named."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from pyeonji.domain.limits import Limits


class SettingsError(RuntimeError):
    """A variable is missing or is not what it should be; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What template.yaml gives every function."""

    table_name: str
    mail_bucket: str
    volume_bucket: str
    upload_bucket: str
    work_bucket: str
    audit_bucket: str
    index_queue_url: str
    backup_machine_arn: str
    upload_machine_arn: str
    sync_machine_arn: str
    user_pool_id: str
    user_pool_client_id: str
    edge_key: str
    """What our CloudFront shows itself to the API by."""
    secret_prefix: str
    """What the names of our secrets begin with: `<stack>/homes`."""
    loopback_homes: bool
    """Whether a company's mail server may be on this machine: on the local cloud only."""
    page_url: str
    sender_address: str
    notice_configuration_set: str
    download_domain: str
    """The distribution in front of the volumes; empty where there is none."""
    download_key_id: str
    download_key_secret: str
    limits: Limits

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read it once, at the start of a function. Raises SettingsError."""

        def text(name: str) -> str:
            value = environment.get(name)
            if value is None or value == "":
                raise SettingsError(f"{name} is not set")
            return value

        def optional(name: str) -> str:
            if name not in environment:
                raise SettingsError(f"{name} is not set")
            return environment[name]

        def number(name: str) -> int:
            value = text(name)
            try:
                return int(value)
            except ValueError:
                raise SettingsError(f"{name} is not a whole number") from None

        return cls(
            table_name=text("TABLE_NAME"),
            mail_bucket=text("MAIL_BUCKET"),
            volume_bucket=text("VOLUME_BUCKET"),
            upload_bucket=text("UPLOAD_BUCKET"),
            work_bucket=text("WORK_BUCKET"),
            audit_bucket=text("AUDIT_BUCKET"),
            index_queue_url=text("INDEX_QUEUE_URL"),
            backup_machine_arn=text("BACKUP_MACHINE_ARN"),
            upload_machine_arn=text("UPLOAD_MACHINE_ARN"),
            sync_machine_arn=text("SYNC_MACHINE_ARN"),
            user_pool_id=text("USER_POOL_ID"),
            user_pool_client_id=text("USER_POOL_CLIENT_ID"),
            edge_key=text("EDGE_KEY"),
            secret_prefix=text("SECRET_PREFIX"),
            loopback_homes=text("LOOPBACK_HOMES") == "true",
            page_url=text("PAGE_URL"),
            sender_address=text("SENDER_ADDRESS"),
            notice_configuration_set=text("NOTICE_CONFIGURATION_SET"),
            download_domain=optional("DOWNLOAD_DOMAIN"),
            download_key_id=optional("DOWNLOAD_KEY_ID"),
            download_key_secret=optional("DOWNLOAD_KEY_SECRET"),
            limits=Limits(
                volume_bytes=number("VOLUME_BYTES"),
                download_days=number("DOWNLOAD_DAYS"),
                purge_days=number("PURGE_DAYS"),
                max_backups=number("MAX_BACKUPS"),
                backup_deadline_hours=number("BACKUP_DEADLINE_HOURS"),
                upload_limit_bytes=number("UPLOAD_LIMIT_BYTES"),
                message_limit_bytes=number("MESSAGE_LIMIT_BYTES"),
                quota_bytes=number("QUOTA_BYTES"),
                timezone=text("TIMEZONE"),
                keep_gone_days=number("KEEP_GONE_DAYS"),
                audit_days=number("AUDIT_DAYS"),
            ),
        )
