"""What can go wrong that a caller has to be told. HTTP statuses are mapped in functions/api.

PyeonjiError
├── InvalidRequestError      a field is missing, of the wrong type, unknown or impossible
├── NotFoundError            no such thing in this account (also: somebody else's)
├── NotAuthorizedError       the sign-in was refused
├── ForbiddenError           signed in, but mail is not set up or the domain not connected
├── ConflictError            the request does not fit the state things are in
├── BusyError                something of the same account must come to its end first
├── UnprocessableError       well-formed, but cannot be done
├── UploadFailedError        a whole upload failed; `code` is one of reasons.UPLOAD_FAILURES
├── HomeError                a company's mail server could not be used; reasons.HOME_FAILURES
└── PermanentError           a machine's step cannot succeed by trying again
"""

from pyeonji.domain.reasons import HOME_PASSING


class PyeonjiError(Exception):
    """`code` is one of `domain.reasons`; `facts` fill its sentences in `words`."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class InvalidRequestError(PyeonjiError):
    """The caller's mistake in one named field. `problem` says what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__("invalid_request", field=field, problem=problem)
        self.field = field
        self.problem = problem


class NotFoundError(PyeonjiError):
    """`what` is mailbox, backup, volume, upload or route."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}_not_found")


class NotAuthorizedError(PyeonjiError):
    """wrong_credentials, wrong_code, session_expired, too_many_attempts, password_must_change."""


class ForbiddenError(PyeonjiError):
    """mail_not_set_up, domain_not_connected; forbidden: a token of somebody else."""


class ConflictError(PyeonjiError):
    """too_many_backups, mailbox_exists, wrong_state, parts_missing, size_mismatch …"""


class BusyError(PyeonjiError):
    """service_busy: to be asked again in a moment, by the caller's program itself."""


class UnprocessableError(PyeonjiError):
    """nothing_to_back_up, not_a_zip_name, too_large, over_quota …"""


class UploadFailedError(PyeonjiError):
    """The upload as a whole cannot be read or finished."""


class HomeError(PyeonjiError):
    """A company's mail server could not be reached, does not let us in, or refused something.

    `said`: the server's own words, one line, "" where it said none. `passing`: another try, later,
    may well do; else somebody has to change something first.
    """

    @property
    def said(self) -> str:
        """The server's own words."""
        return str(self.facts.get("said") or "")

    @property
    def passing(self) -> bool:
        """Whether another try may do."""
        return self.code in HOME_PASSING


class PermanentError(PyeonjiError):
    """A step of a machine that trying again cannot mend; the machine goes to its end at once.

    `code` is one of reasons.BACKUP_FAILURES or UPLOAD_FAILURES, or `wrong_state` when somebody
    ended the request meanwhile. Machines know it by the name of this class.
    """
