"""`make admin ARGS="…"`, and on AWS `python -m infra.admin --stack NAME …`.

Exit codes: 0 done, 1 refused or not to be done now (one line says why), 2 a command line that makes
no sense. Korean where the locale is Korean (LC_ALL, LC_MESSAGES, LANG), else English.
"""

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from typing import TextIO

from botocore.exceptions import BotoCoreError, ClientError

from infra.admin.arguments import UsageError, parse
from infra.admin.commands import Call, Operates, Told, run
from infra.admin.target import TargetError, target
from infra.local.places import LocalError
from pyeonji.domain.errors import HomeError, PyeonjiError
from pyeonji.words import say
from pyeonji.words.catalogue import Catalogue
from pyeonji.words.operator import DONE, OPERATOR

_DONE = Catalogue(DONE).say
_OWN = Catalogue(OPERATOR)
#: Of standard input no more is taken for a password.
_LONGEST_SECRET = 16_384


class _NothingError(Exception):
    """Standard input was promised a secret and has none."""


def language_of(environment: Mapping[str, str]) -> str:
    """`ko` or `en`, by the first of the locale's variables that is set."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environment[name] for name in names if environment.get(name)), "")
    return "ko" if said.lower().startswith("ko") else "en"


def operate(
    words: list[str], *, language: str, world: Callable[[str | None], Operates] = target,
    stdin: TextIO = sys.stdin, out: TextIO = sys.stdout, err: TextIO = sys.stderr,
) -> int:  # fmt: skip
    """One command from start to end; its exit code."""
    as_json = "--json" in words

    def refused(code: str, sentence: str, **facts: object) -> int:
        if as_json:
            print(_dump({"error": code, "detail": sentence, **facts}), file=err)
        else:
            print(f"pyeonji-admin: {sentence}", file=err)
        return 2 if code == "usage" else 1

    def secret() -> str:
        text = stdin.read(_LONGEST_SECRET)
        if not text.strip("\r\n"):
            raise _NothingError
        return text

    try:
        given = parse(words)
        ports = world(given.stack)
        for told in run(ports, Call(given, language, secret, ports.limits.zone)):
            _tell(told, as_json, out)
    except UsageError as error:
        return refused("usage", _DONE("usage", language, said=str(error)))
    except HomeError as error:
        sentence = say(error.code, language, **error.facts)
        if error.said:
            sentence += " " + _DONE("server_said", language, said=error.said)
        return refused(error.code, sentence, said=error.said or None)
    except PyeonjiError as error:
        words_of = _OWN.say if error.code in _OWN else say
        return refused(error.code, words_of(error.code, language, **error.facts))
    except _NothingError:
        return refused("no_stdin", _DONE("no_stdin", language))
    except LocalError as error:
        return refused("no_cloud", str(error))
    except TargetError as error:
        facts = {"stack": error.stack, "said": error.said}
        return refused("no_stack", _DONE("no_stack", language, **facts))
    except (BotoCoreError, ClientError) as error:
        return refused("aws_refused", _DONE("aws_refused", language, said=str(error)))
    return 0


def _tell(told: Told, as_json: bool, out: TextIO) -> None:
    """Nothing found is no object, and a line for people."""
    if not as_json:
        print("\n".join(told.lines), file=out, flush=True)
    elif told.fields:
        print(_dump(told.fields), file=out, flush=True)


def _dump(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False)


def main() -> int:
    """Words of the command line, or of ARGS as a shell would take them apart."""
    words = sys.argv[1:] or shlex.split(os.environ.get("ARGS", ""))
    return operate(words or ["--help"], language=language_of(os.environ))


if __name__ == "__main__":
    sys.exit(main())
