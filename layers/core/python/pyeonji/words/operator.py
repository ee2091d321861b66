"""What an operator's command says: what it did, and what it is refused with beside what people
are refused with, too."""

from pyeonji.words.catalogue import Words

#: What somebody's first mailbox is called, in Korean and in English.
INBOX = ("받은편지함", "Inbox")

#: What was done, or is there: one line each.
DONE: dict[str, tuple[str, str]] = {
    "company": ("{domain}  {name}  {connected}", "{domain}  {name}  {connected}"),
    "connected": ("연결됨", "connected"),
    "not_connected": ("연결되지 않음", "not connected"),
    "person": ("{email}  {role}  {ready}", "{email}  {role}  {ready}"),
    "ready": ("메일 준비됨", "mail ready"),
    "not_ready": ("메일 준비 안 됨", "mail not ready"),
    "role_person": ("사용자", "person"),
    "role_admin": ("관리자", "administrator"),
    "quota": ("최대 {quota_bytes}", "at most {quota_bytes}"),
    "no_quota": ("용량 제한 없음", "without a quota"),
    "first_password": (
        "첫 비밀번호: {password} (지금만 표시됩니다. 처음 로그인할 때 새 비밀번호를 정합니다.)",
        "First password: {password} (shown only now; at the first sign-in a new one is chosen)",
    ),
    "password_kept": (
        "이미 로그인할 수 있는 사람입니다. 비밀번호는 그대로입니다.",
        "There was a login already; its password stays.",
    ),
    "password_set": ("비밀번호를 바꾸었습니다.", "The password is changed."),
    "secret_kept": (
        "{email}의 앱 비밀번호를 보관했습니다.",
        "The app password of {email} is kept.",
    ),
    "home_segments": (
        "{domain}: 메일이 여기(우리 저장소)에 있습니다.",
        "{domain}: mail lives here, in our own store.",
    ),
    "home_imap": (
        "{domain}: 메일이 {host}:{port}에 있습니다({security}, {sign_in}).",
        "{domain}: mail lives on {host}:{port} ({security}, {sign_in}).",
    ),
    "home_checked": (
        "{email}: {host}에 로그인했습니다. 가져올 편지함 {folders}개, 가져오지 않을 편지함 {left_out}개",
        "{email}: signed in to {host}; {folders:folder|folders} would be brought here, {left_out} "
        "would not",
    ),
    "folder": ("  {path}  {use}", "  {path}  {use}"),
    "folder_left_out": ("  {path}  (가져오지 않음)", "  {path}  (not brought here)"),
    "audit_whole": ("{domain}: 감사 기록이 온전합니다.", "{domain}: the audit is whole."),
    "audit_break": ("{account} {where}: {kind}", "{account} {where}: {kind}"),
    "changed": ("고쳐진 기록", "changed"),
    "missing": ("빠진 기록", "missing"),
    "out_of_place": ("순서가 바뀐 기록", "out of place"),
    "cut_off": ("끝이 잘린 기록", "cut off"),
    "seal_changed": ("고쳐진 봉인", "a seal was changed"),
    "seal_missing": ("앞의 봉인이 없거나 다름", "the seal before is missing or another"),
    "sync_started": (
        "{email}: 메일 서버에서 새 메일을 가져오기 시작했습니다.",
        "{email}: being brought up to date with the mail server.",
    ),
    "synced_until": ("  지난번에 맞춘 시각: {at}", "  up to date the last time: {at}"),
    "nobody": ("아직 아무도 없습니다.", "Nobody yet."),
    "server_said": ("서버의 말: {said}", "The server said: {said}"),
    "usage": (
        "명령을 이해하지 못했습니다: {said} (--help로 사용법을 볼 수 있습니다)",
        "The command makes no sense: {said} (--help says how)",
    ),
    "aws_refused": (
        "AWS가 거절했습니다: {said}",
        "AWS refused: {said}",
    ),
    "no_stack": (
        "{stack} 스택이 없거나 볼 수 없습니다. --stack과 AWS 설정(AWS_PROFILE, AWS_REGION)을 "
        "확인해 주세요: {said}",
        "There is no stack {stack}, or it cannot be seen. Check --stack and the AWS settings "
        "(AWS_PROFILE, AWS_REGION): {said}",
    ),
    "no_stdin": (
        "표준 입력으로 들어온 것이 없습니다.",
        "Nothing came in by standard input.",
    ),
}

OPERATOR: dict[str, Words] = {
    "company_not_found": Words(
        "회사를 찾을 수 없습니다",
        "No such company",
        "이 도메인의 회사가 없습니다. 먼저 company add로 만들어 주세요.",
        "There is no company of this domain. Make it first: company add.",
    ),
    "home_secret_needed": Words(
        "비밀번호가 필요합니다",
        "A secret is needed",
        "이 로그인 방식에는 비밀번호가 필요합니다. --secret-stdin으로 넣어 주세요.",
        "This way of signing in needs a secret. Give it with --secret-stdin.",
    ),
    "home_needs_no_secret": Words(
        "이 계정의 비밀번호는 쓰이지 않습니다",
        "No secret of this account is used",
        "이 회사의 메일은 계정마다의 비밀번호로 가져오지 않습니다(home의 --sign-in own에서만 "
        "씁니다).",
        "This company's mail is not fetched with a password of each account; only a home with "
        "--sign-in own is.",
    ),
    "home_is_ours": Words(
        "이 회사의 메일은 여기에 있습니다",
        "This company's mail lives here",
        "이 회사의 메일은 우리 저장소에 있어 확인할 메일 서버가 없습니다.",
        "This company's mail is in our own store; there is no mail server to try.",
    ),
    "audit_not_whole": Words(
        "감사 기록이 온전하지 않습니다",
        "The audit is not whole",
        "감사 기록이 고쳐졌거나 빠진 곳이 위에 있습니다.",
        "Where it was changed, or something of it is missing, is said above.",
    ),
}
