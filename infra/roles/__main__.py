"""`python -m infra.roles`: every function's role against its needs, by a policy engine.

Prints the table: what a function calls, what of it its role refuses (missing), and what its role
allows that it does not call (unused). Exit code 1 if there is either.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.local.places import REGION, ROOT, SENDER, STACK
from infra.roles.needs import _ACTIONS, Need, needs_of
from infra.roles.policies import ACCOUNT, policies_of, translated

_HERE = Path(__file__).parent
_BUILT = ROOT / ".build" / "roles"
#: Under these stand the objects of each bucket; a need is met where one of them may be reached.
_KEYS = {
    "MailBucket": ["segments/a@b.example/box/1.seg", "search/a@b.example/box/1.0-1.sqlite"],
    "VolumeBucket": ["volumes/a@b.example/1/1.zip"],
    "UploadBucket": ["uploads/a@b.example/1.zip"],
    "AuditBucket": ["seals/a.example/2026-11-26.jsonl"],
    "WorkBucket": [
        "plans/1/0001", "plans/1/failure", "chunks/1/1", "ledgers/1/1", "reports/2026.json",
        "eml/a@b.example/box/1.eml", "sync/a@b.example/run/1", "maps/a@b.example/box/1.jsonl",
    ],
}  # fmt: skip
_STANDS_ON = {
    "states": "Machines", "ses": "Sender", "cognito-idp": "UserPool", "sqs": "IndexQueue",
    "secretsmanager": "HomeSecrets",
}  # fmt: skip
_OF_BUCKET = {"s3:ListBucket", "s3:ListBucketMultipartUploads"}
#: Of what only the repairing half of reconciliation does; and whatever deletes or changes.
_MENDING = {"dynamodb:PutItem", "dynamodb:PartiQLInsert", "dynamodb:BatchGetItem"}
#: What `needs` follows by name and no call reaches: whoever is handed a port uses half of it.
_OVERSTATED = {
    # The ZIP is read, or the volumes. The writer of objects is that of the chunk list, in the work
    # bucket.
    ("upload_inspect", "UploadBucket"): {
        "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
    },
    ("upload_inspect", "VolumeBucket"): {
        "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
    },
    # `parts` of a multipart upload is asked of ZIPs that people send, and of volumes.
    ("upload_inspect", "WorkBucket"): {"s3:ListMultipartUploadParts"},
    ("upload_settle", "WorkBucket"): {"s3:ListMultipartUploadParts"},
    ("api", "WorkBucket"): {"s3:ListMultipartUploadParts"},
    # Of a schedule: a backup by a search reads search files, and a schedule has none.
    ("retention", "MailBucket"): {"s3:GetObject", "s3:ListBucket"},
    ("retention", "WorkBucket"): {"s3:ListMultipartUploadParts"},
    ("retention", "UploadBucket"): {"s3:ListMultipartUploadParts", "s3:PutObject"},
    ("backup_plan", "VolumeBucket"): {"s3:GetObject"},
    # Segments are listed and deleted, never read.
    ("upload_undo", "MailBucket"): {"s3:GetObject"},
    # Parts are laid out by planning, which asks for search files by the index; parts do not.
    ("backup_part", "Table"): {"dynamodb:Query"},
}  # fmt: skip


def functions() -> dict[str, str]:
    """logical name -> folder."""
    from samtranslator.yaml_helper import yaml_parse

    resources = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))["Resources"]
    return {
        name: each["Properties"]["CodeUri"].removeprefix("functions/")
        for name, each in resources.items()
        if each["Type"] == "AWS::Serverless::Function"
    }


def _arns(need: Need) -> list[str]:
    """What a need is about, as ARNs; one allowed is enough."""
    if need.resource in _KEYS:
        bucket = f"arn:aws:s3:::{need.resource}"
        return (
            [bucket]
            if need.action in _OF_BUCKET
            else [f"{bucket}/{k}" for k in _KEYS[need.resource]]
        )
    if need.resource == "Machines":
        start = need.action == "states:StartExecution"
        kind, end = ("stateMachine", "") if start else ("execution", ":1")
        return [
            f"arn:aws:states:{REGION}:{ACCOUNT}:{kind}:{STACK}-{m}{end}"
            for m in ("upload", "backup", "sync")
        ]
    if need.resource == "UserPool":
        return [f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/UserPool"]
    if need.resource == "Sender":
        return [f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{SENDER}"]
    if need.resource == "HomeSecrets":
        return [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{STACK}/homes/company/a-AbCdEf"]
    if need.resource == "DownloadKey":
        return [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:DownloadKey"]
    if need.resource == "IndexQueue":
        return [f"arn:aws:sqs:{REGION}:{ACCOUNT}:IndexQueue"]
    return [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{need.resource}"]


def universe() -> Iterator[Need]:
    """Everything any function might call."""
    actions = {action for some in _ACTIONS.values() for action in some}
    for action in sorted(actions):
        service = action.partition(":")[0]
        if service == "s3":
            yield from (Need(action, bucket) for bucket in _KEYS)
        elif service == "dynamodb":
            yield Need(action, "Table")
            if action == "dynamodb:Query":
                yield Need(action, "Table/index/due")
        else:
            yield Need(action, _STANDS_ON[service])
            if action == "secretsmanager:GetSecretValue":
                yield Need(action, "DownloadKey")


def simulate(asked: list[dict[str, object]]) -> list[bool]:
    """What the engine says of each. Raises RuntimeError when it cannot say."""
    done = subprocess.run(
        ["node", str(_HERE / "simulate.mjs"), str(_BUILT)],
        input=json.dumps(asked), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip()[-2000:])
    answers: list[bool] = json.loads(done.stdout)
    unknown = [
        (a["action"], said)
        for a, said in zip(asked, answers, strict=True)
        if said not in (True, False)
    ]
    if unknown:
        raise RuntimeError(f"the engine does not understand: {unknown[:3]}")
    return answers


def install() -> str | None:
    """Put the engine under .build; why not, if it cannot be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    _BUILT.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        text = (_HERE / name).read_text("utf-8")
        if not (_BUILT / name).exists() or (_BUILT / name).read_text("utf-8") != text:
            (_BUILT / name).write_text(text, "utf-8")
            shutil.rmtree(_BUILT / "node_modules", ignore_errors=True)
    if (_BUILT / "node_modules").exists():
        return None
    done = subprocess.run(
        ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=_BUILT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (
        None if done.returncode == 0 else f"npm could not install it: {done.stderr.strip()[-200:]}"
    )


def findings() -> tuple[list[str], list[str]]:
    """(the table, what is wrong)."""
    resources, everything = translated(), list(universe())
    cases = [(name, folder, need) for name, folder in functions().items() for need in everything]
    asked: list[dict[str, object]] = []
    places = []
    for place, (name, _, need) in enumerate(cases):
        policies = policies_of(resources, name)
        context = {"ses:FromAddress": SENDER} if need.resource == "Sender" else {}
        for arn in _arns(need):
            asked.append(
                {"policies": policies, "action": need.action, "resource": arn, "context": context}
            )
            places.append(place)
    allowed: set[int] = {p for p, yes in zip(places, simulate(asked), strict=True) if yes}
    table, wrong = ["| function | calls | missing | unused |", "|---|---|---|---|"], []
    for name, folder in functions().items():
        needed = {
            need
            for need in needs_of(folder)
            if need.action not in _OVERSTATED.get((folder, need.resource), ())
        }
        if name == "ReconcileFunction":  # the half that mends is the other function's
            needed = {
                n
                for n in needed
                if n.action not in _MENDING
                and not n.action.split(":")[1].startswith(
                    ("Delete", "Update", "Abort", "Condition")
                )
            }
        may = {need for p, (each, _, need) in enumerate(cases) if each == name and p in allowed}
        missing, unused = needed - may, may - needed
        table.append(f"| {name} | {len(needed)} | {_list(missing)} | {_list(unused)} |")
        wrong += [f"{name} lacks {each}" for each in (_list(missing),) if each]
        wrong += [f"{name} does not use {each}" for each in (_list(unused),) if each]
    return table, wrong


def _list(needs: set[Need]) -> str:
    return ", ".join(sorted(f"{need.action} on {need.resource}" for need in needs))


def main() -> int:
    """0 when every role allows exactly what its function calls, or node is missing (said)."""
    absent = install()
    if absent is not None:
        print(f"roles were not proved: {absent}")
        return 0
    table, wrong = findings()
    print("\n".join(table))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
