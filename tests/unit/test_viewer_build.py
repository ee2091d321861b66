"""web/viewer.html is what its sources make."""

import re

from infra.viewer import TARGET, build


def test_it_is_built_from_what_stands_beside_it() -> None:
    assert TARGET.read_text("utf-8") == build(), "run: make viewer"


def test_nothing_is_loaded_from_elsewhere() -> None:
    page = TARGET.read_text("utf-8")
    assert not re.search(
        r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page.partition("<script>")[0]
    )
    assert "default-src 'none'" in page and "connect-src" not in page
    assert len(page.encode()) < 1_200_000
