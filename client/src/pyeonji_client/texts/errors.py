"""What went wrong and what to do, in Korean and English, by code. See `errors`."""

from pyeonji.words.catalogue import Catalogue

_ERRORS: dict[str, tuple[str, str]] = {
    # the source
    "unknown_host": (
        "메일 서버 {host:을/를} 찾을 수 없습니다. 주소와 인터넷 연결을 확인해 주세요.",
        "The mail server {host} cannot be found. Check its name and your internet connection.",
    ),
    "connect_timeout": (
        "{host}의 {port}번 포트가 응답하지 않습니다. 서버 주소와 포트, 방화벽을 확인해 주세요.",
        "{host} does not answer on port {port}. Check the server, the port and your firewall.",
    ),
    "connect_failed": (
        "{host}의 {port}번 포트에 연결하지 못했습니다. 서버 주소, 포트, 보안 연결 방식을 확인해 주세요.",
        "Could not connect to {host} on port {port}. Check the server, the port and the security setting.",
    ),
    "no_greeting": (
        "{host}의 {port}번 포트에 연결은 되었지만 메일 서버가 아무 말도 하지 않습니다. 포트와 보안 방식(SSL/TLS, STARTTLS)이 맞는지 확인해 주세요.",
        "{host} takes the connection on port {port}, and says nothing. Check that port and security (SSL/TLS, STARTTLS) belong together.",
    ),
    "tls_failed": (
        "{host}의 {port}번 포트와 암호화 연결을 맺지 못했습니다. 포트와 보안 방식(SSL/TLS, STARTTLS)이 맞는지 확인해 주세요.",
        "No encrypted connection to {host} on port {port}. Check that port and security (SSL/TLS, STARTTLS) belong together.",
    ),
    "dropped": (
        "메일 서버와의 연결이 끊겼습니다. 받은 메일은 그대로 남아 있으니 '계속'을 누르면 이어서 받습니다.",
        "The connection to the mail server broke. What was fetched is kept; press Continue to go on.",
    ),
    "silent": (
        "메일 서버가 응답을 멈췄습니다. 받은 메일은 그대로 남아 있으니 '계속'을 누르면 이어서 받습니다.",
        "The mail server fell silent. What was fetched is kept; press Continue to go on.",
    ),
    "server_bye": (
        "메일 서버가 연결을 끝냈습니다. 받은 메일은 그대로 남아 있으니 잠시 뒤 '계속'을 눌러 주세요.",
        "The mail server ended the connection. What was fetched is kept; press Continue in a while.",
    ),
    "throttled": (
        "메일 서버가 잠시 쉬어 달라고 합니다(연결 수나 전송량 제한). 받은 메일은 그대로 남아 있으니 시간을 두고 '계속'을 눌러 주세요. 다른 메일 프로그램이 같은 계정에 연결되어 있다면 닫아 주세요.",
        "The mail server asks for a rest (too many connections or too much traffic). What was fetched is kept; press Continue later, and close other mail programs that use this account.",
    ),
    "certificate": (
        "{host} 서버의 인증서를 믿을 수 없습니다({why}). 서버 주소가 맞는지 확인하고, 회사 자체 인증서를 쓰는 서버라면 관리자에게 받은 인증서 파일을 지정해 주세요(명령에서는 --ca-file).",
        "The certificate of {host} cannot be trusted ({why}). Check the server's name; if your company uses a certificate of its own, give its file (on the command line: --ca-file).",
    ),
    "ca_file_missing": ("인증서 파일이 없습니다: {path}", "There is no certificate file {path}."),
    "ca_file_unreadable": (
        "인증서 파일을 읽을 수 없습니다(PEM 형식이어야 합니다): {path}",
        "The certificate file cannot be read (it must be PEM): {path}",
    ),
    "sign_in_refused": (
        "{host}에서 {user} 계정의 로그인을 거절했습니다. 비밀번호를 확인해 주세요. 메일 서비스 설정에서 IMAP/POP3 사용이 켜져 있어야 하고, 2단계 인증을 쓰면 앱 비밀번호가 필요합니다.",
        "{host} refused to sign {user} in. Check the password. IMAP/POP3 must be switched on in the provider's settings, and with two-step verification an app password is needed.",
    ),
    "token_refused": (
        "{user} 계정의 로그인이 만료되었거나 취소되었습니다. 받은 메일은 그대로 남아 있습니다. '계속'을 누르고 다시 로그인하면 이어서 받습니다.",
        "The sign-in of {user} ran out or was withdrawn. What was fetched is kept. Press Continue and sign in again to go on.",
    ),
    "oauth_not_configured": (
        "'{provider}' 브라우저 로그인에 쓸 클라이언트 ID가 없습니다. 관리자에게 받은 oauth.json을 설정 폴더에 두거나(문서의 'Client ids'), 앱 비밀번호로 로그인해 주세요.",
        "No client id is set up for signing in to '{provider}' with the browser. Put your administrator's oauth.json into the configuration folder (see 'Client ids' in the documentation), or use an app password.",
    ),
    "oauth_unreadable": (
        "브라우저 로그인 설정 파일을 읽을 수 없습니다: {path}",
        "The file with the client ids cannot be read: {path}",
    ),
    "oauth_unreachable": (
        "'{provider}' 로그인 서버에 연결할 수 없습니다. 인터넷 연결을 확인하고 다시 시도해 주세요.",
        "The sign-in server of '{provider}' cannot be reached. Check your internet connection and try again.",
    ),
    "no_browser_sign_in": (
        "이 메일 서비스에는 브라우저 로그인 방법을 모릅니다. 비밀번호로 로그인해 주세요.",
        "No browser sign-in is known for this provider. Sign in with a password.",
    ),
    "no_device_sign_in": (
        "'{provider}'에는 코드로 로그인할 수 없습니다. 브라우저로 로그인해 주세요.",
        "'{provider}' takes no sign-in by code. Sign in with the browser.",
    ),
    "browser_refused": (
        "브라우저 로그인이 끝나지 않았습니다. 동의를 취소했거나 회사에서 이 프로그램을 허용하지 않았을 수 있습니다. 다시 시도하거나 관리자에게 물어보세요.",
        "The browser sign-in did not end well: consent was refused, or your company does not allow this program. Try again, or ask your administrator.",
    ),
    "browser_timeout": (
        "브라우저에서 로그인을 기다리다 시간이 지났습니다. 다시 시도해 주세요.",
        "Waited too long for the sign-in in the browser. Try again.",
    ),
    "browser_stopped": ("브라우저 로그인을 그만두었습니다.", "The browser sign-in was stopped."),
    "bad_address": (
        "메일 주소가 올바르지 않습니다: {address}",
        "Not a mail address: {address}",
    ),
    "nothing_discovered": (
        "{address}의 메일 서버를 찾지 못했습니다. 메일 서비스의 도움말에서 IMAP 또는 POP3 서버 주소를 찾아 직접 입력해 주세요(명령에서는 --host).",
        "No mail server was found for {address}. Look up the IMAP or POP3 server in your provider's help and enter it yourself (on the command line: --host).",
    ),
    "account_not_served": (
        "{host}에 {user} 계정으로 로그인은 되었지만 서버가 메일을 하나도 보여 주지 않습니다. 이 계정에서 IMAP이 꺼져 있거나, 메일 라이선스가 없거나, 로그인한 사람의 것이 아닌 공유 편지함일 수 있습니다. 메일 서비스 설정이나 관리자에게 확인해 주세요.",
        "{host} signs {user} in and then shows no mail at all. IMAP may be switched off for this account, it may have no mail licence, or it is a shared mailbox of somebody else's. Look at the provider's settings or ask your administrator.",
    ),
    "every_folder_refused": (
        "{host} 서버가 편지함을 하나도 열어 주지 않습니다. 메일 서비스의 IMAP 설정(외부 프로그램 허용)을 확인해 주세요.",
        "{host} opens none of the mailboxes. Look at the provider's IMAP settings (use by other programs).",
    ),
    "proxy_failed": (
        "프록시 {proxy:을/를} 거쳐 {host}에 연결하지 못했습니다. 프록시 주소를 확인하거나, 프록시가 메일 포트를 막는지 관리자에게 물어보세요.",
        "Could not reach {host} through the proxy {proxy}. Check its address, or ask your administrator whether it lets mail through.",
    ),
    "bad_day": (
        "날짜가 올바르지 않습니다: {day}. 2024-01-31처럼 입력해 주세요.",
        "Not a day: {day}. Write it as 2024-01-31.",
    ),
    "bad_period": (
        "시작하는 날({since})이 끝나는 날({until})보다 늦습니다.",
        "The first day ({since}) is after the last ({until}).",
    ),
    "not_written": ("파일을 쓸 수 없습니다: {path}", "The file cannot be written: {path}"),
    "wrong_passphrase": (
        "비밀번호 파일의 암호가 틀립니다: {path}",
        "Not the passphrase of the password file: {path}",
    ),
    "keys_unreadable": (
        "비밀번호 파일을 읽을 수 없습니다: {path}",
        "The password file cannot be read: {path}",
    ),
    "bad_proxy": (
        "프록시 주소가 올바르지 않습니다: {proxy}. http://주소:포트 또는 socks5://주소:포트처럼 입력해 주세요.",
        "Not a proxy: {proxy}. Write http://host:port or socks5://host:port.",
    ),
    "no_starttls": (
        "{host} 서버는 STARTTLS를 지원하지 않습니다. SSL/TLS(포트 993 또는 995)를 선택해 주세요.",
        "{host} does not offer STARTTLS. Choose SSL/TLS (port 993 or 995).",
    ),
    "no_xoauth2": (
        "{host} 서버는 OAuth 2 로그인(XOAUTH2)을 지원하지 않습니다. 비밀번호로 로그인해 주세요.",
        "{host} does not offer OAuth 2 (XOAUTH2). Sign in with a password.",
    ),
    "login_disabled": (
        "{host} 서버는 암호화하지 않은 로그인을 받지 않습니다. SSL/TLS 또는 STARTTLS를 선택해 주세요.",
        "{host} takes no sign-in without encryption. Choose SSL/TLS or STARTTLS.",
    ),
    "not_imap": (
        "{host}에서 답한 것은 IMAP 서버가 아닙니다. 주소와 포트를 확인해 주세요.",
        "What answers at {host} is no IMAP server. Check its name and port.",
    ),
    "not_pop3": (
        "{host}에서 답한 것은 POP3 서버가 아닙니다. 주소와 포트를 확인해 주세요.",
        "What answers at {host} is no POP3 server. Check its name and port.",
    ),
    "imap_unreadable": (
        "메일 서버의 응답을 이해할 수 없습니다. 여러 번 다시 시도했지만 같았습니다. 받은 메일은 그대로 남아 있습니다.",
        "The mail server's answers cannot be understood, also after several tries. What was fetched is kept.",
    ),
    "imap_line_too_long": (
        "메일 서버의 응답이 너무 깁니다. 받은 메일은 그대로 남아 있습니다.",
        "The mail server's answer is too long. What was fetched is kept.",
    ),
    "pop3_unreadable": (
        "메일 서버의 응답을 이해할 수 없습니다. 여러 번 다시 시도했지만 같았습니다. 받은 메일은 그대로 남아 있습니다.",
        "The mail server's answers cannot be understood, also after several tries. What was fetched is kept.",
    ),
    "imap_refused": (
        "{host} 서버가 요청을 거절했습니다. 잠시 뒤 다시 시도해 주세요.",
        "{host} refused a request. Try again in a while.",
    ),
    "pop3_refused": (
        "{host} 서버가 요청을 거절했습니다. 잠시 뒤 다시 시도해 주세요.",
        "{host} refused a request. Try again in a while.",
    ),
    "folder_gone": (
        "'{folder}' 편지함이 더 이상 없습니다. 요청을 지우고 다시 만들어 주세요.",
        "The mailbox '{folder}' is not there any more. Remove the request and make it again.",
    ),
    "no_such_folder": (
        "'{folder}' 편지함을 찾을 수 없습니다. 편지함 목록을 다시 확인해 주세요.",
        "There is no mailbox '{folder}'. Look at the list of mailboxes again.",
    ),
    "path_missing": ("파일이나 폴더가 없습니다: {path}", "There is no file or folder {path}."),
    "unreadable_path": ("파일을 읽을 수 없습니다: {path}", "The file cannot be read: {path}"),
    "no_mbox": ("{path}에 mbox 파일이 없습니다.", "There is no mbox file in {path}."),
    "unreadable_store": (
        "Outlook 데이터 파일을 열 수 없습니다: {path}. Outlook을 닫고 다시 시도하고, 그래도 안 되면 scanpst로 고쳐 주세요.",
        "The Outlook data file cannot be opened: {path}. Close Outlook and try again; if that does not help, repair it with scanpst.",
    ),
    "no_mail_in_store": ("{path}에 메일이 없습니다.", "There is no mail in {path}."),
    "no_mail_in_zip": (
        "{path}에 메일이 없습니다(.eml, .emlx, .msg, mbox). 압축 파일 안을 확인해 주세요.",
        "There is no mail (.eml, .emlx, .msg, mbox) in {path}. Look into the ZIP.",
    ),
    "not_a_zip_file": (
        "ZIP 파일이 아니거나 손상되었습니다: {path}. 다시 받거나, 압축 프로그램으로 열어 ZIP으로 다시 저장해 주세요.",
        "Not a ZIP, or a damaged one: {path}. Fetch it again, or open it with your archive program and save it as ZIP.",
    ),
    "zip_password_needed": (
        "암호가 걸린 ZIP입니다: {path}. 압축할 때 쓴 암호를 입력해 주세요. 암호는 이 컴퓨터에서만 쓰이고 저장되지 않습니다.",
        "This ZIP has a password: {path}. Enter the one it was made with. It is used on this computer only, and kept nowhere.",
    ),
    "zip_password_wrong": (
        "ZIP의 암호가 틀립니다: {path}. 대소문자와 한/영 상태를 확인하고 다시 입력해 주세요.",
        "Not the password of the ZIP: {path}. Check upper and lower case and the keyboard's language, and enter it again.",
    ),
    "no_maildir": (
        "{path:은/는} Maildir이 아닙니다(cur, new 폴더가 없음).",
        "{path} is no Maildir (there is no cur or new folder).",
    ),
    "no_eml": (
        "{path}에 메일 파일(.eml, .emlx, .msg, winmail.dat)이 없습니다.",
        "There are no mail files (.eml, .emlx, .msg, winmail.dat) in {path}.",
    ),
    # here
    "journal_unusable": (
        "작업 기록을 열 수 없습니다: {path}. 폴더에 쓸 수 있는지 확인하거나 다른 폴더를 선택해 주세요.",
        "The journal cannot be opened: {path}. Check that the folder can be written to, or choose another.",
    ),
    "journal_newer": (
        "이 폴더의 작업 기록은 더 새로운 버전의 프로그램이 만들었습니다. 프로그램을 새 버전으로 바꿔 주세요: {path}",
        "The journal of this folder was made by a newer version of this program. Update it: {path}",
    ),
    "job_is_running": (
        "이 요청은 다른 창이나 명령에서 이미 진행 중입니다.",
        "This request is already running in another window or command.",
    ),
    "zip_missing": (
        "압축 파일이 없어졌거나 바뀌었습니다: {path}. 원래 자리에 되돌려 놓거나, 요청을 지우고 다시 만들어 주세요.",
        "A ZIP is gone or was changed: {path}. Put it back, or remove the request and make it again.",
    ),
    "files_in_use": (
        "압축 파일을 지우지 못했습니다: {path}. 이 파일을 연 프로그램을 닫고 다시 삭제해 주세요.",
        "The ZIPs could not be deleted: {path}. Close the program that has one open and remove again.",
    ),
    "disk_too_small": (
        "디스크 공간이 모자랍니다. {needed_bytes}가 필요한데 {free_bytes}만 남아 있습니다. 공간을 비우거나 다른 폴더를 선택해 주세요.",
        "Not enough disk space: {needed_bytes} are needed, {free_bytes} are free. Make room, or choose another folder.",
    ),
    "disk_full": (
        "디스크가 거의 찼습니다. 받은 메일은 그대로 남아 있으니 공간을 비우고 '계속'을 눌러 주세요: {path}",
        "The disk is almost full. What was fetched is kept; make room and press Continue: {path}",
    ),
    "disk_write_failed": (
        "파일을 쓰지 못했습니다. 디스크 공간과 연결을 확인하고 '계속'을 눌러 주세요: {path}",
        "A file could not be written. Check the disk and press Continue: {path}",
    ),
    "no_keyring": (
        "이 컴퓨터에는 비밀번호를 보관할 키링이 없습니다. 비밀번호는 저장하지 않고 실행할 때마다 묻습니다.",
        "This computer has no keyring for passwords. The password is not kept and will be asked for every time.",
    ),
    "no_such_job": (
        "'{job}' 요청이 없습니다. 목록(list)을 확인해 주세요.",
        "There is no request '{job}'. Look at the list.",
    ),
    "no_preset": (
        "'{name}' 설정이 없습니다. 쓸 수 있는 이름: {names}",
        "There is no preset '{name}'. There are: {names}",
    ),
    "preset_without": (
        "{preset}의 {kind} 서버 주소를 모릅니다. 서버를 직접 입력해 주세요.",
        "No {kind} server is known for {preset}. Enter the server yourself.",
    ),
    "host_needed": (
        "메일 서버 주소가 필요합니다(--host 또는 --preset).",
        "A mail server is needed (--host or --preset).",
    ),
    "password_needed": (
        "비밀번호가 필요합니다. 키링에 없고 물어볼 수도 없으니 --password-stdin으로 넣어 주세요.",
        "A password is needed, and there is none in the keyring and nobody to ask: use --password-stdin.",
    ),
    "password_missing": ("비밀번호를 입력해 주세요.", "Enter the password."),
    "path_needed": ("파일이나 폴더를 선택해 주세요.", "Choose a file or folder."),
    "nothing_packed": (
        "업로드할 압축 파일이 없습니다. 먼저 메일을 가져와 주세요(run).",
        "There is nothing to upload yet. Fetch the mail first (run).",
    ),
    "no_consent": (
        "동의하지 않아 시작하지 않았습니다.",
        "Not started: consent was not given.",
    ),
    "paused": (
        "일시정지했습니다. 받은 메일은 그대로 남아 있고, '계속'을 누르면 이어서 합니다.",
        "Paused. What was fetched is kept; Continue goes on from here.",
    ),
    # the service
    "not_signed_in": (
        "먼저 로그인해 주세요.",
        "Sign in first.",
    ),
    "session_expired": (
        "로그인이 만료되었습니다. 다시 로그인해 주세요.",
        "Your session ended. Sign in again.",
    ),
    "bad_service_url": (
        "서비스 주소가 올바르지 않습니다: {url}. https://로 시작하는 주소를 입력해 주세요.",
        "Not an address of the service: {url}. It begins with https://.",
    ),
    "service_not_https": (
        "암호화되지 않은 주소로는 로그인하지 않습니다: {url}. https:// 주소를 입력해 주세요.",
        "No signing in over an unprotected address: {url}. Use https://.",
    ),
    "service_unreachable": (
        "{host}에 연결할 수 없습니다. 인터넷 연결을 확인하고 다시 시도해 주세요.",
        "{host} cannot be reached. Check your internet connection and try again.",
    ),
    "service_certificate": (
        "{host}의 인증서를 믿을 수 없어 연결하지 않았습니다. 주소를 확인해 주세요.",
        "The certificate of {host} cannot be trusted; not connected. Check the address.",
    ),
    "service_busy": (
        "{host:이/가} 지금 응답하지 못합니다. 잠시 뒤 다시 시도해 주세요.",
        "{host} cannot answer right now. Try again in a while.",
    ),
    "service_refused": (
        "{host:이/가} 요청을 거절했습니다.",
        "{host} refused the request.",
    ),
    "storage_unreachable": (
        "업로드 중 연결이 끊겼습니다. 보낸 부분은 다시 보내지 않으니 '업로드'를 다시 눌러 주세요.",
        "The connection broke while uploading. What was sent is not sent again; press Upload once more.",
    ),
    "storage_refused": (
        "저장소가 업로드를 거절했습니다({why}). '업로드'를 다시 누르고, 또 거절되면 이 이름과 함께 관리자에게 알려 주세요.",
        "Storage refused a part ({why}). Press Upload once more; if it is refused again, tell your administrator this name.",
    ),
    "unexpected": (
        "예상하지 못한 오류가 났습니다({why}). 받은 메일은 그대로 남아 있으니 다시 시도해 주세요.",
        "Something unexpected went wrong ({why}). What was fetched is kept; try again.",
    ),
}

ERRORS = Catalogue(_ERRORS)
