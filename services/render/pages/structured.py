"""Structured data about a page: schema.org as JSON-LD, and BibTeX. Pure.

The JSON is for ``<script type="application/ld+json">``: data blocks, which no browser executes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson

#: ``</script>`` and ``<!--`` inside a data block would end or change it; JSON can write every ``<`` as an escape.
_UNSAFE = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


def json_ld(kind: str, members: Mapping[str, Any]) -> str:
    """Encode a JSON-LD object of the type ``kind`` without None members, safe inside a script element."""
    value = {"@context": "https://schema.org", "@type": kind, **members}
    text = orjson.dumps({name: member for name, member in value.items() if member is not None}).decode()
    for character, escape in _UNSAFE:
        text = text.replace(character, escape)
    return text


def breadcrumbs(trail: Sequence[tuple[str, str]]) -> str:
    """The BreadcrumbList of (name, absolute URL) pairs from the front page to the page itself."""
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": url}
        for position, (name, url) in enumerate(trail, start=1)
    ]
    return json_ld("BreadcrumbList", {"itemListElement": items})


def person(name: str, url: str) -> str:
    """The page of an author."""
    return json_ld("ProfilePage", {"url": url, "mainEntity": {"@type": "Person", "name": name, "url": url}})


def website(title: str, description: str, base_url: str, language: str) -> str:
    """The WebSite with its SearchAction, so that an engine knows how to search it."""
    action = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{base_url}/?q={{search_term_string}}"},
        "query-input": "required name=search_term_string",
    }
    members = {"name": title, "description": description, "url": f"{base_url}/", "inLanguage": language}
    return json_ld("WebSite", {**members, "potentialAction": action})


#: Characters that LaTeX reads as commands, and their escapes.
_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)


def bibtex(key: str, *, title: str, authors: Sequence[str], site: str, published: date, url: str) -> str:
    """The BibLaTeX entry of an article. The title and each author are in braces of their own, which keep their form."""
    fields = {
        "title": f"{{{title.translate(_LATEX)}}}",
        "author": " and ".join(f"{{{author.translate(_LATEX)}}}" for author in authors),
        "organization": site.translate(_LATEX),
        "date": published.isoformat(),
        "url": url,
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@online{{{key},\n{lines}}}"
