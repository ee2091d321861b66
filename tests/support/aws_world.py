"""The same world as `fakes.World`, of the real adapters on moto, which refuses parts under 5 MiB
and knows DynamoDB's conditions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
from moto import mock_aws

from pyeonji.adapters.passing import is_passing
from pyeonji.bootstrap import Services
from pyeonji.settings import Settings
from tests.support.company import limits
from tests.support.moto_speed import one_copy_a_transaction

TABLE = "pyeonji"
BUCKETS = ("mail", "volumes", "zips", "work", "seals")
REGION = "ap-northeast-2"


class AwsWorld:
    """Services on moto, with a clock that stands still."""

    def __init__(self, now: datetime, **changes: object) -> None:
        self.clock = now
        settings = Settings(
            table_name=TABLE,
            mail_bucket="mail",
            volume_bucket="volumes",
            upload_bucket="zips",
            work_bucket="work",
            audit_bucket="seals",
            index_queue_url="https://sqs.example/index",
            backup_machine_arn=f"arn:aws:states:{REGION}:123456789012:stateMachine:backup",
            upload_machine_arn=f"arn:aws:states:{REGION}:123456789012:stateMachine:upload",
            sync_machine_arn=f"arn:aws:states:{REGION}:123456789012:stateMachine:sync",
            user_pool_id="pool",
            user_pool_client_id="client",
            edge_key="edge",
            secret_prefix="pyeonji/homes",
            loopback_homes=True,
            page_url="https://mail.example",
            sender_address="noreply@example.com",
            notice_configuration_set="notices",
            download_domain="",
            download_key_id="",
            download_key_secret="",
            limits=limits(**changes),
        )
        session = boto3.session.Session(
            aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION
        )
        self.session = session
        self.limits = settings.limits
        self.page_url = settings.page_url
        self.passing = is_passing
        self.services = Services(settings, session)
        self.mail = self.services.mail
        self.seals = self.services.seals
        self.audit = self.services.audit
        self.volumes = self.services.volumes
        self.zips = self.services.zips
        self.downloads = self.services.downloads
        self.work = self.services.work
        self.accounts = self.services.accounts
        self.logins = self.services.logins
        self.homes = self.services.homes
        self.secrets = self.services.secrets
        self.folders = self.services.folders
        self.following = self.services.following
        self.index = self.services.index
        self.backups = self.services.backups
        self.uploads = self.services.uploads
        self.schedules = self.services.schedules
        self.notices = self.services.notices
        self.attempts = self.services.attempts
        self.recovery_codes = self.services.recovery_codes
        self.due = self.services.due
        self.census = self.services.census
        self.indexing = self.services.indexing
        self.search_files = self.services.search_files

    def now(self) -> datetime:
        return self.clock

    def items(self) -> list[dict[str, object]]:
        """The whole table, for comparing before with after."""
        client = self.session.client("dynamodb")
        found: list[dict[str, object]] = []
        for page in client.get_paginator("scan").paginate(TableName=TABLE):
            found += page["Items"]
        return sorted(found, key=lambda item: (str(item["pk"]), str(item["sk"])))


@contextmanager
def aws_world(
    now: datetime = datetime(2026, 6, 15, 3, 0, tzinfo=UTC), **changes: object
) -> Iterator[AwsWorld]:
    """Table and buckets as template.yaml makes them, as far as the adapters can tell."""
    with mock_aws(), one_copy_a_transaction():
        world = AwsWorld(now, **changes)
        s3 = world.session.client("s3")
        for bucket in BUCKETS:
            s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        world.session.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("pk", "sk", "due_pk", "due_sk")
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "due",
                    "KeySchema": [
                        {"AttributeName": "due_pk", "KeyType": "HASH"},
                        {"AttributeName": "due_sk", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        yield world
