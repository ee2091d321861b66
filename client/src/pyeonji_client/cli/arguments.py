"""The command line's grammar, in the language it is asked in."""

import argparse

from .. import __version__
from ..model import DIALECTS, Auth, Security, SourceKind
from ..sources.presets import PRESETS
from ..texts.say import LANGUAGES, Say


def parser(say: Say) -> argparse.ArgumentParser:
    """The whole grammar."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--folder", metavar="DIR", help=say.cli("help_folder"))
    common.add_argument("--keys-file", metavar="FILE", help=say.cli("help_keys_file"))
    common.add_argument("--json", action="store_true", help=say.cli("help_json"))
    common.add_argument("--lang", choices=LANGUAGES, help=say.cli("help_lang"))
    root = argparse.ArgumentParser(
        prog="pyeonji-client", description=say.cli("about"), parents=[common]
    )
    root.add_argument("--version", action="version", version=f"pyeonji-client {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str) -> argparse.ArgumentParser:
        text = say.cli(f"help_{name}")
        return commands.add_parser(name, help=text, description=text, parents=[common])

    login = command("login")
    login.add_argument("--service", metavar="URL", help=say.cli("help_service"))
    login.add_argument("--email", help=say.cli("help_email"))
    _password_stdin(login, say)
    command("logout")

    add = command("add")
    kinds = add.add_subparsers(dest="kind", required=True, metavar="KIND")
    for kind in (SourceKind.imap, SourceKind.pop3):
        _remote(
            kinds.add_parser(kind.value, help=say.kind(kind.value), parents=[common]), kind, say
        )
    for kind in (
        SourceKind.mbox,
        SourceKind.maildir,
        SourceKind.eml,
        SourceKind.pst,
        SourceKind.zip,
    ):
        _local(kinds.add_parser(kind.value, help=say.kind(kind.value), parents=[common]), kind, say)

    edit = command("edit")
    edit.add_argument("job", help=say.cli("help_job"))
    edit.add_argument("--title", default="", help=say.cli("help_title"))
    edit.add_argument("--mailbox", action="append", default=None, help=say.cli("help_mailbox"))
    edit.add_argument("--host", default=None, help=say.cli("help_host"))
    edit.add_argument("--port", type=int, default=None, help=say.cli("help_port"))
    edit.add_argument("--user", default=None, help=say.cli("help_user"))
    edit.add_argument("--proxy", metavar="URL", default=None, help=say.cli("help_proxy"))
    edit.add_argument("--path", default=None, help=say.cli("help_path"))
    edit.add_argument(
        "--sessions", action="store_true", default=None, help=say.cli("help_sessions")
    )
    _choice(edit, say, default=None)
    report = command("report")
    report.add_argument("job", help=say.cli("help_job"))
    report.add_argument("--output", metavar="FILE", required=True, help=say.cli("help_output"))
    command("list")
    for name in ("folders", "run", "upload", "status", "remove"):
        sub = command(name)
        needed = name in ("folders", "remove")
        sub.add_argument("job", nargs=None if needed else "?", help=say.cli("help_job"))
        if name in ("folders", "run", "upload"):
            _password_stdin(sub, say)
        if name == "run":
            sub.add_argument("--dry-run", action="store_true", help=say.cli("help_dry_run"))
        if name == "upload":
            sub.add_argument("--keep-duplicates", action="store_true", help=say.cli("help_keep"))
        if name == "remove":
            sub.add_argument("--files", action="store_true", help=say.cli("help_files"))
    command("presets")
    command("find")
    found = command("discover")
    found.add_argument("address", help=say.cli("help_address"))
    found.add_argument("--pop3", action="store_true", help=say.cli("help_pop3"))
    return root


def _choice(sub: argparse.ArgumentParser, say: Say, *, default: str | None) -> None:
    """Which mails: days, size, mailboxes left out."""
    none = default is None
    sub.add_argument(
        "--without", metavar="MAILBOX", action="append", default=None if none else [],
        help=say.cli("help_without"),
    )  # fmt: skip
    sub.add_argument("--since", metavar="YYYY-MM-DD", default=default, help=say.cli("help_since"))
    sub.add_argument("--until", metavar="YYYY-MM-DD", default=default, help=say.cli("help_until"))
    sub.add_argument(
        "--largest", metavar="MB", type=int, default=None if none else 0,
        help=say.cli("help_largest"),
    )  # fmt: skip


def _password_stdin(sub: argparse.ArgumentParser, say: Say) -> None:
    sub.add_argument("--password-stdin", action="store_true", help=say.cli("help_password_stdin"))


def _remote(sub: argparse.ArgumentParser, kind: SourceKind, say: Say) -> None:
    sub.add_argument("address", help=say.cli("help_address"))
    sub.add_argument(
        "--preset", choices=[preset.name for preset in PRESETS], default="",
        help=say.cli("help_preset"),
    )  # fmt: skip
    sub.add_argument("--user", default="", help=say.cli("help_user"))
    sub.add_argument("--host", default="", help=say.cli("help_host"))
    sub.add_argument("--port", type=int, default=0, help=say.cli("help_port"))
    sub.add_argument("--security", choices=list(Security), help=say.cli("help_security"))
    ways = [*(one.value for one in Auth), "device"]
    sub.add_argument("--auth", choices=ways, default="", help=say.cli("help_auth"))
    sub.add_argument("--proxy", metavar="URL", default="", help=say.cli("help_proxy"))
    sub.add_argument("--ca-file", metavar="PEM", default="", help=say.cli("help_ca_file"))
    if kind is SourceKind.imap:
        sub.add_argument("--mailbox", action="append", default=[], help=say.cli("help_mailbox"))
        sub.add_argument("--no-labels", action="store_true", help=say.cli("help_no_labels"))
    else:
        sub.add_argument("--into", default="", help=say.cli("help_into"))
        sub.add_argument("--sessions", action="store_true", help=say.cli("help_sessions"))
        sub.add_argument("--no-proof", action="store_true", help=say.cli("help_no_proof"))
    _choice(sub, say, default="")
    sub.add_argument("--place", metavar="DIR", default="", help=say.cli("help_place"))
    sub.add_argument("--no-check", action="store_true", help=say.cli("help_no_check"))
    sub.add_argument("--yes", action="store_true", help=say.cli("help_yes"))
    _password_stdin(sub, say)


def _local(sub: argparse.ArgumentParser, kind: SourceKind, say: Say) -> None:
    sub.add_argument("path", help=say.cli("help_path"))
    sub.add_argument("--mailbox", action="append", default=[], help=say.cli("help_mailbox"))
    sub.add_argument("--into", default="", help=say.cli("help_into"))
    if kind is SourceKind.mbox:
        sub.add_argument("--dialect", choices=DIALECTS, default="auto",
                         help=say.cli("help_dialect"))  # fmt: skip
        sub.add_argument("--no-labels", action="store_true", help=say.cli("help_no_labels"))
    if kind is SourceKind.zip:
        _password_stdin(sub, say)
    _choice(sub, say, default="")
    sub.add_argument("--place", metavar="DIR", default="", help=say.cli("help_place"))
    sub.add_argument("--no-check", action="store_true", help=say.cli("help_no_check"))
    sub.add_argument("--yes", action="store_true", help=say.cli("help_yes"))
