"""Whether an account may back up and upload at all."""

from pyeonji.domain.errors import ForbiddenError
from pyeonji.worlds import HasAccounts


def mail_problem(world: HasAccounts, email: str) -> str | None:
    """`mail_not_set_up`, `domain_not_connected`, or None when everything is ready."""
    account = world.accounts.account(email)
    if account is None or not account.mail_ready:
        return "mail_not_set_up"
    company = world.accounts.company(account.domain)
    if company is None or not company.domain_connected:
        return "domain_not_connected"
    return None


def require_mail(world: HasAccounts, email: str) -> None:
    """Raises ForbiddenError saying what is not set up."""
    problem = mail_problem(world, email)
    if problem is not None:
        raise ForbiddenError(problem)
