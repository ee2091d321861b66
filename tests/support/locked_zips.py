"""ZIPs with a password, as people make them: by WinZip's AES, and by the old way of 1993."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyzipper


def aes_zip(place: Path, members: dict[str, bytes], password: bytes | None) -> Path:
    kind = pyzipper.WZ_AES if password else None
    with pyzipper.AESZipFile(
        place, "w", compression=pyzipper.ZIP_DEFLATED, encryption=kind
    ) as archive:
        if password:
            archive.setpassword(password)
        for name, data in members.items():
            archive.writestr(name, data)
    return place


def old_zip(place: Path, members: dict[str, bytes], password: bytes) -> Path:
    """By APPNOTE 6.1, apart from every library: bytes through the three keys."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(old: int, byte: int) -> int:
        old = (old ^ byte) & 0xFF ^ (old & 0xFFFFFF00)
        for _ in range(8):
            old = (old >> 1) ^ (0xEDB88320 if old & 1 else 0)
        return old

    def update(byte: int) -> None:
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[2], keys[1] >> 24)

    def encrypted(plain: bytes) -> bytes:
        keys[:] = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            update(byte)
        out = bytearray()
        for byte in plain:
            word = (keys[2] | 2) & 0xFFFF
            out.append(byte ^ ((word * (word ^ 1) >> 8) & 0xFF))
            update(byte)
        return bytes(out)

    body, directory = bytearray(), bytearray()
    for name, data in members.items():
        raw, check = name.encode("cp949"), zipfile.crc32(data)
        coded = encrypted(bytes(11) + bytes([check >> 24]) + data)
        fields = (20).to_bytes(2, "little") + (1).to_bytes(2, "little") + bytes(2)
        fields += bytes.fromhex("0000215a") + check.to_bytes(4, "little")
        fields += len(coded).to_bytes(4, "little") + len(data).to_bytes(4, "little")
        fields += len(raw).to_bytes(2, "little") + bytes(2)
        directory += b"PK\1\2" + bytes([20, 0]) + fields + bytes(10)
        directory += len(body).to_bytes(4, "little") + raw
        body += b"PK\3\4" + fields + raw + coded
    end = b"PK\5\6" + bytes(4) + 2 * len(members).to_bytes(2, "little")
    end += len(directory).to_bytes(4, "little") + len(body).to_bytes(4, "little") + bytes(2)
    place.write_bytes(bytes(body + directory + end))
    return place
