"""The demo companies' mail: made from a seed, never copied from anybody.

Every day's mail follows from the seed, the account and the day alone, so the mail of a day is the
same bytes whichever day the demo is set up on; only what is up to `today` differs.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from infra.local import demo_mime, demo_texts
from infra.local.demo_letter import SEOUL, File, Form, Letter, Person, quote, render

SEED = 20260301

INBOX, SENT, DRAFTS = "받은편지함", "보낸편지함", "임시보관함"
JUNK, TRASH = "스팸편지함", "휴지통"
RECEIPTS, NEWS, FRIENDS, OVERSEAS = "영수증", "뉴스레터", "개인", "거래처/Northwind Traders"

_SPECIAL = {INBOX: "inbox", SENT: "sent", DRAFTS: "drafts", JUNK: "junk", TRASH: "trash"}


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """One mail: its bytes, when it was received (UTC), its IMAP flags."""

    data: bytes
    received: datetime
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoMailbox:
    """A folder and its mail, oldest first; `messages` makes one at a time and can be read once."""

    path: str
    special_use: str | None
    count: int
    messages: Iterator[DemoMessage]


@dataclass(frozen=True, slots=True)
class _Account:
    """Since when an account has mail, and how much of what a day brings."""

    since: date
    rates: dict[str, float]
    big_files: bool = False


_ACCOUNTS = {
    "kim@acme.example": _Account(
        date(2021, 3, 2),
        {
            "thread": 0.060, "english": 0.016, "notice": 0.070, "receipt": 0.012,
            "news": 0.015, "spam": 0.020, "alert": 0.010, "friend": 0.006, "draft": 0.003,
        },
        big_files=True,
    ),
    "lee@acme.example": _Account(
        date(2024, 6, 3),
        {"thread": 0.012, "notice": 0.015, "alert": 0.015, "spam": 0.008, "news": 0.006},
    ),
    "park@other.example": _Account(
        date(2024, 1, 2),
        {"thread": 0.010, "receipt": 0.008, "notice": 0.008, "friend": 0.006, "draft": 0.002},
    ),
}  # fmt: skip


def demo_mailboxes(account: str, today: date, seed: int = SEED) -> list[DemoMailbox]:
    """The mailboxes of a demo account with all mail up to the first minute of `today` (Seoul).

    KeyError for an account that has no demo mail (choi's mail is not set up).
    """
    writer = _Writer(account, today, seed)
    by_mailbox: dict[str, list[Letter]] = {path: [] for path in _SPECIAL}
    for letter in writer.letters():
        by_mailbox.setdefault(letter.mailbox, []).append(letter)
    return [
        DemoMailbox(path, _SPECIAL.get(path), len(letters), _written(letters))
        for path, letters in by_mailbox.items()
    ]


def _written(letters: Sequence[Letter]) -> Iterator[DemoMessage]:
    for letter in sorted(letters, key=lambda letter: letter.when):
        yield DemoMessage(render(letter), letter.when.astimezone(UTC), letter.flags)


class _Writer:
    """Plans the letters of one account; the bytes are made when they are asked for."""

    def __init__(self, account: str, today: date, seed: int) -> None:
        self._account = _ACCOUNTS[account]
        self._today = today
        self._seed = f"{seed}/{account}"
        self._me = Person(demo_texts.PEOPLE[account], account)
        self._colleagues = [
            Person(f"{name} ({team})", f"{box}@{self._me.domain}")
            for name, box, team in demo_texts.COLLEAGUES[self._me.domain]
            if f"{box}@{self._me.domain}" != account
        ]
        styles = (demo_mime.EUC_KR, demo_mime.CP949_RAW, demo_mime.UTF8_RAW)
        self._partners = {
            company: [
                Person(f"{name} {title}", f"{box}@{domain}", style) for name, box, title in people
            ]
            for style, (company, (domain, people)) in zip(
                styles, demo_texts.PARTNERS.items(), strict=True
            )
        }
        _, domain, people = demo_texts.NORTHWIND
        self._overseas = [
            Person(name, f"{box}@{domain}", demo_mime.QUOTED, ZoneInfo("Europe/Amsterdam"))
            for name, box in people
        ]

    def letters(self) -> Iterator[Letter]:
        """Every letter, day by day."""
        day = self._account.since
        while day <= self._today:
            yield from self._boundaries(day)
            if day < self._today:
                yield from self._ordinary(day)
            day += timedelta(days=1)

    def _ordinary(self, day: date) -> Iterator[Letter]:
        rng = random.Random(f"{self._seed}/{day}")
        kinds = {
            "thread": self._thread, "english": self._english, "notice": self._notice,
            "receipt": self._receipt, "news": self._news, "spam": self._spam,
            "alert": self._alert, "friend": self._friend, "draft": self._draft,
        }  # fmt: skip
        for kind, rate in self._account.rates.items():
            # Offices are quiet on Sundays.
            if rng.random() < rate * (0.3 if day.weekday() == 6 else 1.1):
                yield from kinds[kind](random.Random(f"{self._seed}/{day}/{kind}"), day)

    def _boundaries(self, day: date) -> Iterator[Letter]:
        """Mail on both sides of midnight, where a period must cut: years' ends and yesterday's."""
        yesterday = self._today - timedelta(days=1)
        if (day.month, day.day) == (12, 31) or day == yesterday:
            yield self._alone(
                day, time(23, 59, 59), "[알림] 일일 마감 보고", "오늘 업무를 마감합니다."
            )
        if (day.month, day.day) == (1, 1):
            body = f"{day.year}년 새해 복 많이 받으세요! 🎉"
            yield self._alone(day, time(0, 0, 0), "새해 인사드립니다", body)
        elif day in (yesterday, self._today):
            yield self._alone(
                day, time(0, 0, 0), "[알림] 야간 작업 시작", "야간 작업을 시작합니다."
            )
        if day == self._today:
            body = "야간 작업이 정상 종료되었습니다."
            yield self._alone(day, time(0, 0, 30), "[알림] 야간 작업 종료", body)

    def _alone(self, day: date, at: time, subject: str, body: str) -> Letter:
        when = datetime.combine(day, at, SEOUL)
        return self._to_me(INBOX, when, self._colleagues[0], subject, body, f"{day}/{at}", ())

    def _thread(self, rng: random.Random, day: date) -> Iterator[Letter]:
        texts = rng.choice(demo_texts.THREADS)
        words = self._words(rng, day)
        project = "[{project}]" in texts[0]
        outside = not project and "회식" not in texts[0]
        company = rng.choice(list(self._partners))
        other = rng.choice(self._partners[company] if outside else self._colleagues)
        words["company"] = company
        mailbox = INBOX
        # Most of it was never filed away.
        filed = rng.random() < 0.3
        if project and filed:
            mailbox = f"프로젝트/{words['project']}"
        elif outside and filed:
            mailbox = f"거래처/{company}"
        # Whoever asks for a quotation is us; otherwise either side begins.
        mine = "견적 요청" in texts[0] or rng.random() < 0.35
        yield from self._conversation(rng, day, texts, words, other, mailbox, mine)

    def _english(self, rng: random.Random, day: date) -> Iterator[Letter]:
        texts = rng.choice(demo_texts.ENGLISH_THREADS)
        words = self._words(rng, day)
        words["day"] = f"{day + timedelta(days=rng.randrange(3, 20)):%Y-%m-%d}"
        words["time"] = "5 pm"
        other = rng.choice(self._overseas)
        mailbox = OVERSEAS if rng.random() < 0.5 else INBOX
        yield from self._conversation(rng, day, texts, words, other, mailbox, rng.random() < 0.3)

    def _conversation(
        self, rng: random.Random, day: date, texts: Sequence[str], words: dict[str, str],
        other: Person, mailbox: str, mine: bool,
    ) -> Iterator[Letter]:  # fmt: skip
        when = self._office_hours(rng, day)
        subject = texts[0].format(**words)
        before: Letter | None = None
        references: tuple[str, ...] = ()
        copies = tuple(rng.sample(self._colleagues, 1)) if rng.random() < 0.2 else ()
        for number, text in enumerate(texts[1 : rng.randrange(2, len(texts)) + 1]):
            writer, reader = (self._me, other) if mine else (other, self._me)
            names = {"name": reader.name.split(" ")[0], "me": writer.name.split(" ")[0]}
            body = text.format(**{**words, **names})
            if before:
                body += "\n\n" + quote(before)
            letter = Letter(
                mailbox=SENT if mine else mailbox,
                when=when,
                sender=writer,
                to=(reader,),
                cc=copies,
                subject=f"Re: {subject}" if number else subject,
                body=body,
                seed=f"{self._seed}/{day}/{subject}/{number}",
                flags=("\\Seen",)
                if mine
                else self._flags(rng, when, answered=number + 2 < len(texts)),
                references=references,
                files=self._files(rng, words) if rng.random() < (0.15 if mine else 0.4) else (),
                form=self._form(rng),
                delivered=not mine,
            )
            if letter.when.date() >= self._today:
                return  # not yet answered
            yield letter
            before, references = letter, (*references, letter.message_id)
            mine = not mine
            when += timedelta(minutes=rng.randrange(7, 60 * 30), seconds=rng.randrange(60))

    def _notice(self, rng: random.Random, day: date) -> Iterator[Letter]:
        subject, body = rng.choice(demo_texts.NOTICES)
        words = self._words(rng, day)
        forms: tuple[Form, ...] = ("plain", "html", "html", "calendar")
        form = rng.choice(forms)
        files = self._files(rng, words) if "첨부" in body else ()
        yield self._to_me(
            INBOX, self._office_hours(rng, day), rng.choice(self._colleagues),
            subject.format(**words), body.format(**words), f"{day}/notice",
            self._flags(rng, datetime.combine(day, time(), SEOUL)), files=files, form=form,
        )  # fmt: skip

    def _receipt(self, rng: random.Random, day: date) -> Iterator[Letter]:
        shop, subject = rng.choice(demo_texts.RECEIPTS)
        words = self._words(rng, day)
        body = (
            f"{self._me.name} 고객님, {shop}을(를) 이용해 주셔서 감사합니다.\n\n"
            f"결제 금액: {words['amount']}원\n결제 수단: 법인카드(****-{words['number']})\n\n"
            "영수증을 첨부합니다."
        )
        sender = Person(shop, "receipt@shop.example")
        files = (File(f"영수증_{words['number']}.pdf", rng.randrange(12_000, 90_000)),)
        yield self._to_me(
            RECEIPTS, self._any_hour(rng, day), sender, subject.format(**words), body,
            f"{day}/receipt", ("\\Seen",), files=files, form="inline",
        )  # fmt: skip

    def _news(self, rng: random.Random, day: date) -> Iterator[Letter]:
        name, subject, blocks = rng.choice(demo_texts.NEWSLETTERS)
        body = "\n\n".join([subject, *rng.choices(blocks, k=rng.randrange(4, 30))])
        sender = Person(name, "news@letters.example", demo_mime.QUOTED)
        yield self._to_me(
            NEWS, self._any_hour(rng, day), sender, f"{subject} ({day.month}/{day.day})", body,
            f"{day}/news", self._flags(rng, datetime.combine(day, time(), SEOUL)), form="inline",
            extra=(("List-Unsubscribe", "<https://letters.example/unsubscribe>"),),
        )  # fmt: skip

    def _spam(self, rng: random.Random, day: date) -> Iterator[Letter]:
        subject, body = rng.choice(demo_texts.SPAM)
        style = rng.choice((demo_mime.EUC_KR, demo_mime.CP949_RAW, demo_mime.QUOTED))
        sender = Person("대박이벤트", f"win{rng.randrange(999)}@spam.example", style)
        yield self._to_me(
            JUNK, self._any_hour(rng, day), sender, subject, body, f"{day}/spam", ("$Junk",)
        )

    def _alert(self, rng: random.Random, day: date) -> Iterator[Letter]:
        if rng.random() < 0.15:
            sender = Person("Mail Delivery Subsystem", f"mailer-daemon@{self._me.domain}")
            yield self._to_me(
                TRASH, self._any_hour(rng, day), sender, "Undelivered Mail Returned to Sender",
                "보내신 메일을 전달하지 못했습니다. 받는 사람의 주소를 확인해 주세요.",
                f"{day}/bounce", ("\\Seen",), form="bounce",
            )  # fmt: skip
            return
        subject, body = rng.choice(demo_texts.ALERTS)
        words = self._words(rng, day)
        sender = Person("모니터링", f"alert@{self._me.domain}", demo_mime.UTF8_RAW)
        yield self._to_me(
            TRASH, self._any_hour(rng, day), sender, subject.format(**words), body.format(**words),
            f"{day}/alert", ("\\Seen",),
        )  # fmt: skip

    def _friend(self, rng: random.Random, day: date) -> Iterator[Letter]:
        subject, body = rng.choice(demo_texts.FRIENDS)
        words = self._words(rng, day)
        files: tuple[File, ...] = ()
        if "사진" in body:
            files = tuple(
                File(f"제주 사진 {number}.png", rng.randrange(200_000, 700_000))
                for number in range(1, rng.randrange(2, 5))
            )
        sender = Person("하은", "haeun@friends.example", demo_mime.QUOTED)
        form: Form = "forward" if rng.random() < 0.2 else "plain"
        subject = subject.format(**words)
        yield self._to_me(
            FRIENDS, self._any_hour(rng, day), sender,
            f"Fwd: {subject}" if form == "forward" else subject, body.format(**words),
            f"{day}/friend", self._flags(rng, datetime.combine(day, time(), SEOUL)),
            files=files, form=form,
        )  # fmt: skip

    def _draft(self, rng: random.Random, day: date) -> Iterator[Letter]:
        subject, body = rng.choice(demo_texts.DRAFTS)
        words = self._words(rng, day)
        other = rng.choice(self._colleagues)
        yield Letter(
            mailbox=DRAFTS,
            when=self._office_hours(rng, day),
            sender=self._me,
            to=(other,) if subject else (),
            subject=subject.format(**words),
            body=body.format(**{**words, "name": other.name.split(" ")[0]}),
            seed=f"{self._seed}/{day}/draft",
            flags=("\\Draft", "\\Seen"),
            delivered=False,
        )

    def _to_me(
        self, mailbox: str, when: datetime, sender: Person, subject: str, body: str, seed: str,
        flags: tuple[str, ...], *, files: Sequence[File] = (), form: Form = "plain",
        extra: tuple[tuple[str, str], ...] = (),
    ) -> Letter:  # fmt: skip
        return Letter(
            mailbox, when, sender, (self._me,), subject, body, f"{self._seed}/{seed}", flags,
            files=files, form=form, extra=extra,
        )  # fmt: skip

    def _words(self, rng: random.Random, day: date) -> dict[str, str]:
        due = day + timedelta(days=rng.randrange(2, 15))
        return {
            "name": self._me.name,
            "me": self._me.name,
            "us": demo_texts.COMPANIES[self._me.domain],
            "project": rng.choice(demo_texts.PROJECTS),
            "item": rng.choice(demo_texts.ITEMS),
            "amount": f"{rng.randrange(30, 9_000) * 1000:,}",
            "number": str(rng.randrange(12, 99) * 10),
            "few": str(rng.randrange(3, 13)),
            "percent": str(rng.randrange(81, 98)),
            "day": f"{due.month}월 {due.day}일",
            "time": f"오후 {rng.randrange(1, 7)}시",
            "place": rng.choice(demo_texts.PLACES),
            "company": "",
        }

    def _files(self, rng: random.Random, words: dict[str, str]) -> tuple[File, ...]:
        names = rng.sample(demo_texts.ATTACHMENTS, rng.choice((1, 1, 1, 2)))
        return tuple(File(name.format(**words), self._size(rng)) for name in names)

    def _size(self, rng: random.Random) -> int:
        """Bytes of an attachment: mostly small, now and then a few megabytes."""
        draw = rng.random()
        if draw < 0.6 or not self._account.big_files:
            return rng.randrange(8_000, 80_000)
        return rng.randrange(100_000, 500_000) if draw < 0.94 else rng.randrange(800_000, 2_500_000)

    def _form(self, rng: random.Random) -> Form:
        forms: tuple[Form, ...] = ("plain", "plain", "html", "html", "inline")
        return rng.choice(forms)

    def _flags(self, rng: random.Random, when: datetime, answered: bool = False) -> tuple[str, ...]:
        """Read, unless it is of the last days; some flagged."""
        flags = ["\\Answered"] if answered else []
        if answered or (self._today - when.date()).days > rng.randrange(1, 9):
            flags.append("\\Seen")
        if rng.random() < 0.06:
            flags.append("\\Flagged")
        return tuple(flags)

    def _office_hours(self, rng: random.Random, day: date) -> datetime:
        at = time(rng.randrange(8, 19), rng.randrange(60), rng.randrange(60))
        return datetime.combine(day, at, SEOUL)

    def _any_hour(self, rng: random.Random, day: date) -> datetime:
        at = time(rng.randrange(24), rng.randrange(60), rng.randrange(60))
        return datetime.combine(day, at, SEOUL)
