"""How a notice looks: one frame for text and HTML, whatever it says.

Mail programs know little of the web: tables for Outlook (which is Word), styles on every element
for Naver and Gmail (which drop classes), a style sheet only for what may be missed (dark mode).
"""

from dataclasses import dataclass
from html import escape
from typing import Literal

Tone = Literal["good", "bad", "warning"]

_FONT = "'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',-apple-system,'Segoe UI',sans-serif"
_TONES = {"good": "#1f6f54", "bad": "#b3372f", "warning": "#9a6200"}
_WIDTH = 600

# Colours of the light page by class, for mail programs that turn to dark and ask.
_DARK = """
@media (prefers-color-scheme: dark) {
  .page, .frame { background: #1d1f21 !important; }
  .card { background: #26292c !important; border-left-color: #3a3f44 !important;
    border-right-color: #3a3f44 !important; border-bottom-color: #3a3f44 !important; }
  .ink { color: #eceff1 !important; }
  .soft { color: #aeb6bd !important; }
  .line { border-color: #3a3f44 !important; }
}
@media (max-width: 480px) {
  .cell { display: block !important; width: auto !important; }
  .cell + .cell { padding-top: 0 !important; border-top: 0 !important; }
}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what it is, and one or more lines of it."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A notice before it is laid out. Everything is plain text; nothing is escaped yet."""

    language: str
    tone: Tone
    company: str
    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    button: str
    url: str
    footer: tuple[str, ...]


def as_text(message: Message) -> str:
    """The text part: readable in any program and read aloud in order."""
    blocks = [message.heading, *message.paragraphs]
    if message.rows:
        blocks.append("\n".join(_text_row(row) for row in message.rows))
    blocks += [*message.remarks, f"{message.button}\n{message.url}"]
    return "\n\n".join(blocks) + "\n\n-- \n" + "\n".join(message.footer) + "\n"


def as_html(message: Message) -> str:
    """The HTML part: one self-contained page, no pictures, no scripts, nothing fetched."""
    colour = _TONES[message.tone]
    paragraphs = "".join(_paragraph(text, "ink", "#24292e", 15) for text in message.paragraphs)
    remarks = "".join(_paragraph(text, "soft", "#5c6670", 13) for text in message.remarks)
    footer = "<br>".join(escape(line) for line in message.footer)
    return f"""<!doctype html>
<html lang="{escape(message.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{escape(message.subject)}</title>
<style>{_DARK}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f5;">
<div style="display:none;max-height:0;overflow:hidden;">{escape(message.paragraphs[0])}</div>
<table role="presentation" class="frame" width="100%" cellpadding="0" cellspacing="0" border="0" \
style="background:#f2f4f5;"><tr><td align="center" style="padding:24px 12px;">
<table role="presentation" class="card" width="{_WIDTH}" cellpadding="0" cellspacing="0" \
border="0" style="width:100%;max-width:{_WIDTH}px;background:#ffffff;border:1px solid #dde1e4;\
border-top:4px solid {colour};font-family:{_FONT};word-break:keep-all;overflow-wrap:anywhere;">
<tr><td style="padding:28px 32px 8px;">
<p class="soft" style="margin:0 0 6px;font-size:13px;line-height:1.5;color:#5c6670;">\
{escape(message.company)}</p>
<h1 class="ink" style="margin:0 0 16px;font-size:21px;line-height:1.4;font-weight:700;\
color:#24292e;">{escape(message.heading)}</h1>
{paragraphs}</td></tr>
{_table(message.rows)}\
<tr><td style="padding:8px 32px 12px;">{remarks}</td></tr>
<tr><td style="padding:4px 32px 32px;">
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>
<td bgcolor="{colour}" style="background:{colour};border-radius:4px;">
<a href="{escape(message.url)}" style="display:inline-block;padding:12px 24px;font-size:15px;\
font-weight:700;line-height:1.3;color:#ffffff;text-decoration:none;">{escape(message.button)}</a>
</td></tr></table>
</td></tr>
<tr><td class="line soft" style="padding:16px 32px 20px;border-top:1px solid #dde1e4;\
font-size:12px;line-height:1.6;color:#5c6670;">{footer}</td></tr>
</table>
</td></tr></table>
</body>
</html>
"""


def _text_row(row: Row) -> str:
    if len(row.values) == 1:
        return f"* {row.label}: {row.values[0]}"
    return "\n".join([f"* {row.label}:", *(f"    - {value}" for value in row.values)])


def _paragraph(text: str, name: str, colour: str, size: int) -> str:
    return (
        f'<p class="{name}" style="margin:0 0 12px;font-size:{size}px;line-height:1.65;'
        f'color:{colour};">{escape(text)}</p>\n'
    )


def _table(rows: tuple[Row, ...]) -> str:
    if not rows:
        return ""
    lines = "".join(
        '<tr><td class="cell soft line" width="150" valign="top" style="padding:9px 12px 9px 0;'
        "border-top:1px solid #e6e9eb;font-size:14px;line-height:1.6;color:#5c6670;"
        f'width:150px;">{escape(row.label)}</td>'
        '<td class="cell ink line" valign="top" style="padding:9px 0;border-top:1px solid #e6e9eb;'
        'font-size:14px;line-height:1.6;color:#24292e;">'
        f"{'<br>'.join(escape(value) for value in row.values)}</td></tr>\n"
        for row in rows
    )
    return (
        '<tr><td style="padding:4px 32px 12px;">'
        '<table width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;">\n'
        f"{lines}</table></td></tr>\n"
    )
