"""Read the width and height of a picture from the first bytes of its file. Pure."""

from __future__ import annotations

import io
import struct

import imagesize

Size = tuple[int, int]

#: The signatures of raster pictures that browsers show: PNG, GIF, JPEG, WebP, AVIF. Others are left alone.
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff")


def picture_size(data: bytes) -> Size | None:
    """The size in pixels of PNG, GIF, JPEG, WebP or AVIF ``data``; ``None`` for anything else or damaged."""
    is_boxed = data[8:12] == b"WEBP" or data[4:12] == b"ftypavif"
    if not (data.startswith(_SIGNATURES) or is_boxed):
        return None
    try:
        width, height = imagesize.get(io.BytesIO(data))
    except (ValueError, struct.error):
        return None
    return (width, height) if width > 0 and height > 0 else None
