"""The parts that page contexts are made of: links, the head, the frame around every page, cards, pagers.

Frozen values, complete when built. Does not depend on the Library or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.render.languages.interface import Interface
from services.render.pages.typeset.perspective import View
from shared.content.parsing.theme_config import PAPER


@dataclass(frozen=True, slots=True)
class Overrides:
    """Templates of a site's own as (name, source) pairs, in order of names. They extend ours."""

    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link and its label.

    ``is_current`` marks the page that shows it; ``language`` is that of the label if it is not the site's.
    """

    label: str
    url: str
    is_current: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class CountedLink:
    """A tag, year or series with its number of articles.

    ``is_on`` marks an active filter; its ``url`` removes it.
    """

    label: str
    url: str
    count: int
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: ``label`` is its format in a word, ``title`` what ``<link rel=alternate>`` calls it."""

    label: str
    title: str
    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Look:
    """The theme as pages show it.

    URLs of its own style sheets, logo and icon (empty for the default ones), the paper colour of the light and the dark
    scheme, the hero of the front page, and the footer text.

    ``own_fonts`` names the fonts that are not ours, ``overrides`` are templates of the site's own.
    """

    stylesheets: tuple[str, ...] = ()
    logo: str = ""
    icon: str = ""
    colours: tuple[str, str] = (PAPER["light"], PAPER["dark"])
    has_hero: bool = True
    hero_line: str = ""
    footer: str = ""
    own_fonts: tuple[str, ...] = ()
    overrides: Overrides = Overrides()


@dataclass(frozen=True, slots=True)
class Chrome:
    """The layout that every page shares: the site's words, its navigation, and its fingerprinted URLs.

    ``fonts`` are on the first screen of every page, ``italic_font`` is for pages with italics, and ``further_fonts``
    are for pages with letters beyond English: (name of the file, URL).
    ``stylesheets`` are for every page, the others for pages with an article, a search box, a list, or the dialog.
    ``search_names`` are the parameters that make an address a search, ``dialog_form`` is the box of the dialog.
    ``language`` is that of the site and ``direction`` the one it is written in; ``words`` is the interface in it, or in
    English if there is no catalogue.
    ``mount`` is the path below which the site is served (empty at the root of its host). The paths of a page are
    without it; the renderer adds it.
    ``is_static`` marks a copy of files, whose search runs in the browser.
    ``reports_opened`` says that scripts tell the site which hits are opened (``insight``).
    ``early_scripts`` run before the first paint (the remembered colour scheme); ``modules`` are deferred.
    """

    title: str
    tagline: str
    language: str
    direction: str
    words: Interface
    author: str
    navigation: tuple[Link, ...]
    licence: Link | None
    feeds: tuple[Feed, ...]
    fonts: tuple[str, ...]
    italic_font: str
    further_fonts: tuple[tuple[str, str], ...]
    stylesheets: tuple[str, ...]
    article_stylesheet: str
    search_stylesheet: str
    list_stylesheet: str
    dialog_stylesheet: str
    search_names: str
    dialog_form: SearchForm
    early_scripts: tuple[str, ...]
    modules: tuple[str, ...]
    icon: str
    mount: str
    look: Look = Look()
    is_static: bool = False
    reports_opened: bool = False


@dataclass(frozen=True, slots=True)
class Meta:
    """The head of one page. URLs are absolute; ``json_ld`` are JSON texts, safe inside a script element.

    ``title`` is for the browser's tab (with the site's name), ``share_title`` for cards that name the site themselves.
    ``canonical`` is None for a page that has no address of its own, as an error.
    """

    title: str
    share_title: str
    description: str
    canonical: str | None
    kind: str = "website"
    image: str | None = None
    image_alt: str = ""
    published: str | None = None
    updated: str | None = None
    tags: tuple[str, ...] = ()
    json_ld: tuple[str, ...] = ()
    robots: str | None = None
    previous_url: str | None = None
    next_url: str | None = None
    feeds: tuple[Feed, ...] = ()
    #: The path of the page as Markdown.
    markdown_url: str | None = None


@dataclass(frozen=True, slots=True)
class SearchForm:
    """The search box: its text, and the filters that the form keeps as (name, value) pairs.

    ``max_chars`` of the text are searched. ``needs_script`` says that nothing answers the form without JavaScript.
    """

    text: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    max_chars: int = 200
    needs_script: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """An article as lists show it.

    ``language`` is that of its words if it is not the site's. ``part`` of ``count`` is its position in its series,
    ``mark`` the small drawing of it, ``view`` the large one that some lists show. ``authors`` are named if the site's
    author did not write it alone.
    """

    title: str
    url: str
    summary: str
    published: date | None
    tags: tuple[Link, ...]
    series: Link | None
    reading_minutes: int
    is_featured: bool = False
    part: int | None = None
    count: int = 0
    mark: View | None = None
    view: View | None = None
    language: str | None = None
    authors: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Pager:
    """The position in a paged list. ``numbers`` holds None for a gap."""

    page: int
    pages: int
    previous_url: str | None
    next_url: str | None
    numbers: tuple[Link | None, ...]
