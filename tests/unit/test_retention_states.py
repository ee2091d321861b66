"""docs/states.md says what the transition tables say."""

from pathlib import Path

import pytest

from infra.docs import states
from pyeonji.domain.states import BACKUP_MOVES, UPLOAD_MOVES, VOLUME_MOVES


def test_the_document_is_made_from_the_tables() -> None:
    path = Path(__file__).parents[2] / "docs" / "states.md"
    assert path.read_text(encoding="utf-8") == states.document()


@pytest.mark.parametrize(
    ("moves", "causes"),
    [
        (BACKUP_MOVES, states.BACKUP_CAUSES),
        (VOLUME_MOVES, states.VOLUME_CAUSES),
        (UPLOAD_MOVES, states.UPLOAD_CAUSES),
    ],
)
def test_every_move_has_its_cause(moves: dict, causes: dict) -> None:  # type: ignore[type-arg]
    assert not any(set(cause) & set(":;") for cause in causes.values())
    assert {(source, target) for source in moves for target in moves[source]} == set(causes)
