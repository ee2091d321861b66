"""A mail at the largest MessageLimitBytes fits the function that imports it: one that does not is
killed, which no code of ours hears of."""

import os
import subprocess
import sys

from samtranslator.yaml_helper import yaml_parse

from infra.local.places import ROOT

MIB = 1024 * 1024
#: What the runtime, boto3 and its clients take before anything is done (measured 120 MB).
BASE = 200 * MIB
#: urllib3 puts an answer together of its pieces: the packed mail once more, for a moment.
ANSWER = 1.0


def peak(size: int) -> int:
    paths = ("layers/core/python", "functions/api", "client/src", ".")
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.measured_message", str(size), "deflated"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout)


def test_the_largest_message_allowed_fits_the_function() -> None:
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    largest = template["Parameters"]["MessageLimitBytes"]["MaxValue"]
    function = template["Resources"]["UploadImportFunction"]["Properties"]
    memory = function.get("MemorySize", template["Globals"]["Function"]["MemorySize"]) * MIB
    small, large = 8 * MIB, 32 * MIB
    # 3.5 copies at a time when it was written (150 MiB in 571 MB, measured).
    copies = (peak(large) - peak(small)) / (large - small) + ANSWER
    assert 2 < copies < 6
    assert BASE + copies * largest < memory, f"{copies:.1f} copies of {largest} bytes"
