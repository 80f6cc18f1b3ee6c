"""Resolve paths that are nearly an address of the site, or were one once. Pure.

A link that somebody typed, that a mail program broke or that a former server answered still works: with capitals,
doubled slashes, ``/index.html``, without its last slash, or in another Unicode form. The result is a path of this site,
or an address that ``site.toml`` names, so that no request chooses where a redirect leads; it never redirects again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cached_property
from urllib.parse import quote, unquote

_SLASHES = re.compile(r"/{2,}")
_INDEX = re.compile(r"/index\.html?$")


def folded_path(path: str) -> str:
    """The canonical form of a path: equal for all spellings of it, without a slash at its end."""
    text = path if path.isascii() else unicodedata.normalize("NFC", path)
    text = unicodedata.normalize("NFC", text.casefold()) if not text.isascii() else text.lower()
    return _INDEX.sub("/", _SLASHES.sub("/", f"/{text}")).rstrip("/")


class OldPaths:
    """The addresses of a site, by their canonical form.

    ``recipes`` are its decoded paths, ``redirects`` leads from decoded old paths to encoded new ones or to other sites.
    ``mount`` is the encoded path below which the site is served: a request still has it if it is spelt another way.
    """

    def __init__(self, recipes: Collection[str], redirects: Mapping[str, str], mount: str = "") -> None:
        self._recipes = recipes
        self._redirects = redirects
        self._mount = folded_path(unquote(mount))

    def find(self, path: str) -> str | None:
        """The encoded path to redirect the decoded ``path`` to; ``None`` if nothing matches."""
        if path in self._recipes:  # its file has gone: a redirect here would be a loop
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
        if folded in self._folded_redirects:
            return self._folded_redirects[folded]
        found = self._unlike_their_folding.get(folded)
        return None if found and is_folder and not found.endswith("/") else found

    @cached_property
    def _folded_redirects(self) -> Mapping[str, str]:
        """The targets of old paths by their canonical form."""
        found: dict[str, str] = {}
        for old, now in self._redirects.items():
            found.setdefault(folded_path(old), now)
        return found

    @cached_property
    def _unlike_their_folding(self) -> Mapping[str, str]:
        """The addresses that differ from their canonical form: few, on a site of any size."""
        found: dict[str, str] = {}
        for path in self._recipes:
            folded = folded_path(path)
            if path not in {folded, f"{folded}/"}:
                found.setdefault(folded, quote(path))
        return found
