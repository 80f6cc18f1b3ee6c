"""What the reader of a kind makes of a source: the site, and its documents with their old addresses. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.importing.reading.front_matter import Foreign

#: How a tool makes the id of a heading: see ``services.importing.constructs.heading_ids``.
IdRule = Literal["github", "kramdown", "python-markdown", "zola", "slugify", "none"]


@dataclass(slots=True)
class Document:
    """One Markdown file of the source.

    ``path`` is relative to the source. ``names`` is where it stands, from the outermost folder to its own name: the
    last gives the slug, the ones before make it unique. ``addresses`` are the paths that it had (the first is the one
    it was read at). ``dated`` is a date that its name or its folder states. ``data`` is its front matter with the
    defaults of the site below it.
    """

    path: str
    foreign: Foreign
    data: dict[str, Any]
    names: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    is_page: bool = False
    is_draft: bool = False
    is_mdx: bool = False
    dated: str = ""
    lines: Sequence[int] | None = None
    series: tuple[str, int] | None = None
    language: str = ""


@dataclass(slots=True)
class ForeignSite:
    """A whole source, read.

    ``roots`` are the folders that Markdown was looked for in, ``static_roots`` those whose files were served from
    ``/``. ``base_path`` is the path of ``base_url`` without a slash at its end. ``listings`` are old addresses of pages
    that tools make (a blog's front page, a tag) → the address that shows the same here. ``sections`` are the folders of
    sections that were lists alone, by old address. ``redirects`` are old path → old path. ``variables`` are what
    templates may name; ``options`` what the converters of the kind need to know.
    """

    kind: str
    title: str = ""
    tagline: str = ""
    description: str = ""
    author: str = ""
    language: str = ""
    base_url: str = ""
    base_path: str = ""
    time_zone: str = ""
    id_rule: IdRule = "github"
    documents: list[Document] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    static_roots: list[str] = field(default_factory=list)
    navigation: list[tuple[str, str]] = field(default_factory=list)
    authors: dict[str, str] = field(default_factory=dict)
    listings: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
