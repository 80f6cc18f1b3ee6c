"""Addresses → names of files, and names that cannot stand together in one folder. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

#: File systems take this many bytes in one part of a path.
MAX_PART_BYTES = 255
INDEX = "index.html"
#: Endings of old addresses that a server sends as HTML.
_HTML_ENDINGS = frozenset({".html", ".htm", ".xhtml"})


def file_name(path: str) -> str:
    """The file that a web server sends for the decoded address ``path``: ``index.html`` of a folder for a page."""
    inner = path.lstrip("/")
    return f"{inner}{INDEX}" if not inner or inner.endswith("/") else inner


def stub_name(path: str) -> str | None:
    """The file of a page that redirects the old address ``path``; None if a server would not send HTML."""
    last = path.rpartition("/")[2]
    suffix = PurePosixPath(last).suffix.lower()
    if not last or suffix in _HTML_ENDINGS:
        return file_name(path)
    # A dot in a name (v1.2) is not an ending; one with letters behind it (feed.rss, index.php) is.
    return None if suffix[1:].isalpha() else file_name(f"{path}/")


def problem_of(name: str) -> str | None:
    """What keeps ``name`` from being written below a folder, or None."""
    parts = name.split("/")
    if any(part in {"", ".", ".."} for part in parts) or "\x00" in name or "\\" in name:
        return "is not a file name"
    if any(len(part.encode("utf-8", "surrogatepass")) > MAX_PART_BYTES for part in parts):
        return f"has a part of more than {MAX_PART_BYTES} bytes"
    return None


def fold_name(name: str) -> str:
    """``name`` as a file system compares it that ignores case and Unicode form, as those of macOS and Windows do."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class Taken:
    """The names of files that are taken, compared as on any file system. Folders that differ in case become one."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        for name in names:
            self.add(name)

    def clash(self, name: str) -> str | None:
        """The file that ``name`` cannot stand beside: the same but for case, or one where the other needs a folder."""
        folded = fold_name(name)
        above = (self._files.get(fold_name(folder)) for folder in _folders(name))
        return self._files.get(folded) or self._folders.get(folded) or next(filter(None, above), None)

    def add(self, name: str) -> None:
        """Take ``name``."""
        self._files[fold_name(name)] = name
        for folder in _folders(name):
            self._folders.setdefault(fold_name(folder), name)


def clashes(names: Iterable[str]) -> Mapping[str, str]:
    """Each of ``names`` that cannot stand beside an earlier one, with that one."""
    taken, found = Taken(), {}
    for name in names:
        other = taken.clash(name)
        if other is None:
            taken.add(name)
        else:
            found[name] = other
    return found


def _folders(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
