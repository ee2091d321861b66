"""`make demo`: the main job from start to end, for someone to watch.

Signs in as kim, estimates, backs up, downloads, checks every mail against the mailbox, uploads one
of the files into an empty mailbox, and compares. Uses the running local cloud, or starts one.
"""

import contextlib
import hashlib
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.api import Api, ApiError, download
from infra.local.places import LocalError, places
from infra.local.running import endpoints
from infra.local.up import local_cloud

_ALL = {"mailboxes": "all", "period": {"kind": "all"}}


def demo(said: dict[str, Any], folder: Path) -> Path:
    """Run it; the folder with the ZIPs. Raises LocalError when something does not agree."""
    kim = said["accounts"][0]
    _step("Sign in", kim["email"])
    api = Api(said["api_url"]).sign_in(kim["email"], kim["password"])
    _bring_up_to_date(api)
    estimate = api.post("/backups/estimate", _ALL)
    _step(
        "Estimate",
        f"{estimate['messages']:,} mails, {_size(estimate['bytes'])}, "
        f"{estimate['volumes']} files, up to {estimate['to']}",
    )
    backup = _backup(api, _ALL)
    _agree("mails estimated and backed up", estimate["messages"], backup["messages"])
    target = folder / str(backup["id"])
    files = _download(api, backup, target)
    found = _check(backup, files)
    _step("Check", f"{sum(found.values()):,} .eml files: as many as the list says, none damaged")
    _round_trip(api, backup, files, target)
    api.delete(f"/backups/{backup['id']}")
    return target


def _bring_up_to_date(api: Api) -> None:
    """Where the company's mail lives on its own server (`MAIL_HOME=imap`)."""
    if api.get("/me")["home"]["kind"] == "segments":
        return
    api.post("/sync", {})
    while True:
        home = api.get("/me")["home"]
        if home["state"] == "current":
            _step("Sync", "everything the mail server has is here")
            return
        if home["state"] == "failing":
            raise LocalError(f"the mail server: {home['failure']}")
        time.sleep(0.5)


def _backup(api: Api, request: dict[str, Any]) -> dict[str, Any]:
    asked = api.post("/backups", request)
    shown = -1
    while True:
        backup: dict[str, Any] = api.wait(
            f"/backups/{asked['id']}",
            "requested", "collecting", "planning", "exporting", "ready", "failed",
            every=0,
        )  # fmt: skip
        percent = round(backup["progress"] * 100)
        if percent != shown:
            _step("Back up", f"{backup['state']} {percent} %", again=shown >= 0)
            shown = percent
        if backup["state"] == "failed":
            raise LocalError(f"the backup failed: {backup['failure']}")
        if backup["state"] == "ready":
            return backup


def _download(api: Api, backup: dict[str, Any], target: Path) -> list[Path]:
    target.mkdir(parents=True, exist_ok=True)
    files = []
    for volume in backup["volumes"]:
        url = api.get(f"/backups/{backup['id']}/volumes/{volume['number']}/url")["url"]
        file = target / volume["filename"]
        _agree("bytes downloaded", volume["bytes"], download(url, file))
        files.append(file)
    _step(
        "Download", f"{len(files)} ZIP files, {_size(sum(file.stat().st_size for file in files))}"
    )
    return files


def _check(backup: dict[str, Any], files: list[Path]) -> Counter[str]:
    """Digests of all mails in the files, each file compared with the list."""
    found: Counter[str] = Counter()
    for volume, file in zip(backup["volumes"], files, strict=True):
        digests = digests_of(file)
        _agree(f"mails in {file.name}", volume["messages"], sum(digests.values()))
        found += digests
    _agree("mails in all files", backup["messages"], sum(found.values()))
    return found


def _round_trip(api: Api, backup: dict[str, Any], files: list[Path], target: Path) -> None:
    """Upload the largest file into an empty mailbox, back that up, compare the mails."""
    largest = max(files, key=lambda file: file.stat().st_size)
    path = f"복원 {datetime.now().astimezone():%m-%d %H%M%S}"
    mailbox = api.post("/mailboxes", {"path": path})
    upload_id = api.upload(largest, mailbox["id"])
    upload = api.wait(f"/uploads/{upload_id}", "completed", "failed")
    if upload["state"] == "failed":
        raise LocalError(f"the upload failed: {upload['failure']}")
    totals = upload["totals"]
    _step(
        "Upload",
        f"{largest.name} into the empty mailbox {path}: "
        + ", ".join(f"{name} {number:,}" for name, number in totals.items()),
    )
    again = _backup(api, {"mailboxes": [mailbox["id"]], "period": {"kind": "all"}})
    returned = _check(again, _download(api, again, target / "again"))
    if returned != digests_of(largest):
        raise LocalError("the mails that came back are not the mails that went in")
    _step("Compare", f"{sum(returned.values()):,} mails came back, byte for byte the same")
    api.delete(f"/backups/{again['id']}")


def digests_of(file: Path) -> Counter[str]:
    """SHA-256 of every .eml of a ZIP; reading it checks every CRC."""
    with zipfile.ZipFile(file) as archive:
        return Counter(
            hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name.endswith(".eml")
        )


def _agree(what: str, expected: int, got: int) -> None:
    if expected != got:
        raise LocalError(f"{what}: {expected:,} expected, {got:,} found")


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _step(name: str, text: str, *, again: bool = False) -> None:
    if again and sys.stdout.isatty():
        print("\033[F\033[K", end="")
    print(f"{name:>9}  {text}", flush=True)


@contextlib.contextmanager
def _cloud() -> Iterator[tuple[dict[str, Any], Path]]:
    """The running local cloud, or one for as long as the demo takes."""
    where = places()
    running = endpoints(where)
    if running is not None:
        yield running, where.folder / "demo"
        return
    print("    Start  the local cloud (half a minute)", flush=True)
    with local_cloud(where) as (said, _):
        yield said, where.folder / "demo"


def main() -> int:
    """Run the demo; where the ZIPs are stands in the last line."""
    try:
        with _cloud() as (said, folder):
            target = demo(said, folder)
    except (LocalError, ApiError, TimeoutError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print(f"\nThe ZIP files are in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
