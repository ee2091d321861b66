"""Mail that wants to run something, fetch something, or hang whoever opens it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EVIL = """<html><head><meta http-equiv="refresh" content="0;url={evil}/r">
<base href="{evil}/"><link rel="stylesheet" href="{evil}/a.css">
<style>body{background:url({evil}/b.png)} @import "{evil}/c.css";</style>
<script>document.title='owned';fetch('{evil}/s')</script></head>
<body onload="document.title='owned'" background="{evil}/d.png">
<img src="cid:pic"><img src="{evil}/e.png" onerror="parent.document.title='owned'">
<img src="{slashes}/f.png" srcset="{evil}/g.png 2x"><img src=x onerror=alert(1)>
<svg onload="alert(1)"><image href="{evil}/h.png"/></svg>
<div style="background-image:url('{evil}/i.png')">보이는 글</div>
<form action="{evil}/j">
<input name=p autofocus onfocus=alert(1)><button>go</button></form>
<iframe src="{evil}/k"></iframe><object data="{evil}/l"></object>
<video poster="{evil}/m.png" src="{evil}/n.mp4"></video>
<a href="javascript:alert(1)">링크</a>
<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
</body></html>"""


def evil_mail(number: int, address: str) -> bytes:
    message = EmailMessage()
    message["From"] = '"<img src=x onerror=alert(1)>" <a@b.example>'
    message["Subject"] = f"<script>document.title='owned'</script> {number}"
    message.set_content("plain")
    page = EVIL.replace("{evil}", address).replace("{slashes}", address[5:])
    message.add_alternative(page + "<div>" * 200, subtype="html")
    part: Any = list(message.iter_parts())[1]
    part.add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<pic>")
    message.add_attachment(b"<script>alert(1)</script>", "text", "html", filename="../../a.html")
    return message.as_bytes()


class EvilServer(ThreadingHTTPServer):
    """A server that somebody's mail would have asked; it remembers what for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, EvilServer)
        self.server.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def evil_server() -> Iterator[EvilServer]:
    server = EvilServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def nested_mail() -> bytes:
    """A mail in a mail in a mail, three hundred deep."""
    return (
        b"From: a@b.example\r\n"
        + b"Content-Type: message/rfc822\r\n\r\n" * 300
        + b"Subject: deep\r\n\r\nx"
    )


def huge_mails() -> list[bytes]:
    """Mails that take a careless reader minutes: by markup, by parts, by encoded words."""
    html = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n"
    many = b"".join(b"--x\r\nContent-Type: text/plain\r\n\r\n%d\r\n" % n for n in range(20_000))
    return [
        html + b"<b>" * 700_000,
        html + b"<b>" * 19_000 + b"x",
        html + b"<table><tr><td>" * 6_500 + b"x",
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + many,
        b"From: " + b"=?utf-8?q?a?= " * 30_000 + b"<a@b.example>\r\n\r\nx",
    ]
