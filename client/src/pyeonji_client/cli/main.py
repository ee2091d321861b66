"""`pyeonji-client`: from arguments to an exit code."""

import io
import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from ..application import Application, default_folder
from ..errors import ClientError, PausedError
from ..keys import Keys, SystemKeys
from ..texts.say import Say, system_language
from . import exits
from .arguments import parser
from .asking import Asking
from .commands import Commands
from .console import Screen


def main(arguments: list[str] | None = None, keys: Keys | None = None) -> int:
    """Runs one command. Returns its exit code (see `exits`)."""
    given = sys.argv[1:] if arguments is None else arguments
    say = Say(_language(given))
    _writable()
    options = parser(say).parse_args(given)
    screen = Screen(say, as_json=getattr(options, "json", False))
    try:
        application = Application(_folder(options), keys or _keys(options, screen), say.language)
    except ClientError as error:
        screen.problem(error)
        return exits.exit_code(error)
    try:
        name = "requests" if options.command == "list" else options.command
        command: Callable[[Namespace], int] = getattr(Commands(application, screen), name)
        return command(options)
    except (PausedError, KeyboardInterrupt):
        screen.problem(PausedError())
        return exits.PAUSED
    except ClientError as error:
        screen.problem(error)
        return exits.exit_code(error)
    except BrokenPipeError:  # whoever read has enough, as `head` has
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - Python closes it at its end
        return exits.READER_GONE
    except Exception as error:  # noqa: BLE001 - a script must get its line of JSON and its code
        screen.problem(ClientError("unexpected", why=_where(error)))
        return exits.UNEXPECTED
    finally:
        application.close()


def _writable() -> None:
    """Output of any name on any terminal; what a Korean Windows cannot show is spelled out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _where(error: Exception) -> str:
    """An error's class and place, for whoever it is reported to; its words may hold mail."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}, {Path(frames[-1].filename).name}:{frames[-1].lineno}"


def _language(arguments: list[str]) -> str:
    """The language must be known before the grammar is built, whose help is in it."""
    for position, word in enumerate(arguments):
        if word == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return system_language()


def _keys(options: Namespace, screen: Screen) -> Keys:
    """The system's keyring, or the encrypted file that was asked for."""
    path = getattr(options, "keys_file", None) or os.environ.get("PYEONJI_KEYS_FILE")
    if not path:
        return SystemKeys()
    from ..encrypted_keys import EncryptedKeys  # few ask for it, and it takes long to import

    passphrase = os.environ.get("PYEONJI_KEYS_PASSPHRASE")
    if passphrase is None:
        passphrase = Asking(screen).secret(Namespace(), screen.say.cli("keys_passphrase"))
    return EncryptedKeys(Path(path).expanduser(), passphrase)


def _folder(options: Namespace) -> Path:
    given = getattr(options, "folder", None) or os.environ.get("PYEONJI_FOLDER")
    return Path(given).expanduser() if given else default_folder()
