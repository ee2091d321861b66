"""Downloads of volumes by CloudFront, signed with a key that is ours.

A URL S3's own way ends with the session of the role that signed it, which may be minutes away. One
of CloudFront's ends when it says, because a key pair signed it. CloudFront asks S3 for every byte
(nothing is cached), so an object that was deleted is gone for these as well.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError
from botocore.signers import CloudFrontSigner

from pyeonji.adapters.attachment import attachment
from pyeonji.adapters.secrets import is_gone

#: How long the private key is kept before it is read again: a new one signs within an hour.
_KEY_KEPT = timedelta(hours=1)


class SignedDownloads:
    """ports.Downloads: `domain` of the distribution in front of the volumes, the id of the public
    key it trusts, and the name or ARN of the secret with the private one (PEM, RSA 2048).

    All three empty: there is no such distribution, and every address is S3's own.
    """

    def __init__(self, client: Any, domain: str, key_id: str, secret: str) -> None:
        self._client = client
        self._domain = domain
        self._key_id = key_id
        self._secret = secret
        self._made: tuple[CloudFrontSigner | None, datetime] | None = None

    def url(self, key: str, *, until: datetime, filename: str) -> str | None:
        """An address of the object that is saved under `filename` and good until `until`; None
        where there is nothing to sign with."""
        signer = self._signer() if self._domain else None
        if signer is None:
            return None
        query = f"response-content-disposition={quote(attachment(filename), safe='')}"
        # Canned policy: a signature over this very address, which reaches CloudFront as it is here.
        address = f"https://{self._domain}/{quote(key)}?{query}"
        return str(signer.generate_presigned_url(address, date_less_than=until))

    def _signer(self) -> CloudFrontSigner | None:
        now = datetime.now(UTC)
        if self._made is None or now - self._made[1] > _KEY_KEPT:
            self._made = self._read_key(), now
        return self._made[0]

    def _read_key(self) -> CloudFrontSigner | None:
        # Only who signs pays for the import.
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        try:
            pem = self._client.get_secret_value(SecretId=self._secret)["SecretString"]
        except ClientError as error:
            if is_gone(error):
                return None
            raise
        key = serialization.load_pem_private_key(pem.encode(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey), "CloudFront's key group holds an RSA key"

        def sign(message: bytes) -> bytes:
            # SHA-1 is what CloudFront checks a signed URL with.
            return key.sign(message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303

        return CloudFrontSigner(self._key_id, sign)
