"""Checks infra/statemachines/*.asl.yaml with cfn-lint's schema of Amazon States Language.

cfn-lint looks at inline definitions only, so each machine is put into a template of its own.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from infra.local.places import REGION, ROOT

MACHINES = sorted((ROOT / "infra" / "statemachines").glob("*.asl.yaml"))
_ARN = f"arn:aws:lambda:{REGION}:123456789012:function:step"


def problems(machine: Path) -> list[str]:
    """What is wrong with one machine."""
    text = machine.read_text("utf-8")
    found = []
    # AWS does not promise to resolve YAML's anchors in a definition.
    if re.search(r":\s+[&*]\w", text):
        found.append("YAML anchors or aliases are used")
    definition = yaml.safe_load(re.sub(r"\$\{\w+\}", _ARN, text))
    found += _unreachable(definition)
    template = {
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": "arn:aws:iam::123456789012:role/machine",
                    "Definition": definition,
                },
            }
        }
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(template, file)
        file.flush()
        done = subprocess.run(
            [str(ROOT / ".venv" / "bin" / "cfn-lint"), "--regions", REGION, "--", file.name],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        found.append((done.stdout + done.stderr).strip())
    return found


def _unreachable(machine: dict[str, Any]) -> list[str]:
    """States nothing leads to, and names that lead nowhere, in a machine and the maps in it."""
    states: dict[str, dict[str, Any]] = machine["States"]
    found = []
    reached, ahead = set(), [machine["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name in reached:
            continue
        if name not in states:
            found.append(f"{name}: no such state")
            continue
        reached.add(name)
        state = states[name]
        ahead += [state[key] for key in ("Next", "Default") if key in state]
        ahead += [each["Next"] for key in ("Choices", "Catch") for each in state.get(key, [])]
        if "ItemProcessor" in state:
            found += _unreachable(state["ItemProcessor"])
    return found + [f"{name}: nothing leads here" for name in states if name not in reached]


def main() -> int:
    """0 when every machine is sound."""
    wrong = [f"{machine.name}: {problem}" for machine in MACHINES for problem in problems(machine)]
    print("\n".join(wrong) or f"{len(MACHINES)} machines are sound")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
