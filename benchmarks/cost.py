"""What the main jobs cost on AWS: `python -m benchmarks.cost` writes docs/cost.md.

Requests are counted, not guessed: the service's own code runs on moto twice, with some mail and
with three times as much, and every request of boto3 is taken down with what it is billed by. What
grows with mails and bytes is the difference, what does not is the rest; from these the price of
100,000 mails in 4 GB. Only time is taken from elsewhere, see SECONDS_A_GB.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from infra.local.bulk_mail import bulk_mail
from infra.local.places import ROOT
from tests.support.aws_world import AwsWorld, aws_world
from tests.support.company import BackupMachine, ask, found_company
from tests.support.fakes import FakeMachines, World
from tests.support.uploading import send, zip_of

#: Dollars for one. List prices as of 2026-11 of the cheapest regions; Seoul is up to 20 % dearer.
PRICE = {
    "S3 writes and lists": 0.005 / 1000,
    "S3 reads": 0.0004 / 1000,
    "DynamoDB write units": 0.625 / 1e6,
    "DynamoDB read units": 0.125 / 1e6,
    "state transitions": 0.025 / 1000,
    "Lambda requests": 0.20 / 1e6,
    "Lambda GB-seconds": 0.0000166667,
    "mails sent": 0.10 / 1000,
}
#: Of processor or waiting, a GB of mail: the import does 200 MB/s a core (`make bench`, the slower
#: of its two), S3 copies a part at 69 MB/s (measured by others), parts one after the other.
SECONDS_A_GB = {"upload": 1000 / 200, "backup": 1000 / 69}
_GB_OF_MEMORY = 1769 / 1024
_WRITES = ("Put", "Create", "Upload", "Complete", "Copy", "List")
_MAIL, _BYTES = 100_000, 4_000_000_000
#: Few enough for a minute, enough for several chunks: three quarters of one, two and a quarter.
_SOME = 900
_MEAN = _BYTES // _MAIL

_BESIDE = """\
Beside that, whoever downloads the backup is sent 4 GB over the internet: 36 cents at $0.09 a GB
(the first 100 GB a month are free). Keeping it costs $0.023 a GB and month: the mail 9 cents a
month, the backup 2 cents for its week. At rest the service costs its storage, a dollar and a
half a month of alarms, and nothing else.

An upload's price is that of the index: a write unit a mail, which is the least that a table takes
for a mail that can be found by itself.
"""


@dataclass
class Bill:
    """What one job asked of AWS, by what it is billed by."""

    units: Counter[str] = field(default_factory=Counter)

    def attach(self, world: AwsWorld) -> None:
        """Take down every request that world makes from now on."""
        for client in (world.services._s3, world.services._dynamodb):
            client.meta.events.register("before-call", self._asked)
            client.meta.events.register("after-call", self._answered)
        # What the adapter signs itself passes by here only.
        batch = "before-send.dynamodb.BatchExecuteStatement"
        world.services._dynamodb.meta.events.register_first(batch, self._inserted)

    def _asked(self, model: Any, params: dict[str, Any], **_: object) -> None:
        if model.service_model.service_name == "s3":
            free = model.name.startswith(("Delete", "Abort"))
            kind = "S3 writes and lists" if model.name.startswith(_WRITES) else "S3 reads"
            self.units[kind] += not free
            return
        body = params["body"]
        size = len(body)
        if model.name == "TransactWriteItems":
            # Each of the items twice, by the KB begun.
            text = body if isinstance(body, bytes) else body.encode()
            items = (
                text.count(b'"Put":') + text.count(b'"Update":') + text.count(b'"ConditionCheck":')
            )
            self.units["DynamoDB write units"] += 2 * max(items, -(-size // 1024))
        elif model.name in ("PutItem", "UpdateItem", "DeleteItem"):
            self.units["DynamoDB write units"] += max(1, size // 1024)

    def _answered(self, model: Any, http_response: Any, **_: object) -> None:
        if model.name in ("Query", "GetItem", "BatchGetItem", "Scan"):
            # Strongly consistent, 4 KB a unit; the JSON around an item makes it a little more.
            self.units["DynamoDB read units"] += -(-len(http_response.content) // 4096)

    def _inserted(self, request: Any, **_: object) -> None:
        """A unit for each KB begun of each item."""
        for statement in json.loads(request.body)["Statements"]:
            size = sum(len(str(value["S"]).encode()) for value in statement["Parameters"])
            self.units["DynamoDB write units"] += -(-size // 1024)

    def steps(self, count: int, transitions: int) -> None:
        """`count` functions called by a machine of so many transitions."""
        self.units["Lambda requests"] += count
        self.units["state transitions"] += transitions

    @property
    def dollars(self) -> float:
        """All of it."""
        return sum(PRICE[kind] * units for kind, units in self.units.items())


def counted(mails: int) -> dict[str, Bill]:
    """The bills of an upload of so many mails and of a backup of them."""
    bills = {"upload": Bill(), "backup": Bill()}
    with aws_world() as aws:
        aws.machines = FakeMachines()  # type: ignore[attr-defined]
        world = cast(World, aws)
        box = found_company(world)
        packed = zip_of(
            {f"{n}.eml": mail for n, mail in enumerate(bulk_mail(mails, mails * _MEAN))}
        )
        bills["upload"].attach(aws)
        machine = send(world, box, packed)
        machine.run()
        chunks = len(machine.chunks())
        # received, inspect, settle, notice; a chunk is an execution of its own of one step.
        bills["upload"].steps(4 + chunks, 8 + 3 * chunks)
        bills["upload"] = Bill(Counter(bills["upload"].units))
        before = Counter(bills["upload"].units)
        bills["backup"].attach(aws)
        backup = ask(world)
        made = BackupMachine(world, backup.id)
        parts = 0
        for number, items in made.plan():
            for start, length in items:
                made.part(number, start, length)
            made.seal(number)
            parts += len(items)
        bills["backup"].steps(4 + parts, 10 + 3 * parts)
        assert bills["upload"].units == before
    for bill in bills.values():
        bill.units["mails sent"] += 1
    return bills


def scaled(some: Bill, more: Bill, job: str) -> Bill:
    """The line through both, at 100,000 mails; and the time, which moto cannot tell."""
    bill = Bill()
    for kind in some.units | more.units:
        slope = (more.units[kind] - some.units[kind]) / (2 * _SOME)
        bill.units[kind] = round(some.units[kind] + slope * (_MAIL - _SOME))
    seconds = SECONDS_A_GB[job] * _BYTES / 1e9
    bill.units["Lambda GB-seconds"] = round(seconds * _GB_OF_MEMORY)
    return bill


def page(bills: dict[str, Bill]) -> str:
    """docs/cost.md."""
    lines = [
        "# What it costs",
        "",
        "Written by `python -m benchmarks.cost`, which runs the service's own code on moto, takes"
        " down every request with what it is billed by, and scales to 100,000 mails in 4 GB. List"
        " prices of the cheapest regions (Seoul is up to 20 % dearer), without free tiers.",
        "",
        "| billed by | a unit | " + " | ".join(f"{job}: units | cents" for job in bills) + " |",
        "|---|---|" + "---:|---:|" * len(bills),
    ]
    for kind, price in PRICE.items():
        cells = [
            f"{bill.units[kind]:,} | {bill.units[kind] * price * 100:.2f}"
            for bill in bills.values()
        ]
        lines.append(f"| {kind} | ${price:.10f} | {' | '.join(cells)} |".replace("0000 |", " |"))
    totals = [f" | **{bill.dollars * 100:.2f}**" for bill in bills.values()]
    lines += [f"| **together** | | {' | '.join(totals)} |", ""]
    lines.append(_BESIDE)
    return "\n".join(lines)


def main(write: Callable[[str], object] = (ROOT / "docs" / "cost.md").write_text) -> int:
    """Write the page."""
    some, more = counted(_SOME), counted(3 * _SOME)
    bills = {job: scaled(some[job], more[job], job) for job in some}
    write(page(bills))
    for job, bill in bills.items():
        print(f"{job} of {_MAIL:,} mails in {_BYTES / 1e9:.0f} GB: {bill.dollars * 100:.2f} cents")
    return 0


if __name__ == "__main__":
    sys.exit(main())
