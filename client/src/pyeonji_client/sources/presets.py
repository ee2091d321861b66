"""The common providers: where their servers are, and what has to be switched on first.

`needs` is a code of `texts.presets`. Addresses from the providers' own help pages.
"""

from dataclasses import dataclass

from ..errors import UsageError
from ..model import Auth, Security, SourceKind


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider. `full_address`: the user name is the whole address, not the part before @."""

    name: str
    title: str
    domains: tuple[str, ...]
    imap: tuple[str, int, Security] | None
    pop3: tuple[str, int, Security] | None
    full_address: bool
    auth: tuple[Auth, ...] = (Auth.password,)
    #: Whose browser page signs in (`oauth.providers`), if any does.
    oauth: str = ""
    #: Where an app password is made.
    app_passwords: str = ""

    def server(self, kind: SourceKind) -> tuple[str, int, Security]:
        """(host, port, security). Raises UsageError where the provider has no such service."""
        found = self.imap if kind is SourceKind.imap else self.pop3
        if found is None:
            raise UsageError("preset_without", preset=self.title, kind=kind.value.upper())
        return found

    def user(self, address: str) -> str:
        """The user name for an address."""
        return address if self.full_address else address.partition("@")[0]


_TLS = Security.tls
_BOTH = (Auth.password, Auth.xoauth2)

PRESETS = (
    Preset(
        "naver", "네이버 메일", ("naver.com",),
        ("imap.naver.com", 993, _TLS), ("pop.naver.com", 995, _TLS), False,
    ),
    Preset(
        "daum", "다음·카카오메일", ("daum.net", "hanmail.net", "kakao.com"),
        ("imap.daum.net", 993, _TLS), ("pop.daum.net", 995, _TLS), False,
    ),
    Preset(
        "gmail", "Gmail", ("gmail.com", "googlemail.com"),
        ("imap.gmail.com", 993, _TLS), ("pop.gmail.com", 995, _TLS), True, _BOTH,
        "google", "https://myaccount.google.com/apppasswords",
    ),
    Preset(
        "outlook", "Outlook.com·Microsoft 365",
        ("outlook.com", "hotmail.com", "live.com", "msn.com"),
        ("outlook.office365.com", 993, _TLS), ("outlook.office365.com", 995, _TLS), True,
        (Auth.xoauth2,), "microsoft",
    ),
    Preset(
        "nate", "네이트 메일", ("nate.com", "lycos.co.kr", "empas.com"),
        ("imap.nate.com", 993, _TLS), ("pop.nate.com", 995, _TLS), True,
    ),
    Preset(
        "hiworks", "하이웍스", (),
        ("imap.hiworks.com", 993, _TLS), ("pop3s.hiworks.com", 995, _TLS), True,
    ),
)  # fmt: skip

BY_NAME = {preset.name: preset for preset in PRESETS}


def preset_named(name: str) -> Preset:
    """The preset called `name`, or UsageError."""
    try:
        return BY_NAME[name.lower()]
    except KeyError as error:
        raise UsageError("no_preset", name=name, names=", ".join(BY_NAME)) from error


def preset_for(address: str) -> Preset | None:
    """The preset whose domains include the address's."""
    domain = address.rpartition("@")[2].lower()
    return next((preset for preset in PRESETS if domain in preset.domains), None)
