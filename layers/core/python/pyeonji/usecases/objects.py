"""Objects that may not be there: an answer where the port raises MissingObjectError."""

from pyeonji.ports import MissingObjectError, ObjectStore


def read_if_there(store: ObjectStore, key: str) -> bytes | None:
    """The object, or None."""
    try:
        return store.get(key)
    except MissingObjectError:
        return None


def size_if_there(store: ObjectStore, key: str) -> int | None:
    """Its bytes, or None."""
    try:
        return store.size(key)
    except MissingObjectError:
        return None
