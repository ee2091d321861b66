"""One letter of the demo mail: what it says, and its bytes."""

import html
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from infra.local import demo_files, demo_mime
from infra.local.demo_mime import Part, Style

SEOUL = ZoneInfo("Asia/Seoul")

Form = Literal["plain", "html", "inline", "calendar", "forward", "bounce"]

_KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WEEKDAYS = "월화수목금토일"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with an address, and how their mailer writes."""

    name: str
    mail: str
    style: Style = demo_mime.MODERN
    zone: ZoneInfo = SEOUL

    @property
    def domain(self) -> str:
        """Right of the @."""
        return self.mail.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment that is made when the letter is."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a letter's bytes follow from; the same letter gives the same bytes."""

    mailbox: str
    when: datetime
    sender: Person
    to: Sequence[Person]
    subject: str
    body: str
    seed: str
    flags: tuple[str, ...] = ()
    cc: Sequence[Person] = ()
    references: tuple[str, ...] = ()
    files: Sequence[File] = ()
    form: Form = "plain"
    delivered: bool = True
    """Came over the network, so it has `Received:`; sent mail and drafts have none."""
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def message_id(self) -> str:
        """With angle brackets, as other letters refer to it."""
        number = random.Random(f"id/{self.seed}").getrandbits(64)
        return f"<{number:016x}.{self.when:%Y%m%d}@{self.sender.domain}>"


def quote(letter: Letter) -> str:
    """A letter as the one that answers it quotes it."""
    when = letter.when.astimezone(SEOUL)
    half = "오전" if when.hour < 12 else "오후"
    first = (
        f"{when.year}년 {when.month}월 {when.day}일 ({_WEEKDAYS[when.weekday()]}) "
        f"{half} {when.hour % 12 or 12}:{when.minute:02}, "
        f"{letter.sender.name} <{letter.sender.mail}>님이 작성:"
    )
    if letter.sender.style is demo_mime.QUOTED and letter.sender.domain == "northwind.example":
        first = f"On {when.year}-{when.month:02}-{when.day:02}, {letter.sender.name} wrote:"
    return first + "\n\n" + "\n".join(f"> {line}".rstrip() for line in letter.body.splitlines())


def render(letter: Letter) -> bytes:
    """The bytes of the mail, CRLF line ends."""
    rng = random.Random(letter.seed)
    style = letter.sender.style
    body = _body(letter, rng)
    fields = [*_trace(letter, rng)] if letter.delivered else []
    sent = letter.when - timedelta(seconds=rng.randrange(1, 40) if letter.delivered else 0)
    people = [("From", [letter.sender]), ("To", letter.to), ("Cc", letter.cc)]
    for name, persons in people:
        if persons:
            listed = b",\r\n ".join(demo_mime.address(p.name, p.mail, style) for p in persons)
            fields.append(b"%b: %b\r\n" % (name.encode("ascii"), listed))
    fields += [
        demo_mime.field("Subject", letter.subject, style),
        b"Date: %b\r\n" % demo_mime.date_text(sent.astimezone(letter.sender.zone)),
        demo_mime.field("Message-ID", letter.message_id, style),
    ]
    if letter.references:
        fields.append(demo_mime.field("In-Reply-To", letter.references[-1], style))
        fields.append(b"References: %b\r\n" % "\r\n ".join(letter.references).encode("ascii"))
    if style.mailer:
        fields.append(demo_mime.field("X-Mailer", style.mailer, style))
    fields += [demo_mime.field(name, value, style) for name, value in letter.extra]
    fields.append(b"MIME-Version: 1.0\r\n")
    return b"".join(fields) + body.raw()


def _trace(letter: Letter, rng: random.Random) -> list[bytes]:
    """`Received:` fields, the last hop first; its instant is when the mail was received."""
    reader = letter.to[0] if letter.to else letter.sender
    host = f"mx{rng.randrange(1, 4)}.{letter.sender.domain}"
    here = f"mail.{reader.domain}"
    hops = [(host, here, letter.when)]
    if rng.random() < 0.5:
        early = letter.when - timedelta(seconds=rng.randrange(1, 5))
        hops.append((f"pc-{rng.randrange(99)}.{letter.sender.domain}", host, early))
    return [
        (
            f"Received: from {source} ({source} [203.0.113.{rng.randrange(1, 255)}])\r\n"
            f"\tby {target} (Pyeonji) with ESMTPS id {rng.getrandbits(48):012X}\r\n"
            f"\tfor <{reader.mail}>; "
        ).encode("ascii")
        + demo_mime.date_text(when.astimezone(SEOUL))
        + b" (KST)\r\n"
        for source, target, when in hops
    ]


def _body(letter: Letter, rng: random.Random) -> Part:
    style = letter.sender.style
    boundary = f"=_{rng.getrandbits(96):024x}"
    plain = demo_mime.text(letter.body + "\n", style)
    if letter.form == "bounce":
        return _bounce(letter, plain, boundary)
    body = plain
    if letter.form in ("html", "inline"):
        picture = f"logo.{rng.getrandbits(32):08x}@{letter.sender.domain}"
        inline = letter.form == "inline"
        page = demo_mime.text(_page(letter.body, picture if inline else None), style, "html")
        if inline:
            logo = demo_files.png(rng, 9_000)
            image = demo_mime.attachment("logo.png", "image/png", logo, style, picture)
            page = demo_mime.multipart("related", [page, image], boundary + ".r")
        body = demo_mime.multipart("alternative", [plain, page], boundary + ".a")
    elif letter.form == "calendar":
        event = Part(
            b'Content-Type: text/calendar; charset="utf-8"; method=REQUEST\r\n'
            b"Content-Transfer-Encoding: 8bit\r\n",
            _event(letter),
        )
        body = demo_mime.multipart("alternative", [plain, event], boundary + ".a")
    parts = [body, *(_file(file, style, rng) for file in letter.files)]
    if letter.form == "forward":
        inner = replace(
            letter,
            subject=letter.subject.removeprefix("Fwd: "),
            seed=letter.seed + "/inner",
            form="plain",
            files=(),
            when=letter.when - timedelta(days=2),
        )
        parts.append(demo_mime.embedded(render(inner)))
    return demo_mime.multipart("mixed", parts, boundary) if len(parts) > 1 else body


def _file(file: File, style: Style, rng: random.Random) -> Part:
    extension = file.name.rpartition(".")[2]
    if extension == "pdf":
        data = demo_files.pdf(rng, file.name, file.size)
    elif extension == "png":
        data = demo_files.png(rng, file.size)
    elif extension == "csv":
        data = demo_files.csv(rng, min(file.size, 200_000), rng.choice(("cp949", "utf-8")))
    else:
        data = demo_files.xlsx(rng, min(file.size // 12 + 10, 12_000))
    return demo_mime.attachment(file.name, _KINDS[extension], data, style)


def _page(body: str, picture: str | None) -> str:
    paragraphs = "".join(
        f"<p style='margin:0 0 12px'>{html.escape(block).replace(chr(10), '<br>')}</p>\n"
        for block in body.split("\n\n")
    )
    image = f"<p><img src='cid:{picture}' alt='logo' width='96'></p>\n" if picture else ""
    return (
        "<!doctype html>\n<html><head><meta charset='utf-8'></head>\n"
        "<body style='font:14px/1.6 \"Malgun Gothic\",sans-serif;color:#222'>\n"
        f"{image}{paragraphs}</body></html>\n"
    )


def _event(letter: Letter) -> bytes:
    start = letter.when.astimezone(SEOUL) + timedelta(days=3)
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Pyeonji//demo//KO\r\nMETHOD:REQUEST\r\n"
        f"BEGIN:VEVENT\r\nUID:{letter.message_id[1:-1]}\r\n"
        f"DTSTAMP:{letter.when.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}\r\n"
        f"DTSTART;TZID=Asia/Seoul:{start:%Y%m%d}T140000\r\n"
        f"DTEND;TZID=Asia/Seoul:{start:%Y%m%d}T150000\r\n"
        f"SUMMARY:{letter.subject}\r\nORGANIZER:mailto:{letter.sender.mail}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def _bounce(letter: Letter, plain: Part, boundary: str) -> Part:
    status = Part(
        b"Content-Type: message/delivery-status\r\n",
        b"Reporting-MTA: dns; mail.acme.example\r\n\r\n"
        b"Final-Recipient: rfc822; nobody@hanbit.example\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    )
    headers = Part(
        b"Content-Type: text/rfc822-headers\r\n",
        b"From: <%b>\r\nTo: <nobody@hanbit.example>\r\nSubject: test\r\n"
        % letter.to[0].mail.encode("ascii"),
    )
    return demo_mime.multipart(
        "report", [plain, status, headers], boundary, " report-type=delivery-status;"
    )
