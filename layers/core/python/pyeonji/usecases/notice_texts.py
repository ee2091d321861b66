"""What the service writes to people, in Korean and English, as text and HTML.

Pure: facts in, words out. A notice says what happened, in figures, and where to go on; it never
holds a presigned URL or a password, and it escapes everything a person or a file named.
"""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from pyeonji.usecases.notice_facts import NoticeKind
from pyeonji.usecases.notice_layout import Message, Row, Tone, as_html, as_text
from pyeonji.usecases.notice_words import counted, day_text, one_line, shown, size_text, time_text

LISTED = 8
"""Mailboxes named one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notice is made of. Instants and days are in the account's time zone already."""

    account: str
    company: str
    page_url: str
    """The page, http or https, without a query: whoever follows it signs in there."""
    mailboxes: tuple[str, ...] = ()
    """Paths."""
    first_day: date | None = None
    """None: from the beginning."""
    last_day: date | None = None
    requested: datetime | None = None
    messages: int = 0
    bytes: int = 0
    volumes: int = 0
    until: datetime | None = None
    """When the first of the volumes expires."""
    until_last: datetime | None = None
    """When the last one does, if that is later."""
    waiting: int = 0
    """Volumes that expire at `until` and were never downloaded."""
    failure: str | None = None
    """The sentence of the catalogue, in the language of the notice."""
    filename: str | None = None
    imported: int = 0
    duplicate: int = 0
    rejected: int = 0
    ignored: int = 0

    @property
    def entries(self) -> int:
        """Every entry of an upload."""
        return self.imported + self.duplicate + self.rejected + self.ignored


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail ready to be sent."""

    subject: str
    text: str
    html: str


def render(kind: NoticeKind, language: str, facts: Facts) -> Notice:
    """The notice of `kind`; a `language` other than `ko` is English.

    ValueError for a page that is not an http(s) address or carries a query: a presigned URL does.
    """
    address = urlsplit(facts.page_url)
    if address.scheme not in ("http", "https") or not address.netloc or address.query:
        raise ValueError("page_url must be a plain http(s) address")
    writer = _Writer(facts, language == "ko")
    message = {
        NoticeKind.BACKUP_READY: writer.backup_ready,
        NoticeKind.BACKUP_FAILED: writer.backup_failed,
        NoticeKind.BACKUP_EXPIRING: writer.backup_expiring,
        NoticeKind.UPLOAD_COMPLETED: writer.upload_completed,
        NoticeKind.UPLOAD_FAILED: writer.upload_failed,
    }[kind]()
    return Notice(message.subject, as_text(message), as_html(message))


class _Writer:
    """One set of facts in one language."""

    def __init__(self, facts: Facts, korean: bool) -> None:
        self._facts = facts
        self._korean = korean

    def backup_ready(self) -> Message:
        facts, say = self._facts, self._say
        return self._message(
            "good",
            say("메일 백업이 준비되었습니다", "Your mail backup is ready"),
            (
                say(
                    "요청하신 메일 백업이 완료되었습니다. 백업 페이지에 로그인하여 파일을 내려받아 주세요.",
                    "The mail backup you asked for is complete. Sign in to the backup page to "
                    "download it.",
                ),
            ),
            (
                *self._scope(),
                Row(say("백업한 메일", "Mail backed up"), (self._amount(),)),
                Row(
                    say("백업 파일", "Files"),
                    (say(f"ZIP 파일 {facts.volumes:,}개", counted(facts.volumes, "ZIP file")),),
                ),
                *self._deadline(),
            ),
            (
                say(
                    "기한이 지나면 백업 파일은 삭제되며 다시 내려받을 수 없습니다. 그때는 백업을 새로 요청해 주세요.",
                    "After that date the files are deleted and can no longer be downloaded; you "
                    "would have to ask for a new backup.",
                ),
                self._no_link(),
            ),
            say("백업 페이지 열기", "Open the backup page"),
        )

    def backup_failed(self) -> Message:
        facts, say = self._facts, self._say
        requested = facts.requested
        return self._message(
            "bad",
            say("메일 백업을 완료하지 못했습니다", "Your mail backup could not be completed"),
            (self._failure(),),
            (
                *self._scope(),
                *(
                    [Row(say("요청한 시각", "Requested"), (time_text(requested, self._korean),))]
                    if requested
                    else []
                ),
            ),
            (
                say(
                    "편지함에 있는 메일에는 아무런 변화가 없으며, 이 요청은 백업 가능 횟수에 포함되지 않습니다.",
                    "Nothing has changed in your mailboxes, and this request does not count "
                    "towards the number of backups you can keep.",
                ),
            ),
            say("백업 다시 요청하기", "Ask for a new backup"),
        )

    def backup_expiring(self) -> Message:
        facts, say = self._facts, self._say
        waiting = facts.waiting or facts.volumes
        return self._message(
            "warning",
            say(
                "백업 파일의 다운로드 기한이 곧 끝납니다",
                "Your backup files are about to expire",
            ),
            (
                say(
                    f"아직 내려받지 않은 백업 파일 {waiting:,}개가 곧 삭제됩니다. "
                    "필요하시면 기한 전에 내려받아 주세요.",
                    f"{counted(waiting, 'backup file')} you have not downloaded yet will be "
                    "deleted soon. If you need them, please download them in time.",
                ),
            ),
            (
                *self._scope(),
                Row(say("백업한 메일", "Mail backed up"), (self._amount(),)),
                *self._deadline(),
            ),
            (
                say(
                    "편지함의 메일은 삭제되지 않습니다. 기한이 지난 뒤에는 백업을 새로 요청하실 수 있습니다.",
                    "The mail in your mailboxes stays where it is. Once the files are gone, you "
                    "can ask for a new backup.",
                ),
                self._no_link(),
            ),
            say("백업 페이지 열기", "Open the backup page"),
        )

    def upload_completed(self) -> Message:
        facts, say = self._facts, self._say
        remarks = []
        if facts.rejected:
            remarks.append(
                say(
                    "가져오지 못한 항목과 그 이유는 업로드 결과에서 하나하나 확인하고, CSV 파일로 내려받을 수 있습니다.",
                    "The upload's results list every entry that was not imported and why; you can "
                    "download them as a CSV file.",
                )
            )
        heading = say("메일 업로드가 완료되었습니다", "Your mail upload is complete")
        if facts.rejected:
            heading = say(
                "메일 업로드가 완료되었지만 일부는 가져오지 못했습니다",
                "Your mail upload is complete, but some of it was not imported",
            )
        return self._message(
            "warning" if facts.rejected else "good",
            heading,
            (self._imported(),),
            (
                *self._target(),
                Row(say("전체 항목", "Entries in all"), (self._pieces(facts.entries),)),
                Row(say("가져온 메일", "Imported"), (self._pieces(facts.imported),)),
                Row(say("이미 있던 메일", "Already there"), (self._pieces(facts.duplicate),)),
                Row(say("가져오지 못한 항목", "Not imported"), (self._pieces(facts.rejected),)),
                Row(say("제외한 항목", "Skipped"), (self._skipped(),)),
            ),
            tuple(remarks),
            say("업로드 결과 보기", "See the results"),
        )

    def upload_failed(self) -> Message:
        facts, say = self._facts, self._say
        remarks = []
        if facts.imported:
            remarks.append(
                say(
                    f"이미 가져온 메일 {facts.imported:,}통은 편지함에 그대로 남아 있습니다. "
                    "파일을 다시 올리실 때 중복된 메일을 건너뛰도록 선택하시면 두 번 들어가지 않습니다.",
                    f"{counted(facts.imported, 'message')} imported before that "
                    f"{'stays' if facts.imported == 1 else 'stay'} in your mailbox. If you upload "
                    "the file again and skip duplicates, nothing is imported twice.",
                )
            )
        return self._message(
            "bad",
            say("메일 업로드를 완료하지 못했습니다", "Your mail upload could not be completed"),
            (self._failure(),),
            tuple(self._target()),
            tuple(remarks),
            say("업로드 페이지 열기", "Open the upload page"),
        )

    def _say(self, korean: str, english: str) -> str:
        return korean if self._korean else english

    def _message(
        self, tone: Tone, heading: str, paragraphs: tuple[str, ...], rows: tuple[Row, ...],
        remarks: tuple[str, ...], button: str,
    ) -> Message:  # fmt: skip
        facts, say = self._facts, self._say
        company = shown(facts.company)
        return Message(
            language="ko" if self._korean else "en",
            tone=tone,
            company=company,
            subject=f"[{company}] {heading}",
            heading=heading,
            paragraphs=paragraphs,
            rows=rows,
            remarks=remarks,
            button=button,
            url=facts.page_url,
            footer=(
                say(
                    f"{shown(facts.account)} 계정에서 요청하신 작업의 결과를 알려 드리는 메일입니다.",
                    f"You receive this because it was requested by {shown(facts.account)}.",
                ),
                say(
                    "발신 전용 메일이므로 회신하셔도 답변을 드릴 수 없습니다.",
                    "Replies to this address are not read.",
                ),
            ),
        )

    def _scope(self) -> list[Row]:
        """Which mailboxes and which days."""
        facts, say = self._facts, self._say
        names = [shown(path) for path in facts.mailboxes[:LISTED]]
        if (more := len(facts.mailboxes) - LISTED) > 0:
            names.append(say(f"외 {more:,}개", f"and {more:,} more"))
        rows = [Row(say("편지함", "Mailboxes" if len(names) > 1 else "Mailbox"), tuple(names))]
        if facts.last_day is not None:
            last = day_text(facts.last_day, self._korean)
            period = say(f"{last}까지 받은 모든 메일", f"Everything up to {last}")
            if facts.first_day is not None:
                first = day_text(facts.first_day, self._korean)
                period = say(f"{first} ~ {last}", f"{first} – {last}")
            rows.append(Row(say("기간", "Period"), (period,)))
        return rows

    def _target(self) -> list[Row]:
        """Which file into which mailbox."""
        facts, say = self._facts, self._say
        rows = []
        if facts.filename:
            rows.append(Row(say("올린 파일", "File"), (shown(facts.filename),)))
        if facts.mailboxes:
            rows.append(Row(say("편지함", "Mailbox"), (shown(facts.mailboxes[0]),)))
        return rows

    def _deadline(self) -> list[Row]:
        facts, say = self._facts, self._say
        if facts.until is None:
            return []
        first = time_text(facts.until, self._korean)
        values: tuple[str, ...] = (say(f"{first}까지", f"Until {first}"),)
        if facts.until_last is not None and facts.until_last.date() > facts.until.date():
            last = time_text(facts.until_last, self._korean)
            values = (
                say(f"먼저 만든 파일: {first}까지", f"First file: until {first}"),
                say(f"마지막 파일: {last}까지", f"Last file: until {last}"),
            )
        return [Row(say("다운로드 기한", "Download"), values)]

    def _amount(self) -> str:
        facts = self._facts
        size = size_text(facts.bytes, self._korean)
        return self._say(
            f"{facts.messages:,}통 ({size})", f"{counted(facts.messages, 'message')} ({size})"
        )

    def _pieces(self, number: int) -> str:
        return self._say(f"{number:,}개", f"{number:,}")

    def _imported(self) -> str:
        number = self._facts.imported
        if not number:
            return self._say(
                "올리신 파일에서 새로 가져온 메일은 없습니다.",
                "No new messages were imported from the file you uploaded.",
            )
        return self._say(
            f"올리신 파일에서 메일 {number:,}통을 편지함으로 가져왔습니다.",
            f"{counted(number, 'message')} from the file you uploaded "
            f"{'is' if number == 1 else 'are'} now in your mailbox.",
        )

    def _skipped(self) -> str:
        pieces = self._pieces(self._facts.ignored)
        why = self._say(" (폴더, 시스템 파일 등)", " (folders, system files)")
        return pieces + why if self._facts.ignored else pieces

    def _failure(self) -> str:
        return one_line(self._facts.failure or "") or self._say(
            "예상하지 못한 문제가 생겼습니다. 잠시 후 다시 시도해 주세요.",
            "Something unexpected went wrong. Please try again later.",
        )

    def _no_link(self) -> str:
        return self._say(
            "안전을 위해 이 메일에는 파일을 바로 내려받는 링크를 넣지 않습니다.",
            "For your safety this mail has no direct download link.",
        )
