"""The only import of Jinja2: contexts to HTML. Templates are compiled at start and never looked at again.

A template is given exactly one name, ``page``: the context of its kind. Everything in it is escaped, but for an
article's body.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from services.render.pages import contexts
from services.render.pages.contexts import PageContext, SearchPage
from services.render.pages.mount import html_below_mount
from services.render.pages.typeset.dates import day_of_year_text, day_short_text, day_text
from services.render.pages.typeset.letters import further_fonts

TEMPLATE_DIR = Path(__file__).parent / "templates"

#: Which template renders which context.
TEMPLATES: Mapping[type[PageContext], str] = MappingProxyType(
    {
        contexts.ListingPage: "listing.html",
        contexts.ArticlePage: "article.html",
        contexts.StaticPage: "page.html",
        contexts.TagsPage: "tags.html",
        contexts.SeriesPage: "series.html",
        contexts.ArchivePage: "archive.html",
        contexts.SearchPage: "search.html",
        contexts.ErrorPage: "error.html",
    }
)
#: What the page of results includes, and is sent alone while somebody types.
RESULTS = "results.html"

#: Where ``base.html`` leaves room for fonts, and what each of them is there.
_FURTHER_FONTS = "<!-- further fonts -->"
_PRELOAD = '<link rel="preload" href="{url}" as="font" type="font/woff2" crossorigin>'


class Pages:
    """Renders contexts. Any thread may call it: compiled templates share nothing."""

    def __init__(self, templates: Mapping[type[PageContext], Template], results: Template) -> None:
        self._templates = templates
        self._results = results

    def render(self, context: PageContext) -> bytes:
        """The page as UTF-8 HTML. It loads the fonts that its letters need before it is painted."""
        html = self._templates[type(context)].render(page=context)
        urls = dict(context.chrome.further_fonts)
        links = "\n".join(_PRELOAD.format(url=urls[name]) for name in further_fonts(html))
        html = html.replace(_FURTHER_FONTS, links, 1)
        return html_below_mount(html, context.chrome.mount).encode()

    def render_results(self, context: SearchPage) -> bytes:
        """The results alone, as UTF-8 HTML: what changes in the page of results while somebody types."""
        return html_below_mount(self._results.render(page=context), context.chrome.mount).encode()


def load_pages(directory: Path = TEMPLATE_DIR) -> Pages:
    """Compile every template. Blocking: for start-up, in a thread. Raises jinja2.TemplateError naming file and line."""
    environment = create_environment(directory)
    for name in environment.list_templates():
        # Those that others extend and import too: they would be looked for on the disk at the first rendering.
        environment.get_template(name)
    pages = {context: environment.get_template(name) for context, name in TEMPLATES.items()}
    return Pages(pages, environment.get_template(RESULTS))


def create_environment(directory: Path = TEMPLATE_DIR) -> Environment:
    """The environment: everything escaped, an unknown name an error, no look at the disk after compiling."""
    environment = Environment(
        loader=FileSystemLoader(directory),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
    )
    environment.filters["day"] = day_text
    environment.filters["day_short"] = day_short_text
    environment.filters["day_of_year"] = day_of_year_text
    environment.filters["trusted"] = trusted
    return environment


def trusted(html: str) -> Markup:
    """Mark HTML as safe: only for article bodies, which passed the sanitizer, and for encoded JSON-LD."""
    return Markup(html)  # noqa: S704 - the one place, and its two uses are named above
