"""What the routes take. Strict: a field of the wrong type, or one too many, is refused."""

import re
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from pyeonji.domain.errors import InvalidRequestError
from pyeonji.usecases.accounts.second_factor import Proof

#: More than an account can have mailboxes, or an upload parts in one answer.
MAX_ITEMS = 1_000

_Token = Annotated[str, Meta(min_length=1, max_length=8_192)]
_Id = Annotated[str, Meta(max_length=64)]
_Key = Annotated[str, Meta(max_length=200)]
_Address = Annotated[str, Meta(min_length=1, max_length=320)]
_Password = Annotated[str, Meta(min_length=1, max_length=256)]
#: Six digits, or a recovery code, with the spaces and hyphens people type.
_Code = Annotated[str, Meta(max_length=32)]


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """An object of JSON with these fields and no others."""


class Nothing(Body):
    """No body, or an empty object."""


class SignIn(Body):
    """POST /session."""

    email: _Address
    password: _Password


class TotpAnswer(Body):
    """POST /session/totp."""

    email: _Address
    session: _Token
    code: _Code


class FirstPassword(Body):
    """POST /session/new-password."""

    email: _Address
    session: _Token
    password: _Password


class Recovery(Body):
    """POST /session/recovery."""

    email: _Address
    password: _Password
    code: _Code


class RefreshToken(Body):
    """POST /session/refresh, DELETE /session."""

    refresh_token: _Token


class MeChange(Body):
    """PUT /me: one of them, or both."""

    language: str | msgspec.UnsetType = msgspec.UNSET
    notices: str | msgspec.UnsetType = msgspec.UNSET


class TotpCode(Body):
    """POST /me/totp/confirm."""

    code: _Code


class ProofOfIdentity(Body):
    """POST and DELETE /me/totp, POST /me/recovery-codes: one of them, where it is asked for."""

    code: _Code | None = None
    password: _Password | None = None

    @property
    def proof(self) -> Proof:
        """For the use case."""
        return Proof(self.code, self.password)


class NewMailbox(Body):
    """POST /mailboxes."""

    path: Annotated[str, Meta(max_length=1_000)]


class Selection(Body):
    """POST /backups/estimate. `period` is read by domain.periods."""

    mailboxes: Annotated[list[str], Meta(min_length=1, max_length=MAX_ITEMS)] | Literal["all"]
    period: Any
    volume_bytes: int | None = None
    query: str | None = None

    @property
    def chosen(self) -> list[str] | None:
        """The ids, each once; None stands for all."""
        return None if self.mailboxes == "all" else list(dict.fromkeys(self.mailboxes))


class NewBackup(Selection):
    """POST /backups."""

    include_gone: bool = False


class NewSchedule(Body):
    """PUT /schedule."""

    mailboxes: Annotated[list[str], Meta(min_length=1, max_length=MAX_ITEMS)] | Literal["all"]
    every: str
    what: str
    keep: int
    volume_bytes: int | None = None

    @property
    def chosen(self) -> list[str] | None:
        """The ids, each once; None stands for all."""
        return None if self.mailboxes == "all" else list(dict.fromkeys(self.mailboxes))


class Volumes(Body):
    """POST /backups/{id}/restore: the numbers of files; without them all."""

    volumes: Annotated[list[int], Meta(min_length=1, max_length=MAX_ITEMS)] | None = None


class Restore(Body):
    """POST /restores: mails of a mailbox by their keys or by a query; `to`: another mailbox."""

    mailbox_id: _Id
    keys: Annotated[list[_Key], Meta(min_length=1, max_length=MAX_ITEMS)] | None = None
    query: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    to: _Id | None = None


class NewUpload(Body):
    """POST /uploads."""

    filename: str
    bytes: int
    mailbox_id: _Id | None = None
    on_duplicate: str = "skip"
    folders: str = "one"


class PartNumbers(Body):
    """POST /uploads/{id}/parts."""

    numbers: Annotated[list[int], Meta(min_length=1, max_length=MAX_ITEMS)]


_Model = TypeVar("_Model", bound=Body)

#: msgspec's words for what is wrong -> ours, with the field's name where they hold it; anything
#: else is a wrong type. The tests go through all of them: msgspec has no codes for them.
_PROBLEMS: Final = (
    (re.compile(r"Object missing required field `(.*?)`(?: - at `.*)?\Z", re.S), "missing_field"),
    (re.compile(r"Object contains unknown field `(.*?)`(?: - at `.*)?\Z", re.S), "unknown_field"),
    (re.compile(r"Expected `(?:str|array)` of length >= 1()"), "empty"),
    (re.compile(r"Expected `str` of length <= \d+()"), "too_long"),
    (re.compile(r"Expected `array` of length <= \d+()"), "too_many"),
)
#: `$.numbers[0]`: which of a list is wrong is not part of the field's name.
_PATH: Final = re.compile(r".* - at `\$\.?([^\[]*).*`\Z", re.S)


def read_body(raw: bytes | str, model: type[_Model]) -> _Model:
    """`raw` as a `model`. InvalidRequestError names the first field that is wrong."""
    try:
        return msgspec.json.decode(raw or b"{}", type=model)
    except msgspec.ValidationError as error:
        raise _problem_of(str(error)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidRequestError("body", "not_json") from None


def _problem_of(said: str) -> InvalidRequestError:
    """What msgspec said, as the one field that is named to the caller."""
    at = _PATH.match(said)
    path = at[1] if at else ""
    for pattern, problem in _PROBLEMS:
        found = pattern.match(said)
        if found:
            field = ".".join(filter(None, (path, found[1])))
            return InvalidRequestError(field[:100] or "body", problem)
    return InvalidRequestError(path[:100] or "body", "wrong_type" if path else "must_be_object")
