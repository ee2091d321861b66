"""What the notices say, and the labels in them."""

from pyeonji.words.catalogue import Catalogue

NOTICES = Catalogue(
    {
        "backup_ready_heading": ("메일 백업이 준비되었습니다", "Your mail backup is ready"),
        "backup_ready_lead": (
            "신청하신 메일 백업이 완료되었습니다. 백업 페이지에 로그인해 파일을 내려받아 주세요.",
            "The mail backup you asked for is complete. Sign in to the backup page to download it.",
        ),
        "backup_ready_remark": (
            "기한이 지나면 백업 파일은 삭제되고 다시 내려받을 수 없습니다. 그때는 백업을 새로 신청해 주세요.",
            "After that the files are deleted and can no longer be downloaded; you would have to ask for a new backup.",
        ),
        "backup_failed_heading": (
            "메일 백업을 완료하지 못했습니다",
            "Your mail backup could not be completed",
        ),
        "backup_failed_remark": (
            "편지함의 메일은 그대로 있으며, 실패한 백업은 신청할 수 있는 개수에 들어가지 않습니다.",
            "Nothing has changed in your mailboxes, and a backup that failed does not count towards the number you can have.",
        ),
        "backup_expiring_heading": (
            "백업 파일의 다운로드 기한이 곧 끝납니다",
            "Your backup files are about to expire",
        ),
        "backup_expiring_lead": (
            "아직 내려받지 않은 백업 파일 {files}개가 곧 삭제됩니다. 필요하시면 기한 전에 내려받아 주세요.",
            "{files:backup file|backup files} you have not downloaded yet will be deleted soon. If you need {files:=it|them}, please download {files:=it|them} in time.",
        ),
        "backup_expiring_remark": (
            "편지함의 메일은 삭제되지 않습니다. 기한이 지난 뒤에는 백업을 새로 신청하실 수 있습니다.",
            "The mail in your mailboxes stays where it is. Once the files are gone, you can ask for a new backup.",
        ),
        "upload_completed_heading": (
            "메일 업로드가 완료되었습니다",
            "Your mail upload is complete",
        ),
        "upload_completed_lead": (
            "올리신 파일에서 메일 {messages}통을 편지함으로 가져왔습니다.",
            "{messages:message|messages} from the file you uploaded {messages:=is|are} now in your mailbox.",
        ),
        "upload_nothing_lead": (
            "올리신 파일에서 새로 가져온 메일은 없습니다.",
            "No new messages were imported from the file you uploaded.",
        ),
        "upload_partly_heading": (
            "메일 업로드가 완료되었지만 일부는 가져오지 못했습니다",
            "Your mail upload is complete, but some of it was not imported",
        ),
        "upload_partly_remark": (
            "가져오지 못한 항목과 그 이유는 업로드 결과에서 하나하나 확인하고, CSV 파일로 내려받을 수 있습니다.",
            "The upload's result lists every entry that was not imported and why; you can download it as a CSV file.",
        ),
        "upload_failed_heading": (
            "메일 업로드를 완료하지 못했습니다",
            "Your mail upload could not be completed",
        ),
        "upload_failed_remark": (
            "이미 가져온 메일 {messages}통은 편지함에 그대로 남아 있습니다. 파일을 다시 올리실 때 중복된 메일을 건너뛰도록 선택하시면 두 번 들어가지 않습니다.",
            "{messages:message|messages} imported before that {messages:=stays|stay} in your mailbox. If you upload the file again and skip duplicates, nothing is imported twice.",
        ),
        "restore_completed_heading": (
            "백업을 편지함으로 복원했습니다",
            "Your backup has been brought back",
        ),
        "restore_completed_lead": (
            "백업에서 메일 {messages}통을 원래 편지함으로 복원했습니다.",
            "{messages:message|messages} of the backup {messages:=is|are} back in your mailboxes.",
        ),
        "restore_nothing_lead": (
            "백업의 메일이 모두 편지함에 그대로 있어 새로 복원한 메일은 없습니다.",
            "All mail of the backup is still in your mailboxes; there was nothing to bring back.",
        ),
        "restore_partly_heading": (
            "백업을 편지함으로 복원했지만 일부는 복원하지 못했습니다",
            "Your backup has been brought back, but some of it was not",
        ),
        "restore_partly_remark": (
            "복원하지 못한 메일과 그 이유는 결과에서 하나하나 확인하고, CSV 파일로 내려받을 수 있습니다.",
            "The result lists every message that was not brought back and why; you can download it as a CSV file.",
        ),
        "restore_failed_heading": (
            "백업을 편지함으로 복원하지 못했습니다",
            "Your backup could not be brought back",
        ),
        "restore_failed_remark": (
            "이미 복원한 메일 {messages}통은 편지함에 그대로 남아 있습니다. 다시 복원하셔도 두 번 들어가지 않습니다.",
            "{messages:message|messages} brought back before that {messages:=stays|stay} in your mailboxes. If you do it again, nothing comes in twice.",
        ),
        "schedule_skipped_heading": (
            "예약된 메일 백업을 만들지 못했습니다",
            "Your scheduled mail backup was not made",
        ),
        "schedule_skipped_lead": (
            "예약하신 날이 되어 메일을 백업하려 했지만 만들지 못했습니다.",
            "The day of your scheduled mail backup came, and it could not be made.",
        ),
        "schedule_skipped_remark": (
            "예약은 그대로 있으며 다음 날짜에 다시 시도합니다. 다시 성공할 때까지 이 알림은 더 보내지 않습니다.",
            "The schedule stays as it is and tries again on its next day. Until it succeeds you will not be told of this again.",
        ),
        "label_next": ("다음 시도", "Next try"),
        "no_link": (
            "안전을 위해 이 메일에는 파일을 바로 내려받는 링크를 넣지 않습니다.",
            "For your safety this mail has no direct download link.",
        ),
        # the rows of the table
        "label_mailboxes": ("편지함", "{n:=Mailbox|Mailboxes}"),
        "label_period": ("기간", "Period"),
        "label_mail": ("백업한 메일", "Mail backed up"),
        "label_files": ("백업 파일", "Files"),
        "label_download": ("다운로드 기한", "Download"),
        "label_requested": ("신청한 시각", "Requested"),
        "label_file": ("올린 파일", "File"),
        "label_entries": ("전체 항목", "Entries in all"),
        "label_imported": ("가져온 메일", "Imported"),
        "label_duplicate": ("이미 있던 메일", "Already there"),
        "label_rejected": ("가져오지 못한 항목", "Not imported"),
        "label_ignored": ("제외한 항목(폴더, 시스템 파일 등)", "Skipped (folders, system files)"),
        "and_more": ("외 {more}개", "and {more} more"),
        "everything_up_to": ("{last}까지 받은 모든 메일", "Everything up to {last}"),
        "from_to": ("{first} ~ {last}", "{first} – {last}"),
        "amount": ("{messages}통 ({bytes})", "{messages:message|messages} ({bytes})"),
        "zip_files": ("ZIP 파일 {files}개", "{files:ZIP file|ZIP files}"),
        "instant": ("{at}", "{at}"),
        "until": ("{at}까지", "Until {at}"),
        "first_until": ("먼저 만든 파일: {at}까지", "First file: until {at}"),
        "last_until": ("마지막 파일: {at}까지", "Last file: until {at}"),
        "pieces": ("{n}개", "{n}"),
        "mails": ("{n}통", "{n}"),
        # what one does next
        "button_backups": ("백업 페이지 열기", "Open the backup page"),
        "button_backup_again": ("백업 다시 신청하기", "Ask for a new backup"),
        "button_result": ("업로드 결과 보기", "See the result"),
        "button_uploads": ("업로드 페이지 열기", "Open the upload page"),
        "footer_why": (
            "{account} 계정에서 신청하신 작업의 결과를 알려 드리는 메일입니다.",
            "You receive this because it was requested by {account}.",
        ),
        "footer_stop": (
            "알림 메일은 백업 페이지의 계정 메뉴에서 끌 수 있습니다.",
            "You can switch these notices off in the account menu of the backup page.",
        ),
        "footer_no_reply": (
            "발신 전용 메일이므로 회신하셔도 답변을 드릴 수 없습니다.",
            "Replies to this address are not read.",
        ),
    }
)
