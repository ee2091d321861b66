"""Lays out what template.yaml points at, and lets awscli's `cloudformation package` upload it."""

import json
import shutil
import subprocess
import sys

import yaml

from infra.local.aws import client, environment
from infra.local.places import ROOT, LocalError, Places

ARTIFACTS = "pyeonji-artifacts"


def package(places: Places) -> str:
    """Upload code, layers and machines; answers the S3 URL of the finished template."""
    staged = places.folder / "tmp" / "stage"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copy2(ROOT / "template.yaml", staged / "template.yaml")
    shutil.copytree(ROOT / "functions", staged / "functions", ignore=ignore)
    shutil.copytree(ROOT / "layers" / "core", staged / "layers" / "core", ignore=ignore)
    # Only the pins: the emulator runs handlers under its own interpreter whatever Runtime says, so
    # they find the same versions (a test compares) in its environment, and the wheels for AWS,
    # which `sam build` fetches, would not load here.
    shutil.copytree(ROOT / "layers" / "vendor", staged / "layers" / "vendor", ignore=ignore)
    machines = staged / "infra" / "statemachines"
    machines.mkdir(parents=True)
    for machine in (ROOT / "infra" / "statemachines").glob("*.asl.yaml"):
        # As JSON, which is YAML too: the emulator reads no other YAML here.
        (machines / machine.name).write_text(json.dumps(yaml.safe_load(machine.read_text("utf-8"))))

    s3 = client(places, "s3")
    if ARTIFACTS not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(
            Bucket=ARTIFACTS,
            CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name},
        )
    finished = staged / "packaged.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "awscli", "cloudformation", "package",
         "--template-file", str(staged / "template.yaml"), "--s3-bucket", ARTIFACTS,
         "--output-template-file", str(finished)],
        env=environment(places), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise LocalError(f"packaging template.yaml failed: {last}")
    # Over 51,200 bytes CloudFormation takes a template from S3 only.
    s3.put_object(Bucket=ARTIFACTS, Key="template.yaml", Body=finished.read_bytes())
    return f"{places.cloud_url}/{ARTIFACTS}/template.yaml"
