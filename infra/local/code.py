"""`make code`: the one-time code of lee, as an authenticator would show it now."""

import sys
import time

from infra.local.people import totp
from infra.local.places import LocalError, places
from infra.local.running import endpoints


def main() -> int:
    """One line: the code."""
    try:
        said = endpoints(places())
        if said is None:
            raise LocalError("no local cloud runs; start it with: make run")
        secret = next(each["totp_secret"] for each in said["accounts"] if "totp_secret" in each)
    except LocalError as error:
        print(f"code: {error}", file=sys.stderr)
        return 1
    print(totp(secret, time.time()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
