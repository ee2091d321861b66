"""`make viewer`: web/viewer.html, one file that looks into a backup's ZIP from a disk.

Everything is inside: SQLite's WebAssembly and the worker that drives it as gzip in base64, the
rest as it stands in web/viewer and web/vendor. The same sources give the same bytes.
"""

import base64
import json
import re
import sys
import zlib
from pathlib import Path

from infra.local.places import ROOT

_VIEWER = ROOT / "web" / "viewer"
_VENDOR = ROOT / "web" / "vendor"
TARGET = ROOT / "web" / "viewer.html"
_POSTAL_MIME = (
    "decode-strings", "html-entities", "text-format", "address-parser", "base64-decoder",
    "base64-encoder", "pass-through-decoder", "qp-decoder", "mime-node", "postal-mime",
)  # fmt: skip


#: In an order in which each finds those before it.
MODULES = (
    "zones.js", "words.js", "query.js", "decoder.js", "mail.js", "frame.js", "asked.js",
    "volume.js", "app.js",
)  # fmt: skip
_IMPORT = re.compile(r'^import (?:[^;"]+ from )?"[^"]+";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async |function |class |const )", re.MULTILINE)


def build() -> str:
    """The page."""
    packed = {
        "worker": _packed(
            "\n".join((_fflate(), _sqlite(), _source("zones.js"), _source("worker.js"))).encode()
        ),
        "parser": _packed(
            "\n".join((_source("decoder.js"), _postal_mime(), _source("parse_worker.js"))).encode()
        ),
        "wasm": _packed((_VENDOR / "sqlite-wasm" / "sqlite3.wasm").read_bytes()),
        "mail": _source("mail.html"),
        "pictures": _source("pictures.html"),
    }
    script = "\n".join(
        (
            f"const PACKED = {json.dumps(packed)};",
            (_VENDOR / "dompurify" / "purify.min.js").read_text("utf-8"),
            *(_source(name) for name in MODULES),
        )
    )
    # A script element ends at its first "</script", wherever that stands.
    script = re.sub(r"</(?=script)", r"<\\/", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")
    page = _source("page.html").replace("{{style}}", _source("style.css"))
    head, _, tail = page.partition("{{script}}")
    return head + script + tail


def _source(name: str) -> str:
    """A file of the viewer's; a module without what only modules may say, because all of them
    become one classic script."""
    source = (_VIEWER / name).read_text("utf-8")
    return _EXPORT.sub("", _IMPORT.sub("", source)) if name.endswith(".js") else source.strip()


def _sqlite() -> str:
    """The module as a classic script: a module worker made from a blob does not start from a
    disk."""
    source = (_VENDOR / "sqlite-wasm" / "index.mjs").read_text("utf-8")
    source = source[: source.rindex("\nexport {")]
    return source.replace("import.meta.url", '"http://localhost/"')


def _fflate() -> str:
    """What the worker takes of it, behind one function: its names are short ones."""
    source = (_VENDOR / "fflate" / "index.mjs").read_text("utf-8")
    source = re.sub(r"^export \{[^}]*\};?$", "", source, flags=re.MULTILINE)
    source = re.sub(r"^export (?=function |var )", "", source, flags=re.MULTILINE)
    return f"const {{ inflateSync }} = (() => {{\n{source}\nreturn {{ inflateSync }};\n}})();"


def _postal_mime() -> str:
    """Its modules as functions that are called when first asked for."""
    files = []
    for name in _POSTAL_MIME:
        source = (_VENDOR / "postal-mime" / f"{name}.js").read_text("utf-8")
        names = re.findall(
            r"^export (?:async )?(?:function|const|class) (\w+)", source, re.MULTILINE
        )
        default = re.search(r"^export default (?:class )?(\w+)", source, re.MULTILINE)
        if default:
            names.append(f"default: {default.group(1)}")
        source = re.sub(
            r"^import (\{.+?\}) from '(.+?)';", r"const \1 = ask('\2');", source, flags=re.MULTILINE
        )
        source = re.sub(
            r"^import (\w+) from '(.+?)';",
            r"const \1 = ask('\2').default;",
            source,
            flags=re.MULTILINE,
        )
        source = re.sub(r"^export (?:\{.+?\};|default \w+;$)", "", source, flags=re.MULTILINE)
        source = re.sub(r"^export (?:default )?", "", source, flags=re.MULTILINE)
        files.append(f'"./{name}.js": (ask) => {{\n{source}\nreturn {{ {", ".join(names)} }};\n}},')
    return (
        "const PostalMime = (() => {\n const files = {\n" + "\n".join(files) + "\n };\n"
        " const loaded = {};\n const ask = (name) => (loaded[name] ??= files[name](ask));\n"
        " return ask('./postal-mime.js').default;\n})();"
    )


def _packed(content: bytes) -> str:
    # No time of day and no name in it.
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return base64.b64encode(packer.compress(content) + packer.flush()).decode()


def main() -> int:
    """Writes the page; its size in KB is printed."""
    page = build()
    Path(TARGET).write_text(page, "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(page.encode()) // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
