"""Names of front-matter keys in other tools: for messages, and for the import. A table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

#: Our key → equivalent keys of other tools, the clearest first, folded (see ``folded``).
SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "title": ("title", "headline"),
        "summary": ("description", "summary", "excerpt", "abstract", "lead", "subtitle", "tldr"),
        "published": (
            "date",
            "publishdate",
            "pubdate",
            "pubdatetime",
            "publisheddate",
            "datepublished",
            "publishedat",
            "published",
            "created",
            "createdat",
            "createddate",
        ),
        "updated": (
            "lastmod",
            "updated",
            "modified",
            "updateddate",
            "modifieddate",
            "lastmodifiedat",
            "lastmodified",
            "moddatetime",
            "lastupdated",
            "lastupdate",
            "dateupdated",
            "updatedat",
        ),
        "expires": ("expirydate", "expires", "unpublishdate"),
        "tags": ("tags", "tag", "categories", "category", "topics", "keywords"),
        "authors": ("authors", "author"),
        "aliases": ("aliases", "redirectfrom", "redirects", "alias", "oldurls"),
        "featured": ("featured", "pinned", "sticky", "pin"),
        "language": ("language", "lang", "locale", "languagecode"),
        "cover": (
            "cover",
            "coverimage",
            "heroimage",
            "image",
            "featuredimage",
            "featureimage",
            "headerimage",
            "bannerimage",
            "thumbnail",
            "banner",
            "ogimage",
        ),
        "series": ("series",),
        "toc": ("toc", "tableofcontents", "hidetableofcontents", "hidetoc"),
    }
)
#: What to write instead of a key that has no equivalent here.
_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("permalink", "url", "path"),
            "write slug for the address that the article has now, and aliases for those that it had",
        ),
        **dict.fromkeys(
            ("unlisted", "hidden", "status", "private"), "write draft: true for what readers do not see yet"
        ),
        **dict.fromkeys(
            ("layout", "weight", "params", "type", "template", "id", "comments", "sidebarlabel", "sidebarposition"),
            "nothing reads it here, so remove it or keep it under extra",
        ),
    }
)
_KEYS: Mapping[str, str] = MappingProxyType({name: key for key, names in SYNONYMS.items() for name in names})


def folded(key: str) -> str:
    """A key in the form for comparison: ``last_modified-at`` and ``lastModifiedAt`` are equal."""
    return re.sub(r"[-_\s.]", "", key).lower()


def own_key(key: str) -> str | None:
    """Our name of ``key``; ``None`` if no tool is known to have it."""
    return _KEYS.get(folded(key))


def advice(key: str) -> str | None:
    """What to write instead of ``key``, as the end of a message; ``None`` without advice."""
    meant = own_key(key)
    if meant is None:
        return _ADVICE.get(folded(key))
    return f"it is called {meant} here{', with src and alt' if meant == 'cover' else ''}"
