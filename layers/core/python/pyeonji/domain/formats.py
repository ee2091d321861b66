"""Versions of what is kept (docs/formats.md): absent means 1, what 1.0.0 wrote.

A new field that may be missing is no new version; a field that changes its meaning, its place or
its type is. A reader takes every version up to its own.
"""


class NewerFormatError(RuntimeError):
    """Something kept is of a version this release does not know: a later release wrote it, and
    reading on would mean guessing. Deploy that release again."""

    def __init__(self, what: str, version: object) -> None:
        super().__init__(f"{what} of version {version} was written by a later release")


def check_version(what: str, version: object, known: int) -> int:
    """`version` as it was read, None where it was absent; 1 to `known`. Raises NewerFormatError."""
    if version is None:
        return 1
    if not isinstance(version, int) or not 1 <= version <= known:
        raise NewerFormatError(what, version)
    return version
