"""The configuration of a source: found, read as plain values, and the address in it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from services.importing.findings import Findings
from services.importing.reading.data_files import BadData, read_data
from services.importing.reading.source_tree import SourceTree, Unreadable, parent


def find_config(tree: SourceTree, names: Iterable[str], accept: Callable[[str], bool] = lambda _: True) -> str | None:
    """The configuration nearest to the root, at most three folders deep; ties go to the first of ``names``."""
    order = {name: number for number, name in enumerate(names)}
    found = [path for path in tree.sizes if posixpath.basename(path) in order and path.count("/") <= 3 and accept(path)]
    return min(found, key=lambda path: (path.count("/"), order[posixpath.basename(path)], path), default=None)


def config_in(tree: SourceTree, folder: str, names: Iterable[str]) -> str:
    """The path of the first of ``names`` that ``folder`` has, or ""."""
    return next((path for name in names if (path := posixpath.join(folder, name)) in tree), "")


def folder_of(config: str | None) -> str | None:
    """The folder of a configuration file."""
    return None if config is None else parent(config)


def load(tree: SourceTree, path: str, findings: Findings) -> Any:
    """The values of a configuration or data file; an empty table if it cannot be read, which is reported."""
    if path not in tree:
        return {}
    try:
        return read_data(path, tree.text_of(path)[0])
    except Unreadable as error:
        findings.add("dropped", "configuration", path, 1, str(error))
    except BadData as error:
        findings.add("dropped", "configuration", path, error.line, str(error))
    return {}


def load_folder(tree: SourceTree, folder: str, findings: Findings) -> dict[str, Any]:
    """A folder of data files as one table: ``nav/main.yml`` is ``nav.main``."""
    values: dict[str, Any] = {}
    for path in tree.below(folder):
        suffix = posixpath.splitext(path)[1].lower()
        if suffix not in {".yml", ".yaml", ".json", ".toml"} or tree.sizes[path] > 512 * 1024:
            continue
        *folders, name = posixpath.splitext(posixpath.relpath(path, folder))[0].split("/")
        table = values
        for part in folders:
            inner = table.setdefault(part, {})
            table = inner if isinstance(inner, dict) else {}
        table[name] = load(tree, path, findings)
    return values


def base_of(address: object) -> tuple[str, str]:
    """A site's address without its final slash, and its path; both "" if it is not an address."""
    stated = str(address or "").strip()
    if stated.startswith("//"):
        stated = f"https:{stated}"
    try:
        parts = urlsplit(stated)
    except ValueError:
        return "", ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return "", "" if not stated.startswith("/") else stated.rstrip("/")
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}", path
