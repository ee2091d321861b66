"""Everything the service says to people, in Korean and in English.

    say("too_many_backups", "ko", limit=5)      what happened and what to do: a request, an
                                                upload or a backup
    title("too_many_backups", "ko")             the same in a few words
    ENTRIES.say("too_large", "ko")              of one mail; `too_large` alone means a ZIP

Whoever has sentences of its own makes a `Catalogue` of them and says them the same way. The codes
are the domain's (`domain.reasons`), the sentences stand here and nowhere else.
"""

from pyeonji.words.backups import BACKUPS
from pyeonji.words.catalogue import Catalogue, Pair, Words
from pyeonji.words.entries import ENTRIES as _ENTRIES
from pyeonji.words.fields import FIELD_PROBLEMS
from pyeonji.words.homes import HOMES
from pyeonji.words.requests import REQUESTS as _REQUESTS
from pyeonji.words.uploads import UPLOADS
from pyeonji.words.values import day_text, one_line, short_name, size_text, time_text

__all__ = [
    "ENTRIES",
    "PROBLEMS",
    "REQUESTS",
    "Catalogue",
    "Pair",
    "Words",
    "day_text",
    "one_line",
    "say",
    "short_name",
    "size_text",
    "time_text",
    "title",
]

#: Requests, uploads, backups and homes. A code that only entries have is found here too.
REQUESTS = Catalogue(_REQUESTS, UPLOADS, BACKUPS, HOMES, _ENTRIES, unknown="internal_error")
#: One entry of a ZIP. `too_large` means a mail here, and a ZIP in REQUESTS.
ENTRIES = Catalogue(_ENTRIES, _REQUESTS, UPLOADS, BACKUPS, unknown="internal_error")
#: What is wrong with one field of a request; `invalid_request` quotes it as `{problem}`.
PROBLEMS = Catalogue(FIELD_PROBLEMS, unknown="unknown_value")

say = REQUESTS.say
title = REQUESTS.title
