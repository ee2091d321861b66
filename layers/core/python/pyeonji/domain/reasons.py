"""Codes: what a caller can be refused with, and why mail, uploads and backups fail.

Callers, ledgers and items hold codes; what each says to a person stands in `words`.
"""

#: Why an entry of an upload, or a message being imported, did not become a mail.
ENTRY_REASONS = frozenset(
    {
        "same_content",
        "same_mail",
        "folder",
        "system_file",
        "manifest",
        "not_eml",
        "zero_byte",
        "not_a_message",
        "utf16",
        "outlook_file",
        "mbox_file",
        "archive_file",
        "contradictory",
        "encrypted",
        "unsupported_compression",
        "crc_mismatch",
        "damaged",
        "too_large",
        "too_much_data",
        "over_quota",
        "server_refused",
    }
)
#: What a person should know of a mail that was imported.
ENTRY_NOTES = frozenset({"holds_another", "resembles"})
#: What keeps a company's mail server from being used.
HOME_FAILURES = frozenset(
    {
        "home_host_unknown",
        "home_address_forbidden",
        "home_connect_refused",
        "home_unreachable",
        "home_tls_failed",
        "home_certificate",
        "home_not_imap",
        "home_no_starttls",
        "home_login_disabled",
        "home_no_plain",
        "home_no_xoauth2",
        "home_secret_missing",
        "home_sign_in_refused",
        "home_not_authorized",
        "home_token_refused",
        "home_token_unreachable",
        "home_not_served",
        "home_refused",
        "home_unreadable",
        "home_busy",
        "home_dropped",
        "home_sync_failed",
    }
)
#: Why a whole upload failed; one to a connected server also for what keeps that from being used.
UPLOAD_FAILURES = HOME_FAILURES | frozenset(
    {
        "not_a_zip",
        "other_archive",
        "empty",
        "too_large",
        "size_mismatch",
        "split_archive",
        "ambiguous_archive",
        "too_many_entries",
        "too_many_folders",
        "timed_out",
        "upload_failed_internally",
        "mailbox_gone",
        "file_missing",
        "backup_gone",
    }
)
#: Why a backup failed; of a connected account also what keeps its server from being used.
BACKUP_FAILURES = HOME_FAILURES | frozenset(
    {
        "backup_failed_internally",
        "deadline_passed",
        "too_many_volumes",
        "too_many_mails",
        "segment_missing",
        "volume_check_failed",
        "mailbox_gone",
        "nothing_to_back_up",
    }
)
#: Those of them that may be gone the next time, without anybody doing anything.
HOME_PASSING = frozenset(
    {
        "home_host_unknown",
        "home_connect_refused",
        "home_unreachable",
        "home_token_unreachable",
        "home_busy",
        "home_dropped",
    }
)
#: What the API refuses a request with: its own codes, and those of an upload that it can tell
#: beforehand.
API_ERRORS = frozenset(
    {
        "invalid_request",
        "request_too_large",
        "unsupported_media_type",
        "unauthorized",
        "wrong_credentials",
        "wrong_code",
        "session_expired",
        "too_many_attempts",
        "too_many_requests",
        "forbidden",
        "password_must_change",
        "sign_in_unsupported",
        "proof_needed",
        "wrong_password",
        "wrong_recovery_code",
        "password_too_weak",
        "password_used_before",
        "totp_not_enabled",
        "mail_not_set_up",
        "domain_not_connected",
        "account_not_found",
        "mailbox_not_found",
        "message_not_found",
        "backup_not_found",
        "volume_not_found",
        "upload_not_found",
        "schedule_not_found",
        "route_not_found",
        "volume_expired",
        "volume_not_ready",
        "too_many_backups",
        "mailbox_exists",
        "too_many_mailboxes",
        "too_many_uploads",
        "wrong_state",
        "parts_missing",
        "ledger_not_ready",
        "nothing_to_retry",
        "nothing_to_undo",
        "not_connected",
        "delivered_to_server",
        "too_much_at_once",
        "uploads_at_work",
        "finds_not_recorded",
        "mailbox_not_empty",
        "mailbox_in_use",
        "zip_deleted",
        "backup_in_use",
        "too_much_to_restore",
        "totp_not_begun",
        "nothing_to_back_up",
        "too_many_mails",
        "too_many_mailboxes_chosen",
        "not_a_zip_name",
        "internal_error",
        "service_busy",
        "empty",
        "size_mismatch",
        "too_large",
    }
)
#: What an operator's command is refused with, besides the codes above.
OPERATOR_ERRORS = frozenset(
    {
        "company_not_found",
        "home_secret_needed",
        "home_needs_no_secret",
        "home_is_ours",
        "audit_not_whole",
    }
)
#: What can be wrong with one field of a request (InvalidRequestError.problem).
FIELD_PROBLEMS = frozenset(
    {
        "not_json",
        "must_be_object",
        "missing_field",
        "unknown_field",
        "wrong_type",
        "unknown_value",
        "must_be_day",
        "no_such_day",
        "ends_before_it_begins",
        "empty",
        "too_long",
        "too_many",
        "out_of_range",
        "bad_length",
        "bad_path",
        "bad_address",
        "bad_host",
        "bad_domain",
        "must_be_https",
        "bad_code",
        "query_empty",
        "query_too_long",
        "query_date",
        "query_size",
        "query_value",
        "bad_character",
    }
)
