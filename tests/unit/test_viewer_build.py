"""web/viewer.html is what its sources make."""

import re

from infra.viewer import MODULES, TARGET, build


def test_it_is_built_from_what_stands_beside_it() -> None:
    assert TARGET.read_text("utf-8") == build(), "run: make viewer"


def test_nothing_is_loaded_from_elsewhere() -> None:
    page = TARGET.read_text("utf-8")
    assert not re.search(
        r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page.partition("<script>")[0]
    )
    assert "default-src 'none'" in page and "connect-src" not in page
    assert len(page.encode()) < 1_200_000


def test_no_name_is_declared_twice() -> None:
    """Its modules become one script: a name in two of them and nothing would start."""
    names = [
        name
        for module in MODULES
        for name in re.findall(
            r"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)",
            (TARGET.parent / "viewer" / module).read_text("utf-8"),
            re.MULTILINE,
        )
    ]
    assert len(names) > 50 and len(names) == len(set(names))
