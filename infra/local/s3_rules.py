"""What S3 refuses of a request before it looks at an object, and the answer it gives then.

Pure: a request as it came over the wire in, a `Refusal` or None out. Signatures are calculated by
botocore's own signers, so that what they sign is what is asked for here; the rules around them are
those of S3's documentation ("Authenticating Requests (AWS Signature Version 4)", "Error
Responses", "Amazon S3 multipart upload limits").
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

#: Every part of a multipart upload but the last.
MIN_PART_BYTES = 5 * 1024 * 1024
#: "X-Amz-Expires … maximum 604800".
_LONGEST_SECONDS = 604_800
_SKEW = timedelta(minutes=15)
_ALGORITHM = "AWS4-HMAC-SHA256"
_FAULTY_XML = "The XML you provided was not well-formed or did not validate against our schema"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came. `path` and `query` percent-encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """The query, decoded; a name without a value has an empty one."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Key:
    """What a key id stands for: its secret, and the token of a session's key."""

    secret: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of S3: `status` of HTTP, `code` of S3."""

    status: int
    code: str
    message: str
    extra: tuple[tuple[str, str], ...] = ()

    def body(self, resource: str) -> bytes:
        """S3's XML."""
        more = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in self.extra)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>{more}"
            f"<Resource>{escape(resource)}</Resource><RequestId>LOCAL</RequestId></Error>"
        ).encode()


_MISMATCH = Refusal(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided.",
)
_NO_KEY = Refusal(
    403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
)
_NO_TOKEN = Refusal(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
_DENIED = Refusal(403, "AccessDenied", "Access Denied")


def refusal(
    request: Request, *, key_of: Callable[[str], Key | None], region: str, now: datetime
) -> Refusal | None:
    """Why S3 in `region` would refuse `request` at the instant `now`; None where it would not.

    `key_of` knows the account's key ids. Nothing is asked of the body: see `body_refusal`.
    """
    if "X-Amz-Algorithm" in request.parameters:
        if "authorization" in request.headers:
            return Refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
        return _presigned(request, key_of, region, now)
    if request.headers.get("authorization", "").startswith(_ALGORITHM):
        return _signed(request, key_of, region, now)
    return _DENIED


def body_refusal(request: Request, sha256: str) -> Refusal | None:
    """A body that is not the one its header speaks of. `sha256` is the body's, in hexadecimal."""
    if hmac.compare_digest(request.headers["x-amz-content-sha256"], sha256):
        return None
    return Refusal(
        400,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )


def completion_refusal(body: bytes, arrived: Mapping[int, int]) -> Refusal | None:
    """What is wrong with a CompleteMultipartUpload. `arrived`: number -> bytes of each part."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - the emulator reads it the same way
        numbers = [int(each.text or "") for each in root.iterfind("{*}Part/{*}PartNumber")]
    except (ElementTree.ParseError, ValueError):
        numbers = []
    if not numbers:
        return Refusal(400, "MalformedXML", _FAULTY_XML)
    if any(later <= before for before, later in pairwise(numbers)):
        return Refusal(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
    for number in numbers[:-1]:
        if number in arrived and arrived[number] < MIN_PART_BYTES:
            return Refusal(
                400,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                (
                    ("ProposedSize", str(arrived[number])),
                    ("MinSizeAllowed", str(MIN_PART_BYTES)),
                    ("PartNumber", str(number)),
                ),
            )
    return None


def _presigned(
    request: Request, key_of: Callable[[str], Key | None], region: str, now: datetime
) -> Refusal | None:
    said = request.parameters
    names = ("Credential", "Date", "Expires", "SignedHeaders", "Signature")
    given = {name: said.get(f"X-Amz-{name}", "") for name in names}
    scope = given["Credential"].split("/")
    if not all(given.values()) or len(scope) != 5 or said["X-Amz-Algorithm"] != _ALGORITHM:
        return _faulty_query("Query-string authentication version 4 requires the X-Amz-Algorithm, "
                             "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, "
                             "and X-Amz-Expires parameters.")  # fmt: skip
    if scope[2] != region:
        return _faulty_query(
            "Error parsing the X-Amz-Credential parameter; "
            f"the region '{scope[2]}' is wrong; expecting '{region}'",
            ("Region", region),
        )
    if not given["Expires"].isdecimal() or int(given["Expires"]) > _LONGEST_SECONDS:
        return _faulty_query("X-Amz-Expires must be less than a week (in seconds)")
    signed_at = _instant(given["Date"])
    if signed_at is None or scope[1] != given["Date"][:8]:
        return _faulty_query(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        )
    if signed_at > now + _SKEW:
        return Refusal(403, "AccessDenied", "Request is not valid yet")
    ends = signed_at + timedelta(seconds=int(given["Expires"]))
    if now > ends:
        return Refusal(
            403,
            "AccessDenied",
            "Request has expired",
            (
                ("X-Amz-Expires", given["Expires"]),
                ("Expires", ends.strftime("%Y-%m-%dT%H:%M:%SZ")),
                ("ServerTime", now.strftime("%Y-%m-%dT%H:%M:%SZ")),
            ),
        )
    key = key_of(scope[0])
    if key is None:
        return _NO_KEY
    if (key.token or "") != said.get("X-Amz-Security-Token", ""):
        return _NO_TOKEN
    unsigned = "&".join(
        pair for pair in request.query.split("&") if not pair.startswith("X-Amz-Signature=")
    )
    signer = S3SigV4QueryAuth(Credentials(scope[0], key.secret), "s3", region)
    again = _sign(signer, request, unsigned, given["SignedHeaders"], given["Date"])
    if not hmac.compare_digest(again, given["Signature"]):
        return _MISMATCH
    return _unsigned_headers(request, given["SignedHeaders"])


def _signed(
    request: Request, key_of: Callable[[str], Key | None], region: str, now: datetime
) -> Refusal | None:
    fields = dict(
        part.strip().partition("=")[::2]
        for part in request.headers["authorization"].removeprefix(_ALGORITHM).split(",")
    )
    scope = fields.get("Credential", "").split("/")
    date = request.headers.get("x-amz-date", "")
    signed_at = _instant(date)
    if len(scope) != 5 or not fields.get("SignedHeaders") or not fields.get("Signature"):
        return _faulty_header("The authorization header is malformed.")
    if scope[2] != region:
        return _faulty_header(
            "The authorization header is malformed; "
            f"the region '{scope[2]}' is wrong; expecting '{region}'",
            ("Region", region),
        )
    if signed_at is None or scope[1] != date[:8]:
        return Refusal(403, "AccessDenied", "AWS authentication requires a valid x-amz-date header")
    if abs(signed_at - now) > _SKEW:
        return Refusal(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
    if "x-amz-content-sha256" not in request.headers:
        return Refusal(400, "InvalidRequest", "Missing required header: x-amz-content-sha256")
    key = key_of(scope[0])
    if key is None:
        return _NO_KEY
    if (key.token or "") != request.headers.get("x-amz-security-token", ""):
        return _NO_TOKEN
    signer = S3SigV4Auth(Credentials(scope[0], key.secret), "s3", region)
    again = _sign(signer, request, request.query, fields["SignedHeaders"], date)
    if not hmac.compare_digest(again, fields["Signature"]):
        return _MISMATCH
    return _unsigned_headers(request, fields["SignedHeaders"])


def _sign(
    signer: S3SigV4Auth | S3SigV4QueryAuth, request: Request, query: str, signed: str, date: str
) -> str:
    """The signature botocore would have made, in hexadecimal."""
    # A header that was signed and is not there makes another signature, as it should.
    again = AWSRequest(
        request.method,
        f"https://{request.headers.get('host', '')}{request.path}?{query}",
        headers={name: request.headers.get(name, "") for name in signed.split(";")},
    )
    again.context["timestamp"] = date
    text = signer.string_to_sign(again, signer.canonical_request(again))
    signature: str = signer.signature(text, again)
    return signature


def _unsigned_headers(request: Request, signed: str) -> Refusal | None:
    """S3 takes nothing from a header that the signature does not cover."""
    names = set(signed.split(";"))
    found = sorted(
        name
        for name in request.headers
        if (name.startswith("x-amz-") or name == "content-md5") and name not in names
    )
    if "host" not in names:
        found.insert(0, "host")
    if not found:
        return None
    return Refusal(
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
        (("HeadersNotSigned", ", ".join(found)),),
    )


def _faulty_query(message: str, *extra: tuple[str, str]) -> Refusal:
    return Refusal(400, "AuthorizationQueryParametersError", message, extra)


def _faulty_header(message: str, *extra: tuple[str, str]) -> Refusal:
    return Refusal(400, "AuthorizationHeaderMalformed", message, extra)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def operation(request: Request) -> str:
    """Which of S3's operations a request is, as far as the rules and the faults ask."""
    said, key = request.parameters, unquote(request.path).lstrip("/").partition("/")[2]
    if not key:
        return "DeleteObjects" if "delete" in said else "Bucket"
    if "uploadId" in said:
        if request.method == "PUT":
            copied = "x-amz-copy-source" in request.headers
            return "UploadPartCopy" if copied else "UploadPart"
        return {
            "POST": "CompleteMultipartUpload",
            "GET": "ListParts",
            "DELETE": "AbortMultipartUpload",
        }.get(request.method, "Other")
    if "uploads" in said:
        return "CreateMultipartUpload"
    return {
        "PUT": "PutObject",
        "GET": "GetObject",
        "HEAD": "HeadObject",
        "DELETE": "DeleteObject",
    }.get(request.method, "Other")
