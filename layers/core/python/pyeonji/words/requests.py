"""What is said where the API refuses a request."""

from pyeonji.words.catalogue import Pair, Words

REQUESTS: dict[str, Words] = {
    # 400 ... 415: the request itself
    "invalid_request": Words(
        "요청을 처리할 수 없습니다",
        "The request cannot be used",
        "보낸 내용을 확인해 주세요.",
        "Check what was sent and try again.",
        exact=(
            Pair(
                "'{field}' 항목을 확인해 주세요. {problem}",
                "Check “{field}”: {problem}",
            ),
        ),
    ),
    "request_too_large": Words(
        "요청이 너무 큽니다",
        "The request is too large",
        "요청 본문이 너무 큽니다. 한 번에 보내는 항목을 줄여 다시 시도해 주세요.",
        "The body of the request is too large. Send fewer items at a time.",
    ),
    "unsupported_media_type": Words(
        "지원하지 않는 형식입니다",
        "The format is not supported",
        "요청 본문은 JSON이어야 합니다. Content-Type을 application/json으로 보내 주세요.",
        "The body must be JSON. Send it with the Content-Type application/json.",
    ),
    # 401, 403, 429: who is asking
    "unauthorized": Words(
        "로그인이 필요합니다",
        "Sign in first",
        "로그인하지 않았거나 로그인이 만료되었습니다. 다시 로그인해 주세요.",
        "You are not signed in, or your sign-in has expired. Sign in again.",
    ),
    "wrong_credentials": Words(
        "로그인할 수 없습니다",
        "Sign-in failed",
        "메일 주소 또는 비밀번호가 맞지 않습니다. 다시 확인하고 입력해 주세요.",
        "The address or the password is not right. Check both and try again.",
    ),
    "wrong_code": Words(
        "인증 코드가 맞지 않습니다",
        "The code is not right",
        "인증 코드가 맞지 않거나, 시간이 지났거나, 이미 쓴 코드입니다. 인증 앱에 지금 보이는 코드를 "
        "입력해 주세요.",
        "The code is wrong, too old, or was used already. Enter the one your authenticator app "
        "shows now.",
    ),
    "session_expired": Words(
        "로그인이 만료되었습니다",
        "Your sign-in has expired",
        "시간이 지나 로그인이 만료되었습니다. 다시 로그인해 주세요.",
        "Your sign-in has expired. Sign in again.",
    ),
    "too_many_attempts": Words(
        "잠시 후 다시 시도해 주세요",
        "Too many attempts",
        "로그인 시도가 너무 많았습니다. 몇 분 뒤에 다시 시도해 주세요.",
        "There were too many attempts to sign in. Wait a few minutes and try again.",
        exact=(
            Pair(
                "틀린 시도가 너무 많았습니다. {retry_at} 이후에 다시 시도해 주세요.",
                "There were too many wrong attempts. Try again after {retry_at}.",
            ),
        ),
    ),
    "too_many_requests": Words(
        "잠시 후 다시 시도해 주세요",
        "Too many requests",
        "짧은 시간에 요청이 너무 많았습니다. 잠시 후 다시 시도해 주세요.",
        "There were too many requests in a short time. Wait a moment and try again.",
    ),
    "forbidden": Words(
        "허용되지 않는 요청입니다",
        "Not allowed",
        "이 요청은 허용되지 않습니다. 다시 로그인한 다음 시도해 주세요.",
        "This request is not allowed. Sign in again and retry.",
    ),
    "password_must_change": Words(
        "새 비밀번호가 필요합니다",
        "A new password is needed",
        "이 비밀번호는 더 이상 쓸 수 없습니다. 회사의 메일 관리자에게 새 임시 비밀번호를 요청해 주세요.",
        "This password can no longer be used. Ask your company's mail administrator for a new "
        "temporary one.",
    ),
    "sign_in_unsupported": Words(
        "이 계정으로는 로그인할 수 없습니다",
        "This account cannot sign in here",
        "이 계정에는 여기서 쓸 수 없는 로그인 방식이 설정되어 있습니다. 회사의 메일 관리자에게 문의해 주세요.",
        "This account is set up with a way of signing in that is not offered here. Ask your "
        "company's mail administrator.",
    ),
    "proof_needed": Words(
        "본인 확인이 필요합니다",
        "Confirm that it is you",
        "2단계 인증을 바꾸려면 인증 앱에 지금 보이는 코드나 비밀번호를 입력해 주세요.",
        "To change two-step sign-in, enter the code your authenticator app shows now, or your "
        "password.",
    ),
    "wrong_password": Words(
        "비밀번호가 맞지 않습니다",
        "The password is not right",
        "비밀번호가 맞지 않습니다. 다시 확인하고 입력해 주세요.",
        "The password is not right. Check it and try again.",
    ),
    "wrong_recovery_code": Words(
        "복구 코드가 맞지 않습니다",
        "The recovery code is not right",
        "복구 코드가 맞지 않거나 이미 쓴 코드입니다. 아직 쓰지 않은 코드를 입력해 주세요. 남은 코드가 없으면 "
        "회사의 메일 관리자에게 문의해 주세요.",
        "The recovery code is wrong or was used already. Enter one you have not used. If none is "
        "left, ask your company's mail administrator.",
    ),
    "password_too_weak": Words(
        "더 안전한 비밀번호가 필요합니다",
        "The password is too weak",
        "비밀번호가 조건에 맞지 않습니다. 더 길게, 영문 대문자와 소문자, 숫자를 모두 넣어 정해 주세요.",
        "The password does not meet the rules. Choose a longer one with capital and small letters "
        "and digits.",
        exact=(
            Pair(
                "비밀번호는 {min_length}자 이상이어야 하고, 영문 대문자와 소문자, 숫자가 모두 들어 있어야 "
                "합니다. 다시 정해 주세요.",
                "A password has at least {min_length:character|characters}, with capital and small "
                "letters and digits among them. Choose another.",
            ),
        ),
    ),
    "password_used_before": Words(
        "전에 쓴 비밀번호입니다",
        "The password was used before",
        "전에 쓴 비밀번호는 다시 쓸 수 없습니다. 다른 비밀번호를 정해 주세요.",
        "A password that was used before cannot be used again. Choose another.",
    ),
    "totp_not_enabled": Words(
        "2단계 인증이 꺼져 있습니다",
        "Two-step sign-in is off",
        "이 계정은 2단계 인증을 쓰지 않습니다. 먼저 2단계 인증을 등록해 주세요.",
        "Two-step sign-in is off for this account. Set it up first.",
    ),
    "mail_not_set_up": Words(
        "메일이 아직 준비되지 않았습니다",
        "Mail is not set up yet",
        "이 계정의 메일이 아직 설정되지 않아 백업과 업로드를 할 수 없습니다. 회사의 메일 "
        "관리자에게 메일 설정을 요청해 주세요.",
        "Mail is not set up for this account yet, so it cannot be backed up or uploaded to. Ask "
        "your company's mail administrator to set it up.",
    ),
    "domain_not_connected": Words(
        "회사 도메인이 연결되지 않았습니다",
        "The company's domain is not connected",
        "회사 도메인이 아직 연결되지 않아 백업과 업로드를 할 수 없습니다. 회사의 메일 관리자에게 "
        "도메인 연결을 요청해 주세요.",
        "Your company's domain is not connected yet, so mail cannot be backed up or uploaded. "
        "Ask your company's mail administrator to connect it.",
    ),
    # 404, 410: not there
    "account_not_found": Words(
        "계정을 찾을 수 없습니다",
        "No such account",
        "이 계정은 편지 서비스에 등록되어 있지 않습니다. 회사의 메일 관리자에게 문의해 주세요.",
        "This account is not known to the service. Ask your company's mail administrator.",
    ),
    "mailbox_not_found": Words(
        "편지함을 찾을 수 없습니다",
        "No such mailbox",
        "선택한 편지함이 없습니다. 편지함 목록을 새로 고치고 다시 선택해 주세요.",
        "There is no such mailbox. Reload the list of mailboxes and choose again.",
    ),
    "message_not_found": Words(
        "메일을 찾을 수 없습니다",
        "No such mail",
        "이 편지함에 그 메일이 없습니다. 목록을 새로 고치고 다시 선택해 주세요.",
        "This mail is not in the mailbox. Reload the list and choose again.",
    ),
    "backup_not_found": Words(
        "백업을 찾을 수 없습니다",
        "No such backup",
        "이 백업은 없거나 이미 삭제되었습니다. 백업 목록을 새로 고쳐 주세요.",
        "There is no such backup, or it has been deleted. Reload the list of backups.",
    ),
    "volume_not_found": Words(
        "백업 파일을 찾을 수 없습니다",
        "No such file",
        "이 백업 파일은 없거나 이미 삭제되었습니다. 백업 목록을 새로 고쳐 주세요.",
        "There is no such file, or it has been deleted. Reload the list of backups.",
    ),
    "schedule_not_found": Words(
        "예약된 백업이 없습니다",
        "No schedule",
        "예약된 백업이 없습니다. 백업 주기를 정하면 다음 날 밤부터 저절로 백업합니다.",
        "No backups are scheduled. Choose how often, and they are made from the next night on.",
    ),
    "upload_not_found": Words(
        "업로드를 찾을 수 없습니다",
        "No such upload",
        "이 업로드는 없거나 이미 삭제되었습니다. 업로드 목록을 새로 고쳐 주세요.",
        "There is no such upload, or it has been deleted. Reload the list of uploads.",
    ),
    "route_not_found": Words(
        "없는 주소입니다",
        "No such address",
        "요청한 주소가 없습니다. 주소를 확인해 주세요.",
        "There is nothing at this address. Check it.",
    ),
    "volume_expired": Words(
        "다운로드 기간이 지났습니다",
        "The download period is over",
        "이 백업 파일의 다운로드 기간이 끝났습니다. 백업을 다시 신청해 주세요.",
        "The time to download this file is over. Ask for a new backup.",
        exact=(
            Pair(
                "이 백업 파일의 다운로드 기간이 {expired_at}에 끝났습니다. 백업을 다시 신청해 "
                "주세요.",
                "This file could be downloaded until {expired_at}. Ask for a new backup.",
            ),
        ),
    ),
    # 409: not now
    "volume_not_ready": Words(
        "백업 파일이 아직 준비되지 않았습니다",
        "The file is not ready yet",
        "백업 파일을 아직 만들고 있습니다. 준비되면 메일로 알려 드립니다.",
        "This file is still being made. You will get a mail when it is ready.",
    ),
    "too_many_backups": Words(
        "백업을 더 신청할 수 없습니다",
        "No more backups at the moment",
        "신청할 수 있는 백업 개수를 모두 썼습니다. 다운로드한 백업을 삭제한 다음 다시 신청해 "
        "주세요.",
        "You have as many backups as you can have. Delete one you have downloaded and ask again.",
        exact=(
            Pair(
                "백업은 {limit}개까지 신청할 수 있습니다. {delete_requested_at}에 신청한 백업을 "
                "삭제하거나, 다음 백업이 만료되는 {next_free_at} 이후에 다시 신청해 주세요.",
                "You can have {limit:backup|backups} at a time. Delete the one you asked for on "
                "{delete_requested_at}, or wait until {next_free_at}, when the next one expires.",
            ),
            Pair(
                "백업은 {limit}개까지 신청할 수 있습니다. 다음 백업이 만료되는 {next_free_at} "
                "이후에 다시 신청하거나, 진행 중인 백업을 취소해 주세요.",
                "You can have {limit:backup|backups} at a time. The next one expires on {next_free_at}; "
                "ask again then, or cancel one that is being made.",
            ),
            Pair(
                "백업은 {limit}개까지 신청할 수 있습니다. 진행 중인 백업이 끝나기를 기다리거나 "
                "하나를 취소한 다음 다시 신청해 주세요.",
                "You can have {limit:backup|backups} at a time. Wait until one has been made, or cancel "
                "one, and ask again.",
            ),
        ),
    ),
    "mailbox_exists": Words(
        "같은 이름의 편지함이 있습니다",
        "The mailbox exists already",
        "같은 이름의 편지함이 이미 있습니다. 다른 이름을 쓰거나 그 편지함을 선택해 주세요.",
        "There is a mailbox of this name already. Choose another name, or use that one.",
        exact=(
            Pair(
                "'{path}' 편지함이 이미 있습니다. 다른 이름을 쓰거나 그 편지함을 선택해 주세요.",
                "There is a mailbox “{path}” already. Choose another name, or use that one.",
            ),
        ),
    ),
    "too_many_mailboxes": Words(
        "편지함을 더 만들 수 없습니다",
        "No more mailboxes",
        "편지함을 더 만들 수 없습니다. 있는 편지함을 선택해 주세요.",
        "This account can have no more mailboxes. Choose one that is there.",
        exact=(
            Pair(
                "편지함은 {limit}개까지 만들 수 있습니다. 있는 편지함을 선택해 주세요.",
                "An account can have {limit:mailbox|mailboxes}. Choose one that is there.",
            ),
        ),
    ),
    "mailbox_not_empty": Words(
        "비어 있지 않은 편지함입니다",
        "The mailbox is not empty",
        "메일이 들어 있는 편지함은 삭제할 수 없습니다. 목록을 새로 고쳐 주세요.",
        "A mailbox with mail in it cannot be deleted. Reload the list.",
    ),
    "mailbox_in_use": Words(
        "지금 쓰이고 있는 편지함입니다",
        "The mailbox is in use",
        "기본 편지함이거나 업로드가 진행 중인 편지함은 삭제할 수 없습니다. "
        "업로드가 끝난 뒤 다시 시도해 주세요.",
        "A system mailbox, or one that an upload is on its way to, cannot be deleted. "
        "Try again when the upload has ended.",
    ),
    "backup_in_use": Words(
        "백업을 복원하고 있습니다",
        "The backup is being brought back",
        "이 백업의 메일을 편지함으로 복원하는 중이라 지금은 삭제할 수 없습니다. 끝난 뒤 다시 시도해 주세요.",
        "Mail of this backup is being brought back into its mailboxes, so it cannot be deleted "
        "now. Try again when that has ended.",
    ),
    "delivered_to_server": Words(
        "회사의 메일 서버에 넣은 메일입니다",
        "The mail is on your company's mail server",
        "이 업로드의 메일은 회사의 메일 서버에 들어 있어 여기서 되돌릴 수 없습니다. 메일 프로그램이나 "
        "웹메일에서 지워 주세요.",
        "The mail of this upload is on your company's own mail server and cannot be taken out from "
        "here. Delete it there, with a mail program.",
    ),
    "too_much_at_once": Words(
        "한 번에 너무 많습니다",
        "Too much at once",
        "한 번에 되돌려 놓기에는 메일이 너무 많습니다. 백업을 만들어 ‘편지함에 다시 넣기’를 눌러 주세요.",
        "That is too much mail to be put back at once. Make a backup of it and bring that back.",
        exact=(
            Pair(
                "한 번에 {limit_bytes}까지만 되돌려 놓을 수 있습니다. 백업을 만들어 ‘편지함에 다시 "
                "넣기’를 눌러 주세요.",
                "No more than {limit_bytes} can be put back at once. Make a backup of it and bring "
                "that back.",
            ),
        ),
    ),
    "not_connected": Words(
        "연결된 메일 서버가 없습니다",
        "No mail server is connected",
        "회사의 메일이 이 서비스에 바로 저장되므로 따로 가져올 메일이 없습니다.",
        "Your company's mail is kept in this service itself, so there is none to bring here.",
    ),
    "nothing_to_undo": Words(
        "되돌릴 것이 없습니다",
        "There is nothing to undo",
        "이 업로드로 들어온 메일이 없어서 되돌릴 것이 없습니다.",
        "This upload brought in no mail, so there is nothing to undo.",
    ),
    "uploads_at_work": Words(
        "다른 업로드가 진행 중입니다",
        "Another upload is at work",
        "다른 업로드가 메일을 넣고 있습니다. 끝난 뒤에 다시 되돌려 주세요.",
        "Another upload is putting mail in. Undo this one when it has ended.",
    ),
    "finds_not_recorded": Words(
        "되돌릴 수 없는 업로드입니다",
        "This upload cannot be undone",
        "예전 업로드가 같은 메일을 찾아 둔 기록이 없어서, 그 메일까지 지워질 수 있습니다. "
        "그래서 되돌리지 않았습니다. 지울 메일이 있으면 관리자에게 문의해 주세요.",
        "An older upload found some of the same mail, and which is in no record; it could be lost. "
        "So nothing was undone. Ask your administrator if there is mail to be removed.",
    ),
    "too_many_uploads": Words(
        "업로드가 너무 많이 열려 있습니다",
        "Too many open uploads",
        "끝나지 않은 업로드가 너무 많습니다. 먼저 시작한 업로드를 마치거나 취소해 주세요.",
        "Too many uploads are not finished. Finish or cancel one of them first.",
        exact=(
            Pair(
                "끝나지 않은 업로드는 {limit}개까지 둘 수 있습니다. "
                "먼저 시작한 업로드를 마치거나 취소해 주세요.",
                "An account can have {limit:unfinished upload|unfinished uploads}."
                " Finish or cancel one of them first.",
            ),
        ),
    ),
    "wrong_state": Words(
        "지금은 할 수 없습니다",
        "Not possible now",
        "지금 상태에서는 할 수 없습니다. 목록을 새로 고쳐 현재 상태를 확인해 주세요.",
        "This is not possible in its present state. Reload the list to see where it stands.",
        exact=(
            Pair(
                "지금 상태({state})에서는 할 수 없습니다. 목록을 새로 고쳐 현재 상태를 확인해 "
                "주세요.",
                "This is not possible while it is “{state}”. Reload the list to see where it "
                "stands.",
            ),
        ),
    ),
    "parts_missing": Words(
        "파일이 아직 다 도착하지 않았습니다",
        "The file has not fully arrived",
        "파일의 일부가 아직 도착하지 않았습니다. 나머지를 올린 다음 다시 시도해 주세요.",
        "Some parts of the file have not arrived. Send them and try again.",
        exact=(
            Pair(
                "파일 조각 {missing}개가 아직 도착하지 않았습니다. 나머지를 올린 다음 다시 "
                "시도해 주세요.",
                "{missing:part|parts} of the file {missing:=has|have} not arrived yet. Send what is missing and try "
                "again.",
            ),
        ),
    ),
    "ledger_not_ready": Words(
        "결과가 아직 없습니다",
        "No result yet",
        "업로드를 아직 처리하고 있습니다. 끝난 다음 결과를 내려받아 주세요.",
        "The upload is still being processed. Download the result when it has finished.",
    ),
    "nothing_to_retry": Words(
        "다시 시도할 것이 없습니다",
        "Nothing to try again",
        "다시 시도해서 나아질 메일이 없습니다. 결과에서 메일별 이유를 확인해 주세요.",
        "Trying again would change nothing for the mail in this upload. The result says why, mail "
        "by mail.",
    ),
    "zip_deleted": Words(
        "올린 파일이 삭제되었습니다",
        "The file has been deleted",
        "올린 ZIP 파일의 보관 기간이 지나 삭제되었습니다. 파일을 다시 업로드해 주세요.",
        "The ZIP is no longer kept and has been deleted. Upload it again.",
    ),
    "totp_not_begun": Words(
        "2단계 인증 등록을 먼저 시작해 주세요",
        "Start the enrolment first",
        "2단계 인증 등록이 시작되지 않았거나 만료되었습니다. 처음부터 다시 등록해 주세요.",
        "The enrolment was not started, or has expired. Start it again.",
    ),
    # 422: understood, and cannot be done
    "too_much_to_restore": Words(
        "한 번에 복원하기에는 메일이 너무 많습니다",
        "Too much mail to bring back at once",
        "한 번에 복원하기에는 메일이 너무 많습니다. 백업 파일을 몇 개씩 골라 나누어 복원해 주세요.",
        "This is too much mail to bring back at once. Choose some of the files at a time.",
        exact=(
            Pair(
                "한 번에 메일 {limit}통까지 복원할 수 있습니다. 백업 파일을 몇 개씩 골라 나누어 복원해 "
                "주세요.",
                "Up to {limit} messages can be brought back at once. Choose some of the files at "
                "a time.",
            ),
        ),
    ),
    "too_many_mails": Words(
        "메일이 너무 많습니다",
        "Too many messages",
        "한 편지함에서 한 번에 백업하기에는 메일이 너무 많습니다. 기간을 나누어 신청해 주세요.",
        "One mailbox has too many messages for one backup. Choose a shorter period.",
        exact=(
            Pair(
                "편지함 '{path}'에 이 기간의 메일이 {limit}통을 넘습니다. 기간을 나누어 신청해 주세요.",
                "Mailbox “{path}” has more than {limit} messages in this period. Choose a shorter "
                "one.",
            ),
        ),
    ),
    "too_many_mailboxes_chosen": Words(
        "고른 편지함이 너무 많습니다",
        "Too many mailboxes chosen",
        "이름이 긴 편지함을 너무 많이 골랐습니다. 편지함을 나누어 여러 번 신청해 주세요.",
        "Too many mailboxes with long names for one backup. Choose some of them at a time.",
    ),
    "nothing_to_back_up": Words(
        "백업할 메일이 없습니다",
        "Nothing to back up",
        "선택한 편지함과 기간에 메일이 없습니다. 편지함이나 기간을 바꿔 다시 신청해 주세요.",
        "There is no mail in these mailboxes in this period. Choose others and ask again.",
    ),
    "not_a_zip_name": Words(
        "ZIP 파일이 아닙니다",
        "Not a ZIP file",
        "이름이 .zip으로 끝나는 파일만 올릴 수 있습니다. EML 파일을 ZIP으로 묶어 올려 주세요.",
        "Only files whose names end in .zip can be uploaded. Put the EML files into a ZIP.",
    ),
    # 500, 503: our own
    "internal_error": Words(
        "처리 중 문제가 생겼습니다",
        "Something went wrong",
        "저희 쪽에 문제가 생겨 요청을 처리하지 못했습니다. 잠시 후 다시 시도해 주세요.",
        "Something went wrong on our side. Try again in a while.",
    ),
    "service_busy": Words(
        "요청이 몰리고 있습니다",
        "The service is busy",
        "지금 요청이 많아 처리하지 못했습니다. 잠시 후 다시 시도해 주세요.",
        "There are too many requests at the moment. Try again in a while.",
    ),
}
