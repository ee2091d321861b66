"""A real Dovecot for tests: IMAP and POP3, plain and TLS, on ports of 127.0.0.1.

Runs in the foreground with a configuration of its own; everything lies in one directory.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

USER = "김편지"
PASSWORD = "비밀 번호\"'\\1"
PLAIN_USER = "kim@old.example"
PLAIN_PASSWORD = "secret"
#: The whole range this suite may use; one server takes four.
PORTS = range(5100, 5160, 4)

# A POP3 client killed at the wrong instant leaves a session that Dovecot 2.3.19 keeps for minutes
# (2 of 435, seen in its log): with the usual few connections a user, 200 kills lock the user out.
_CONFIG = """
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/log
info_log_path = {base}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_chars =
auth_failure_delay = 0
first_valid_uid = 1
last_valid_uid = 0
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
mail_location = maildir:{base}/mail/%u
mail_max_userip_connections = 100
maildir_very_dirty_syncs = yes
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={base}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox 보낸편지함 {{
    special_use = \\Sent
  }}
  mailbox 휴지통 {{
    special_use = \\Trash
  }}
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""


@dataclass
class Dovecot:
    """A running server. `ca_file` is what its certificate is signed by (itself)."""

    base: Path
    imap: int
    imaps: int
    pop3: int
    pop3s: int
    process: "subprocess.Popen[bytes]"

    @property
    def ca_file(self) -> Path:
        """The certificate clients must trust."""
        return self.base / "cert.pem"

    def maildir(self, user: str = USER, folder: str = "") -> Path:
        """The Maildir of a folder, made if need be; `folder` as Dovecot spells it on disk."""
        root = self.base / "mail" / user
        directory = root / f".{folder}" if folder else root
        for part in ("cur", "new", "tmp"):
            (directory / part).mkdir(parents=True, exist_ok=True)
        return directory

    def settle(self) -> None:
        """Gives what a test wrote to the server's user."""
        user, _ = _account()
        owner = pwd.getpwnam(user)
        for current, _, files in os.walk(self.base / "mail"):
            os.chown(current, owner.pw_uid, owner.pw_gid)
            for name in files:
                os.chown(Path(current) / name, owner.pw_uid, owner.pw_gid)

    def forget(self, user: str = USER) -> None:
        """Removes a user's mail."""
        shutil.rmtree(self.base / "mail" / user, ignore_errors=True)

    def stop(self) -> None:
        """Ends the server."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def unavailable() -> str | None:
    """Why Dovecot cannot be run here, None when it can."""
    if shutil.which("dovecot") is None or not any(Path("/usr").glob("lib*/dovecot/imap")):
        return "dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)"
    if os.geteuid() != 0:
        return "dovecot needs root to run as another user"
    return None


def start(base: Path) -> Dovecot:
    """Starts a server below `base` and waits until it answers."""
    user, group = _account()
    for part in ("run", "mail", "home"):
        (base / part).mkdir(parents=True, exist_ok=True)
    owner = pwd.getpwnam(user)
    for part in ("mail", "home"):
        os.chown(base / part, owner.pw_uid, owner.pw_gid)
    # The server's user must get through directories that pytest and tempfile keep to themselves.
    for directory in (base, *base.parents):
        if directory.stat().st_uid == os.geteuid() and directory != Path(tempfile.gettempdir()):
            directory.chmod(directory.stat().st_mode | 0o011)
    (base / "users").write_text(
        "".join(
            f"{name}:{{PLAIN.b64}}{_base64(secret)}\n"
            for name, secret in ((USER, PASSWORD), (PLAIN_USER, PLAIN_PASSWORD))
        ),
        encoding="utf-8",
    )
    (base / "users").chmod(0o644)
    _certificate(base)
    imap, imaps, pop3, pop3s = _free_ports()
    (base / "dovecot.conf").write_text(
        _CONFIG.format(
            base=base, user=user, group=group, imap=imap, imaps=imaps, pop3=pop3, pop3s=pop3s
        ),
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [shutil.which("dovecot") or "dovecot", "-F", "-c", str(base / "dovecot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=(base / "stderr").open("wb"),
    )
    server = Dovecot(base, imap, imaps, pop3, pop3s, process)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", imap), 1) as connection:
                if connection.recv(4) == b"* OK":
                    return server
        except OSError:
            time.sleep(0.05)
    log = (base / "log").read_text() if (base / "log").exists() else ""
    raise RuntimeError(f"dovecot did not start: {(base / 'stderr').read_text()}{log}")


def _account() -> tuple[str, str]:
    return "nobody", "nogroup"


def _base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def _free_ports() -> tuple[int, int, int, int]:
    # Side by side (pytest-xdist) each worker begins its search elsewhere.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for first in [*PORTS[worker * 3 :], *PORTS[: worker * 3]]:
        ports = (first, first + 1, first + 2, first + 3)
        try:
            for port in ports:
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
            return ports
        except OSError:
            continue
    raise RuntimeError(f"no free ports in {PORTS}")


def _certificate(base: Path) -> None:
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", str(base / "key.pem"), "-out", str(base / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
