"""upload_received: ZIPs that have arrived. In: SQS records of EventBridge events of S3."""

import json
from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import count, log_failure, observed
from pyeonji.usecases.uploads.receive import Received, receive_upload


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: what SQS should bring again (ReportBatchItemFailures)."""
    failed = []
    for record in event["Records"]:
        try:
            _receive(record["body"])
        except Exception as error:  # noqa: BLE001 - one record must not hold up the others
            log_failure("an arrival was not received", error, message_id=record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _receive(body: str) -> None:
    # EventBridge's S3 events carry the key as it is; S3's own notifications would encode it.
    key = json.loads(body)["detail"]["object"]["key"]
    world = services()
    received = receive_upload(world, key=key, now=world.now())
    if received is Received.UNKNOWN:
        count("UnknownArrival")
