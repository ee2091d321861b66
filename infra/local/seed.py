"""`make seed FROM=… ACCOUNT=… MAILBOX=…`: mail from a disk into a mailbox of the running local
cloud, through the import use case. Prints the ledger's totals and where the ledger is."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from infra.local.importing import Incoming, import_into, mailbox_at
from infra.local.mail_sources import files_of, messages_of
from infra.local.places import LocalError, Places, places
from infra.local.progress import Bar
from infra.local.running import require_running
from infra.local.services import services
from pyeonji.domain.accounts import path_problem
from pyeonji.words import PROBLEMS


def seed(where: Places, source: Path, account: str, path: str) -> str:
    """Import `source`; one line that says what became of it. Raises LocalError."""
    files = files_of(source)
    cloud = services(where)
    if cloud.accounts.account(account) is None:
        raise LocalError(f"{account}: no such account in the local cloud")
    problem = path_problem(path)
    if problem:
        raise LocalError(f"MAILBOX={path}: {PROBLEMS.say(problem, 'en')}")
    mailbox = mailbox_at(cloud, account, path)
    root = source if source.is_dir() else source.parent
    limit = cloud.settings.limits.message_limit_bytes
    started = datetime.now(UTC)
    ledger = where.folder / "ledgers" / f"seed-{started:%Y%m%d-%H%M%S}.jsonl"
    with Bar("seeding", sum(file.stat().st_size for file in files)) as bar:

        def incoming() -> Iterator[Incoming]:
            for file in files:
                label = str(file.relative_to(root))
                for found in messages_of(file, label, limit, in_folder=source.is_dir()):
                    yield Incoming(
                        found.name,
                        found.data,
                        found.size,
                        found.modified,
                        found.marks,
                        found.refused,
                    )
                    bar.add(found.size)

        totals = import_into(cloud, account, mailbox, incoming(), ledger)
    sums = ", ".join(f"{name} {number}" for name, number in totals.to_json().items())
    seconds = (datetime.now(UTC) - started).total_seconds()
    return f"{sums} ({seconds:.1f} s); ledger: {ledger}"


def main() -> int:
    """Read FROM, ACCOUNT and MAILBOX from the environment."""
    try:
        wanted = {name: os.environ.get(name, "").strip() for name in ("FROM", "ACCOUNT", "MAILBOX")}
        missing = [name for name, value in wanted.items() if not value]
        if missing:
            raise LocalError(
                f"say {' and '.join(missing)}: make seed FROM=<folder or mbox>"
                " ACCOUNT=kim@acme.example MAILBOX=<path>"
            )
        where = require_running(places())
        source = Path(wanted["FROM"]).expanduser().absolute()
        print(seed(where, source, wanted["ACCOUNT"], wanted["MAILBOX"]))
    except LocalError as error:
        print(f"seed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
