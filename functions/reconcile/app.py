"""reconcile: table against buckets. In: {time, repair?}; the report goes to the work bucket."""

import json
from typing import Any

from pyeonji.bootstrap import services
from pyeonji.domain.instants import from_rfc3339, rfc3339
from pyeonji.observability import count, logger, observed
from pyeonji.usecases.retention.reconcile import reconcile, report, summary


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {report, findings}: the key of the report, and counts by kind. Names stay in S3."""
    world = services()
    now = from_rfc3339(event["time"])
    findings = reconcile(world, now=now, repair=event.get("repair") is True)
    key = f"reports/{rfc3339(now)}.json"
    world.work.put(key, json.dumps(report(findings)).encode(), content_type="application/json")
    count("ReconcileFindings", len(findings))
    logger.info("reconciled", findings=summary(findings))
    return {"report": key, "findings": summary(findings)}
