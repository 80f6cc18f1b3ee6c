"""Find the document that a target names: by its file, by an old address, by a name. Pure."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from services.importing.constructs.context import SOURCE_SCHEME
from services.importing.foreign_site import Document
from services.importing.linking.atlas import Atlas, address_key, last_of, stem_of

#: Suffixes of documents.
MARKDOWN = (".md", ".mdx", ".markdown", ".mdown", ".rst", ".ipynb", ".html", ".adoc", ".org")


class Pages:
    """The documents of an atlas, as seen from one of them."""

    def __init__(self, atlas: Atlas, document: Document) -> None:
        self._atlas = atlas
        self._document = document

    def find(self, path: str) -> str | None:
        """The source of the document that a target names, by file, by old address or by name."""
        atlas = self._atlas
        if path.startswith(SOURCE_SCHEME):
            return self._reference(path.removeprefix(SOURCE_SCHEME))
        if path.startswith("@/"):
            inner = unquote(path[2:])
            sources = (self._source(posixpath.normpath(f"{root}/{inner}").lstrip("/")) for root in atlas.site.roots)
            return next(filter(None, sources), None) or self._by_address(
                re.sub(r"(?:/?_?index)?(?:\.\w+)?\.md$", "/", f"/{inner}")
            )
        for alias, folder in (atlas.site.options.get("path_aliases") or {}).items():
            if path.startswith(alias):
                return self._source(posixpath.normpath(posixpath.join(folder, unquote(path).removeprefix(alias))))
        plain = unquote(path).replace("|filename|", "{filename}")
        plain = re.sub(r"^\{(?:filename|static|attach)\}", "", plain)
        here = posixpath.dirname(self._document.path)
        candidates = (
            [f"{root}{plain}" for root in (*atlas.site.roots, "")]
            if plain.startswith("/")
            else [posixpath.join(here, plain)]
        )
        sources = (self._source(posixpath.normpath(candidate.lstrip("/"))) for candidate in candidates)
        # A name with a suffix is a file; any other is an address, resolved as a browser does.
        if plain.lower().endswith(MARKDOWN):
            return next(filter(None, sources), None) or self._by_address(plain) or self._by_tail(plain)
        return self._by_address(plain) or next(filter(None, sources), None)

    def _by_tail(self, path: str) -> str | None:
        """The only document whose path ends with ``path``: the rest of a link with the wrong number of folders."""
        tail = re.sub(r"^(?:\.{1,2}/|/)+", "", path)
        named = self._atlas.by_last.get(last_of(tail), []) if "/" in tail else []
        found = [source for source in named if source == tail or source.endswith(f"/{tail}")]
        return found[0] if len(found) == 1 else None

    def _source(self, path: str) -> str | None:
        urls = self._atlas.urls
        if path in urls:
            return path
        stem = re.sub(r"\.(?:md|mdx|html?)$", "", path)
        for candidate in (
            f"{stem}.md",
            f"{stem}.mdx",
            f"{path}.md",
            f"{path}.mdx",
            f"{path}/index.md",
            f"{path}/index.mdx",
            f"{path}/_index.md",
            f"{path}/README.md",
            f"{stem}.markdown",
            f"{stem}.rst",
        ):
            if candidate in urls:
                return candidate
        return None

    def _by_address(self, path: str) -> str | None:
        atlas, site = self._atlas, self._atlas.site
        own = self._document.addresses[0] if self._document.addresses else "/"
        absolute = (
            path
            if path.startswith("/")
            else posixpath.normpath(posixpath.join(own if own.endswith("/") else posixpath.dirname(own), path))
        )
        options = [absolute]
        if not path.startswith("/"):
            # Authors also write relative links as if the page were a file.
            options.append(posixpath.normpath(posixpath.join(posixpath.dirname(own.rstrip("/")), path)))
        for option in options:
            key = address_key(option)
            for candidate in (
                key,
                address_key(key.removeprefix(site.base_path.casefold())) if site.base_path else key,
                address_key(site.base_path + key),
            ):
                if candidate in atlas.by_address:
                    return atlas.by_address[candidate]
                redirected = site.redirects.get(candidate)
                if redirected and address_key(redirected) in atlas.by_address:
                    return atlas.by_address[address_key(redirected)]
        return None

    def _reference(self, reference: str) -> str | None:
        """Resolve ``relref``, ``post_url``, ``link`` and wiki links: a path, an address, or a bare name."""
        atlas = self._atlas
        kind, _, name = reference.rpartition(":")
        name = unquote(name or reference).strip()
        if kind not in {"post", "wiki"}:
            found = self.find(name)
            if found is not None:
                return found
        tail = name.strip("/")
        for path in atlas.by_last.get(last_of(tail), []):
            stem = stem_of(path)
            if stem == tail or stem.endswith(f"/{tail}") or path == tail or path.endswith(f"/{tail}"):
                return path
        named = (
            atlas.by_name.get(posixpath.splitext(posixpath.basename(tail))[0].lower())
            or atlas.by_name.get(tail.lower())
            or []
        )
        return named[0] if named else None
