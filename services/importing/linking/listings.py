"""Generated pages of the old site (front page, feeds, archives, tags), and their equivalents here. Pure."""

from __future__ import annotations

import re

from services.importing.foreign_site import Document
from services.importing.linking.atlas import Atlas, address_key
from services.importing.naming import to_slug

_LISTINGS = {
    "feed.xml": "/feed.xml",
    "atom.xml": "/feed.xml",
    "index.xml": "/feed.xml",
    "rss.xml": "/rss.xml",
    "feed": "/feed.xml",
    "rss": "/rss.xml",
    "feed.json": "/feed.json",
    "sitemap.xml": "/sitemap.xml",
    "tags": "/tags/",
    "categories": "/tags/",
    "archive": "/archive/",
    "archives": "/archive/",
    "archives.html": "/archive/",
    "tags.html": "/tags/",
    "categories.html": "/tags/",
    "blog": "/",
    "posts": "/",
    "articles": "/",
}


def find_listing(atlas: Atlas, path: str) -> str | None:
    """The equivalent of a generated page: the front page, feeds, archives, tags."""
    site = atlas.site
    key = address_key(path if path.startswith("/") else f"/{path}")
    if site.base_path:
        key = address_key(key.removeprefix(site.base_path.casefold()) or "/")
    if key in site.listings:
        return _first_below(atlas, key) or site.listings[key]
    last = path.rstrip("/").rpartition("/")[2].lower()
    if key == "/":
        return "/"
    tag = re.search(r"/(?:tags?|categor(?:y|ies)|topics?)/([^/]+)$", key)
    if tag:
        return atlas.tags.get(to_slug(tag[1]), "/tags/")
    return _LISTINGS.get(last) if path.count("/") <= 3 else None


def _first_below(atlas: Atlas, key: str) -> str | None:
    """The first document of a section without a text of its own; ``None`` if they have dates, so are listed."""
    folder = atlas.site.sections.get(key)
    members = [
        one
        for one in atlas.site.documents
        if folder and one.path.startswith(f"{folder}/") and one.path not in atlas.drafts
    ]
    if key == "/" or not members or any(one.dated or one.data.get("date") for one in members):
        return None

    def order(document: Document) -> tuple[float, str]:
        weight = document.data.get("weight")
        return (float(weight) if isinstance(weight, int | float) else 1e9), document.path

    return atlas.urls[min(members, key=order).path]
