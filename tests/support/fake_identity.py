"""ports.Identity made of dictionaries: tokens are sentences anybody can read."""

from pyeonji.domain.errors import ConflictError, NotAuthorizedError
from pyeonji.ports import Session

CODE = "123456"


class FakeIdentity:
    """A user pool whose only right code is `CODE`."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.totp: set[str] = set()
        self.begun: set[str] = set()
        self.revoked: set[str] = set()

    def sign_in(self, email: str, password: str) -> Session:
        if self.passwords.get(email) != password:
            raise NotAuthorizedError("wrong_credentials")
        if email in self.totp:
            return Session(challenge="totp", session=f"challenge of {email}")
        return self._tokens(email)

    def answer_totp(self, email: str, session: str, code: str) -> Session:
        if session != f"challenge of {email}":
            raise NotAuthorizedError("session_expired")
        if code != CODE:
            raise NotAuthorizedError("wrong_code")
        return self._tokens(email)

    def refresh(self, refresh_token: str) -> Session:
        email = refresh_token.removeprefix("refresh of ")
        if email not in self.passwords or refresh_token in self.revoked:
            raise NotAuthorizedError("session_expired")
        return Session(f"id of {email}", f"access of {email}", "", 3600)

    def sign_out(self, refresh_token: str) -> None:
        self.revoked.add(refresh_token)

    def totp_enabled(self, access_token: str) -> bool:
        return self._owner(access_token) in self.totp

    def begin_totp(self, access_token: str) -> str:
        self.begun.add(self._owner(access_token))
        return "JBSWY3DPEHPK3PXP"

    def confirm_totp(self, access_token: str, code: str) -> None:
        email = self._owner(access_token)
        if email not in self.begun:
            raise ConflictError("totp_not_begun")
        if code != CODE:
            raise NotAuthorizedError("wrong_code")
        self.totp.add(email)

    def _owner(self, access_token: str) -> str:
        email = access_token.removeprefix("access of ")
        if email not in self.passwords:
            raise NotAuthorizedError("session_expired")
        return email

    def _tokens(self, email: str) -> Session:
        return Session(f"id of {email}", f"access of {email}", f"refresh of {email}", 3600)
