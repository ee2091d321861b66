"""What the table of an upload's result says: the CSV has both languages side by side."""

from pyeonji.words.catalogue import Catalogue

#: What the file is called when it is saved; `{name}` is the upload's, without its ending.
FILES = Catalogue({"ledger": ("{name}-결과.csv", "{name}-result.csv")})

#: The columns, in their order. `{zone}` is the time zone of the dates.
COLUMNS: dict[str, tuple[str, str]] = {
    "number": ("번호", "No."),
    "name": ("파일 이름", "Name"),
    "outcome": ("결과", "Result"),
    "reason": ("사유 코드", "Reason"),
    "reason_ko": ("설명", "(한국어)"),
    "reason_en": ("Explanation", "(English)"),
    "bytes": ("크기", "Bytes"),
    "subject": ("제목", "Subject"),
    "date": ("받은 날짜", "Date ({zone})"),
    "date_from": ("날짜의 출처", "Date taken from"),
}

#: What became of an entry, in the page's words.
OUTCOMES: dict[str, tuple[str, str]] = {
    "imported": ("성공", "Imported"),
    "duplicate": ("중복", "Duplicate"),
    "rejected": ("실패", "Failed"),
    "ignored": ("제외", "Ignored"),
}

#: Where a mail's received date was found, in the page's words.
DATE_SOURCES: dict[str, tuple[str, str]] = {
    "manifest": ("백업 파일의 기록", "the backup’s own record"),
    "received": ("메일이 도착한 기록(Received)", "the mail’s delivery record (Received)"),
    "date": ("메일의 작성 날짜(Date)", "the mail’s own date (Date)"),
    "member": ("ZIP에 적힌 파일 날짜", "the file’s date in the ZIP"),
    "unknown": ("날짜를 알 수 없음", "unknown"),
}
