"""Whether an account may back up and upload at all."""

from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.errors import ForbiddenError
from pyeonji.worlds import HasAccounts


def mail_problem(account: Account | None, company: Company | None) -> str | None:
    """`mail_not_set_up`, `domain_not_connected`, or None when everything is ready."""
    if account is None or not account.mail_ready:
        return "mail_not_set_up"
    if company is None or not company.domain_connected:
        return "domain_not_connected"
    return None


def require_mail(world: HasAccounts, email: str) -> None:
    """Raises ForbiddenError saying what is not set up."""
    account = world.accounts.account(email)
    company = world.accounts.company(account.domain) if account else None
    problem = mail_problem(account, company)
    if problem is not None:
        raise ForbiddenError(problem)
