"""Which moves between states were made in a fake world."""

from typing import Any

from pyeonji.domain.states import BACKUP_MOVES, UPLOAD_MOVES, VOLUME_MOVES
from tests.support.fakes import World

#: Every arrow of docs/states.md, as (kind, from, to).
EVERY_MOVE = frozenset(
    (type(source).__name__, source.value, target.value)
    for table in (BACKUP_MOVES, VOLUME_MOVES, UPLOAD_MOVES)
    for source, targets in table.items()
    for target in targets
)

Moves = set[tuple[str, str, str]]


def watch(world: World) -> Moves:
    """From now on, every move in `world`."""
    seen: Moves = set()
    world.backups = _Watched(world.backups, seen)  # type: ignore[assignment]
    world.uploads = _Watched(world.uploads, seen)  # type: ignore[assignment]
    return seen


class _Watched:
    """A port that compares states before and after each of its calls."""

    def __init__(self, port: Any, seen: Moves) -> None:
        self._port, self._seen = port, seen

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value) or name.startswith("_"):
            return value

        def called(*args: Any, **kwargs: Any) -> Any:
            before = self._states()
            answer = value(*args, **kwargs)
            for key, state in self._states().items():
                if before.get(key, state) is not state:
                    self._seen.add((type(state).__name__, before[key].value, state.value))
            return answer

        return called

    def _states(self) -> dict[object, Any]:
        items = {**self._port.items, **getattr(self._port, "files", {})}
        return {key: item.state for key, item in items.items()}
