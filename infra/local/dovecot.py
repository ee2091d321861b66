"""Debian's Dovecot as a company's mail server, on this machine only and in a folder of its own.

Nothing of the system's is used or changed: own configuration, own state, ports of 127.0.0.1. Root
gives its mail to `nobody` (Dovecot serves no mail to root); anybody else runs it as themselves.
"""

import base64
import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.places import HOST, LocalError

#: Who may sign in for everybody, in both ways: `kim@acme.example*backup`, and by authzid.
MASTER = "backup"
_SECONDS = 20
#: The same special uses as the demo's folders have; the names are Korean webmail's.
_CONFIG = """
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/log
info_log_path = {base}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_master_user_separator = *
auth_username_chars =
auth_failure_delay = 0
first_valid_uid = 1
last_valid_uid = 0
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
mail_location = maildir:{base}/mail/%u
mail_max_userip_connections = {connections}
maildir_very_dirty_syncs = yes
mail_plugins = quota
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/masters
  master = yes
  result_success = continue
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {base}/users
  default_fields = uid={user} gid={group} home={base}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox 보낸편지함 {{
    special_use = \\Sent
  }}
  mailbox 임시보관함 {{
    special_use = \\Drafts
  }}
  mailbox 스팸편지함 {{
    special_use = \\Junk
  }}
  mailbox 휴지통 {{
    special_use = \\Trash
  }}
}}
plugin {{
  quota = maildir:User quota
  quota_rule = *:storage={quota}
}}
protocol imap {{
  mail_plugins = quota imap_quota
}}
service anvil {{
  chroot =
  # Here every address is one, and one wrong password would slow everybody down.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class MailServer:
    """A running server. `tls_port` is 0 where it has no certificate."""

    base: Path
    port: int
    tls_port: int
    master_password: str
    process: "subprocess.Popen[bytes]"

    def maildir(self, email: str) -> Path:
        """Where an account's mail lies."""
        return self.base / "mail" / email


def missing() -> str | None:
    """Why Dovecot cannot be run here; None when it can."""
    # Its IMAP is a package of its own, which any other IMAP server's takes away.
    if shutil.which("dovecot") is None or not any(Path("/usr").glob("lib*/dovecot/imap")):
        return "Dovecot is not installed (apt-get install dovecot-imapd)"
    return None


@contextlib.contextmanager
def running(
    base: Path,
    port: int,
    users: Mapping[str, str],
    *,
    master_password: str,
    certificate: tuple[Path, Path] | None = None,
    connections: int = 20,
    quota: str = "0",
) -> Iterator[MailServer]:
    """A server with these accounts (address: password), stopped in good order afterwards; mail
    stays in `base`. With a certificate (PEM, key) TLS is on the next port. `quota` as Dovecot
    writes it, `2M`; 0 is none. Raises LocalError."""
    problem = missing()
    if problem:
        raise LocalError(problem)
    user, group = _who()
    for part in ("run", "mail", "home"):
        (base / part).mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        _let_in(base, user)
    tls_port = port + 1 if certificate else 0
    files = {
        "users": _passwords(users),
        "masters": _passwords({MASTER: master_password}),
        "dovecot.conf": _CONFIG.format(
            base=base, user=user, group=group, port=port, tls_port=tls_port,
            connections=connections, quota=quota, ssl="yes" if certificate else "no",
            certificate="".join(
                f"ssl_{what} = <{path}\n"
                for what, path in zip(("cert", "key"), certificate or (), strict=False)
            ),
        ),
    }  # fmt: skip
    for name, text in files.items():
        (base / name).write_text(text, encoding="utf-8")
        (base / name).chmod(0o644)
    process = subprocess.Popen(
        [shutil.which("dovecot") or "dovecot", "-F", "-c", str(base / "dovecot.conf")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(base / "stderr").open("wb"),
        start_new_session=True,  # Ctrl-C reaches it through us
    )
    try:
        _wait(process, base, port)
        yield MailServer(base, port, tls_port, master_password, process)
    finally:
        # All of it: connections that are served outlive the master otherwise.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def give_to_server(mail: Path) -> None:
    """What was written past the server belongs to its user from now on."""
    if os.geteuid() == 0:
        owner = pwd.getpwnam(_who()[0])
        for path in (mail, *mail.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _who() -> tuple[str, str]:
    if os.geteuid() == 0:
        return "nobody", "nogroup"
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def _let_in(base: Path, user: str) -> None:
    """The mail belongs to the server's user, who also gets through the folders above it that are
    ours."""
    owner = pwd.getpwnam(user)
    for part in ("mail", "home"):
        os.chown(base / part, owner.pw_uid, owner.pw_gid)
    for directory in (base, *base.parents):
        if directory.stat().st_uid == 0 and directory.stat().st_mode & 0o001 == 0:
            directory.chmod(directory.stat().st_mode | 0o011)


def _passwords(users: Mapping[str, str]) -> str:
    return "".join(
        f"{name}:{{PLAIN.b64}}{base64.b64encode(secret.encode()).decode()}::::::\n"
        for name, secret in users.items()
    )


def _wait(process: "subprocess.Popen[bytes]", base: Path, port: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection((HOST, port), 1) as connection:
                if connection.recv(4) == b"* OK":
                    return
        except OSError:
            time.sleep(0.05)
    log = (base / "log").read_text("utf-8", "replace") if (base / "log").exists() else ""
    said = (base / "stderr").read_text("utf-8", "replace") + log
    raise LocalError(f"Dovecot did not start: {' '.join(said.split())[-500:]}")
