"""The demo companies: who is in them, made in the user pool and in the table."""

import base64
import contextlib
import hashlib
import hmac
import json
import struct
import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.local.aws import client
from infra.local.package import ARTIFACTS
from infra.local.places import Places
from pyeonji.bootstrap import Services
from pyeonji.domain.accounts import Company, Role
from pyeonji.usecases.accounts.companies import NewPerson, put_company, take_in

COMPANIES = (
    Company("acme.example", "에이크미"),
    Company("other.example", "아더"),
    Company("pending.example", "펜딩", domain_connected=False),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A demo login. The passwords open nothing but the local cloud."""

    email: str
    password: str
    language: str = "ko"
    mail_ready: bool = True
    totp: bool = False
    role: Role = Role.PERSON


PEOPLE = (
    Person("kim@acme.example", "Pyeonji-Kim-2026"),
    Person("lee@acme.example", "Pyeonji-Lee-2026", totp=True),
    Person("park@other.example", "Pyeonji-Park-2026", language="en"),
    Person("choi@acme.example", "Pyeonji-Choi-2026", mail_ready=False),
    Person("jung@pending.example", "Pyeonji-Jung-2026"),
)


def totp(secret: str, at: float) -> str:
    """The six digits of RFC 6238 for a base32 secret at an instant (epoch seconds)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.digest(key, struct.pack(">Q", int(at) // 30), hashlib.sha1)
    place = digest[-1] & 15
    number = struct.unpack_from(">I", digest, place)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def create_people(
    places: Places, outputs: dict[str, str], services: Services
) -> list[dict[str, Any]]:
    """Companies, accounts and logins, those that are missing; what endpoints.json says of them."""
    for company in COMPANIES:
        if services.accounts.company(company.domain) is None:
            put_company(
                services,
                domain=company.domain,
                name=company.name,
                connected=company.domain_connected,
            )
    logins = []
    for person in PEOPLE:
        login: dict[str, Any] = {"email": person.email, "password": person.password}
        secret = _login(places, outputs, services, person)
        if secret:
            login["totp_secret"] = secret
        if not person.mail_ready:
            login["mail_ready"] = False
        logins.append(login)
    return logins


def _login(
    places: Places, outputs: dict[str, str], services: Services, person: Person
) -> str | None:
    """Take them in, unless they are; the secret of their second factor, if they have one."""
    cognito = client(places, "cognito-idp")
    pool, app = outputs["UserPoolId"], outputs["UserPoolClientId"]
    s3 = client(places, "s3")
    secret_key = f"demo/{pool}/{person.email}.json"
    with contextlib.suppress(cognito.exceptions.UserNotFoundException):
        cognito.admin_get_user(UserPoolId=pool, Username=person.email)
        return _remembered(s3, secret_key) if person.totp else None
    new = NewPerson(
        person.email,
        person.language,
        person.mail_ready,
        person.role,
        person.password,
        mailbox=False,  # the demo mail brings its own
    )
    take_in(services, person=new, now=services.now())
    if not person.totp:
        return None
    tokens = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=app,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.email, "PASSWORD": person.password},
    )["AuthenticationResult"]
    access = tokens["AccessToken"]
    secret: str = cognito.associate_software_token(AccessToken=access)["SecretCode"]
    s3.put_object(Bucket=ARTIFACTS, Key=secret_key, Body=json.dumps({"secret": secret}).encode())
    cognito.verify_software_token(AccessToken=access, UserCode=totp(secret, time.time()))
    cognito.set_user_mfa_preference(
        AccessToken=access, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    return secret


def _remembered(s3: Any, key: str) -> str | None:
    try:
        body = s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()
    except ClientError:
        return None
    secret: str = json.loads(body)["secret"]
    return secret
