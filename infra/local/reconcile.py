"""`make reconcile [REPAIR=1]`: table against buckets on the running local cloud, and the report."""

import json
import os
import sys
from datetime import UTC, datetime

from infra.local.aws import client
from infra.local.places import STACK, LocalError, places
from infra.local.running import require_running
from infra.local.services import services
from pyeonji.domain.instants import rfc3339


def main() -> int:
    """Prints what was found, by kind; with REPAIR=1 what can be mended is."""
    try:
        where = require_running(places())
        repair = os.environ.get("REPAIR", "") not in ("", "0")
        answer = client(where, "lambda").invoke(
            # Two functions of the same code: one role may delete, the other may not.
            FunctionName=f"{STACK}-{'repair' if repair else 'reconcile'}",
            Payload=json.dumps({"time": rfc3339(datetime.now(UTC)), "repair": repair}).encode(),
        )
        result = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise LocalError(f"it failed: {result.get('errorMessage', 'no reason given')}")
        counts = ", ".join(
            f"{kind} {count['found']}" + (f" ({count['mended']} mended)" if repair else "")
            for kind, count in result["findings"].items()
        )
        print(f"found: {counts or 'everything agrees'}")
        print(f"report: s3://{services(where).settings.work_bucket}/{result['report']}")
    except LocalError as error:
        print(f"reconcile: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
