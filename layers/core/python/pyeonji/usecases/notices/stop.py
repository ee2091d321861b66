"""An address that bounced or complained gets no further notices; the page says so."""

from collections.abc import Iterator, Mapping
from email.utils import parseaddr

from pyeonji.worlds import HasAccounts


def stop_notices(world: HasAccounts, *, detail: Mapping[str, object]) -> int:
    """Take the `detail` of an SES event; how many accounts were stopped.

    A mailbox that is full today (a transient bounce) is no reason to stop, nor is a complaint
    taken back. https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """
    stopped = 0
    for address in _refusing(detail):
        # The domain's case never matters and the account's is small; a notice went to the account.
        for email in dict.fromkeys((address, address.lower())):
            account = world.accounts.account(email)
            if account is not None and account.notices:
                world.accounts.stop_notices(email)
                stopped += 1
    return stopped


def _refusing(detail: Mapping[str, object]) -> Iterator[str]:
    bounce, complaint = detail.get("bounce"), detail.get("complaint")
    if isinstance(bounce, dict) and bounce.get("bounceType") == "Permanent":
        yield from _addresses(bounce.get("bouncedRecipients"))
    if isinstance(complaint, dict) and complaint.get("complaintFeedbackType") != "not-spam":
        yield from _addresses(complaint.get("complainedRecipients"))


def _addresses(recipients: object) -> Iterator[str]:
    for recipient in recipients if isinstance(recipients, list) else ():
        address = recipient.get("emailAddress") if isinstance(recipient, dict) else None
        if isinstance(address, str):
            yield parseaddr(address)[1]
