"""`make index`: has search files made for mail that has none, on the running local cloud."""

import sys

from infra.local.places import LocalError, places
from infra.local.running import require_running
from infra.local.services import services
from pyeonji.usecases.mail.indexing import ask_for_missing


def main() -> int:
    """Prints how many segments were asked for; they are searchable some seconds later."""
    try:
        asked = ask_for_missing(services(require_running(places())))
        print(f"{asked} segments will be indexed" if asked else "every segment has its search file")
    except LocalError as error:
        print(f"index: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
