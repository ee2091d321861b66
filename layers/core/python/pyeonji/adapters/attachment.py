"""What has a browser save an answer instead of showing it."""

from urllib.parse import quote


def attachment(filename: str) -> str:
    """The header `Content-Disposition` for a file of this name (RFC 6266: both forms)."""
    plain = filename.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, '')}"
