"""Kept data of earlier formats (`tests/golden/<n>`), put into a world of the real adapters."""

import base64
import json
import tarfile
from pathlib import Path
from typing import Any

from tests.support.aws_world import TABLE, AwsWorld

GOLDEN = Path(__file__).parents[1] / "golden"


def load_golden(world: AwsWorld, folder: str) -> dict[str, Any]:
    """Fill table and buckets; what `facts.json` says of it.

    S3 gives open multipart uploads ids of its own, which then stand in the items too.
    """
    root = GOLDEN / folder
    facts: dict[str, Any] = json.loads((root / "facts.json").read_text(encoding="utf-8"))
    s3 = world.session.client("s3")
    renamed = {
        opened["id"]: (
            s3.create_multipart_upload(Bucket=opened["bucket"], Key=opened["key"])["UploadId"],
            opened["key"],
        )
        for opened in facts["multiparts"]
    }
    with tarfile.open(root / "objects.tar.xz") as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            assert file is not None
            kind, bucket, rest = entry.name.split("/", 2)
            if kind == "objects":
                s3.put_object(Bucket=bucket, Key=rest, Body=file.read())
                continue
            was, _, number = rest.rpartition("/")
            upload_id, key = renamed[was]
            s3.upload_part(
                Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=int(number), Body=file.read()
            )
    text = (root / "table.jsonl").read_text(encoding="utf-8")
    for was, (upload_id, _) in renamed.items():
        text = text.replace(was, upload_id)
    table = world.session.client("dynamodb")
    for line in text.splitlines():
        item = json.loads(line)
        for attribute in item.values():
            if "B" in attribute:
                attribute["B"] = base64.b64decode(attribute["B"])
        table.put_item(TableName=TABLE, Item=item)
    return facts
