"""Notices by SES."""

from typing import Any

from botocore.exceptions import ClientError

from pyeonji.ports import NotSentError


class SesMailer:
    """ports.Mailer on the SES v2 client.

    `configuration_set` is where bounces and complaints are reported from; SES itself makes
    multipart/alternative of text and HTML.
    """

    def __init__(self, client: Any, sender: str, configuration_set: str) -> None:
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set

    def send(self, to: str, subject: str, text: str, html: str) -> None:
        """One mail to one person. Raises NotSentError when SES refuses it."""
        request = send_request(self._sender, self._configuration_set, to, subject, text, html)
        try:
            self._client.send_email(**request)
        except ClientError as error:
            # The code alone: SES's message may carry the address.
            raise NotSentError(error.response["Error"]["Code"]) from None


def send_request(
    sender: str, configuration_set: str, to: str, subject: str, text: str, html: str
) -> dict[str, Any]:
    """What SES is asked."""

    def part(data: str) -> dict[str, str]:
        return {"Data": data, "Charset": "UTF-8"}

    return {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": [to]},
        "ConfigurationSetName": configuration_set,
        "Content": {
            "Simple": {
                "Subject": part(subject),
                "Body": {"Text": part(text), "Html": part(html)},
                # RFC 3834: no out-of-office reply to a notice.
                "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
            }
        },
    }
