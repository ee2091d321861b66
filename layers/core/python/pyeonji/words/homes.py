"""What is said when a company's own mail server cannot be used: to its administrator, who can do
something about it, and, shorter, to the person whose mail does not come."""

from pyeonji.words.catalogue import Pair, Words

HOMES: dict[str, Words] = {
    "home_host_unknown": Words(
        "메일 서버를 찾을 수 없습니다",
        "The mail server cannot be found",
        "메일 서버의 이름을 찾을 수 없습니다. 서버 이름과 DNS를 확인해 주세요.",
        "The mail server's name leads nowhere. Check its spelling and its DNS.",
        exact=(
            Pair(
                "메일 서버 {host:을/를} 찾을 수 없습니다. 서버 이름과 DNS를 확인해 주세요.",
                "There is no address for the mail server {host}. Check its spelling and its DNS.",
            ),
        ),
    ),
    "home_address_forbidden": Words(
        "연결할 수 없는 주소입니다",
        "That address is not connected to",
        "메일 서버의 이름이 이 서비스 자신이나 클라우드 내부의 주소를 가리킵니다. 그런 주소에는 "
        "연결하지 않습니다. 서버 이름을 확인해 주세요.",
        "The mail server's name leads to this service itself or into the cloud it runs on, and "
        "such addresses are never connected to. Check the name.",
        exact=(
            Pair(
                "{host}의 주소는 이 서비스 자신이나 클라우드 내부입니다. 그런 주소에는 연결하지 "
                "않습니다. 서버 이름을 확인해 주세요.",
                "{host} leads to this service itself or into the cloud it runs on, and such "
                "addresses are never connected to. Check the name.",
            ),
        ),
    ),
    "home_connect_refused": Words(
        "메일 서버가 연결을 받지 않습니다",
        "The mail server takes no connections",
        "메일 서버가 이 포트에서 연결을 받지 않습니다. 포트 번호가 맞는지, 서버가 켜져 있는지 "
        "확인해 주세요.",
        "Nothing listens on that port of the mail server. Check the port, and that the server "
        "runs.",
        exact=(
            Pair(
                "{host}의 {port}번 포트에서 연결을 받지 않습니다. 포트 번호가 맞는지, 서버가 켜져 "
                "있는지 확인해 주세요.",
                "Nothing listens on port {port} of {host}. Check the port, and that the server "
                "runs.",
            ),
        ),
    ),
    "home_unreachable": Words(
        "메일 서버에 닿지 않습니다",
        "The mail server does not answer",
        "메일 서버가 응답하지 않습니다. 방화벽이 이 서비스의 연결을 막고 있지 않은지, 포트와 보안 "
        "방식이 맞는지 확인해 주세요.",
        "The mail server does not answer. Check that no firewall keeps this service out, and that "
        "port and security belong together.",
        exact=(
            Pair(
                "{host}의 {port}번 포트가 응답하지 않습니다. 방화벽이 이 서비스의 연결을 막고 있지 "
                "않은지, 포트와 보안 방식이 맞는지 확인해 주세요.",
                "{host} does not answer on port {port}. Check that no firewall keeps this service "
                "out, and that port and security belong together.",
            ),
        ),
    ),
    "home_tls_failed": Words(
        "암호화 연결을 맺지 못했습니다",
        "No encrypted connection",
        "메일 서버와 암호화 연결을 맺지 못했습니다. 포트와 보안 방식(tls, starttls)이 맞는지, 서버가 "
        "TLS 1.2 이상을 쓰는지 확인해 주세요.",
        "The mail server does not agree on TLS. Check that port and security (tls, starttls) "
        "belong together, and that it speaks TLS 1.2 or later.",
        exact=(
            Pair(
                "{host}의 {port}번 포트와 암호화 연결을 맺지 못했습니다. 포트와 보안 방식(tls, "
                "starttls)이 맞는지, 서버가 TLS 1.2 이상을 쓰는지 확인해 주세요.",
                "{host} does not agree on TLS on port {port}. Check that port and security (tls, "
                "starttls) belong together, and that it speaks TLS 1.2 or later.",
            ),
        ),
    ),
    "home_certificate": Words(
        "메일 서버의 인증서를 믿을 수 없습니다",
        "The certificate cannot be trusted",
        "메일 서버의 인증서를 믿을 수 없습니다. 공인 인증 기관이 서버 이름으로 발급한, 기한이 남은 "
        "인증서여야 합니다.",
        "The mail server's certificate cannot be trusted. It must be of a public authority, made "
        "for the server's name, and not expired.",
        exact=(
            Pair(
                "{host}의 인증서를 믿을 수 없습니다({why}). 공인 인증 기관이 이 이름으로 발급한, "
                "기한이 남은 인증서여야 합니다.",
                "The certificate of {host} cannot be trusted ({why}). It must be of a public "
                "authority, made for this name, and not expired.",
            ),
        ),
    ),
    "home_not_imap": Words(
        "IMAP 서버가 아닙니다",
        "That is no IMAP server",
        "연결은 되었지만 IMAP 서버로 응답하지 않습니다. 포트와 보안 방식을 확인해 주세요.",
        "It takes the connection and does not answer as an IMAP server. Check port and security.",
        exact=(
            Pair(
                "{host}의 {port}번 포트는 연결은 되지만 IMAP 서버로 응답하지 않습니다. 포트와 보안 "
                "방식을 확인해 주세요.",
                "{host} takes the connection on port {port} and does not answer as an IMAP "
                "server. Check port and security.",
            ),
        ),
    ),
    "home_no_starttls": Words(
        "STARTTLS를 지원하지 않습니다",
        "STARTTLS is not offered",
        "메일 서버가 이 포트에서 STARTTLS를 지원하지 않습니다. 보안 방식을 tls로(포트 993) 바꿔 "
        "주세요.",
        "The mail server does not offer STARTTLS on this port. Choose tls (port 993).",
    ),
    "home_login_disabled": Words(
        "암호화 없이는 로그인할 수 없습니다",
        "Signing in wants encryption",
        "메일 서버가 암호화되지 않은 로그인을 받지 않습니다. 보안 방식을 tls나 starttls로 바꿔 "
        "주세요.",
        "The mail server takes no passwords on an unprotected line. Choose tls or starttls.",
    ),
    "home_no_plain": Words(
        "관리자 대리 로그인을 지원하지 않습니다",
        "Signing in for others is not offered",
        "메일 서버가 AUTHENTICATE PLAIN을 지원하지 않아 authzid 방식으로 로그인할 수 없습니다. "
        "master나 own을 골라 주세요.",
        "The mail server does not offer AUTHENTICATE PLAIN, which sign-in by authzid needs. Choose "
        "master or own.",
    ),
    "home_no_xoauth2": Words(
        "XOAUTH2를 지원하지 않습니다",
        "XOAUTH2 is not offered",
        "메일 서버가 XOAUTH2를 지원하지 않습니다. 다른 로그인 방식을 골라 주세요.",
        "The mail server does not offer XOAUTH2. Choose another way of signing in.",
    ),
    "home_secret_missing": Words(
        "메일 서버의 비밀번호가 없습니다",
        "There is no password for the mail server",
        "메일 서버에 로그인할 비밀번호가 저장되어 있지 않습니다. 회사의 메일 관리자가 다시 "
        "등록해야 합니다.",
        "No password to sign in to the mail server with is kept here. The company's mail "
        "administrator has to enter it again.",
    ),
    "home_sign_in_refused": Words(
        "메일 서버가 로그인을 거절했습니다",
        "The mail server refused the sign-in",
        "메일 서버가 로그인을 거절했습니다. 비밀번호가 바뀌었거나, 서버에 이 계정이 없습니다.",
        "The mail server refused the sign-in. The password has changed, or the server has no such "
        "account.",
        exact=(
            Pair(
                "{host}에서 {user} 로그인을 거절했습니다. 비밀번호가 틀렸거나 바뀌었거나, 서버에 이 "
                "계정이 없습니다.",
                "{host} refused to sign in {user}. The password is wrong or has changed, or the "
                "server has no such account.",
            ),
        ),
    ),
    "home_not_authorized": Words(
        "대신 로그인할 권한이 없습니다",
        "Not allowed to sign in for this account",
        "메일 서버가 비밀번호는 받았지만 이 계정으로 들어가게 하지 않습니다. 대리 로그인 권한과 "
        "계정 이름을 확인해 주세요.",
        "The mail server takes the password, and does not let it act for this account. Check that "
        "right, and that there is such an account.",
        exact=(
            Pair(
                "{host:은/는} {user:이/가} 이 계정으로 들어가게 하지 않습니다. 대리 로그인 권한과 "
                "계정 이름을 확인해 주세요.",
                "{host} does not let {user} act for this account. Check that right, and that there "
                "is such an account.",
            ),
        ),
    ),
    "home_token_refused": Words(
        "로그인 토큰을 받지 못했습니다",
        "No sign-in token was issued",
        "메일 서비스가 토큰을 발급하지 않았습니다. 클라이언트 ID와 비밀 값, 권한 동의를 확인해 "
        "주세요.",
        "The mail service issued no token. Check the client id, its secret, and that consent was "
        "given.",
    ),
    "home_token_unreachable": Words(
        "토큰 서버가 응답하지 않습니다",
        "The token server does not answer",
        "로그인 토큰을 발급하는 서버가 응답하지 않습니다. 주소를 확인하거나 잠시 기다려 주세요.",
        "The server that issues sign-in tokens does not answer. Check its address, or wait a "
        "moment.",
    ),
    "home_not_served": Words(
        "메일함을 열어 주지 않습니다",
        "The account is not served",
        "로그인은 되었지만 메일 서버가 이 계정의 메일함을 열어 주지 않습니다. 이 계정에 IMAP 사용이 "
        "켜져 있는지 확인해 주세요.",
        "The sign-in went well, and the mail server then serves nothing of this account. Check "
        "that IMAP is switched on for it.",
    ),
    "home_refused": Words(
        "메일 서버가 요청을 거절했습니다",
        "The mail server refused a request",
        "메일 서버가 요청을 거절했습니다. 잠시 후에도 계속되면 메일 서버 관리자에게 알려 주세요.",
        "The mail server refused what was asked. If that lasts, tell who runs it.",
    ),
    "home_unreadable": Words(
        "메일 서버의 응답을 이해할 수 없습니다",
        "The mail server's answer makes no sense",
        "메일 서버가 IMAP 규칙에 맞지 않는 응답을 했습니다. 서버 프로그램을 확인해 주세요.",
        "The mail server answered in a way IMAP does not know. Check the server's software.",
    ),
    "home_busy": Words(
        "메일 서버가 바쁩니다",
        "The mail server is busy",
        "메일 서버가 나중에 다시 연결하라고 합니다. 연결 수 제한에 걸렸을 수 있습니다. 조금 뒤에 "
        "저절로 다시 시도합니다.",
        "The mail server asks to come back later; it may be its limit of connections. It is tried "
        "again by itself.",
    ),
    "home_dropped": Words(
        "메일 서버와 연결이 끊어졌습니다",
        "The connection was lost",
        "메일 서버와의 연결이 도중에 끊어졌습니다. 조금 뒤에 저절로 다시 시도합니다.",
        "The connection to the mail server was lost. It is tried again by itself.",
    ),
    "home_sync_failed": Words(
        "메일을 가져오다가 문제가 생겼습니다",
        "Bringing the mail here went wrong",
        "저희 쪽에 문제가 생겨 메일을 다 가져오지 못했습니다. 가져온 메일은 그대로 있으며, 조금 뒤에 "
        "저절로 다시 시도합니다.",
        "Something went wrong on our side and not all mail was brought here. What is here stays, "
        "and the rest is tried again by itself.",
    ),
}
