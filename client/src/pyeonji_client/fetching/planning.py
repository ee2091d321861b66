"""Looking at what a source holds, before anything is fetched."""

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import MissingSourceError, UnreadableError, UsageError
from ..model import Folder, Source, SourceConfig
from ..packing.packer import SPARE_BYTES

#: What one folder can be, and the rest of the source not.
_CLOSED = (MissingSourceError, UnreadableError)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be fetched. `size` is None where the source cannot tell."""

    folders: tuple[Folder, ...]
    messages: int
    size: int | None
    free: int

    @property
    def fits(self) -> bool:
        """True when the disk has room for all of it. Mail compresses, and never grows."""
        return self.size is None or self.size + SPARE_BYTES < self.free


def survey(
    config: SourceConfig, source: Source, *, sizes: bool, place: Path, strict: bool = True
) -> Plan:
    """Looks at what there is. `sizes`: also ask for every mail's size where nothing cheaper is.

    A folder that cannot be looked into has no counts and costs no other its mail. `strict`: a
    chosen folder that is not there is an error.
    """
    folders = chosen(config, source.folders(), strict=strict)
    surveyed = []
    for folder in folders:
        with suppress(*_CLOSED):
            folder = source.survey(folder)
            if folder.size is None and sizes and hasattr(source, "sizes") and folder.messages:
                folder = replace(folder, size=source.sizes(folder))
        surveyed.append(folder)
    known = [folder.size for folder in surveyed if folder.messages]
    return Plan(
        tuple(surveyed),
        sum(folder.messages or 0 for folder in surveyed),
        None if None in known else sum(size or 0 for size in known),
        shutil.disk_usage(place).free,
    )


def chosen(config: SourceConfig, folders: list[Folder], *, strict: bool) -> list[Folder]:
    """The folders to fetch: those named (by either spelling), or the source's own choice."""
    folders = [folder for folder in folders if not _left_out(config, folder.name, folder.path)]
    if not config.folders:
        return [folder for folder in folders if folder.chosen]
    wanted = set(config.folders)
    found = [folder for folder in folders if folder.name in wanted or folder.path in wanted]
    missing = wanted - {folder.name for folder in found} - {folder.path for folder in found}
    if missing and strict:
        raise UsageError("no_such_folder", folder=sorted(missing)[0])
    return found


def is_wanted(config: SourceConfig, name: str, path: str) -> bool:
    """Whether a folder is one of those a request names (any, where it names none)."""
    if _left_out(config, name, path):
        return False
    return not config.folders or name in config.folders or path in config.folders


def _left_out(config: SourceConfig, name: str, path: str) -> bool:
    """Whether a folder, or one above it, is named among those not to fetch."""
    return any(
        name == without or path == without or path.startswith(f"{without}/")
        for without in config.without
    )
