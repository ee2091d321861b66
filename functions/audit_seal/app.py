"""audit_seal: once a day. In: {time}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.domain.instants import from_rfc3339
from pyeonji.observability import count, logger, observed
from pyeonji.usecases.audit.seal import seal_all


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {companies, told, not_told}."""
    sealed = seal_all(services(), now=from_rfc3339(event["time"]))
    count("AuditNotTold", sealed.not_told)
    said = {"companies": sealed.companies, "told": sealed.told, "not_told": sealed.not_told}
    logger.info("audit sealed", sealed=said)
    return said
