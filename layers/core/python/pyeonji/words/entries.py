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
        "이름이 .eml로 끝나지 않습니다. 메일이라면 EML 형식으로 저장해 다시 올려 주세요. ZIP "
        "안의 ZIP은 풀어서 올려 주세요.",
        "Its name does not end in .eml. If it is a mail, save it as EML and upload it again; a "
        "ZIP inside the ZIP must be extracted first.",
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
}
