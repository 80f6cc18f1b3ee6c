"""The width and height of a picture, read from the first bytes of its file. Pure: bytes in, numbers out.

Pillow would do, but it belongs to render alone; the four formats say their size in their first few bytes.
"""

from __future__ import annotations

import struct

Size = tuple[int, int]

#: JPEG markers that carry a size: start of frame, any coding (ITU T.81, table B.1), without DHT, JPG and DAC.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture_size(data: bytes) -> Size | None:
    """The size in pixels of PNG, GIF, JPEG or WebP ``data``; ``None`` for anything else or damaged."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            width, height = struct.unpack_from(">II", data, 16)
        elif data[:6] in {b"GIF87a", b"GIF89a"}:
            width, height = struct.unpack_from("<HH", data, 6)
        elif data.startswith(b"\xff\xd8"):
            return _jpeg_size(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
        else:
            return None
    except struct.error:
        return None
    return (width, height) if width and height else None


def _jpeg_size(data: bytes) -> Size | None:
    """Walk the segments (ITU T.81, B.1.1) up to the first frame header."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return (width, height) if width and height else None
        else:
            at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return None


def _webp_size(data: bytes) -> Size | None:
    """The first chunk: VP8X (extended), VP8L (lossless) or VP8 (lossy); RFC 9649, section 2."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        low = struct.unpack_from("<BHBH", data, 24)
        return low[0] + (low[1] << 8) + 1, low[2] + (low[3] << 8) + 1
    if chunk == b"VP8L" and data[20:21] == b"\x2f":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
