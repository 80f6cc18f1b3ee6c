"""The result of a reader: the site, and its documents with their old addresses. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.importing.reading.front_matter import Foreign

#: The rule by which a tool makes heading ids: see ``services.importing.constructs.heading_ids``.
IdRule = Literal["github", "kramdown", "python-markdown", "zola", "slugify", "none"]


@dataclass(slots=True)
class Document:
    """One Markdown file of the source.

    ``path`` is relative to the source. ``names`` is its logical path, from the outermost folder to its own name: the
    last one gives the slug, the ones before make it unique. ``addresses`` are its old paths (the first one is its last
    address). ``dated`` is a date in its name or folder. ``data`` is its front matter with the defaults of the site.
    ``other_names`` are names by which links may call it.
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
    other_names: tuple[str, ...] = ()


@dataclass(slots=True)
class ForeignSite:
    """A parsed source.

    ``roots`` are the folders with Markdown, ``static_roots`` those whose files were served from ``/``, and
    ``public_roots`` those of them that have nothing else in them. ``base_path`` is the path of ``base_url`` without a
    slash at its end. ``listings`` maps old addresses of generated pages (a blog's front page, a tag) to the equivalent
    address here. ``sections`` are the folders of sections that were only lists, by old address. ``redirects`` maps old
    paths to old paths or to other sites. ``variables`` are the variables of templates; ``options`` are for the
    converters of the kind.
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
    public_roots: list[str] = field(default_factory=list)
    navigation: list[tuple[str, str]] = field(default_factory=list)
    authors: dict[str, str] = field(default_factory=dict)
    listings: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
