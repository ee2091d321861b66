"""What is said of one entry of a ZIP, or one message being imported."""

from pyeonji.words.catalogue import Pair, Words

#: Why an entry of a ZIP, or a message being imported, did not become a mail in the mailbox.
ENTRIES: dict[str, Words] = {
    "same_content": Words(
        "이미 있는 메일",
        "Already there",
        "편지함에 똑같은 메일이 이미 있습니다. 따로 하실 일은 없습니다.",
        "The mailbox already holds exactly this mail. There is nothing to do.",
    ),
    "same_mail": Words(
        "줄바꿈만 다른 같은 메일",
        "The same mail, line ends apart",
        "편지함에 같은 메일이 이미 있습니다. 줄바꿈 방식만 다릅니다. 따로 하실 일은 없습니다.",
        "The mailbox already holds this mail; only its line ends differ. There is nothing to do.",
    ),
    "resembles": Words(
        "비슷한 메일이 있음",
        "It resembles another mail",
        "가져왔습니다. 보낸 사람과 날짜가 같고 내용이 조금 다른 메일이 편지함에 이미 있습니다. "
        "필요 없으면 하나를 지워 주세요.",
        "Imported. The mailbox holds a mail of the same sender and date that differs a little; "
        "delete one of them if you do not need both.",
        exact=(
            Pair(
                "가져왔습니다. ‘{other}’ 메일과 보낸 사람, 날짜가 같고 내용이 조금 다릅니다. 필요 "
                "없으면 하나를 지워 주세요.",
                "Imported. It has the sender and date of “{other}” and differs a little; delete "
                "one of them if you do not need both.",
            ),
        ),
    ),
    "holds_another": Words(
        "다른 메일이 더 들어 있음",
        "It holds another mail",
        "이 파일에는 첫 메일 뒤에 다른 메일이 더 들어 있으며, 한 통으로 가져왔습니다. 나누어 "
        "가져오려면 이름 끝을 .mbox로 바꾸어 메일 이전 프로그램으로 가져와 주세요.",
        "Behind the first mail this file holds another; it was imported as one. To have them "
        "apart, name the file .mbox and bring it with the migration client.",
    ),
    "folder": Words(
        "폴더",
        "Folder",
        "폴더이며 메일이 아닙니다. 따로 하실 일은 없습니다.",
        "This is a folder and not a mail. There is nothing to do.",
    ),
    "system_file": Words(
        "시스템 파일",
        "System file",
        "컴퓨터가 자동으로 만든 파일이며 메일이 아닙니다. 따로 하실 일은 없습니다.",
        "A file your computer makes by itself, not a mail. There is nothing to do.",
    ),
    "manifest": Words(
        "백업 정보 파일",
        "Backup manifest",
        "백업할 때 함께 만든 정보 파일이며, 메일의 날짜와 표시를 되살리는 데 썼습니다. 따로 하실 "
        "일은 없습니다.",
        "A file made with the backup, used to restore dates and flags. There is nothing to do.",
    ),
    "not_eml": Words(
        "EML 파일이 아님",
        "Not an EML file",
        "이름이 .eml로 끝나지 않습니다. 메일이라면 EML 형식으로 저장해 다시 올려 주세요.",
        "Its name does not end in .eml. If it is a mail, save it as EML and upload it again.",
    ),
    "outlook_file": Words(
        "아웃룩 파일",
        "Outlook file",
        "아웃룩이 만든 파일(MSG, PST, OST)은 여기서 바로 읽을 수 없습니다. 메일 이전 "
        "프로그램으로 가져오거나, 아웃룩에서 메일을 EML로 저장해 올려 주세요.",
        "A file of Outlook (MSG, PST, OST) cannot be read here. Bring it with the migration "
        "client, or save its mail as EML and upload that.",
    ),
    "mbox_file": Words(
        "MBOX 파일",
        "MBOX file",
        "여러 메일을 한데 모은 MBOX 파일은 여기서 바로 읽을 수 없습니다. 메일 이전 프로그램으로 "
        "가져와 주세요.",
        "An MBOX file holds many mails in one and cannot be read here. Bring it with the "
        "migration client.",
    ),
    "archive_file": Words(
        "압축 파일 안의 압축 파일",
        "An archive inside the ZIP",
        "ZIP 안에 또 다른 압축 파일이 들어 있습니다. 그 파일을 풀어 EML 파일만 다시 압축해 올려 "
        "주세요.",
        "This is another archive inside the ZIP. Extract it, and make a ZIP of the EML files.",
    ),
    "zero_byte": Words(
        "빈 파일(0바이트)",
        "Empty (0 bytes)",
        "내용이 없는 파일입니다. 이전 메일 서비스에서 이 메일을 다시 저장해 올려 주세요.",
        "The file is empty. Save this mail again where it came from and upload it.",
    ),
    "not_a_message": Words(
        "메일이 아님",
        "Not a mail",
        "보낸 사람, 날짜와 같은 메일 머리글이 하나도 없습니다. 메일 원본(EML)으로 저장해 다시 "
        "올려 주세요.",
        "There is no header field in it, not even a date or a sender. Save the original mail as "
        "EML and upload it again.",
    ),
    "utf16": Words(
        "유니코드(UTF-16)로 저장된 메일",
        "Saved as Unicode (UTF-16)",
        "메일 전체가 UTF-16으로 다시 저장되어 메일로 읽을 수 없습니다. 메모장 등에서 저장한 "
        "파일 대신 메일 프로그램에서 원본을 EML로 저장해 올려 주세요.",
        "The whole mail was saved again as UTF-16 and cannot be read as a mail. Save the original "
        "as EML in the mail program, not in a text editor, and upload that.",
    ),
    "contradictory": Words(
        "내용이 서로 맞지 않음",
        "It contradicts itself",
        "ZIP의 목록에 적힌 이름이나 크기가 이 파일 앞에 적힌 것과 달라, 어느 쪽이 맞는지 알 수 "
        "없습니다. 압축을 풀고 다시 압축해 올려 주세요.",
        "The name or size in the ZIP's list is not the one written before this file, so which is "
        "right is not certain. Extract the ZIP, make a new one, and upload that.",
    ),
    "encrypted": Words(
        "암호가 걸린 파일",
        "Encrypted",
        "ZIP 안에서 암호가 걸려 있습니다. 암호 없이 다시 압축해 올려 주세요.",
        "It is protected by a password in the ZIP. Make the ZIP without one and upload it.",
    ),
    "unsupported_compression": Words(
        "지원하지 않는 압축 방식",
        "Unsupported compression",
        "읽을 수 없는 방식으로 압축되어 있습니다. 압축을 풀고 보통 ZIP(Deflate)으로 다시 압축해 "
        "올려 주세요.",
        "It is compressed in a way that cannot be read here. Extract it, make an ordinary ZIP "
        "(Deflate), and upload that.",
    ),
    "crc_mismatch": Words(
        "내용이 손상됨",
        "Contents damaged",
        "검사값이 맞지 않아 내용이 바뀌었거나 손상된 것으로 보입니다. 원본에서 다시 압축해 올려 "
        "주세요.",
        "Its checksum does not match, so it was changed or damaged. Make the ZIP again from the "
        "original and upload it.",
    ),
    "damaged": Words(
        "읽을 수 없음",
        "Damaged",
        "ZIP 안에서 이 파일을 읽을 수 없습니다. 원본에서 다시 압축해 올려 주세요.",
        "It cannot be read from the ZIP. Make the ZIP again from the original and upload it.",
    ),
    "too_large": Words(
        "너무 큰 메일",
        "Mail too large",
        "메일 한 통의 크기 제한을 넘습니다. 큰 첨부 파일은 따로 보관해 주세요.",
        "It is larger than one mail may be. Keep large attachments elsewhere.",
        exact=(
            Pair(
                "메일 한 통은 {limit_bytes}까지 받을 수 있습니다. 큰 첨부 파일은 따로 보관해 "
                "주세요.",
                "One mail can be up to {limit_bytes}. Keep large attachments elsewhere.",
            ),
        ),
    ),
    "too_much_data": Words(
        "표시된 크기보다 큼",
        "Larger than declared",
        "압축을 풀면 표시된 크기보다 커서 읽기를 멈췄습니다. 원본에서 다시 압축해 올려 주세요.",
        "Unpacked it is larger than it claims to be, so reading was stopped. Make the ZIP again "
        "from the original and upload it.",
    ),
    "over_quota": Words(
        "저장 공간 부족",
        "No space left",
        "계정의 저장 공간이 모자라 가져오지 않았습니다. 공간을 비운 다음 ‘다시 시도’를 눌러 "
        "주세요.",
        "There was no space left in the account. Make room and try again.",
    ),
    "server_refused": Words(
        "메일 서버가 거절",
        "Refused by the mail server",
        "회사의 메일 서버가 이 메일을 받지 않았습니다.",
        "Your company's mail server did not take this mail.",
        exact=(
            Pair(
                "회사의 메일 서버가 이 메일을 받지 않았습니다. 서버의 응답: {said}",
                "Your company's mail server did not take this mail. It said: {said}",
            ),
        ),
    ),
}
