"""What is said of a backup that failed."""

from pyeonji.words.catalogue import Pair, Words

BACKUPS: dict[str, Words] = {
    "backup_failed_internally": Words(
        "백업을 만들지 못했습니다",
        "The backup could not be made",
        "저희 쪽에 문제가 생겨 백업을 만들지 못했습니다. 메일은 그대로 있으니 다시 신청해 "
        "주세요. 계속 실패하면 회사의 메일 관리자에게 알려 주세요.",
        "Something went wrong on our side and the backup was not made. Your mail is safe. Ask "
        "again; if it fails again, tell your company's mail administrator.",
    ),
    "deadline_passed": Words(
        "백업 시간이 지났습니다",
        "The backup took too long",
        "정해진 시간 안에 백업을 끝내지 못했습니다. 편지함이나 기간을 나누어 다시 신청해 주세요.",
        "The backup was not ready in time. Ask again for fewer mailboxes or a shorter period.",
        exact=(
            Pair(
                "{hours}시간 안에 백업을 끝내지 못했습니다. 편지함이나 기간을 나누어 다시 신청해 "
                "주세요.",
                "The backup was not ready within {hours} hours. Ask again for fewer mailboxes or "
                "a shorter period.",
            ),
        ),
    ),
    "too_many_mails": Words(
        "메일이 너무 많습니다",
        "Too many messages",
        "한 편지함에서 한 번에 백업하기에는 메일이 너무 많습니다. 기간을 나누어 다시 신청해 주세요.",
        "One mailbox has too many messages for one backup. Choose a shorter period and ask again.",
        exact=(
            Pair(
                "한 편지함에서 한 번에 메일 {limit}통까지 백업할 수 있습니다. 기간을 나누어 다시 신청해 주세요.",
                "Up to {limit} messages of one mailbox go into one backup. Choose a shorter period "
                "and ask again.",
            ),
        ),
    ),
    "too_many_volumes": Words(
        "백업 파일이 너무 많습니다",
        "Too many files",
        "백업 파일 수가 너무 많습니다. 파일 크기를 늘리거나 기간을 나누어 다시 신청해 주세요.",
        "This would make too many files. Choose larger files or a shorter period, and ask again.",
        exact=(
            Pair(
                "백업 파일이 {limit}개를 넘습니다. 파일 크기를 늘리거나 기간을 나누어 다시 "
                "신청해 주세요.",
                "This would make more than {limit} files. Choose larger files or a shorter "
                "period, and ask again.",
            ),
        ),
    ),
    "segment_missing": Words(
        "메일 일부를 읽지 못했습니다",
        "Some mail could not be read",
        "저장된 메일 일부를 읽지 못해 백업을 만들지 않았습니다. 회사의 메일 관리자에게 알려 "
        "주세요.",
        "Some of the stored mail could not be read, and an incomplete backup would be worse than none. "
        "Tell your company's mail administrator.",
    ),
    "volume_check_failed": Words(
        "백업 파일 검사에 실패했습니다",
        "A file did not pass its check",
        "완성된 백업 파일의 크기나 메일 수가 계획과 달라 내보내지 않았습니다. 다시 신청해 주세요.",
        "A finished file did not match its plan in size or number of mails, so it was not handed "
        "out. Ask again.",
    ),
}
