"""A source that breaks off, as if Ctrl-C were pressed."""

from collections.abc import Iterator

from pyeonji_client.model import Doubt, Folder, Lost, Mail, Secret, Seen, Source, SourceConfig
from pyeonji_client.sources import open_source


class Stopping:
    """A source that breaks after so many mails."""

    def __init__(self, inner: Source, after: int):
        self._inner, self._after = inner, after

    def folders(self) -> list[Folder]:
        return self._inner.folders()

    def survey(self, folder: Folder) -> Folder:
        return self._inner.survey(folder)

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        for number, item in enumerate(self._inner.mails(folder, seen)):
            if number == self._after:
                raise KeyboardInterrupt
            yield item

    def doubts(self) -> Iterator[Doubt]:
        return self._inner.doubts()

    def careful(self) -> None:
        self._inner.careful()

    def close(self) -> None:
        self._inner.close()


def stopping(after: int, config: SourceConfig, secret: str | Secret) -> Source:
    """The source of `config`, broken off after so many mails."""
    return Stopping(open_source(config, secret), after)
