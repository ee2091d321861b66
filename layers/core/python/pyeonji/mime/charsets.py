"""Bytes → text where a mail names a charset: names as mailers write them, and labels that lie."""

import codecs
import re
from functools import lru_cache

# CP949 holds all of EUC-KR and GB18030 all of GB2312, and mailers name the smaller one while
# using the larger; the same holds for Windows-1252 and Latin-1.
_SUPERSETS = {
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
}
# What no rule below makes of them: other names for a charset that Python knows by another one.
_NAMES = {
    "ksc": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ks_c_5601_1987": "cp949",
    "ksc5601": "cp949",
    "ksc5601-1987": "cp949",
    "ksc_5601": "cp949",
    "ks-c-5601": "cp949",
    "ks-c-5601-1987": "cp949",
    "ksx1001": "cp949",
    "ks_x_1001": "cp949",
    "korean": "cp949",
    "euckr": "cp949",
    "uhc": "cp949",
    "mac-korean": "cp949",
    "ksc5601.1992": "johab",
    "ks_c_5601-1992": "johab",
    "csiso2022kr": "iso2022_kr",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-2-0-utf-7": "utf-7",
    "csunicode11utf7": "utf-7",
    "utf-7-imap": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-2-0-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-16",
    "ms_kanji": "cp932",
    "cswindows31j": "cp932",
    "windows-31j": "cp932",
    "sjis": "cp932",
    "sjis-win": "cp932",
    "mskanji": "cp932",
    "ms-cp932": "cp932",
    "eucjp": "euc_jp",
    "eucjp-ms": "euc_jp",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "big5-eten": "cp950",
    "big5hk": "big5hkscs",
    "chinesebig5": "cp950",
    "mac-cyrillic": "mac_cyrillic",
    "macroman": "mac_roman",
}
# "cp-850", "IBM850", "windows_1252", "win-1251", "ms949"; "x-" before any of them.
_CODE_PAGE = re.compile(r"(?:cp|ibm|windows|win|dos|ms)[-_ ]?0*(\d{3,5})(?:[-_].*)?")
_CODE_PAGES = {"1361": "johab", "51949": "cp949", "65001": "utf-8", "65000": "utf-7",
               "50225": "iso2022_kr", "50220": "iso2022_jp", "51932": "euc_jp",
               "936": "gb18030", "54936": "gb18030"}  # fmt: skip
_LATIN = re.compile(r"iso[-_ ]?8859[-_ ]?(\d{1,2})(?::\d{4})?")
# Text codecs that are no charset of mail; "idna" and "punycode" take quadratic time.
_NO_CHARSETS = {
    "idna", "punycode", "undefined", "unicode_escape", "raw-unicode-escape", "unicode-escape",
    "raw_unicode_escape", "mbcs", "oem",
}  # fmt: skip
# In these every byte is some letter, so decoding never fails, whatever the bytes are.
_WESTERN = {"cp1252", "iso8859-15", "iso8859-9", "cp1254", "cp850", "cp437", "mac-roman"}
# Hangul as EUC-KR has it, with nothing else that is not ASCII; in a western language two accented
# letters or signs of these never stand in pairs throughout.
_HANGUL_PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\xb0-\xc8][\xa1-\xfe])+")
_DESIGNATED_KR = b"\x1b$)C"


def decode_charset(data: bytes, charset: str) -> str:
    """`data` in the charset a mail names; what it cannot mean becomes U+FFFD. Never raises."""
    codec = codec_of(charset.lower())
    if codec is None:
        return decode_raw(data)
    if codec == "iso2022_kr" and _DESIGNATED_KR not in data:
        data = _DESIGNATED_KR + data  # many mailers leave the designation to the body
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        cut_short = error.start >= len(data) - 3
    except ValueError:  # what some stateful codecs raise instead
        return decode_raw(data)
    else:
        return text if codec == "utf-8" or data.isascii() else _doubted(data, codec, text)
    # A character cut off at the end is no sign of another charset.
    if not cut_short:
        for other in ("utf-8", "cp949"):
            try:
                return data.decode(other)
            except UnicodeDecodeError:
                continue
    return data.decode(codec, "replace")


def decode_raw(data: bytes) -> str:
    """Text that names no charset: UTF-8, else CP949, else Latin-1."""
    for charset in ("utf-8", "cp949"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def decode_shifted(data: bytes) -> str | None:
    """Text in ISO-2022-KR or ISO-2022-JP that names no charset; None if it is neither.

    Both are ASCII bytes with control characters among them.
    """
    if b"\x1b$" not in data and not (b"\x0e" in data and b"\x0f" in data):
        return None
    korean = data if _DESIGNATED_KR in data else _DESIGNATED_KR + data
    for codec, text in (("iso2022_kr", korean), ("iso2022_jp_2", data)):
        try:
            return text.decode(codec)
        except ValueError:
            continue
    return None


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str | None:
    """Python's name of the codec for a charset in lower case; None where there is none."""
    # RFC 2231 lets a language follow the charset: "=?utf-8*ko?B?...".
    name = charset.split("*", 1)[0].strip(" \"'")
    for known in (name, name.removeprefix("x-")):
        codec = _known(_NAMES.get(known, known)) or _known(_ruled(known))
        if codec is not None:
            return codec
    return None


def _ruled(name: str) -> str:
    """A name by rule: code pages and the ISO 8859 family in any spelling."""
    page = _CODE_PAGE.fullmatch(name)
    if page:
        return _CODE_PAGES.get(page[1], f"cp{page[1]}")
    latin = _LATIN.fullmatch(name)
    return f"iso8859-{latin[1]}" if latin else name


def _known(name: str) -> str | None:
    try:
        name = codecs.lookup(name).name
        # Codecs from bytes to bytes ("hex", "zip") refuse here instead of inside a mail.
        b"aaaa".decode(name, "replace")
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    # ASCII with the high bit set is some charset nobody named.
    return None if name in _NO_CHARSETS or name == "ascii" else name


def _doubted(data: bytes, codec: str, text: str) -> str:
    """`text`, which the label makes of `data`, unless the bytes say clearly that the label lies.

    Bytes that happen to be UTF-8 with a letter of three bytes (Korean, Chinese, Japanese) are
    UTF-8: no text in a two-byte charset has that form but by a freak. Under a western label any
    valid UTF-8 is, and pairs of Hangul are EUC-KR.
    """
    western = codec in _WESTERN
    try:
        told = data.decode("utf-8")
    except UnicodeDecodeError:
        told = ""
    if told and (western or max(told) >= "\u0800"):
        return told
    if western and _HANGUL_PAIRS.fullmatch(data):
        return data.decode("cp949")
    return text
