"""Pins, hashes and licences of what the project is made of."""

import re
from pathlib import Path

import pytest

from infra.dependencies import (
    REASONS,
    REQUIREMENTS,
    first_line,
    is_fitting,
    licence_of,
    lock_of,
    pinned,
)


@pytest.mark.parametrize("requirements", REQUIREMENTS, ids=lambda path: path.name)
def test_every_locked_file_has_its_hash(requirements: Path) -> None:
    text = lock_of(requirements).read_text("utf-8")
    assert text.startswith(first_line(requirements)), "other pins, another lock: make lock"
    locked = pinned(lock_of(requirements))
    # Where it is of these very pins (infra/setup_venv.py looks), pip refuses any other file.
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]
    assert len(entries) >= len(locked)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_licence_goes_with_ours() -> None:
    unknown = {
        name: licence
        for name in pinned(lock_of(REQUIREMENTS[0]))
        if name not in REASONS
        and (licence := licence_of(name)) is not None
        and not is_fitting(licence)
    }
    assert unknown == {}, "say in infra/dependencies.py why it may be used, or use another"


def test_no_reason_for_what_is_not_there() -> None:
    assert set(REASONS) <= set(pinned(lock_of(REQUIREMENTS[0])))


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("BSD License; Apache Software License", True),
        ("BSD License; GNU General Public License (GPL)", False),
        ("LGPL-3.0-only", False),
        ("AGPL-3.0", False),
        ("MPL-2.0", False),
        ("not said", False),
        ("", False),
    ],
)
def test_what_goes_with_apache(licence: str, fits: bool) -> None:
    assert is_fitting(licence) is fits
