"""The atlas of the import: the new place of each file and each old address."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from services.importing.foreign_site import Document, ForeignSite


@dataclass(slots=True)
class Atlas:
    """The new place of each file and each old address.

    ``urls`` and ``ids`` are by path of the source; ``by_address`` and ``by_name`` lead to such a path; ``tags`` and
    ``authors`` are those in use.
    """

    site: ForeignSite
    files: Iterable[str]
    urls: dict[str, str] = field(default_factory=dict)
    ids: dict[str, Mapping[str, str]] = field(default_factory=dict)
    by_address: dict[str, str] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    authors: set[str] = field(default_factory=set)
    drafts: set[str] = field(default_factory=set)
    by_last: dict[str, list[str]] = field(default_factory=dict)
    _by_file_name: dict[str, list[str]] = field(default_factory=dict)

    def add(self, document: Document, url: str) -> None:
        """Add a document and its place here."""
        self.urls[document.path] = url
        self.by_last.setdefault(last_of(document.path), []).append(document.path)
        for address in document.addresses:
            self.by_address.setdefault(address_key(address), document.path)
        stem = posixpath.splitext(posixpath.basename(document.path))[0]
        for name in {
            stem,
            document.names[-1] if document.names else "",
            str(document.data.get("id") or ""),
            str(document.data.get("title") or ""),
            *document.other_names,
        }:
            if name:
                self.by_name.setdefault(name.lower(), []).append(document.path)

    def files_named(self, name: str) -> list[str]:
        """The files of the source with this name, in any folder."""
        if not self._by_file_name:
            for path in self.files:
                self._by_file_name.setdefault(posixpath.basename(path).casefold(), []).append(path)
        return self._by_file_name.get(name.casefold(), [])


def stem_of(path: str) -> str:
    """A path without its suffix; an index takes the name of its folder."""
    return re.sub(r"(?:/_?index)?\.\w+$", "", path)


def last_of(path: str) -> str:
    """The last name of a path, without its suffix."""
    return stem_of(path).rpartition("/")[2]


def address_key(address: str) -> str:
    """The key of an old address for comparison: without case, final slash, ``index.html`` and ``.html``."""
    path = re.sub(r"/{2,}", "/", unquote(address)).casefold()
    path = re.sub(r"(?:/index)?\.html?$|/index$", "", path)
    return path.rstrip("/") or "/"


def split_target(target: str) -> tuple[str, str, str]:
    """The path of a target, its ``?`` or ``#`` (or nothing), and the rest."""
    match = re.search(r"[?#]", target)
    return (target, "", "") if match is None else (target[: match.start()], match[0], target[match.end() :])
