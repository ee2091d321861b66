"""What the audit says: of each deed one line, and the daily mail to the administrators."""

from pyeonji.words.catalogue import Catalogue

DEEDS = Catalogue(
    {
        "signed_in": ("로그인했습니다.", "Signed in."),
        "sign_in_refused": ("로그인이 거부되었습니다.", "Signing in was refused."),
        "signed_out_everywhere": ("모든 기기에서 로그아웃했습니다.", "Signed out everywhere."),
        "second_factor_on": ("2단계 인증을 켰습니다.", "Two-step sign-in was switched on."),
        "second_factor_off": ("2단계 인증을 껐습니다.", "Two-step sign-in was switched off."),
        "recovery_codes_made": ("복구 코드를 새로 만들었습니다.", "New recovery codes were made."),
        "settings_changed": ("설정을 바꾸었습니다.", "Settings were changed."),
        "mailbox_made": ("편지함을 만들었습니다.", "A mailbox was made."),
        "mailbox_deleted": ("편지함을 삭제했습니다.", "A mailbox was deleted."),
        "mails_listed": ("편지함의 메일 목록을 보았습니다.", "The mails of a mailbox were listed."),
        "mail_read": ("메일을 보았습니다.", "A mail was looked at."),
        "mail_downloaded": ("메일을 내려받았습니다.", "A mail was downloaded."),
        "searched": ("메일을 검색했습니다.", "Mail was searched."),
        "backup_requested": ("백업을 요청했습니다.", "A backup was asked for."),
        "backup_cancelled": ("백업을 취소했습니다.", "A backup was cancelled."),
        "backup_deleted": ("백업을 삭제했습니다.", "A backup was deleted."),
        "backup_restored": ("백업을 메일함으로 되돌렸습니다.", "A backup was brought back."),
        "volume_downloaded": ("백업 파일을 내려받았습니다.", "A backup file was downloaded."),
        "upload_begun": ("업로드를 시작했습니다.", "An upload was begun."),
        "upload_completed": ("업로드를 보냈습니다.", "An upload was sent."),
        "upload_retried": ("업로드를 다시 시도했습니다.", "An upload was tried again."),
        "upload_undone": ("업로드를 되돌렸습니다.", "An upload was undone."),
        "upload_deleted": ("업로드를 목록에서 지웠습니다.", "An upload was taken off the list."),
        "result_read": ("업로드 결과를 보았습니다.", "The result of an upload was looked at."),
        "mails_restored": (
            "메일을 메일 서버로 되돌렸습니다.",
            "Mail was brought back to its server.",
        ),
        "sync_asked": ("메일 서버와 맞추도록 했습니다.", "Bringing up to date was asked for."),
        "schedule_changed": ("정기 백업을 바꾸었습니다.", "Backups by themselves were changed."),
        "schedule_deleted": (
            "정기 백업을 그만두었습니다.",
            "Backups by themselves were switched off.",
        ),
    }
)

SEALED = Catalogue(
    {
        "subject": ("[{company}] 감사 기록 {day}", "[{company}] Audit record of {day}"),
        "text": (
            "{company}의 감사 기록을 {day}자로 봉인했습니다. 기록이 있는 계정: {chains}\n\n"
            "봉인 값(SHA-256):\n{hash}\n\n"
            "이 메일을 보관해 두십시오. 나중에 누군가 기록을 고치거나 지우면, "
            "보관된 봉인이 이 값과 달라집니다.",
            "The audit record of {company} was sealed on {day}. Accounts with a record: "
            "{chains}\n\nIts seal (SHA-256):\n{hash}\n\nKeep this mail. Should anybody change or "
            "remove records later, the seal that is kept will no longer have this value.",
        ),
    }
)
