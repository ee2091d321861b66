"""What became of a mail and why, and what did not come out when it was counted another way."""

from pyeonji.words.catalogue import Catalogue

_REASONS: dict[str, tuple[str, str]] = {
    "too_large": (
        "한 통의 크기 제한(150MB)을 넘어 가져오지 않았습니다.",
        "Larger than one mail may be (150 MB); not fetched.",
    ),
    "gone": (
        "목록에는 있었지만 그 사이 원래 메일함에서 사라졌습니다.",
        "It was listed, and has disappeared from the source since.",
    ),
    "server_refuses": (
        "메일 서버가 이 메일을 내주지 않습니다. 웹메일에서 열어 .eml로 저장해 주세요.",
        "The mail server does not hand this mail over. Open it in webmail and save it as .eml.",
    ),
    "breaks_connection": (
        "이 메일을 받을 때마다 서버가 연결을 끊어 건너뛰었습니다.",
        "The server breaks the connection at this mail every time; skipped.",
    ),
    "unstable": (
        "서버가 받을 때마다 다른 내용을 보내 믿을 수 없습니다.",
        "The server sends something else every time; it cannot be trusted.",
    ),
    "unreadable_file": ("파일을 읽을 수 없습니다.", "The file cannot be read."),
    "zip_password": (
        "다른 암호가 걸려 있어 열지 못했습니다. 압축을 직접 풀어 EML 폴더로 가져오거나, 그 암호로 요청을 하나 더 만들어 주세요.",
        "It has another password and did not open. Unpack it yourself and add the folder, or make another request with that password.",
    ),
    "zip_method": (
        "이 프로그램이 모르는 방식으로 압축되어 있습니다. 압축을 직접 풀어 EML 폴더로 가져와 주세요.",
        "Compressed in a way this program does not know. Unpack it yourself and add the folder.",
    ),
    "deleted_at_source": (
        "메일 프로그램에서 이미 지운 메일입니다(정리 전 남은 자리).",
        "The mail program had deleted this mail already (its place is not compacted yet).",
    ),
    "folder_gone": (
        "선택한 편지함이 원래 메일함에 없거나 열리지 않습니다. 다른 편지함은 모두 가져왔습니다.",
        "This mailbox is not at the source any more, or does not open. The others were fetched.",
    ),
    "folder_refused": (
        "서버가 이 편지함을 열어 주지 않습니다. 다른 편지함은 모두 가져왔습니다. 권한을 확인하고 다시 실행하면 마저 가져옵니다.",
        "The server does not open this mailbox. The others were fetched. Check whether you may read it and run again.",
    ),
    "placeholder": (
        "서버가 이 메일 대신 '가져오지 못했다'는 안내문을 보냈습니다. 웹메일에서 이 메일을 열어 .eml로 저장해 주세요.",
        "In place of this mail the server sends a note that it cannot give it. Open it in webmail and save it as .eml.",
    ),
    "may_hold_more": (
        "한 통으로 담았지만 안에 다른 메일이 이어져 있는 것처럼 보입니다. 열어서 확인해 주세요.",
        "Packed as one mail, but it looks as if another one follows inside. Open it and look.",
    ),
    "incomplete": (
        "첨부 파일이 이 컴퓨터에 다 내려와 있지 않습니다. 애플 메일에서 이 메일을 열어 첨부를 내려받은 뒤 다시 실행해 주세요.",
        "Its attachments are not all on this computer. Open the mail in Apple Mail, let it fetch them, and run again.",
    ),
    "not_a_mail": (
        "메일이 아니라 일정·연락처·할 일이어서 담지 않았습니다.",
        "An appointment, contact or task and no mail; not packed.",
    ),
    "converted": (
        "원본 그대로가 아니라 Outlook·애플 메일의 보관 형식에서 다시 만든 메일입니다.",
        "Not the original bytes: rebuilt from what Outlook or Apple Mail keeps.",
    ),
    "folder_unreadable": (
        "이 폴더나 파일을 읽을 권한이 없습니다. 권한을 바꾸고 다시 실행하면 마저 가져옵니다.",
        "This folder or file may not be read. Change its permissions and run again to fetch it.",
    ),
    "size_differs": (
        "서버가 알려 준 크기와 실제 크기가 다릅니다. 서버가 보낸 그대로 담았습니다.",
        "Its size is not what the server says. Packed as the server sent it.",
    ),
}

_DOUBTS: dict[str, tuple[str, str]] = {
    "fewer_listed": (
        "서버가 {stated}통이 있다고 했지만 목록에는 {listed}통만 나왔습니다. 잠시 뒤 다시 실행하고, 그래도 같으면 웹메일의 통수와 비교해 주세요.",
        "The server says there are {stated:mail|mails} and lists {listed}. Run again in a while; if it stays so, compare with webmail.",
    ),
    "pop3_part": (
        "POP3 서버 {host:은/는} 메일의 일부만 보여 줍니다: {listed}통을 받았고, 로그아웃하고 다시 로그인하니 다른 메일이 더 나왔습니다. IMAP으로 가져오거나(모두 보입니다), 요청을 고쳐 '나머지도 이어서 받기'(--sessions)를 켜 주세요.",
        "The POP3 server {host} shows only a part of the mail: {listed:mail was|mails were} fetched, and after signing out and in again it showed others. Use IMAP, which sees all, or switch on 'fetch the rest in further sessions' (--sessions).",
    ),
    "pop3_more": (
        "다시 로그인하니 POP3 서버 {host}에 {count}통이 더 있습니다. 한 번 더 실행해 마저 가져오세요.",
        "After signing in again the POP3 server {host} shows {count:more mail|more mails}. Run once more to fetch them.",
    ),
    "pop3_hides": (
        "POP3 서버 {host:은/는} 로그아웃할 때 받은 메일을 지우거나 감춥니다: 확인하느라 다시 받은 한 통이 목록에서 사라졌습니다(압축 파일에는 있습니다). 메일 서비스의 POP3 설정에서 '원본 저장'을 켜고, 웹메일에서 통수를 비교해 주세요.",
        "The POP3 server {host} deletes or hides what was fetched when one signs out: the one mail that was fetched again to check is no longer listed (it is in the ZIP). Switch 'keep a copy' on in the provider's POP3 settings and compare the number with webmail.",
    ),
    "pop3_unproved": (
        "POP3 서버 {host:이/가} {listed}통을 보여 주었지만 그것이 전부인지 확인하지 못했습니다. 웹메일의 통수와 비교해 주세요. 더 있다면 IMAP으로 가져오거나(모두 보입니다), 요청을 고쳐 '나머지도 이어서 받기'(--sessions)를 켜 주세요.",
        "The POP3 server {host} shows {listed:mail|mails}; whether that is all of them could not be checked. Compare with webmail. If there are more, use IMAP, which sees all, or switch on 'fetch the rest in further sessions' (--sessions).",
    ),
    "pop3_round": (
        "POP3 서버 {host:이/가} 꼭 {listed}통을 보여 주었습니다. 한 번에 일부만 보여 주는 서버일 수 있으니 웹메일의 통수와 비교해 주세요. 더 있다면 IMAP으로 가져오거나(모두 보입니다), 요청을 고쳐 '나머지도 이어서 받기'(--sessions)를 켜 주세요.",
        "The POP3 server {host} shows exactly {listed:mail|mails}. Some servers show only a part at a time: compare with webmail. If there are more, use IMAP, which sees all, or switch on 'fetch the rest in further sessions' (--sessions).",
    ),
    "files_not_read": (
        "메일처럼 보이지만 읽지 않은 파일이 {count}개 더 있습니다.",
        "{count:more file|more files} that look like mail were not read.",
    ),
    "orphan_items": (
        "Outlook 파일에 폴더를 잃은 항목이 {count}개 있어 읽지 못했습니다. Outlook의 받은 편지함 복구 도구(scanpst)로 고친 뒤 다시 실행해 주세요.",
        "The Outlook file has {count:item|items} without a folder that could not be read. Repair it with Outlook's scanpst and run again.",
    ),
    "torn_tail": (
        "이 mbox 파일은 마지막 메일(파일의 {offset}바이트 위치부터) 도중에 끝납니다. 복사나 내보내기가 중단되었을 수 있으니, 원래 파일을 다시 복사해 실행해 주세요.",
        "This mbox file ends in the middle of its last mail (at byte {offset}). A copy or an export may have been stopped: copy the file again and run once more.",
    ),
    "file_not_read": (
        "메일처럼 보이지만 읽지 않은 파일입니다: {path}. 알맞은 방식(mbox, EML, Outlook, ZIP 등)으로 요청을 하나 더 만들어 주세요. 메일 한 통이라면 이름 끝에 .eml을 붙이고, .gz처럼 압축된 것은 먼저 풀고, 링크라면 원래 파일로 요청해 주세요.",
        "A file that looks like mail was not read: {path}. Make another request of its kind for it (mbox, EML, Outlook, ZIP …). Give a single mail a name that ends in .eml, unpack what is packed (.gz), and name the file itself where this is a link.",
    ),
}

REASONS = Catalogue(_REASONS)
DOUBTS = Catalogue(_DOUBTS)
