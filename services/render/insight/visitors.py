"""Distinguish visitors within one day without identifying them.

A mark is a keyed hash of the client's address together with the query. The key is random, stays in memory, and is
replaced every day: no mark leads back to an address, to the same visitor on another day, or to another query of the
same visitor.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

_KEY_BYTES, _MARK_BYTES = 32, 8
#: Headers with which a browser asks not to be counted (Global Privacy Control, Do Not Track).
_REFUSALS = ("Sec-GPC", "DNT")


def refuses_counting(headers: Mapping[str, str]) -> bool:
    """Whether the reader's browser asks not to be counted."""
    return any(headers.get(name, "").strip() == "1" for name in _REFUSALS)


class Visitors:
    """Marks of one day. ``renew`` begins another day."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(_KEY_BYTES)

    def renew(self) -> None:
        """Replace the key: marks made before mean nothing any more."""
        self._key = secrets.token_bytes(_KEY_BYTES)

    def mark(self, client: str, *about: str) -> int:
        """The mark of ``client`` for one action (64 bits)."""
        digest = hashlib.blake2b("\0".join((client, *about)).encode(), key=self._key, digest_size=_MARK_BYTES)
        return int.from_bytes(digest.digest())
