"""`make rooms`: the picture of the rooms in docs/architecture.md, drawn from the imports.

An arrow says that a room imports another; one that follows from two others is left out. `check` as
an argument draws nothing and fails where the picture is not what the imports are (`make lint`).
"""

import ast
import sys
from collections import defaultdict
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN = "<!-- rooms: made by `make rooms` -->\n"
END = "<!-- /rooms -->\n"

Arrows = set[tuple[str, str]]


def main() -> int:
    """1 where the picture on the page is not that of the imports, and only checking was asked."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        print(f"rooms: {PAGE.name} has no place for the picture ({BEGIN.strip()})")
        return 1
    made = before + BEGIN + drawn(arrows()) + END + after
    if sys.argv[1:] == ["check"]:
        if made != page:
            print("rooms: the imports have changed; make rooms, and look at the picture")
        return int(made != page)
    PAGE.write_text(made, "utf-8")
    return 0


def arrows() -> Arrows:
    """Every pair of rooms of which the first imports the second."""
    graph = grimp.build_graph("pyeonji", "pyeonji_client")
    pairs = {
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    for handler in sorted((ROOT / "functions").glob("*/**/*.py")):
        pairs |= {("functions.handler", imported) for imported in _imports_of(handler)}
    rooms = {(_room(module), _room(imported)) for module, imported in pairs}
    return {(one, other) for one, other in rooms if one and other and one != other}


def drawn(found: Arrows) -> str:
    """A flow chart in Mermaid, which a reader of the page draws."""
    ordered = sorted(_without_the_implied(found))
    names = sorted({name for pair in ordered for name in pair})
    lines = [f"  {_id(name)}[{name.removeprefix('usecases.')}]" for name in names]
    inside = [line for line, name in zip(lines, names, strict=True) if name.startswith("usecases.")]
    outside = [line for line in lines if line not in inside]
    return "\n".join(
        [
            "```mermaid", "flowchart TD", *outside,
            "  subgraph usecases", *(f"  {line}" for line in inside), "  end",
            *(f"  {_id(one)} --> {_id(other)}" for one, other in ordered), "```", "",
        ]
    )  # fmt: skip


def _room(module: str) -> str | None:
    """The room a module lies in; None of what is in none, or not ours."""
    top, *below = module.split(".")
    if top == "functions":
        return "functions"
    if top == "pyeonji_client":
        return "client"
    if top != "pyeonji" or not below:
        return None
    if below[0] == "usecases":
        return f"usecases.{below[1]}" if len(below) > 1 else None
    return below[0]


def _imports_of(source: Path) -> set[str]:
    """Functions are no package: what they import is read off their text."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            named |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
    return named


def _without_the_implied(found: Arrows) -> Arrows:
    """Without the arrows that another way round says, too; rooms are without circles."""
    below: dict[str, set[str]] = defaultdict(set)
    for one, other in found:
        below[one].add(other)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(below[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(below[name])
        return seen

    return {
        (one, other)
        for one, other in found
        if not any(other in reached(between) for between in below[one] - {other})
    }


def _id(name: str) -> str:
    return name.replace(".", "_")


if __name__ == "__main__":
    sys.exit(main())
