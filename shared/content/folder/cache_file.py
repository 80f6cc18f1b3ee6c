"""Files of derived data in the cache directory: a header that names versions and a digest, then the data."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import orjson

from shared.content.versions import declared_versions

#: An unfinished file that is older than this many seconds was left by a killed process.
LEFT_S = 600


def cache_path(directory: Path, kind: str, content_dir: Path) -> Path:
    """The file of this ``kind`` for ``content_dir``: one cache directory may serve several sites."""
    name = hashlib.sha256(os.path.abspath(content_dir).encode("utf-8", "surrogateescape")).hexdigest()[:16]  # noqa: PTH100 - links stay as they are
    return directory / f"{kind}-{name}.json"


def read_cache(path: Path, key: Mapping[str, object]) -> bytes | None:
    """The data that was written with ``key``; None if it is damaged or of other versions.

    Also removes what killed processes left. Raises OSError, FileNotFoundError among them.
    """
    _remove_leftovers(path)
    head, _, data = path.read_bytes().partition(b"\n")
    return data if head == _header(key, data) else None


def write_cache(path: Path, key: Mapping[str, object], data: bytes) -> None:
    """Replace the file atomically. Raises OSError, and leaves no partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_cache(path, _header(key, data) + b"\n" + data)


def replace_cache(path: Path, data: bytes) -> None:
    """Make ``data`` the bytes of the file atomically. Raises OSError, and leaves no partial file."""
    _remove_leftovers(path)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        new.write_bytes(data)
        new.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def _remove_leftovers(path: Path) -> None:
    """Remove unfinished files of ``path``, of any extension, left by killed processes; a younger one may be in use."""
    for left in path.parent.glob(f"{path.stem}.*.new"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_S:
                left.unlink()


def _header(key: Mapping[str, object], data: bytes) -> bytes:
    return orjson.dumps({**key, "versions": declared_versions(), "sha256": hashlib.sha256(data).hexdigest()})
