"""Pages that list a volume's mails by date, for any browser once the volume is unpacked.

`index.html` lists the months, `pyeonji/<YYYY-MM>.html` the mails of one with links to their files.
No script, nothing from elsewhere; what mail says of itself stands there as text.
"""

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from pyeonji.domain.messages import Message

INDEX = "index.html"
FOLDER = "pyeonji"
"""Of the pages of the months, and of the volume's search files."""

PAGE_BYTES = 1400
"""Of a month's page without its rows, with its link and its two ZIP headers, at most."""

_HEAD = (
    '<!doctype html><html lang="ko"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'\">"
    "<style>body{{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;"
    "padding:0 1rem;color-scheme:light dark}}table{{border-collapse:collapse;width:100%}}"
    "td{{padding:.4rem .6rem;border-top:1px solid #8884;vertical-align:top}}"
    "td:first-child,td:last-child{{white-space:nowrap;font-variant-numeric:tabular-nums}}"
    "</style><title>{title}</title><h1>{title}</h1>"
)


def index_pages(path: str, messages: Sequence[Message], zone: ZoneInfo) -> list[tuple[str, bytes]]:
    """(name, content) of every page; `path` is the mailbox's."""
    months: dict[str, list[Message]] = {}
    for message in sorted(messages, key=lambda one: (one.received, one.name), reverse=True):
        months.setdefault(month_of(message, zone), []).append(message)
    title = escape(path)
    links = "".join(
        f'<tr><td><a href="{FOLDER}/{month}.html">{month}</a><td>{len(found):,}'
        for month, found in months.items()
    )
    pages = [(INDEX, f"{_HEAD.format(title=title)}<table>{links}</table>")]
    for month, found in months.items():
        rows = "".join(page_row(message, zone) for message in found)
        head = _HEAD.format(title=f"{title} · {month}")
        back = f'<p><a href="../{INDEX}">←</a>'
        pages.append((f"{FOLDER}/{month}.html", f"{head}{back}<table>{rows}</table>"))
    return [(name, page.encode("utf-8", "replace")) for name, page in pages]


def month_of(message: Message, zone: ZoneInfo) -> str:
    """The month a message was received in, as `2024-03`."""
    return f"{message.received_at.astimezone(zone):%Y-%m}"


def page_row(message: Message, zone: ZoneInfo) -> str:
    """A message's row."""
    at = message.received_at.astimezone(zone)
    # Browsers encode what is not ASCII; what would end the path they do not.
    href = message.name.replace("%", "%25").replace("#", "%23").replace("?", "%3F")
    size = max(1, round(message.size / 1024))
    return (
        f"<tr><td>{at:%m-%d %H:%M}<td>{escape(message.sender or '')}"
        f'<td><a href="../{escape(href)}">{escape(message.subject or "—")}</a><td>{size:,} KB'
    )
