"""`make aws-smoke`: does everything once on AWS itself, in a stack made for it, and takes it down.

What no emulator can say: that CloudFormation takes the template, that S3 takes a part put with a
presigned URL, that roles, events and machines work together, that a volume can be read in ranges,
that SES reports a bounce. Asks for what it needs first, and changes nothing in other stacks.

`STACK` (pyeonji-smoke), `SENDER` (a verified SES identity) and the usual AWS settings come from the
environment; `KEEP=1` leaves the stack where it is.
"""

import io
import os
import secrets
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import boto3
import urllib3

from infra.aws.page import outputs, put_up
from infra.local.api import Api
from infra.local.places import ROOT

_SAM = ROOT / ".venv-sam" / "bin" / "sam"
#: SES's own address that always bounces.
_BOUNCES = "bounce@simulator.amazonses.com"
_MIB = 1024 * 1024


class SmokeError(Exception):
    """A step did not do what it should; the message is one line."""


def main() -> int:
    """0 when every step worked; whatever was made is taken down in any case."""
    stack, sender = os.environ.get("STACK") or "pyeonji-smoke", os.environ.get("SENDER", "")
    if not sender or boto3.session.Session().region_name is None:
        print(
            "aws-smoke: set SENDER to a verified SES identity and AWS_REGION;"
            " docs/deploy.md says how",
            file=sys.stderr,
        )
        return 1
    try:
        step("deploy", lambda: deploy(stack, sender, "http://127.0.0.1:8000"))
        given = outputs(stack)
        # Links and CORS name the page's address, which is known only now.
        step("deploy again", lambda: deploy(stack, sender, given["DistributionUrl"]))
        step("page", lambda: put_up(given, boto3.client("s3"), boto3.client("cloudfront")))
        api = step("sign in", lambda: sign_in(stack, given, sender.partition("@")[2]))
        mailbox = api.get("/mailboxes")["mailboxes"][0]["id"]
        step("a part as the page puts it", lambda: upload(api, mailbox, given["DistributionUrl"]))
        step("a part as the client puts it", lambda: upload(api, mailbox, None))
        backup = step("a backup of two volumes", lambda: back_up(api))
        step("ranged download", lambda: download(api, backup))
        step("bounce", lambda: bounce(given, sender))
    except (SmokeError, subprocess.CalledProcessError, AssertionError) as error:
        print(f"aws-smoke: {error or 'an assertion failed'}", file=sys.stderr)
        return 1
    finally:
        if os.environ.get("KEEP", "") in ("", "0"):
            take_down(stack)
    print("aws-smoke: all of it works on AWS")
    return 0


def step(name: str, do: Callable[[], Any]) -> Any:
    """Do one thing and say how long it took."""
    started = time.monotonic()
    done = do()
    print(f"ok   {name} ({time.monotonic() - started:.0f} s)", flush=True)
    return done


def deploy(stack: str, sender: str, page: str) -> None:
    """As docs/deploy.md says, but unprotected, so that it can be taken down again."""
    parameters = [f"SenderAddress={sender}", f"PageUrl={page}", "Protected=false",
                  f"VolumeBytes={_MIB}"]  # fmt: skip
    subprocess.run(
        [str(_SAM), "deploy", "--stack-name", stack, "--resolve-s3", "--no-confirm-changeset",
         "--no-fail-on-empty-changeset", "--capabilities", "CAPABILITY_NAMED_IAM",
         "CAPABILITY_AUTO_EXPAND", "--parameter-overrides", *parameters],
        cwd=ROOT, check=True, env={**os.environ, "SAM_CLI_TELEMETRY": "0"},
    )  # fmt: skip


def sign_in(stack: str, given: dict[str, str], domain: str) -> Api:
    """A person made for this, signed in through CloudFront."""
    from infra.admin.target import target
    from pyeonji.usecases.accounts.companies import NewPerson, put_company, take_in

    email, password = f"smoke@{domain}", f"Smoke-{secrets.token_urlsafe(16)}-1aA"
    services = target(stack)
    put_company(services, domain=domain, name="smoke")
    person = NewPerson(email, "en", password=password)
    take_in(services, person=person, now=services.now())
    return Api(f"{given['DistributionUrl']}/api").sign_in(email, password)


def upload(api: Api, mailbox: str, origin: str | None) -> None:
    """A ZIP of two mails of 600 KB; with the headers of a browser where there is an `origin`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(2):
            mail = EmailMessage()
            mail["From"], mail["Subject"] = "a@b.example", f"smoke {time.time_ns()} {number}"
            mail["Date"] = datetime.now(UTC)
            mail.set_content(secrets.token_hex(300_000))
            archive.writestr(f"{number}.eml", mail.as_bytes())
    data = packed.getvalue()
    wanted = {"filename": "smoke.zip", "bytes": len(data), "mailbox_id": mailbox}
    made = api.post("/uploads", wanted | {"on_duplicate": "skip"})
    url = api.post(f"/uploads/{made['id']}/parts", {"numbers": [1]})["urls"]["1"]
    headers = {"Origin": origin, "Content-Type": "application/zip"} if origin else {}
    said = urllib3.request("PUT", url, body=data, headers=headers)
    if said.status != 200:
        raise SmokeError(f"S3 refused a part: {said.status} {said.data[:300].decode()}")
    if origin and said.headers.get("Access-Control-Allow-Origin") != origin:
        raise SmokeError("S3 does not let the page's origin read its answer")
    longer = urllib3.request("PUT", url, body=data + b"x", headers=headers)
    if longer.status != 403:
        raise SmokeError(f"S3 took more than was signed: {longer.status}")
    api.post(f"/uploads/{made['id']}/complete")
    done = api.wait(f"/uploads/{made['id']}", "completed", "failed", seconds=600, every=2)
    if done["totals"]["imported"] != 2:
        raise SmokeError(f"two mails were sent, and this became of them: {done['totals']}")


def back_up(api: Api) -> dict[str, Any]:
    """All of it; a volume takes one MiB, so the four mails make two and more."""
    # Today's mail: a period that reaches into tomorrow, wherever a day begins.
    period = {"kind": "range", "from": "2000-01-01", "to": "2100-01-01"}
    made = api.post("/backups", {"mailboxes": "all", "period": period})
    done: dict[str, Any] = api.wait(
        f"/backups/{made['id']}", "ready", "failed", seconds=900, every=2
    )
    if done["state"] != "ready" or len(done["volumes"]) < 2:
        raise SmokeError(f"the backup is {done['state']} with {len(done['volumes'])} volumes")
    return done


def download(api: Api, backup: dict[str, Any]) -> None:
    """The second half of a volume after the first, each by an address signed for it."""
    link = f"{api.url}/backups/{backup['id']}/volumes/1/file"
    size, whole = backup["volumes"][0]["bytes"], b""
    for asked in (f"bytes=0-{size // 2 - 1}", f"bytes={size // 2}-"):
        sent = urllib3.request(
            "GET", link, headers={"Authorization": api.token or ""}, redirect=False
        )
        part = urllib3.request("GET", sent.headers["Location"], headers={"Range": asked})
        if part.status != 206:
            raise SmokeError(f"a range was answered with {part.status}")
        whole += part.data
    if len(whole) != size or zipfile.ZipFile(io.BytesIO(whole)).testzip() is not None:
        raise SmokeError("the two halves are not the volume")


def bounce(given: dict[str, str], sender: str) -> None:
    """SES's simulator bounces a notice; that must reach the notice's function."""
    started = int(time.time() * 1000)
    boto3.client("sesv2").send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": [_BOUNCES]},
        ConfigurationSetName=given["NoticeConfigurationSetName"],
        Content={"Simple": {"Subject": {"Data": "smoke"}, "Body": {"Text": {"Data": "smoke"}}}},
    )
    logs = boto3.client("logs")
    group = given["FunctionLogsName"]
    for _ in range(60):
        found = logs.filter_log_events(
            logGroupName=group, startTime=started, filterPattern='"NoticesStopped"'
        )
        if found["events"]:
            return
        time.sleep(5)
    raise SmokeError("the bounce did not reach the notice's function within five minutes")


def take_down(stack: str) -> None:
    """The stack, and what its policies would keep: it was made to be taken down."""
    given = outputs(stack)
    s3 = boto3.resource("s3")
    for name, value in given.items():
        if name.endswith("BucketName"):
            s3.Bucket(value).object_versions.delete()
    cloudformation = boto3.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)
    s3.Bucket(given["MailBucketName"]).delete()
    boto3.client("dynamodb").delete_table(TableName=given["TableName"])
    boto3.client("cognito-idp").delete_user_pool(UserPoolId=given["UserPoolId"])
    print(f"ok   {stack} is gone", flush=True)


if __name__ == "__main__":
    sys.exit(main())
