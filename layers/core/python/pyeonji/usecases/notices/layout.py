"""How a notice looks: one frame for text and HTML, whatever it says.

Mail programs know little of the web: tables for Outlook (which is Word), styles on every element
for Naver and Gmail (which drop classes), a style sheet only for what may be missed (dark mode).
The HTML stands in `html/`, for `string.Template`; every value is escaped on its way in.
"""

from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Literal

Tone = Literal["good", "bad", "warning"]

#: On white and as a background of white letters each has a contrast of at least 4.9 to 1.
_TONES = {"good": "#1f6f54", "bad": "#b3372f", "warning": "#9a6200"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what it is, and one or more lines of it."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """What one notice says. Everything is plain text; nothing is escaped yet."""

    tone: Tone
    heading: str
    paragraphs: tuple[str, ...]
    """One or more; the first is what a list of mails shows beside the subject."""
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    button: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around it. Plain text too; `url` is where the button leads."""

    language: str
    company: str
    subject: str
    url: str
    footer: tuple[str, ...]


def as_text(frame: Frame, body: Body) -> str:
    """The text part: readable in any program and read aloud in order."""
    rows = "\n".join(_text_row(row) for row in body.rows)
    button = f"{body.button}\n{frame.url}"
    blocks = [body.heading, *body.paragraphs, rows, *body.remarks, button]
    return "\n\n".join(blocks) + "\n\n-- \n" + "\n".join(frame.footer) + "\n"


def as_html(frame: Frame, body: Body) -> str:
    """The HTML part: one self-contained page, no pictures, no scripts, nothing fetched."""
    return _template("page").substitute(
        language=escape(frame.language),
        subject=escape(frame.subject),
        company=escape(frame.company),
        url=escape(frame.url),
        footer=_lines(frame.footer),
        colour=_TONES[body.tone],
        heading=escape(body.heading),
        preview=escape(body.paragraphs[0]),
        paragraphs="".join(_paragraph(text, "ink", "#24292e", 15) for text in body.paragraphs),
        rows="".join(
            _template("row").substitute(label=escape(row.label), values=_lines(row.values))
            for row in body.rows
        ),
        remarks="".join(_paragraph(text, "soft", "#5c6670", 13) for text in body.remarks),
        button=escape(body.button),
    )


@cache
def _template(name: str) -> Template:
    return Template((Path(__file__).parent / "html" / f"{name}.html").read_text("utf-8"))


def _text_row(row: Row) -> str:
    if len(row.values) == 1:
        return f"* {row.label}: {row.values[0]}"
    return "\n".join([f"* {row.label}:", *(f"    - {value}" for value in row.values)])


def _paragraph(text: str, shade: str, colour: str, size: int) -> str:
    return _template("paragraph").substitute(
        text=escape(text), shade=shade, colour=colour, size=size
    )


def _lines(texts: tuple[str, ...]) -> str:
    return "<br>".join(escape(text) for text in texts)
