"""What the page says of a ZIP before it is sent, against what the service will say of it, for every
real archive: the same mails, the same reasons, the same refusals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page

from pyeonji.usecases.uploads.judging import judge
from pyeonji.zipio.archive import open_directory
from pyeonji.zipio.errors import ArchiveError
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn
from tests.support.corpora import corpus_zip, manifest

pytestmark = pytest.mark.browser

MESSAGE_LIMIT = 157_286_400
#: The page looks at the directory alone; members that overlap, and records that could be read in
#: two ways, are for the service to find.
SERVICE_ONLY = {"ambiguous_archive", "not_a_zip", "empty", "split_archive"}

INSPECT = """async ([limit]) => {
  const { inspect } = await import("/js/zip/inspect.js");
  const found = [];
  for (const file of document.getElementById("corpus").files) {
    const begun = performance.now();
    try {
      const held = await inspect(file, {message_limit_bytes: limit});
      const reasons = [...held.reasons].map(([reason, each]) => [reason, each.count]);
      found.push({name: file.name, mails: held.mails, reasons, ms: performance.now() - begun});
    } catch (error) {
      found.push({name: file.name, error: error.name, code: error.code});
    }
  }
  return found;
}"""


def test_the_page_and_the_service_agree(open_page: OpenPage, site: StandIn) -> None:
    folder = corpus_zip()
    paths = [folder / row["path"] for row in manifest(folder)]
    paths = [path for path in paths if path.is_file()]
    page: Page = open_page(f"{site.page_url}/acme.example")
    page.evaluate(
        "() => { const input = document.createElement('input'); input.type = 'file';"
        "input.id = 'corpus'; input.multiple = true; document.body.append(input); }"
    )
    page.locator("#corpus").set_input_files(paths)
    said = page.evaluate(INSPECT, [MESSAGE_LIMIT])
    assert len(said) == len(paths)
    differences = []
    refused = 0
    for path, found in zip(paths, said, strict=True):
        service = verdict(path)
        if "error" in found:
            assert found["error"] == "ZipError", f"{path.name}: {found}"
            refused += 1
            if not isinstance(service, str):
                differences.append(f"{path.name}: the page refuses ({found['code']})")
        elif isinstance(service, str):
            if service not in SERVICE_ONLY:
                differences.append(f"{path.name}: the service refuses ({service})")
        elif {"mail": found["mails"], **dict(found["reasons"])} != service:
            differences.append(f"{path.name}: {found} against {service}")
    print(f"\n{len(paths)} archives, {refused} refused by the page, {len(differences)} differences")
    print("\n".join(differences[:20]))
    assert differences == []


def verdict(path: Path) -> dict[str, int] | str:
    """The service's counts from the directory, or the code it refuses the archive with."""
    with path.open("rb") as file:

        def read(start: int, length: int) -> bytes:
            file.seek(start)
            return file.read(length)

        try:
            directory = open_directory(path.stat().st_size, read)
        except ArchiveError as error:
            return str(error.code)
        ends = [judge(entry, MESSAGE_LIMIT) for entry in directory]
    counts = Counter(
        "mail" if end is None or end.reason == "damaged" else end.reason for end in ends
    )
    return {"mail": 0} | dict(counts)
