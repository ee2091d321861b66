"""`make reset`: forget what the local cloud stored."""

import fcntl
import shutil
import sys

from infra.local.places import LocalError, places


def main() -> int:
    """Refuses while a local cloud runs there; touches only what the local cloud made."""
    try:
        where = places()
        if not where.folder.exists():
            print(f"nothing stored in {where.folder}")
            return 0
        lock_path = where.folder / "lock"
        if not lock_path.exists():
            raise LocalError(f"{where.folder} is no folder of a local cloud; nothing removed")
        with lock_path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LocalError("a local cloud runs there; stop it first (Ctrl-C)") from None
            for name in ("state", "s3", "tmp", "ledgers"):
                shutil.rmtree(where.folder / name, ignore_errors=True)
            for name in ("endpoints.json", "cloud.log"):
                (where.folder / name).unlink(missing_ok=True)
    except LocalError as error:
        print(f"reset: {error}", file=sys.stderr)
        return 1
    print(f"forgotten: {where.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
