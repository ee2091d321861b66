"""What signing in needs, made of dictionaries: tokens are sentences anybody can read."""

from datetime import datetime, timedelta

from pyeonji.domain.errors import (
    ConflictError,
    NotAuthorizedError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.domain.limits import MIN_PASSWORD_LENGTH
from pyeonji.domain.recovery import RecoverySet
from pyeonji.ports import Login, Session

CODE = "123456"
#: Right too: what the app shows half a minute later.
NEXT_CODE = "654321"


class FakeIdentity:
    """A user pool whose only right codes are `CODE` and `NEXT_CODE`, each as often as one likes."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        #: Whose password is the temporary one of an administrator.
        self.temporary: set[str] = set()
        self.totp: set[str] = set()
        self.begun: set[str] = set()
        self.revoked: set[str] = set()
        #: How often a password or a code was looked at.
        self.asked = 0

    def sign_in(self, email: str, password: str) -> Session:
        self.asked += 1
        if self.passwords.get(email) != password:
            raise NotAuthorizedError("wrong_credentials")
        if email in self.temporary:
            return Session(challenge="new_password", session=f"first password of {email}")
        return self._challenge_or_tokens(email)

    def answer_totp(self, email: str, session: str, code: str) -> Session:
        self.asked += 1
        if session != f"challenge of {email}":
            raise NotAuthorizedError("session_expired")
        if code not in (CODE, NEXT_CODE):
            raise NotAuthorizedError("wrong_code")
        return self._tokens(email)

    def set_first_password(self, email: str, session: str, password: str) -> Session:
        if session != f"first password of {email}" or email not in self.temporary:
            raise NotAuthorizedError("session_expired")
        if len(password) < MIN_PASSWORD_LENGTH:
            raise UnprocessableError("password_too_weak", min_length=MIN_PASSWORD_LENGTH)
        if password == self.passwords[email]:
            raise UnprocessableError("password_used_before")
        self.passwords[email] = password
        self.temporary.discard(email)
        return self._challenge_or_tokens(email)

    def refresh(self, refresh_token: str) -> Session:
        email = refresh_token.removeprefix("refresh of ")
        if email not in self.passwords or refresh_token in self.revoked:
            raise NotAuthorizedError("session_expired")
        return Session(f"id of {email}", f"access of {email}", "", 3600)

    def sign_out(self, refresh_token: str) -> None:
        self.revoked.add(refresh_token)

    def sign_out_everywhere(self, access_token: str) -> None:
        email = self._owner(access_token)
        self.revoked |= {f"refresh of {email}", f"access of {email}"}

    def login(self, access_token: str) -> Login:
        email = self._owner(access_token)
        return Login(email, email in self.totp)

    def begin_totp(self, access_token: str) -> str:
        self.begun.add(self._owner(access_token))
        return "JBSWY3DPEHPK3PXP"

    def confirm_totp(self, access_token: str, code: str) -> None:
        email = self._owner(access_token)
        if email not in self.begun:
            raise ConflictError("totp_not_begun")
        self.check_code(access_token, code)
        self.begun.discard(email)
        self.totp.add(email)

    def check_code(self, access_token: str, code: str) -> None:
        self._owner(access_token)
        self.asked += 1
        if code not in (CODE, NEXT_CODE):
            raise NotAuthorizedError("wrong_code")

    def end_totp(self, email: str) -> None:
        self.totp.discard(email)

    def _owner(self, access_token: str) -> str:
        email = access_token.removeprefix("access of ")
        if email not in self.passwords or access_token in self.revoked:
            raise NotAuthorizedError("session_expired")
        return email

    def _challenge_or_tokens(self, email: str) -> Session:
        if email in self.totp:
            return Session(challenge="totp", session=f"challenge of {email}")
        return self._tokens(email)

    def _tokens(self, email: str) -> Session:
        return Session(f"id of {email}", f"access of {email}", f"refresh of {email}", 3600)


class FakeAttempts:
    """ports.Attempts."""

    def __init__(self) -> None:
        self.tries: dict[tuple[str, datetime], int] = {}
        self.used: dict[tuple[str, str], datetime] = {}

    def take(self, key: str, start: datetime, most: int, window: timedelta) -> bool:
        tries = self.tries.get((key, start), 0)
        if tries >= most:
            return False
        self.tries[key, start] = tries + 1
        return True

    def give_back(self, key: str, start: datetime) -> None:
        self.tries[key, start] = max(0, self.tries.get((key, start), 0) - 1)

    def use(self, email: str, digest: str, now: datetime, until: datetime) -> bool:
        if self.used.get((email, digest), now) > now:
            return False
        self.used[email, digest] = until
        return True

    def release(self, email: str, digest: str) -> None:
        self.used.pop((email, digest), None)


class FakeRecoveryCodes:
    """ports.RecoveryCodes."""

    def __init__(self) -> None:
        self.sets: dict[str, RecoverySet] = {}

    def get(self, email: str) -> RecoverySet | None:
        return self.sets.get(email)

    def put(self, email: str, codes: RecoverySet) -> None:
        self.sets[email] = codes

    def use(self, email: str, digest: str) -> bool:
        kept = self.sets.get(email)
        if kept is None or digest not in kept.hashes:
            return False
        self.sets[email] = RecoverySet(kept.salt, kept.hashes - {digest})
        return True

    def delete(self, email: str) -> None:
        self.sets.pop(email, None)


class FakeLogins:
    """The pool of `FakeIdentity`, as its operator has it."""

    def __init__(self, identity: FakeIdentity) -> None:
        self._identity = identity

    def create(self, email: str) -> bool:
        if email in self._identity.passwords:
            return False
        self._identity.passwords[email] = f"nobody knows {email}"
        return True

    def set_password(self, email: str, password: str, *, permanent: bool) -> None:
        if email not in self._identity.passwords:
            raise NotFoundError("account")
        if len(password) < MIN_PASSWORD_LENGTH:
            raise UnprocessableError("password_too_weak", min_length=MIN_PASSWORD_LENGTH)
        self._identity.passwords[email] = password
        (self._identity.temporary.discard if permanent else self._identity.temporary.add)(email)
