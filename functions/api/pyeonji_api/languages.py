"""Which of our languages a caller reads."""

from pyeonji.domain.accounts import LANGUAGES

#: Most of those who use this read Korean; so it is for callers that say nothing.
DEFAULT = "ko"


def language_of(accept_language: str) -> str:
    """The language of ours an Accept-Language header (RFC 9110, 12.5.4) wants most."""
    best, best_weight = DEFAULT, 0.0
    for choice in accept_language.split(",")[:20]:
        tag, *parameters = choice.strip().lower().split(";")
        language = tag.strip().partition("-")[0]
        weight = _weight(parameters)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
