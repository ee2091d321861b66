"""The command line, and nothing else."""

import argparse
import re
from typing import NoReturn

from pyeonji.domain.accounts import LANGUAGES, Role
from pyeonji.domain.homes import CONNECTIONS, LoginName, Security, SignIn

_YES_NO = {"yes": True, "no": False}
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class UsageError(Exception):
    """The command line makes no sense; the message is argparse's."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def parse(words: list[str]) -> argparse.Namespace:
    """Raises UsageError. `command` names what to do."""
    return _parser().parse_args(words)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pyeonji-admin",
        description="Companies, their people and where their mail lives.",
        epilog="Without --stack it works on the local cloud that runs (make run).",
    )
    parser.add_argument("--stack", help="a stack on AWS, with the AWS settings of the shell")
    _json(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _company(commands)
    _home(commands)
    _person(commands)
    _audit(commands)
    return parser


def _json(parser: argparse.ArgumentParser) -> None:
    # Before the command or behind it, as people write it.
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS,
        help="one JSON object a line",
    )  # fmt: skip


def _command(commands: "argparse._SubParsersAction[_Parser]", name: str, what: str) -> _Parser:
    parser = commands.add_parser(name, help=what, description=what)
    _json(parser)
    return parser


def _company(commands: "argparse._SubParsersAction[_Parser]") -> None:
    company = _command(commands, "company", "make, change and list companies")
    kinds = company.add_subparsers(required=True, metavar="add|set|list", parser_class=_Parser)
    add = _command(kinds, "add", "make a company, or give it another name")
    add.add_argument("domain")
    add.add_argument("--name", required=True)
    add.add_argument(
        "--connected", type=_yes_no, default=None, metavar="yes|no",
        help="whether its domain is connected (a new company's is)",
    )  # fmt: skip
    add.set_defaults(command="company add")
    change = _command(kinds, "set", "change a company")
    change.add_argument("domain")
    change.add_argument("--name")
    change.add_argument("--connected", type=_yes_no, metavar="yes|no")
    change.set_defaults(command="company set")
    _command(kinds, "list", "every company").set_defaults(command="company list")


def _home(commands: "argparse._SubParsersAction[_Parser]") -> None:
    home = _command(commands, "home", "where a company's mail lives")
    home.add_argument("domain")
    kinds = home.add_subparsers(metavar="segments|imap|show", required=True, parser_class=_Parser)
    _command(kinds, "show", "where it lives now").set_defaults(command="home show")
    _command(kinds, "segments", "here, in our own store").set_defaults(command="home segments")
    imap = _command(kinds, "imap", "on an IMAP server")
    imap.add_argument("--host", required=True)
    imap.add_argument("--port", type=int, default=0, help="993, or 143 without tls")
    imap.add_argument("--security", type=Security, choices=list(Security), default=Security.TLS)
    imap.add_argument(
        "--sign-in", type=SignIn, choices=list(SignIn), required=True,
        help="master: account*USER with the master's password; authzid: USER acting for the "
        "account; own: an app password of each account (home-secret); client_credentials: XOAUTH2",
    )  # fmt: skip
    imap.add_argument("--user", default="", help="the master user, or the client's id")
    imap.add_argument(
        "--login", type=LoginName, choices=list(LoginName), default=LoginName.EMAIL,
        help="what the server calls an account: its address, or what stands before the @",
    )  # fmt: skip
    imap.add_argument("--separator", default="*", help="between account and master user")
    imap.add_argument("--token-url", default="", help="client_credentials: who issues tokens")
    imap.add_argument("--scope", default="", help="client_credentials: what for")
    imap.add_argument(
        "--connections", type=int, default=CONNECTIONS, help="to the server at a time, an account"
    )
    _secret(imap, "--secret-stdin", "the secret comes by standard input; else the old one stays")
    imap.set_defaults(command="home imap")
    check = _command(commands, "home-check", "sign in to the server for one account, and look")
    check.add_argument("email")
    check.set_defaults(command="home check")
    sync = _command(commands, "sync", "bring an account up to date with its server, now")
    sync.add_argument("email")
    sync.set_defaults(command="sync")
    secret = _command(commands, "home-secret", "an account's own app password (--sign-in own)")
    secret.add_argument("email")
    _secret(secret, "--secret-stdin", "it comes by standard input", required=True)
    secret.set_defaults(command="home secret")


def _person(commands: "argparse._SubParsersAction[_Parser]") -> None:
    person = _command(commands, "person", "take people in, change and list them")
    kinds = person.add_subparsers(
        required=True, metavar="add|set|password|list", parser_class=_Parser
    )
    add = _command(kinds, "add", "take somebody in; a first password is made up and shown once")
    add.add_argument("email")
    _secret(add, "--password-stdin", "their password comes by standard input")
    add.add_argument("--admin", action="store_true", help="an administrator of the company")
    add.add_argument("--language", choices=LANGUAGES, default="ko", help="of notices")
    add.add_argument("--ready", type=_yes_no, default=True, metavar="yes|no")
    add.set_defaults(command="person add")
    change = _command(kinds, "set", "change somebody")
    change.add_argument("email")
    change.add_argument("--ready", type=_yes_no, metavar="yes|no", help="whether mail is set up")
    change.add_argument("--role", type=Role, choices=list(Role))
    change.add_argument("--language", choices=LANGUAGES)
    change.add_argument(
        "--quota", type=_quota, metavar="10G|none|default", help="mail the account may hold"
    )
    change.set_defaults(command="person set")
    password = _command(kinds, "password", "another password; without one a first password")
    password.add_argument("email")
    _secret(password, "--password-stdin", "it comes by standard input")
    password.set_defaults(command="person password")
    listing = _command(kinds, "list", "the people of a company")
    listing.add_argument("domain")
    listing.set_defaults(command="person list")


def _audit(commands: "argparse._SubParsersAction[_Parser]") -> None:
    audit = _command(commands, "audit", "who did what with whose mail, as CSV")
    audit.add_argument("domain")
    audit.add_argument(
        "--check", action="store_true",
        help="look for records that are changed, missing, out of place or cut off; exit 1 if any",
    )  # fmt: skip
    audit.set_defaults(command="audit")


def _secret(
    parser: argparse.ArgumentParser, name: str, what: str, *, required: bool = False
) -> None:
    # Never as an argument: everybody on the machine can read those.
    parser.add_argument(name, dest="stdin", action="store_true", required=required, help=what)


def _yes_no(text: str) -> bool:
    if text not in _YES_NO:
        raise argparse.ArgumentTypeError(f"{text!r} is neither yes nor no")
    return _YES_NO[text]


#: `--quota default`: as everybody.
DEFAULT_QUOTA = -1


def _quota(text: str) -> int:
    if text in ("none", "default"):
        return 0 if text == "none" else DEFAULT_QUOTA
    match = re.fullmatch(r"(\d{1,12})([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    if match is None or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 10G")
    return int(match[1]) * _UNITS[match[2].upper()]
