"""mbsync (Debian's isync): what everybody uses to copy a mailbox by IMAP."""

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_CONFIG = """
IMAPAccount old
Host 127.0.0.1
Port {port}
User "{user}"
Pass "{password}"
{tls} None
AuthMechs PLAIN

IMAPStore far
Account old

MaildirStore near
Path {base}/near/
Inbox {base}/near/INBOX
SubFolders Verbatim

Channel all
{sides}
Patterns INBOX
Create {near}
Sync Pull
SyncState *
"""


def missing() -> str | None:
    """Why it cannot be run here; None when it can."""
    return None if shutil.which("mbsync") else "mbsync is missing (apt-get install isync)"


@dataclass(frozen=True, slots=True)
class Mbsync:
    """One account's inbox on a server of this machine, into a Maildir below `base`."""

    base: Path
    port: int
    user: str
    password: str

    def fetch(self, expected: int) -> float:
        """Seconds into an empty Maildir; AssertionError when not so many mails came."""
        near = self.base / "near"
        shutil.rmtree(near, ignore_errors=True)
        near.mkdir(parents=True)
        config = self.base / "mbsyncrc"
        config.write_text(self._config())
        start = time.perf_counter()
        subprocess.run(["mbsync", "-q", "-c", str(config), "all"], check=True, capture_output=True)
        seconds = time.perf_counter() - start
        got = sum(len(list((near / "INBOX" / part).iterdir())) for part in ("cur", "new"))
        assert got == expected, f"mbsync fetched {got}"
        return seconds

    def _config(self) -> str:
        said = subprocess.run(["mbsync", "--version"], capture_output=True, text=True, check=True)
        # Its words for the two sides changed with 1.4, for the security of a line with 1.5.
        old = any(f" 1.{minor}." in f"{said.stdout}." for minor in range(4))
        return _CONFIG.format(
            port=self.port,
            user=self.user,
            password=self.password,
            base=self.base,
            tls="SSLType" if old or " 1.4" in said.stdout else "TLSType",
            sides="Master :far:\nSlave :near:" if old else "Far :far:\nNear :near:",
            near="Slave" if old else "Near",
        )
