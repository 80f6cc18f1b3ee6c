"""One digest of several texts."""

from __future__ import annotations

import hashlib


def digest_of(*parts: str) -> str:
    """SHA-256 (hex) of parts with their lengths, so that moving text between parts changes it."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
