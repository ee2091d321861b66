"""search_index: segments that were written. In: SQS records of EventBridge events of S3."""

import json
from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import count, log_failure, observed
from pyeonji.usecases.mail.indexing import Indexed, index_segment


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: what SQS should bring again (ReportBatchItemFailures)."""
    failed = []
    for record in event["Records"]:
        try:
            _index(record["body"])
        except Exception as error:  # noqa: BLE001 - one record must not hold up the others
            log_failure("a segment was not indexed", error, message_id=record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _index(body: str) -> None:
    # EventBridge's S3 events carry the key as it is.
    segment = json.loads(body)["detail"]["object"]["key"]
    if index_segment(services(), segment=segment) is Indexed.WRITTEN:
        count("SegmentIndexed")
