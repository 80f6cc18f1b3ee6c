"""The files of the content directory: articles, pages, the files beside them, and public files.

Blocking; run it in a thread.

It opens no file. Names that start with a dot and temporary files of editors are not content.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from shared.content.folder.asset import is_asset_name
from shared.content.problem import InvalidContent, Problem

#: Folders of the content directory that hold Markdown.
ARTICLES, PAGES = "articles", "pages"
#: The folder whose files are served from the root of the site.
PUBLIC = "public"
#: The largest depth of folders inside an article's own folder, and inside the one of public files.
_MAX_DEPTH = 4
#: A folder of public files, although its name starts with a dot (RFC 8615).
_WELL_KNOWN = ".well-known"

#: Editors' backup, lock and swap files (Emacs, Vim and its 4913 probe, JetBrains, GNOME, Word).
_TEMPORARY = re.compile(
    r"^(?:[.#~].*|.*~|.*\.(?:swp|swx|tmp|bak|part|crdownload)|4913|.*___jb_(?:tmp|old)___)$", re.IGNORECASE
)

#: Equal signatures mean that a file did not change: size, both times in nanoseconds, and the inode number.
Signature = tuple[int, int, int, int]


class TreeFile(NamedTuple):
    """A regular file. ``source`` is its path below the content directory, with ``/``.

    ``path`` is text, because Path objects for ten thousand files would take a third of a scan.
    """

    source: str
    path: str
    signature: Signature
    size_bytes: int


class SourceFile(NamedTuple):
    """A Markdown file, and the files beside it by name (only ``NAME/index.md`` has any)."""

    file: TreeFile
    beside: tuple[tuple[str, TreeFile], ...] = ()


@dataclass(slots=True)
class Tree:
    """Result of ``scan_tree``. ``problems`` keep the site from being shown; ``advice`` does not.

    ``public`` are the public files by name; ``None`` if there is no such folder, or if it was not scanned.
    ``has_changed`` says that a file vanished meanwhile: perhaps the folder that it lies in was moved.
    """

    sources: list[SourceFile] = field(default_factory=list)
    public: tuple[tuple[str, TreeFile], ...] | None = None
    problems: list[Problem] = field(default_factory=list)
    advice: list[Problem] = field(default_factory=list)
    has_changed: bool = False


def scan_tree(content_dir: Path, places: frozenset[str] | None = None) -> Tree:
    """List ``articles/``, ``pages/`` and ``public/`` of ``content_dir``; with ``places``, only these.

    What cannot be read is a problem, never an exception.
    """
    scan = _Scan(content_dir, places)
    for folder in (ARTICLES, PAGES):
        path = content_dir / folder
        found = scan.is_folder(path, folder)
        if found:
            scan.folder(path, folder)
        elif found is not None and folder == ARTICLES:
            message = "there is no such folder: articles go there, as NAME.md or NAME/index.md"
            scan.tree.problems.append(Problem(folder, 1, message))
    if (places is None or PUBLIC in places) and scan.is_folder(content_dir / PUBLIC, PUBLIC):
        scan.public(content_dir / PUBLIC)
    return scan.tree


def place_of(source: str) -> str | None:
    """The entry of ``articles/`` or ``pages/`` that a path below the content directory belongs to, or ``None``.

    All public files are one place.
    """
    parts = source.split("/", 2)
    if parts[0] == PUBLIC:
        return PUBLIC
    return "/".join(parts[:2]) if len(parts) > 1 and parts[0] in {ARTICLES, PAGES} else None


def find_file(content_dir: Path, name: str) -> TreeFile | None:
    """The file ``name`` directly in the content directory, or ``None``. Raises InvalidContent: it is out of reach."""
    path = content_dir / name
    try:
        status = path.stat()
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not path.is_symlink():
            return None
        raise InvalidContent([Problem(name, 1, f"the file cannot be read: {error.strerror}")]) from error
    return TreeFile(name, str(path), signature_of(status), status.st_size) if stat.S_ISREG(status.st_mode) else None


def signature_of(status: os.stat_result) -> Signature:
    """The signature of a file with this status."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _is_content(name: str) -> bool:
    return _TEMPORARY.match(name) is None


class _Scan:
    def __init__(self, content_dir: Path, places: frozenset[str] | None) -> None:
        self.tree = Tree()
        self._places = places
        self._root = os.path.realpath(content_dir)

    def is_folder(self, entry: Path | os.DirEntry[str], source: str) -> bool | None:
        """Whether the folder exists; ``None`` if it cannot be read, which is a problem."""
        try:
            # Not ``Path.is_dir``, which says no for any error from Python 3.14 on.
            return entry.is_dir() if isinstance(entry, os.DirEntry) else stat.S_ISDIR(entry.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            self.tree.problems.append(Problem(source, 1, f"this cannot be read: {error.strerror}"))
            return None

    def folder(self, path: Path, source: str) -> None:
        """The Markdown files of ``articles/`` or ``pages/``, and its folders with an ``index.md``."""
        for entry in self._entries(path, source, self._places):
            name = f"{source}/{entry.name}"
            is_folder = self.is_folder(entry, name)
            if is_folder is None:
                continue
            if is_folder:
                self._article_folder(Path(entry.path), name)
            elif entry.name.endswith(".md"):
                file = self._file(entry, name)
                if file:
                    self.tree.sources.append(SourceFile(file))
            elif entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110 - text
                message = "this is a link to nowhere: remove it, or put back what it leads to"
                self.tree.problems.append(Problem(name, 1, message))

    def public(self, path: Path) -> None:
        """The public files, at any depth up to the largest."""
        listed = ((name, self._file(entry, f"{PUBLIC}/{name}")) for name, entry in self._walk(path, PUBLIC, "", 0))
        self.tree.public = tuple(sorted((name, file) for name, file in listed if file))

    def _article_folder(self, path: Path, source: str) -> None:
        beside: list[tuple[str, TreeFile]] = []
        index = None
        for name, entry in self._walk(path, source, "", 0):
            if name == "index.md":
                index = self._file(entry, f"{source}/{name}")
            elif name.endswith(".md"):
                message = "this is not read: an article is NAME.md or NAME/index.md"
                self.tree.advice.append(Problem(f"{source}/{name}", 1, message, "warning"))
            elif is_asset_name(name):
                file = self._file(entry, f"{source}/{name}")
                if file:
                    beside.append((name, file))
        if index:
            self.tree.sources.append(SourceFile(index, tuple(sorted(beside))))

    def _walk(self, path: Path, source: str, below: str, depth: int) -> Iterator[tuple[str, os.DirEntry[str]]]:
        for entry in self._entries(path, f"{source}/{below}".rstrip("/")):
            name = f"{below}{entry.name}"
            is_folder = self.is_folder(entry, f"{source}/{name}")
            if is_folder is False:
                yield name, entry
            elif is_folder and depth < _MAX_DEPTH:
                yield from self._walk(Path(entry.path), source, f"{name}/", depth + 1)

    def _entries(self, path: Path, source: str, places: frozenset[str] | None = None) -> list[os.DirEntry[str]]:
        """List the entries of a folder (limited to ``places``) that may be content, by name.

        A link that leads out of the content directory is a problem.
        """
        try:
            with os.scandir(path) as listed:
                found = [one for one in listed if places is None or f"{source}/{one.name}" in places]
            kept = [one for one in found if _is_content(one.name) or (source, one.name) == (PUBLIC, _WELL_KNOWN)]
            entries = sorted(kept, key=lambda one: one.name)
        except OSError as error:
            self.tree.problems.append(Problem(source, 1, f"the folder cannot be read: {error.strerror}"))
            return []
        return [entry for entry in entries if self._is_named(entry, source) and self._is_inside(entry, source)]

    def _is_named(self, entry: os.DirEntry[str], source: str) -> bool:
        """Whether the name is text that a URL, a log and a database can hold."""
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(entry.name).decode("utf-8", "replace")
            self.tree.problems.append(Problem(f"{source}/{shown}", 1, "the name is not UTF-8: rename the file"))
            return False
        return True

    def _is_inside(self, entry: os.DirEntry[str], folder: str) -> bool:
        source = f"{folder}/{entry.name}"
        if not entry.is_symlink():
            return True
        target = os.path.realpath(entry.path)
        if target.startswith(self._root + os.sep):
            return True
        message = "this is a link to a place outside of the content directory: put the file itself here"
        self.tree.problems.append(Problem(source, 1, message))
        return False

    def _file(self, entry: os.DirEntry[str], source: str) -> TreeFile | None:
        try:
            status = entry.stat()
        except OSError as error:
            # A file may vanish between listing and checking. A broken link stays.
            if entry.is_symlink() or not isinstance(error, FileNotFoundError):
                self.tree.problems.append(Problem(source, 1, f"the file cannot be read: {error.strerror}"))
            else:
                self.tree.has_changed = True
            return None
        if not stat.S_ISREG(status.st_mode):
            self.tree.problems.append(Problem(source, 1, "this is not a regular file: remove it"))
            return None
        return TreeFile(source, entry.path, signature_of(status), status.st_size)
