"""Where a path leads that is no address of the site, but nearly one, or was one once. Pure.

A link that somebody typed, that a mail program broke or that another server answered still arrives: with capitals,
doubled slashes, ``/index.html``, without its last slash, or in another form of Unicode. What is found is always a path
of this site, so that no redirect leads off it, and none to another redirect.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cached_property
from urllib.parse import quote

_SLASHES = re.compile(r"/{2,}")
_INDEX = re.compile(r"/index\.html?$")


def folded_path(path: str) -> str:
    """The form in which two ways to write one path are equal: one without a slash at its end."""
    text = path if path.isascii() else unicodedata.normalize("NFC", path)
    text = unicodedata.normalize("NFC", text.casefold()) if not text.isascii() else text.lower()
    return _INDEX.sub("/", _SLASHES.sub("/", f"/{text}")).rstrip("/")


class OldPaths:
    """The addresses of a site, by every way to write them.

    ``recipes`` are its decoded paths, ``redirects`` leads from decoded old paths to permalinks. ``mount`` is the path
    below which the site lies: a request has it still where that is written another way.
    """

    def __init__(self, recipes: Collection[str], redirects: Mapping[str, str], mount: str = "") -> None:
        self._recipes = recipes
        self._redirects = redirects
        self._mount = folded_path(mount)

    def find(self, path: str) -> str | None:
        """The encoded path to which the decoded ``path`` is redirected; ``None`` where nothing is near enough."""
        if path in self._recipes:  # its file has gone: to send a client back here would have no end
            return None
        for old in (path, f"{path}/"):
            if old in self._redirects:
                return self._redirects[old]
        folded = folded_path(path)
        for key in dict.fromkeys((folded, folded.removeprefix(self._mount))):
            if (found := self._of(key, is_folder=path.endswith("/"))) is not None:
                return found
        return None

    def _of(self, folded: str, *, is_folder: bool) -> str | None:
        for address in (f"{folded}/", *(() if is_folder else (folded,))):
            if address in self._recipes:
                return quote(address)
        found = self._unlike_their_folding.get(folded)
        return None if found and is_folder and not found.endswith("/") else found

    @cached_property
    def _unlike_their_folding(self) -> Mapping[str, str]:
        """Where the paths lead that are not written as they are folded: few, of a site of any size."""
        found: dict[str, str] = {}
        for old, now in self._redirects.items():
            found.setdefault(folded_path(old), now)
        for path in self._recipes:
            folded = folded_path(path)
            if path not in {folded, f"{folded}/"}:
                found.setdefault(folded, quote(path))
        return found
