"""The files of a source: listed once, confined to its root, read within limits. Blocking; it never writes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from services.importing.errors import ImportRefused
from services.importing.findings import Findings

#: More files than this are a mistake (a home folder, a disk), not an archive.
MAX_FILES = 200_000
#: The site rejects larger texts.
MAX_TEXT_BYTES = 1024 * 1024
#: The site rejects larger pictures.
MAX_ASSET_BYTES = 10 * 1024 * 1024
#: Folders that tools made or fetched, never an author.
_SKIPPED_FOLDERS = frozenset(
    {"node_modules", "__pycache__", "_site", "venv", "bower_components", "vendor", "resources", "site-packages"}
)
#: Hidden files that are configuration or data of a tool.
_HIDDEN_FILES = frozenset({".eleventy.js", ".eleventy.cjs", ".eleventyignore", ".authors.yml", ".pages", ".nav.yml"})


@dataclass(frozen=True, slots=True)
class SourceTree:
    """The regular files below ``root``: path with ``/`` → size in bytes.

    A link inside the tree counts as its target.
    """

    root: Path
    sizes: Mapping[str, int]

    def __contains__(self, path: str) -> bool:
        """Whether the tree has such a file."""
        return path in self.sizes

    def below(self, folder: str) -> Iterator[str]:
        """The paths below a folder ("" is the root), sorted."""
        prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        return (path for path in self.sizes if path.startswith(prefix))

    def is_folder(self, folder: str) -> bool:
        """Whether any file lies below ``folder``."""
        return next(self.below(folder), None) is not None

    def bytes_of(self, path: str, limit: int) -> bytes:
        """The bytes of a file. Raises Unreadable: it cannot be opened, or has more than ``limit`` bytes."""
        if self.sizes.get(path, 0) > limit:
            raise Unreadable(f"the file has {self.sizes[path]:,} bytes: at most {limit:,} are allowed")
        try:
            with (self.root / path).open("rb") as stream:
                data = stream.read(limit + 1)
        except OSError as error:
            raise Unreadable(f"the file cannot be read: {error.strerror}") from error
        if len(data) > limit:
            raise Unreadable(f"the file has more than {limit:,} bytes")
        return data

    def text_of(self, path: str, limit: int = MAX_TEXT_BYTES) -> tuple[str, bool]:
        r"""The text of a file with ``\n`` line ends, and whether it was UTF-8. Raises Unreadable."""
        data = self.bytes_of(path, limit)
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return _clean(data.decode("utf-16", "replace")), False
        if b"\x00" in data:
            raise Unreadable("the file is not text")
        try:
            return _clean(data.decode("utf-8-sig")), True
        except UnicodeDecodeError:
            # Windows editors' encoding before UTF-8, in which every byte is valid.
            return _clean(data.decode("cp1252", "replace")), False


class Unreadable(Exception):
    """A file of the source cannot be read; the message says why. The import goes on without it."""


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufdd0", "").replace("\ufdd1", "")


@dataclass(slots=True)
class _Walk:
    root: str
    findings: Findings
    sizes: dict[str, int] = field(default_factory=dict)


def scan(root: Path, findings: Findings) -> SourceTree:
    """List the files below ``root``. What cannot be listed or leads out of the tree is reported and left out.

    Raises ImportRefused if the folder does not exist, is a file, or has more than ``MAX_FILES`` files.
    """
    if root.is_file():
        raise ImportRefused(f"{root} is a file: unpack it, and name the folder")
    if not root.is_dir():
        raise ImportRefused(f"there is no folder {root}")
    walk = _Walk(os.path.realpath(root), findings)
    _list_folder(walk, walk.root, "")
    return SourceTree(Path(walk.root), dict(sorted(walk.sizes.items())))


def _list_folder(walk: _Walk, folder: str, below: str) -> None:
    folders = [(folder, below)]
    while folders:
        folder, below = folders.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            walk.findings.add("dropped", "unreadable folder", below or ".", 1, str(error.strerror))
            continue
        for entry in listed:
            path = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                is_shown = not entry.name.startswith(".") or entry.name == ".well-known"  # RFC 8615
                if is_shown and entry.name not in _SKIPPED_FOLDERS:
                    folders.append((entry.path, f"{path}/"))
            else:
                _list_file(walk, entry, path)


def _list_file(walk: _Walk, entry: os.DirEntry[str], path: str) -> None:
    if entry.name.startswith(".") and entry.name not in _HIDDEN_FILES:
        return
    if not _is_text(entry.name):
        walk.findings.add("dropped", "unreadable file", ascii(path), 1, "its name is not UTF-8: rename it")
        return
    if entry.is_symlink() and not os.path.realpath(entry.path).startswith(walk.root + os.sep):
        walk.findings.add(
            "dropped", "link out of the source", path, 1, "a link to a place outside: copy the file itself"
        )
        return
    try:
        status = entry.stat()
    except OSError as error:
        walk.findings.add("dropped", "unreadable file", path, 1, str(error.strerror))
        return
    if stat.S_ISDIR(status.st_mode):
        walk.findings.add("dropped", "linked folder", path, 1, "a link to a folder is not followed")
    elif stat.S_ISREG(status.st_mode):
        walk.sizes[path] = status.st_size
        if len(walk.sizes) > MAX_FILES:
            raise ImportRefused(f"{walk.root} holds more than {MAX_FILES:,} files: name the folder of the site itself")
    else:
        walk.findings.add("dropped", "special file", path, 1, "not a regular file")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def modified_on(tree: SourceTree, path: str) -> float:
    """The time of the last change of a file, in seconds since 1970."""
    return (tree.root / path).stat().st_mtime


def parent(path: str) -> str:
    """The folder of a path, "" at the root."""
    folder = str(PurePosixPath(path).parent)
    return "" if folder == "." else folder
