"""Contexts → HTML. Templates are compiled once, at start.

A template receives exactly one name, ``page``: the context of its kind. Everything in it is escaped, except the body of
an article.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, TemplateError, TemplateNotFound, TemplateSyntaxError, nodes

from services.render.languages.interface import ENGLISH, Interface
from services.render.pages import contexts
from services.render.pages.contexts import HitView, PageContext, SearchPage
from services.render.pages.environments import (
    NOT_OVERRIDDEN,
    OURS,
    OWN,
    TEMPLATE_DIR,
    begin_page,
    create_environment,
    sandbox,
)
from services.render.pages.mount import html_below_mount
from services.render.pages.parts import Overrides
from services.render.pages.typeset.letters import further_fonts
from shared.content.problem import Problem
from shared.process.logger import get_logger
from shared.text.nearest import nearest

log = get_logger("render.templates")

#: The template of each context.
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
        contexts.InsightPage: "insight.html",
    }
)
#: The part of the results page that is sent alone during typing.
RESULTS = "results.html"
#: One result by itself.
HIT = "hit.html"

#: The place in ``base.html`` for further fonts, and the markup of each.
_FURTHER_FONTS = "<!-- further fonts -->"
_PRELOAD = '<link rel="preload" href="{url}" as="font" type="font/woff2" crossorigin>'


#: Languages, or versions of one catalogue, whose compiled templates are cached.
MAX_LANGUAGES = 4


class Pages:
    """Renders contexts. Any thread may call it: compiled templates share nothing."""

    def __init__(self, directory: Path, ours: Environment) -> None:
        self._directory = directory
        self._sources = {name: (directory / name).read_text("utf-8") for name in ours.list_templates()}
        self._ours = {ENGLISH: ours}
        self._own: tuple[Overrides, dict[Interface, Environment]] | None = None
        self._failed: dict[Problem, None] = {}

    def render(self, context: PageContext) -> bytes:
        """Render the page as UTF-8 HTML. It preloads the fonts for its letters."""
        html = self._html(TEMPLATES[type(context)], context)
        urls = dict(context.chrome.further_fonts)
        links = "\n".join(_PRELOAD.format(url=urls[name]) for name in further_fonts(html))
        html = html.replace(_FURTHER_FONTS, links, 1)
        return html_below_mount(html, context.chrome.mount).encode()

    def render_results(self, context: SearchPage) -> bytes:
        """Render the results alone, as UTF-8 HTML, for search as you type."""
        return html_below_mount(self._html(RESULTS, context), context.chrome.mount).encode()

    def render_hit(self, hit: HitView, words: Interface, mount: str) -> str:
        """Render one result alone, for a page that a browser puts together."""
        return html_below_mount(self._environment(words).get_template(HIT).render(page=hit), mount)

    @property
    def failures(self) -> tuple[Problem, ...]:
        """What failed in the site's own templates since they changed, each once; their pages were made with ours."""
        return tuple(self._failed)

    def check(self, overrides: Overrides) -> tuple[Problem, ...]:
        """The problems that compiling the site's own templates finds."""
        environment, problems = self._own_environment(overrides, ENGLISH), []
        for name, _ in overrides.sources:
            if name not in self._sources or name in NOT_OVERRIDDEN:
                known = ", ".join(sorted(set(self._sources) - NOT_OVERRIDDEN))
                problems.append(Problem(OWN + name, 1, f"no template of ours has this name: there are {known}"))
                continue
            try:
                environment.get_template(name)
                # Compiling a template does not look for the one that it extends.
                problems.extend(_stray_blocks(name, environment))
            except (TemplateError, RecursionError) as error:
                problems.append(_located(error, name))
        return tuple(problems)

    def _html(self, name: str, context: PageContext) -> str:
        """The page from the site's own templates or, if these fail, from ours."""
        overrides, words = context.chrome.look.overrides, context.chrome.words
        if overrides.sources:
            try:
                begin_page()
                return self._own_environment(overrides, words).get_template(name).render(page=context)
            except Exception as error:  # noqa: BLE001 - whatever a site's own template does, its page is answered
                problem = _located(error, name)
            if problem not in self._failed:
                self._failed[problem] = None
                log.error("own template failed; the page is made with ours", problem=str(problem))
        return self._environment(words).get_template(name).render(page=context)

    def _environment(self, words: Interface) -> Environment:
        """The environment of our templates in one language, made when it is first asked for."""
        found = self._ours.get(words)
        if found is None:
            if len(self._ours) == MAX_LANGUAGES:
                # A site's language or catalogue changes while its author tries them.
                self._ours = {ENGLISH: self._ours[ENGLISH]}
            found = self._ours[words] = create_environment(self._directory, words)
        return found

    def _own_environment(self, overrides: Overrides, words: Interface) -> Environment:
        own = self._own
        if own is None or own[0] != overrides:
            own = self._own = (overrides, {})
            self._failed.clear()
        if words not in own[1]:
            if len(own[1]) == MAX_LANGUAGES:
                own[1].clear()
            own[1][words] = sandbox(self._sources, dict(overrides.sources), words)
        return own[1][words]


def _located(error: BaseException, name: str) -> Problem:
    """The line of a site's own template at which ``error`` occurred."""
    if isinstance(error, TemplateSyntaxError):
        return Problem(error.filename or OWN + name, error.lineno, error.message or "this is not a template")
    frames = traceback.extract_tb(error.__traceback__)
    found = [(frame.filename, frame.lineno or 1) for frame in frames if frame.filename.startswith(OWN)]
    path, line = found[-1] if found else (OWN + name, 1)
    return Problem(path, line, _reason(error) or type(error).__name__)


def _reason(error: BaseException) -> str:
    """What is wrong, in words for the author of a template."""
    if isinstance(error, RecursionError):
        return "templates extend each other in a circle, or a macro calls itself without end"
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name!r}: a template may use ours ({OURS}NAME.html) and those beside it"
    # Jinja names the class of a context with its module, which is of no use to an author.
    return re.sub(r"'(?:\w+\.)+(\w+) object'", r"\1", str(error))


def _stray_blocks(name: str, environment: Environment) -> Iterator[Problem]:
    """Blocks of a site's own template that override none: Jinja ignores them silently."""
    own, *extended = _extended(name, environment)
    known = {block.name for one in extended for block in one.find_all(nodes.Block)}
    for block in own.body if known else ():
        if isinstance(block, nodes.Block) and block.name not in known:
            guess = nearest(block.name, known)
            hint = f"did you mean {guess!r}?" if guess else f"there are {', '.join(sorted(known))}"
            message = f"the template that this one extends has no block {block.name!r}, so it is never shown: {hint}"
            yield Problem(OWN + name, block.lineno, message)


def _extended(name: str, environment: Environment) -> Iterator[nodes.Template]:
    """The template, the one it extends, and so on, as far as the names are constants.

    Raises TemplateSyntaxError, with the line that extends a template that is not there too.
    """
    seen: set[str] = set()
    by, line = name, 1
    while environment.loader is not None and name not in seen:
        seen.add(name)
        try:
            source = environment.loader.get_source(environment, name)[0]
        except TemplateNotFound as error:
            raise TemplateSyntaxError(_reason(error), line, filename=OWN + by) from error
        template = environment.parse(source, filename=OWN + name)
        yield template
        extends = template.find(nodes.Extends)
        if extends is None or not isinstance(extends.template, nodes.Const):
            return
        by, name, line = name, extends.template.value, extends.lineno


def load_pages(directory: Path = TEMPLATE_DIR) -> Pages:
    """Compile every template. Blocking: for start-up, in a thread. Raises jinja2.TemplateError naming file and line."""
    environment = create_environment(directory)
    for name in environment.list_templates():
        # This includes templates that others extend and import: otherwise, the first rendering would read them from
        # disk.
        environment.get_template(name)
    return Pages(directory, environment)
