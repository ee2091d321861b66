"""upload_received: ZIPs that have arrived. In: SQS records of EventBridge events of S3."""

import json
from typing import Any
from urllib.parse import unquote, unquote_plus

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
    key = json.loads(body)["detail"]["object"]["key"]
    world = services()
    # As it is, or percent-encoded with or without plus signs for spaces: S3's notifications encode
    # keys, EventBridge's events are documented not to. No two readings name an upload each.
    for reading in dict.fromkeys((key, unquote(key), unquote_plus(key))):
        if receive_upload(world, key=reading, now=world.now()) is not Received.UNKNOWN:
            return
    count("UnknownArrival")
