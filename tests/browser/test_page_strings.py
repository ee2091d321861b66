"""The two tables of sentences: the same keys, and every code the service knows."""

from __future__ import annotations

import re
from pathlib import Path

from pyeonji.domain.reasons import API_ERRORS, BACKUP_FAILURES, ENTRY_REASONS, UPLOAD_FAILURES
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import Outcome

JS = Path(__file__).parents[2] / "web" / "js"
#: Codes of the contract; the service may know more, and then its own sentence is shown.
REASONS = {
    *("same_content", "folder", "system_file", "manifest", "not_eml", "zero_byte"),
    *("not_a_message", "encrypted", "unsupported_compression", "crc_mismatch", "damaged"),
    *("too_large", "too_much_data", "over_quota"),
}
FAILURES = {
    *("not_a_zip", "empty", "too_large", "size_mismatch", "split_archive"),
    *("ambiguous_archive", "too_many_entries", "timed_out"),
}
ERRORS = {"too_many_backups", "nothing_to_back_up", "mail_not_set_up", "domain_not_connected"}


def table(language: str) -> dict[str, str]:
    """The table, read as text (one key a line, its sentence on the same or the next)."""
    text = (JS / f"strings.{language}.js").read_text()
    pairs = re.findall(r'^  "?([\w.]+)"?:\s+"((?:[^"\\]|\\.)*)",$', text, re.MULTILINE)
    assert len(pairs) == len(re.findall(r'^  "?[\w.]+"?:', text, re.MULTILINE))
    return dict(pairs)


KOREAN, ENGLISH = table("ko"), table("en")


def without_plural(key: str) -> str:
    base = re.sub(r"\.(one|other)$", "", key)
    return base if base in KOREAN else key


def test_both_languages_have_the_same_sentences() -> None:
    assert set(KOREAN) == {without_plural(key) for key in ENGLISH}


def test_both_take_the_same_facts() -> None:
    for key, sentence in ENGLISH.items():
        facts = set(re.findall(r"\{(\w+)\}", sentence))
        korean = set(re.findall(r"\{(\w+)\}", KOREAN[without_plural(key)]))
        assert facts == korean, key


def test_every_code_of_the_contract_has_words() -> None:
    wanted = {f"reason.{code}" for code in REASONS}
    wanted |= {f"failure.{code}" for code in FAILURES}
    wanted |= {f"error.{code}" for code in ERRORS}
    wanted |= {f"backup.state.{state.value}" for state in BackupState}
    wanted |= {f"volume.state.{state.value}" for state in VolumeState}
    wanted |= {f"upload.state.{state.value}" for state in UploadState if state.value != "receiving"}
    wanted |= {f"outcome.{outcome.value}" for outcome in Outcome}
    assert wanted <= set(KOREAN)


def test_the_contracts_codes_are_the_services() -> None:
    assert REASONS <= ENTRY_REASONS
    assert FAILURES <= UPLOAD_FAILURES
    assert "timed_out" in UPLOAD_FAILURES & (BACKUP_FAILURES | UPLOAD_FAILURES)
    assert ERRORS <= API_ERRORS | BACKUP_FAILURES


def sources() -> str:
    return "\n".join(
        path.read_text() for path in JS.rglob("*.js") if not path.name.startswith("strings.")
    )


def test_every_sentence_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r'\bt\(\s*"([^"]+)"', sources()))
    assert asked <= set(KOREAN)
    assert len(asked) > 150


def test_no_sentence_is_left_over() -> None:
    text = sources()
    for key in KOREAN:
        area, _, _ = key.partition(".")
        whole = f'"{key}"' in text
        built = any(f"`{key[: m.start() + 1]}${{" in text for m in re.finditer(r"[._]", key))
        looked_up = f'words("{area}"' in text
        numbered = re.sub(r"\d$", "${step}", key) in text
        assert whole or built or looked_up or numbered, key


def test_the_providers_servers_are_the_clients() -> None:
    from pyeonji_client.sources.presets import PRESETS

    text = (JS / "views" / "move.js").read_text()
    for preset in PRESETS:
        assert preset.imap is not None
        assert f'{preset.name}: "{preset.imap[0]} · {preset.imap[1]} · SSL/TLS"' in text
