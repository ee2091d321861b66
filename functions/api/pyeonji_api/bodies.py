"""What the routes take. Strict: a field of the wrong type, or one too many, is refused."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints
from pydantic_core import PydanticCustomError, ValidationError

from pyeonji.domain.errors import InvalidRequestError
from pyeonji.usecases.accounts.second_factor import Proof

#: More than an account can have mailboxes, or an upload parts in one answer.
MAX_ITEMS = 1_000

_Token = Annotated[str, StringConstraints(min_length=1, max_length=8_192)]
_Id = Annotated[str, StringConstraints(max_length=64)]
_Address = Annotated[str, StringConstraints(min_length=1, max_length=320)]
_Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
#: Six digits, or a recovery code, with the spaces and hyphens people type.
_Code = Annotated[str, StringConstraints(max_length=32)]


def _mailboxes(value: Any) -> list[str] | None:
    """None stands for all of them."""
    if value == "all":
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PydanticCustomError("wrong_type", "a list of ids, or all")
    if not value:
        raise PydanticCustomError("empty", "no mailbox")
    if len(value) > MAX_ITEMS:
        raise PydanticCustomError("too_many", "too many mailboxes")
    return list(dict.fromkeys(value))


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Nothing(_Body):
    """No body, or an empty object."""


class SignIn(_Body):
    """POST /session."""

    email: _Address
    password: _Password


class TotpAnswer(_Body):
    """POST /session/totp."""

    email: _Address
    session: _Token
    code: _Code


class FirstPassword(_Body):
    """POST /session/new-password."""

    email: _Address
    session: _Token
    password: _Password


class Recovery(_Body):
    """POST /session/recovery."""

    email: _Address
    password: _Password
    code: _Code


class RefreshToken(_Body):
    """POST /session/refresh, DELETE /session."""

    refresh_token: _Token


class MeChange(_Body):
    """PUT /me: one of them, or both."""

    language: str | None = None
    notices: str | None = None


class TotpCode(_Body):
    """POST /me/totp/confirm."""

    code: _Code


class ProofOfIdentity(_Body):
    """POST and DELETE /me/totp, POST /me/recovery-codes: one of them, where it is asked for."""

    code: _Code | None = None
    password: _Password | None = None

    @property
    def proof(self) -> Proof:
        """For the use case."""
        return Proof(self.code, self.password)


class NewMailbox(_Body):
    """POST /mailboxes."""

    path: Annotated[str, StringConstraints(max_length=1_000)]


class Selection(_Body):
    """POST /backups/estimate. `period` is read by domain.periods."""

    mailboxes: Annotated[list[str] | None, PlainValidator(_mailboxes)]
    period: Any
    volume_bytes: int | None = None


class NewUpload(_Body):
    """POST /uploads."""

    filename: str
    bytes: int
    mailbox_id: _Id | None = None
    on_duplicate: str = "skip"
    folders: str = "one"


class PartNumbers(_Body):
    """POST /uploads/{id}/parts."""

    numbers: Annotated[list[int], Field(min_length=1, max_length=MAX_ITEMS)]


#: pydantic's names for what is wrong -> ours; every other type of error is a wrong type.
_PROBLEMS = {
    "json_invalid": "not_json",
    "model_type": "must_be_object",
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "string_too_short": "empty",
    "too_short": "empty",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "empty": "empty",
    "too_many": "too_many",
}


def problem_of(error: ValidationError) -> InvalidRequestError:
    """The first thing wrong with a body, as the one field that is named to the caller."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(step) for step in first["loc"]) or "body"
    return InvalidRequestError(field[:100], _PROBLEMS.get(first["type"], "wrong_type"))
