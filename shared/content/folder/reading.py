"""Files into text and assets, within limits. Blocking; run it in a thread. What cannot be read is a Problem."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from shared.content.folder.asset import MAX_ASSET_BYTES, Asset, parse_asset
from shared.content.folder.tree import TreeFile
from shared.content.problem import InvalidContent, Problem

#: Largest source file in bytes. The longest article of the site has 25 thousand, a book a million.
MAX_SOURCE_BYTES = 1024 * 1024

P = ParamSpec("P")
T = TypeVar("T")


def read_source(file: TreeFile) -> str | None:
    """The text of a Markdown or TOML file; ``None`` if it is gone.

    Raises InvalidContent: too large, unreadable, not UTF-8.
    """
    data = _read(file, MAX_SOURCE_BYTES, "split it into a series")
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"the file is not UTF-8 (byte 0x{data[error.start]:02x}): save it as UTF-8"
        raise InvalidContent([Problem(file.source, line, message)]) from error


def read_asset(file: TreeFile, name: str) -> Asset | None:
    """The file ``name`` beside an article; ``None`` if it is gone. Raises InvalidContent."""
    data = _read(file, MAX_ASSET_BYTES, "make it smaller")
    return None if data is None else parse_asset(file.source, name, Path(file.path), data)


def collect(problems: list[Problem], read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Call ``read``; if it raises InvalidContent, add its problems to ``problems`` and return ``None``."""
    try:
        return read(*args, **kwargs)
    except InvalidContent as error:
        problems.extend(error.problems)
        return None


def _read(file: TreeFile, limit: int, advice: str) -> bytes | None:
    try:
        with open(file.path, "rb") as stream:  # noqa: PTH123 - a Path costs as much as opening the file
            data = stream.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidContent([Problem(file.source, 1, f"the file cannot be read: {error.strerror}")]) from error
    if len(data) > limit:
        message = f"the file has {max(file.size_bytes, len(data)):,} bytes: at most {limit:,} are allowed, {advice}"
        raise InvalidContent([Problem(file.source, 1, message)])
    return data
