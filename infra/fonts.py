"""Cuts the page's fonts out of Pretendard: `python -m infra.fonts PretendardVariable.woff2`.

The font is the variable one of npm's `pretendard` (1.3.9, OFL), cut to the weights 400 to 700.
One file holds Latin and the syllables of the page's own sentences; four more hold the rest of
KS X 1001's 2,350 syllables, for names of mailboxes and files, and are fetched only where one is
shown. Syllables beyond that come from the system's font. Wants `fonttools` and `brotli`, which
nothing else here needs.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

WEB = Path(__file__).parents[1] / "web"
LATIN = "U+20-7E,U+A0-FF,U+2013,U+2014,U+2018-201A,U+201C-201E,U+2022,U+2026,U+2190,U+2192,U+20A9"
LATIN += ",U+203A,U+3131-3163"
FILES = 4


def syllables() -> list[str]:
    """KS X 1001: what Korean is written with, but for a few hundred rare syllables."""
    rows, cells = range(0xB0, 0xC9), range(0xA1, 0xFF)
    return [bytes((row, cell)).decode("euc-kr") for row in rows for cell in cells]


def spoken() -> set[str]:
    """The syllables of the page's own sentences."""
    tables = (WEB / "js").glob("strings.*.js")
    text = "".join(path.read_text(encoding="utf-8") for path in tables)
    return {letter for letter in text if "가" <= letter <= "힣"}


def ranges(letters: list[str]) -> str:
    """As CSS and pyftsubset write them: U+AC00,U+AC01,…"""
    return ",".join(f"U+{ord(letter):X}" for letter in letters)


def parts() -> dict[str, str]:
    """File name → the characters in it."""
    own = spoken()
    rest = [letter for letter in syllables() if letter not in own]
    size = -(-len(rest) // FILES)
    found = {"pretendard-page": f"{LATIN},{ranges(sorted(own))}"}
    for number in range(FILES):
        found[f"pretendard-names-{number + 1}"] = ranges(rest[number * size : (number + 1) * size])
    return found


def style_sheet(files: dict[str, str]) -> str:
    """The faces of the files for names, as CSS; that of the page's own stands in base.css."""
    sheet = "/* Written by `python -m infra.fonts`. */\n"
    for name, letters in files.items():
        if name == "pretendard-page":
            continue
        sheet += (
            "@font-face {\n  font-family: Pretendard;\n  font-weight: 400 700;\n"
            f'  font-display: swap;\n  src: url("/fonts/{name}.woff2") format("woff2");\n'
            f"  unicode-range: {letters};\n}}\n"
        )
    return sheet


def main(source: str) -> None:
    """Writes web/fonts and css/fonts-names.css."""
    tools = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        cut = Path(folder) / "cut.ttf"
        instancer = [f"{tools}/fonttools", "varLib.instancer", source, "wght=400:700"]
        subprocess.run([*instancer, "-o", str(cut)], check=True)
        files = parts()
        for name, letters in files.items():
            target = WEB / "fonts" / f"{name}.woff2"
            command = [f"{tools}/pyftsubset", f"{cut}", f"--unicodes={letters}"]
            command += [f"--output-file={target}", "--flavor=woff2", "--no-hinting"]
            command += ["--desubroutinize", "--layout-features=kern,tnum,calt,ccmp,locl,mark,mkmk"]
            subprocess.run(command, check=True)
            print(f"{target.name}: {target.stat().st_size:,} bytes")
    (WEB / "css" / "fonts-names.css").write_text(style_sheet(files), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
