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


def build() -> str:
    """The page."""
    packed = {
        "worker": _packed((_sqlite() + "\n" + _source("worker.js")).encode()),
        "wasm": _packed((_VENDOR / "sqlite-wasm" / "sqlite3.wasm").read_bytes()),
    }
    script = "\n".join(
        (
            f"const PACKED = {json.dumps(packed)};",
            (_VENDOR / "dompurify" / "purify.min.js").read_text("utf-8"),
            _postal_mime(),
            *(_source(name) for name in ("words.js", "query.js", "mail.js", "app.js")),
        )
    )
    # A script element ends at its first "</script", wherever that stands.
    script = re.sub(r"</(?=script)", r"<\\/", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")
    page = _source("page.html").replace("{{style}}", _source("style.css"))
    head, _, tail = page.partition("{{script}}")
    return head + script + tail


def _source(name: str) -> str:
    return (_VIEWER / name).read_text("utf-8")


def _sqlite() -> str:
    """The module as a classic script: a module worker made from a blob does not start from a
    disk."""
    source = (_VENDOR / "sqlite-wasm" / "index.mjs").read_text("utf-8")
    source = source[: source.rindex("\nexport {")]
    return source.replace("import.meta.url", '"http://localhost/"')


def _postal_mime() -> str:
    """Its CommonJS files behind one function, which takes the decoder they are to use."""
    files = []
    for name in _POSTAL_MIME:
        source = (_VENDOR / "postal-mime" / f"{name}.js").read_text("utf-8")
        files.append(f'"./{name}.js": (module, exports, require, TextDecoder) => {{\n{source}\n}},')
    return (
        "function postalMime(Decoder) {\n const files = {\n" + "\n".join(files) + "\n };\n"
        " const loaded = {};\n const require = (name) => {\n"
        "  if (!(name in loaded)) {\n   const module = (loaded[name] = { exports: {} });\n"
        "   files[name](module, module.exports, require, Decoder);\n  }\n"
        "  return loaded[name].exports;\n };\n return require('./postal-mime.js').default;\n}"
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
