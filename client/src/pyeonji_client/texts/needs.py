"""What has to be switched on at a provider."""

from pyeonji.words.catalogue import Catalogue

_NEEDS: dict[str, tuple[str, str]] = {
    "naver": (
        "네이버 메일 > 환경설정 > POP3/IMAP 설정에서 'IMAP/SMTP 사용' 또는 'POP3/SMTP 사용'을 켜 주세요. 2단계 인증을 쓰면 네이버 보안설정에서 애플리케이션 비밀번호를 만들어 그것을 입력합니다. POP3는 '원본 저장'을 켜 두세요.",
        "Naver Mail > Settings > POP3/IMAP: switch on IMAP/SMTP or POP3/SMTP. With two-step verification make an application password in Naver's security settings and enter that. For POP3 keep 'save original' on.",
    ),
    "daum": (
        "Daum 메일 > 환경설정 > IMAP/POP3에서 사용을 켜 주세요. 2단계 인증을 쓰면 카카오계정에서 앱 비밀번호를 만들어 입력합니다.",
        "Daum Mail > Settings > IMAP/POP3: switch it on. With two-step verification make an app password in your Kakao account.",
    ),
    "gmail": (
        "Google 계정 > 보안 > 2단계 인증을 켠 뒤 앱 비밀번호(16자리)를 만들어 입력하거나, OAuth 2 토큰을 쓰세요(--auth xoauth2). 회사 계정은 관리자가 IMAP을 허용해야 합니다. IMAP은 '전체보관함'을 라벨과 함께 한 번만 가져옵니다.",
        "Google Account > Security: switch on 2-Step Verification, make an app password (16 letters) and enter that, or use an OAuth 2 token (--auth xoauth2). For company accounts the administrator must allow IMAP. IMAP fetches All Mail once, with its labels.",
    ),
    "outlook": (
        "Outlook.com과 Microsoft 365는 비밀번호 로그인을 받지 않고 OAuth 2 토큰만 받습니다(--auth xoauth2). Outlook.com은 설정 > 메일 > 전달 및 IMAP에서 POP/IMAP 사용을 켜 주세요.",
        "Outlook.com and Microsoft 365 take no passwords, only OAuth 2 tokens (--auth xoauth2). In Outlook.com switch POP/IMAP on under Settings > Mail > Forwarding and IMAP.",
    ),
    "nate": (
        "네이트 메일 > 환경설정 > 외부메일/POP3·IMAP 설정에서 사용을 켜 주세요. 아이디는 전체 메일 주소입니다.",
        "Nate Mail > Settings > POP3/IMAP: switch it on. The user name is the whole address.",
    ),
    "hiworks": (
        "하이웍스 메일 > 환경설정에서 POP3/IMAP 사용을 켜 주세요. 보안 메일을 쓰는 회사는 관리자가 먼저 허용해야 하고, 2단계 인증을 쓰면 내 정보 > 설정 > 보안 설정에서 메일 전용 비밀번호를 만들어 입력합니다.",
        "Hiworks Mail > Settings: switch POP3/IMAP on. Where the company uses secure mail, its administrator must allow it first; with two-step verification make a mail-only password under My information > Settings > Security.",
    ),
}

NEEDS = Catalogue(_NEEDS)
