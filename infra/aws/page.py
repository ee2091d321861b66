"""`python -m infra.aws.page STACK`: web/ into the stack's bucket, and CloudFront told to forget.

Everything is asked for again at each visit (`no-cache`: kept, but checked), because the page has no
build step that would give a file another name when it changes.
"""

import mimetypes
import sys
import time
from typing import Any

import boto3

from infra.local.web import WEB

_TEXT = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".webmanifest")


def outputs(stack: str) -> dict[str, str]:
    """The stack's outputs."""
    [said] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in said["Outputs"]}


def put_up(given: dict[str, str], s3: Any, cloudfront: Any) -> int:
    """Every file, with its type; then the invalidation. How many files."""
    files = [file for file in sorted(WEB.rglob("*")) if file.is_file()]
    for file in files:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        s3.put_object(
            Bucket=given["WebBucketName"],
            Key=file.relative_to(WEB).as_posix(),
            Body=file.read_bytes(),
            ContentType=f"{kind}; charset=utf-8" if file.suffix in _TEXT else kind,
            CacheControl="no-cache",
        )
    cloudfront.create_invalidation(
        DistributionId=given["DistributionId"],
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": str(time.time_ns()),
        },
    )
    return len(files)


def main(arguments: list[str]) -> int:
    """Put the page of one stack up."""
    stack = arguments[0] if arguments else "pyeonji"
    count = put_up(outputs(stack), boto3.client("s3"), boto3.client("cloudfront"))
    print(f"page: {count} files are up; CloudFront has forgotten the ones before")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
