"""Backups on the local cloud: from a folder of real mail to ZIPs that open anywhere."""

import hashlib
import json
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import urllib3

from infra.local.api import Api, ApiError, download
from infra.local.demo import digests_of
from infra.local.seed import seed
from tests.support.company import letter_bytes
from tests.support.corpora import corpus_eml
from tests.support.local_cloud import LocalCloud
from tests.support.zip_tools import missing_tools, names_seen_by_all

pytestmark = pytest.mark.e2e

KIM = "kim@acme.example"


@pytest.fixture
def api(local_cloud: LocalCloud) -> Api:
    return Api(local_cloud.api_url, local_cloud.token(KIM))


def mailbox_of(api: Api, path: str) -> dict[str, Any]:
    return next(box for box in api.get("/mailboxes")["mailboxes"] if box["path"] == path)


def backed_up(api: Api, **request: Any) -> dict[str, Any]:
    asked = api.post("/backups", request)
    done: dict[str, Any] = api.wait(f"/backups/{asked['id']}", "ready", "failed")
    assert done["state"] == "ready", done["failure"]
    return done


def downloaded(api: Api, backup: dict[str, Any], folder: Path) -> list[Path]:
    files = []
    for volume in backup["volumes"]:
        url = api.get(f"/backups/{backup['id']}/volumes/{volume['number']}/url")["url"]
        file = folder / volume["filename"]
        assert download(url, file) == volume["bytes"]
        files.append(file)
    return files


def test_every_real_mail_comes_out_as_it_went_in(
    local_cloud: LocalCloud, api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = corpus_eml()
    path = f"e2e/실제 메일 {time.time():.0f}"
    said = seed(local_cloud.places, source, KIM, path)
    lines = Path(said.rpartition("ledger: ")[2]).read_bytes().splitlines()
    ledger = [json.loads(line) for line in lines]
    files = {str(path.relative_to(source)): path for path in source.rglob("*") if path.is_file()}
    named = Counter(row["name"].partition("#")[0] for row in ledger)
    assert set(named) == {name for name in files if not name.startswith(".")}
    refused = {row["name"]: row["reason"] for row in ledger if row["outcome"] == "rejected"}
    assert set(refused.values()) <= {"zero_byte", "not_a_message"}
    assert {name for name, why in refused.items() if why == "zero_byte"} == {
        name for name, path in files.items() if path.stat().st_size == 0
    }

    box = mailbox_of(api, path)
    imported = [row for row in ledger if row["outcome"] == "imported"]
    assert box["messages"] == len(imported)
    request = {"mailboxes": [box["id"]], "period": {"kind": "all"}, "volume_bytes": 2**20}
    estimate = api.post("/backups/estimate", request)
    backup = backed_up(api, **request)
    assert len(backup["volumes"]) > 3
    assert all(volume["bytes"] <= 2**20 or volume["messages"] == 1 for volume in backup["volumes"])
    zips = downloaded(api, backup, tmp_path)
    found: Counter[str] = Counter()
    for volume, file in zip(backup["volumes"], zips, strict=True):
        names = names_seen_by_all(file)
        mails = {name for name in names if name.endswith(".eml")}
        assert len(mails) == volume["messages"]
        digests = digests_of(file)
        with zipfile.ZipFile(file) as archive:
            folder = json.loads(archive.read(f"mail/{path}/folder.json"))
        assert len(folder["items"]) == volume["messages"]
        listed = Counter(facts["sha256"] for facts in folder["pyeonji"]["files"].values())
        assert listed == digests
        found += digests
    assert backup["messages"] == estimate["messages"] == sum(found.values())
    # Single files that are one mail come out as the very bytes that lie in the folder; but for
    # those that another file holds with other line ends.
    whole = {
        hashlib.sha256(files[row["name"]].read_bytes()).hexdigest()
        for row in ledger
        if "#" not in row["name"]
        and (row["outcome"] == "imported" or row["reason"] == "same_content")
    }
    assert whole <= set(found)
    split = sum("#" in row["name"] for row in ledger if row["outcome"] == "imported")
    assert len(found) == len(imported) <= len(whole) + split
    api.delete(f"/backups/{backup['id']}")
    with capsys.disabled():
        unseen = missing_tools()
        print(
            f"\n{len(files)} real files: {dict(Counter(row['outcome'] for row in ledger))}, "
            f"{len(zips)} volumes"
            + (f"; not checked by {', '.join(unseen)} (not installed)" if unseen else "")
        )


def test_a_person_is_told_and_downloads_under_a_proper_name(
    local_cloud: LocalCloud, api: Api, tmp_path: Path
) -> None:
    box = mailbox_of(api, "영수증")
    local_cloud.settle()
    before = len(local_cloud.mails())
    backup = backed_up(api, mailboxes=[box["id"]], period={"kind": "all"})
    (volume,) = backup["volumes"]
    answer = api.get(f"/backups/{backup['id']}/volumes/1/url")
    head = urllib3.request("GET", answer["url"])
    assert head.status == 200
    assert volume["filename"] in unquote(head.headers["Content-Disposition"])
    assert "영수증" in volume["filename"] and volume["filename"].endswith("_1of1.zip")
    assert answer["expires_at"] <= volume["expires_at"]

    local_cloud.settle()
    (mail,) = local_cloud.mails()[before:]
    text = json.dumps(mail, ensure_ascii=False)
    assert KIM in text
    assert "X-Amz" not in text and "Signature" not in text
    api.delete(f"/backups/{backup['id']}")
    assert urllib3.request("GET", answer["url"]).status == 404


def test_deleted_while_it_is_made_frees_the_slot_and_leaves_nothing(
    local_cloud: LocalCloud, api: Api
) -> None:
    used = api.get("/backups")["slots"]["used"]
    asked = api.post("/backups", {"mailboxes": "all", "period": {"kind": "all"}})
    assert api.get("/backups")["slots"]["used"] == used + 1
    cancelled = api.post(f"/backups/{asked['id']}/cancel")
    assert cancelled["state"] == "cancelled"
    assert api.get("/backups")["slots"]["used"] == used
    api.delete(f"/backups/{asked['id']}")
    with pytest.raises(ApiError, match="404 backup_not_found"):
        api.get(f"/backups/{asked['id']}")
    volumes = local_cloud.services.volumes
    prefix = f"volumes/{KIM}/{asked['id']}/"
    deadline = time.monotonic() + 60
    # A step that was at work when the machine was stopped comes to its end, and cleans up.
    while left := [*volumes.objects(prefix), *volumes.open_multiparts(prefix)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.5)


def test_a_range_of_days_in_seoul(local_cloud: LocalCloud, api: Api, tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    dates = {
        "out-before": "Tue, 31 Dec 2024 14:59:59 +0000",  # 23:59:59 on the 31st in Seoul
        "in-first": "Tue, 31 Dec 2024 15:00:00 +0000",  # 00:00:00 on 1 January
        "in-last": "Wed, 01 Jan 2025 23:59:59 +0900",
        "out-after": "Thu, 02 Jan 2025 00:00:00 +0900",
    }
    for number, (name, date) in enumerate(dates.items()):
        (folder / f"{name}.eml").write_bytes(
            f"Date: {date}\r\n".encode() + letter_bytes(number, subject=name)
        )
    path = f"e2e/경계 {time.time():.0f}"
    seed(local_cloud.places, folder, KIM, path)
    period = {"kind": "range", "from": "2025-01-01", "to": "2025-01-01"}
    backup = backed_up(api, mailboxes=[mailbox_of(api, path)["id"]], period=period)
    assert (backup["from"], backup["to"]) == ("2024-12-31T15:00:00Z", "2025-01-01T15:00:00Z")
    (file,) = downloaded(api, backup, tmp_path)
    names = [name for name in names_seen_by_all(file) if name.endswith(".eml")]
    assert sorted(name.split("_")[1].split()[0] for name in names) == ["in-first", "in-last"]
    api.delete(f"/backups/{backup['id']}")
