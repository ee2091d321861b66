"""What an operator's command is refused with, beside what people are refused with, too."""

from pyeonji.words.catalogue import Words

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
}
