"""Resolve a target of the old site to its target here. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, unquote, urlsplit

from services.importing.constructs.context import SOURCE_SCHEME
from services.importing.foreign_site import Document
from services.importing.linking.atlas import Atlas, split_target
from services.importing.linking.files import find_file
from services.importing.linking.listings import find_listing
from services.importing.linking.pages import MARKDOWN, Pages
from services.importing.naming import to_slug
from shared.content.slug import author_url

#: Suffixes of files that may be beside an article.
ASSET_SUFFIXES = frozenset({".avif", ".csv", ".gif", ".jpeg", ".jpg", ".json", ".pdf", ".png", ".svg", ".txt", ".webp"})
_EXTERNAL = re.compile(r"(?!import-source:)[a-zA-Z][a-zA-Z0-9+.-]*:|//")


@dataclass(slots=True)
class Resolved:
    """A target here. ``asset`` is the path of a file of the source to copy beside the article.

    ``problem`` says why a target cannot be kept; ``target`` is then the nearest that works, or "".
    """

    target: str = ""
    asset: str = ""
    problem: str = ""


class Resolver:
    """Resolves the targets of one document. ``beside`` returns the name of a file of the source beside the article."""

    def __init__(self, atlas: Atlas, document: Document, beside: Callable[[str], str | None]) -> None:
        self._atlas = atlas
        self._document = document
        self._beside = beside
        self._pages = Pages(atlas, document)

    def resolve(self, target: str, *, is_picture: bool) -> Resolved | None:
        """Resolve ``target``; ``None`` if it stays as it is (another site, mail, a section of its page)."""
        target = target.strip().removeprefix("pathname://")
        if target.startswith("#"):
            return self._section(self._document.path, target[1:], on_same_page=True)
        if _EXTERNAL.match(target):
            if not re.match(r"(?:https?|mailto|tel):|//", target, re.IGNORECASE):
                return Resolved(problem=f"{target[:60]}: a link may be http, https, mailto or tel")
            target = self._own_host(target) or ""
        if target == SOURCE_SCHEME:
            return Resolved(problem="its address is known to the old site's templates alone")
        path, mark, rest = split_target(target)
        return self._inside(path, mark, rest, target, is_picture=is_picture) if path else None

    def _named(self, path: str) -> str | None:
        """What Pelican's ``{index}``, ``{tag}name``, ``{category}name`` and ``{author}name`` are here."""
        match = re.fullmatch(r"[{|](index|archives|tags|categories|authors|tag|category|author)[}|](.*)", path)
        if match is None:
            return None
        what, name = match[1], unquote(match[2])
        if what in {"tag", "category"}:
            return self._atlas.tags.get(to_slug(name), "/tags/")
        if what == "author" and name:
            known = {to_slug(one): one for one in self._atlas.authors}
            return author_url(known.get(to_slug(name), name)) if to_slug(name) in known else "/authors/"
        return {"archives": "/archive/", "tags": "/tags/", "categories": "/tags/", "authors": "/authors/"}.get(
            what, "/"
        )

    def _inside(self, path: str, mark: str, rest: str, target: str, *, is_picture: bool) -> Resolved:
        """Resolve a target inside the old site: a document, a file beside one, or a generated page."""
        named = self._named(path)
        if named is not None:
            return Resolved(named)
        fragment = rest.partition("#")[2] if mark == "?" else rest if mark == "#" else ""
        page = self._pages.find(path)
        if page is not None and not is_picture:
            return self._to_page(page, fragment)
        found = find_file(self._atlas, self._document, path)
        if found is not None:
            return self._to_asset(found, target, is_picture=is_picture)
        return self._unknown(path, target, is_picture=is_picture)

    def _own_host(self, target: str) -> str | None:
        """The path of an address on the old site's own host, or ``None``."""
        base = urlsplit(self._atlas.site.base_url)
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        if not base.hostname or parts.scheme not in {"http", "https", ""} or not parts.hostname:
            return None
        if parts.hostname.removeprefix("www.") != base.hostname.removeprefix("www."):
            return None
        path = parts.path or "/"
        # An unknown address may belong to another program on the same host: that link stays.
        if self._pages.find(path) is None and find_file(self._atlas, self._document, path) is None:
            return None
        return path + (f"#{parts.fragment}" if parts.fragment else "")

    def _section(self, path: str, fragment: str, *, on_same_page: bool = False) -> Resolved | None:
        """Resolve a link to a section; ``None`` if it stays as it is."""
        ids = self._atlas.ids.get(path, {})
        wanted = unescape(unquote(fragment))
        if not wanted:
            return None
        lowered = {identity.casefold(): new for identity, new in ids.items()}
        new = ids.get(wanted, lowered.get(wanted.casefold()))
        if new is None:
            # Tools differ in the punctuation that ids keep, so compare only the words.
            bare = {_bare(identity): found for identity, found in reversed(list(ids.items()))}
            new = bare.get(_bare(wanted)) if _bare(wanted) else None
        base = "" if on_same_page else self._atlas.urls[path]
        if new is None:
            if wanted.startswith(("fn", "fnref", "cb", ":~:", "__")) or re.fullmatch(r"L\d+(?:-L\d+)?", wanted):
                return None if on_same_page else Resolved(base)
            return Resolved(base, problem=f"#{fragment}: there is no such section in the source either")
        if on_same_page and new == wanted:
            return None
        return Resolved(f"{base}#{quote(new)}" if new else base or self._atlas.urls[path])

    def _to_page(self, page: str, fragment: str) -> Resolved:
        if page in self._atlas.drafts and self._document.path not in self._atlas.drafts:
            return Resolved(problem=f"{page} is a draft: readers would find nothing")
        if fragment:
            found = self._section(page, fragment)
            if found is not None:
                return found
        return Resolved(self._atlas.urls[page])

    def _to_asset(self, path: str, target: str, *, is_picture: bool) -> Resolved:
        if posixpath.splitext(path)[1].lower() not in ASSET_SUFFIXES:
            if path.endswith(MARKDOWN) and not is_picture:
                return self._unknown(target, target, is_picture=False)
            return Resolved(
                self._absolute(target), problem=f"{path}: a file of this kind cannot stand beside an article"
            )
        name = self._beside(path)
        if name is None:
            return Resolved(self._absolute(target), problem=f"{path}: the site does not take this file")
        return Resolved(quote(name), asset=path)

    def _unknown(self, path: str, target: str, *, is_picture: bool) -> Resolved:
        if path.startswith(SOURCE_SCHEME):
            return Resolved(problem=f"{path.removeprefix(SOURCE_SCHEME)}: there is no such document in the source")
        if path.startswith("@/"):
            path = target = re.sub(r"(?:_?index)?\.md$", "", path[1:])
        listing = None if is_picture else find_listing(self._atlas, path)
        if listing is not None:
            return Resolved(listing)
        what = "picture" if is_picture else "page or file"
        return Resolved(self._absolute(target), problem=f"{target[:80]}: the source has no such {what}")

    def _absolute(self, target: str) -> str:
        """The target on the old site, if that has an address."""
        base, below = self._atlas.site.base_url, self._atlas.site.base_path
        if not base or target.startswith(SOURCE_SCHEME):
            return ""
        root = base.removesuffix(below)
        if target.startswith("/"):
            return f"{root}{target}"
        own = self._document.addresses[0] if self._document.addresses else "/"
        path, mark, rest = split_target(target)
        joined = posixpath.normpath(
            posixpath.join(
                "/", own if own.endswith("/") else posixpath.dirname(own), re.sub(r"\{\w+\}|\|\w+\|", "", path)
            )
        )
        if path.endswith("/") and not joined.endswith("/"):
            joined += "/"
        if below and not joined.startswith(f"{below}/"):
            # Addresses of documents are those below the path of the site.
            joined = f"{below}{joined}"
        return f"{root}{joined}{mark}{rest}"


def _bare(identity: str) -> str:
    return re.sub(r"[\W_]+", "", identity.casefold())
