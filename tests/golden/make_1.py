"""Makes `tests/golden/1`: what commit 018b64d kept, before anything of it had a version.

Runs on a checkout of that commit only, from its root, and is kept to say where the data is from:

    PYTHONPATH=layers/core/python:. python <this file> <folder to write>
"""

import base64
import hashlib
import io
import json
import sys
import tarfile
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

from moto.s3.models import s3_backends

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MIB
from pyeonji.domain.manifest import FOLDER_NAME, Listed, folder_entry, folder_json
from pyeonji.domain.periods import Period, PeriodKind
from pyeonji.domain.uploads import OnDuplicate
from tests.support.aws_world import BUCKETS, AwsWorld, aws_world
from tests.support.company import KIM, BackupMachine, ask, found_company
from tests.support.fakes import FakeMachines, World
from tests.support.faults import Faulty, KilledError, KillSwitch
from tests.support.uploading import (
    ask_to_upload,
    retry,
    send,
    small_chunks,
    zip_of,
)

#: 40 KB that deflate cannot shrink and, being further apart than its window, cannot see again:
#: segments of ordinary sizes that xz packs into next to nothing.
BLOCK = hashlib.shake_256(b"018b64d").digest(40_000)
SUBJECTS = ("회의록 공유드립니다", "Re: 견적서", "Weekly report", "", "=?euc-kr?B?yLiwxw==?=")


def mail(number: int, blocks: int = 0) -> bytes:
    """A mail of its own, with `blocks` times 40 KB in it."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    head = (
        f"Received: from a by b; Tue, {1 + number % 28} Apr 2025 10:{number % 60:02}:00 +0900\r\n"
        f"From: =?utf-8?B?7J207Iq57Z2s?= <lee{number}@acme.example>\r\nTo: {KIM}\r\n"
        f"Subject: {subject}{number}\r\nMessage-ID: <{number}@acme.example>\r\n\r\n"
    )
    return head.encode() + f"본문 {number}\r\n".encode() + BLOCK * blocks


def manifest_zip() -> bytes:
    """A ZIP with a manifest of our own in it."""
    names = ["1.eml", "2.eml"]
    listed = [
        Listed(
            name,
            ("\\Seen", "\\Flagged"),
            uid=7 + place,
            sha256=hashlib.sha256(mail(700 + place)).hexdigest(),
            size=len(mail(700 + place)),
        )
        for place, name in enumerate(names)
    ]
    folder = folder_json(
        path="보낸편지함",
        identity="x",
        special_use="sent",
        validity=1,
        last_uid=9,
        entries=[folder_entry(one) for one in listed],
    )
    files = {f"mail/보낸편지함/{name}": mail(700 + n) for n, name in enumerate(names)}
    return zip_of({f"mail/보낸편지함/{FOLDER_NAME}": folder, **files})


def story(world: World) -> dict[str, Any]:
    """Everything that outlives a deployment, in the middle of things."""
    box = found_company(world)
    sent = Mailbox(new_id(world.clock - timedelta(days=800)), "보낸편지함/2025", "sent")
    world.accounts.create_mailbox(KIM, sent)

    # An upload that came to its end, with every outcome.
    large = {f"큰/{n}.eml": mail(n, 37) for n in range(12)}
    small = {f"작은/{n:02}.eml": mail(100 + n) for n in range(20)}
    odd = {"다시.eml": mail(100), "빈.eml": b"", "그림.png": b"x", "__MACOSX/._1.eml": b"x"}
    whole = {**large, **small, **odd}
    done = send(world, box, zip_of(whole), filename="받은 메일.zip")
    done.cutter = small_chunks(12)
    done.run()
    with_manifest = send(world, sent, manifest_zip(), on_duplicate=OnDuplicate.KEEP)
    with_manifest.run()

    # One that failed with a chunk in and two not, for a reason that passes; its retry ran once.
    world.clock += timedelta(hours=1)
    failed_zip = {f"{n}.eml": mail(300 + n) for n in range(9)}
    failed = send(world, box, zip_of({**failed_zip, "x.txt": b"x"}), filename="failed.zip")
    failed.cutter = small_chunks(3)
    failed.inspect()
    failed.import_one(failed.chunks()[1])
    failed.settle("timed_out")

    # One that failed twice: its ledger has the pages of two runs.
    twice_zip = {f"{n}.eml": mail(400 + n) for n in range(6)}
    twice = send(world, box, zip_of(twice_zip), filename="twice.zip")
    twice.cutter = small_chunks(2)
    twice.inspect()
    twice.import_one(twice.chunks()[0])
    twice.settle("timed_out")
    again = retry(world, twice.upload_id)
    again.cutter = small_chunks(2)
    again.inspect()
    again.import_one(again.chunks()[1])
    again.settle("upload_failed_internally")

    # One at work: a chunk done, one killed between its index items and its ledger, one to come.
    half_zip = {f"{n}.eml": mail(500 + n) for n in range(9)}
    half = send(world, box, zip_of(half_zip), filename="half.zip")
    half.cutter = small_chunks(3)
    half.inspect()
    half.import_one(half.chunks()[0])
    half.wrap = lambda name, port: _WritesNothing(port) if name == "work" else port
    with suppress(KilledError):
        half.import_one(half.chunks()[1])

    # Still being sent: one of two parts is there.
    data = hashlib.shake_256(b"zip").digest(100) + bytes(17 * MIB)
    receiving = ask_to_upload(world, sent, len(data), filename="sending.zip")
    world.zips.put_part(
        f"uploads/{KIM}/{receiving.id}.zip", receiving.multipart_id, 1, data[: 16 * MIB]
    )

    # Received, and nobody has looked at it.
    arrived_zip = {f"{n}.eml": mail(600 + n) for n in range(2)}
    arrived = send(world, sent, zip_of(arrived_zip), filename="arrived.zip")

    # Backups: asked for; planned, the first volume sealed, the second with its copied parts there.
    world.clock += timedelta(hours=1)
    exporting = ask(world, mailboxes=[box.id, sent.id], volume_bytes=8 * MIB)
    machine = BackupMachine(world, exporting.id)
    planned = machine.plan()
    for start, length in planned[0][1]:
        machine.part(planned[0][0], start, length)
    machine.seal(planned[0][0])
    for start, length in planned[1][1][:1]:
        machine.part(planned[1][0], start, length)
    planning = ask(world, mailboxes=[sent.id])
    killed = KillSwitch(at=6, when="after")
    dying = BackupMachine(world, planning.id)
    dying.world = _Dying(world, killed)  # type: ignore[assignment]
    with suppress(KilledError):
        dying.plan()
    asked = ask(
        world,
        mailboxes=[box.id],
        period=Period(PeriodKind.RANGE, date(2025, 4, 1), date(2025, 4, 10)),
    )
    ready = ask(world, mailboxes=[sent.id])
    BackupMachine(world, ready.id).run()
    given_up = ask(world, mailboxes=[sent.id])
    BackupMachine(world, given_up.id).fail("timed_out")

    world.notices.claim(done.upload_id, "upload_completed", world.clock)
    world.notices.settle(done.upload_id, "upload_completed", "sent", world.clock)
    world.notices.claim(failed.upload_id, "upload_failed", world.clock)
    cast(Any, world).due.put_cursor(world.clock.date())
    return {
        "clock": world.clock.isoformat(),
        "account": KIM,
        "mailboxes": {"inbox": box.id, "sent": sent.id},
        "uploads": {
            "completed": done.upload_id,
            "with_manifest": with_manifest.upload_id,
            "failed": failed.upload_id,
            "failed_twice": twice.upload_id,
            "importing": half.upload_id,
            "receiving": receiving.id,
            "received": arrived.upload_id,
        },
        "backups": {
            "exporting": exporting.id,
            "planning": planning.id,
            "requested": asked.id,
            "ready": ready.id,
            "failed": given_up.id,
        },
        "mails": {
            "completed": digests({**large, **small}),
            "with_manifest": digests({str(n): mail(700 + n) for n in range(2)}),
            "failed": digests(failed_zip),
            "failed_twice": digests(twice_zip),
            "importing": digests(half_zip),
            "received": digests(arrived_zip),
        },
        "in_backup": sorted(
            message.digest for each in (box, sent) for message in world.index.read(KIM, each.id)
        ),
    }


class _WritesNothing:
    """A bucket whose writer dies before its first write."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, *args: Any, **kwargs: Any) -> Any:
        raise KilledError


class _Dying:
    def __init__(self, world: World, switch: KillSwitch) -> None:
        self._world = world
        for name in ("accounts", "index", "backups", "volumes", "work"):
            setattr(self, name, Faulty(getattr(world, name), switch))

    @property
    def clock(self) -> Any:
        return self._world.clock


def digests(mails: dict[str, bytes]) -> list[str]:
    return sorted(hashlib.sha256(data).hexdigest() for data in mails.values())


def dump(world: AwsWorld, folder: Path, facts: dict[str, Any]) -> None:
    """Items as JSON Lines, objects and parts in one tar."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps(item, ensure_ascii=False, sort_keys=True, default=_base64)
        for item in world.items()
    ]
    (folder / "table.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    s3 = world.session.client("s3")
    held = s3_backends["123456789012"]["aws"].buckets
    facts["multiparts"] = []
    with tarfile.open(folder / "objects.tar.xz", "w:xz", preset=9) as tar:

        def add(name: str, data: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        for bucket in BUCKETS:
            for found in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
                body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
                add(f"objects/{bucket}/{found['Key']}", body)
            for opened in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
                # moto gives a part's bytes to nobody who asks for them over HTTP.
                parts = held[bucket].multiparts[opened["UploadId"]].parts
                for number, part in sorted(parts.items()):
                    add(f"parts/{bucket}/{opened['UploadId']}/{number:05}", part.value)
                facts["multiparts"].append(
                    {"bucket": bucket, "key": opened["Key"], "id": opened["UploadId"]}
                )
    (folder / "facts.json").write_text(
        json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def _base64(value: object) -> str:
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


def main() -> None:
    with aws_world() as aws:
        aws.machines = FakeMachines()  # type: ignore[attr-defined]
        dump(aws, Path(sys.argv[1]), story(cast(World, aws)))


if __name__ == "__main__":
    main()
