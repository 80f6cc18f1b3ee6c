"""Golden digests that pin declared versions: a changed output fails until its version is raised."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import orjson


def digest_of(*parts: bytes) -> str:
    """SHA-256 (hex) of the parts with their lengths."""
    return hashlib.sha256(b"".join(f"{len(part)}:".encode() + part for part in parts)).hexdigest()


def hold(pin: Path, version: int, digest: str, where: str) -> None:
    """Fail if ``digest`` differs from the pin of ``version``; ``where`` names the number and its file.

    ``UPDATE_GOLDEN=1`` writes the pin of a raised version.
    """
    pinned: dict[str, Any] = orjson.loads(pin.read_bytes()) if pin.exists() else {"version": 0, "digest": ""}
    if os.environ.get("UPDATE_GOLDEN") and version > pinned["version"]:
        pinned = {"version": version, "digest": digest}
        pin.write_bytes(orjson.dumps(pinned, option=orjson.OPT_INDENT_2) + b"\n")
    assert pinned == {"version": version, "digest": digest}, (
        f"The result differs from the one pinned in {pin.name}. Set {where} to {pinned['version'] + 1} "
        "so that existing installations make it again, then run the failed test with UPDATE_GOLDEN=1 to pin it."
    )
