"""The part of ``perspective check`` that needs the render extra: a site's own files, templates and catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from services.render.app import STATIC_DIR
from services.render.languages.choice import OWN, Catalogues
from services.render.pages.environments import OWN as OWN_TEMPLATES
from services.render.pages.templates import load_pages
from services.render.sending.static_files import StaticFiles, load_static_files
from services.render.site.scope import build_scope
from services.render.site.trial import try_templates
from services.render.theming.cache import ThemeCache
from shared.content.folder.loader import load_now
from shared.content.parsing.site_config import SITE_FILE
from shared.content.problem import Problem
from shared.web.settings import Settings


def check_theme(settings: Settings) -> tuple[Problem, ...]:
    """The problems of ``[theme]``, ``content/theme/`` and the language of the site."""
    content = settings.content_dir
    library = load_now(content).library
    if library is None:
        return ()
    now, pages = datetime.now(UTC), load_pages()
    has_templates = any((content / OWN_TEMPLATES).glob("*"))
    # To compile templates takes no file of ours; to make pages with them does.
    ours = load_static_files(STATIC_DIR, now) if has_templates else StaticFiles({}, {})
    theme = ThemeCache(content, ours, pages, lambda: now).theme(library.site)
    failed: tuple[Problem, ...] = ()
    if has_templates:
        scope = build_scope(library, now, theme, settings)
        failed = tuple(one.under(content) for one in try_templates(scope, pages))
    advice = [one for one in theme.catalogues.problems() if one.severity == "warning"]
    site = content / SITE_FILE
    text = site.read_text("utf-8") if site.is_file() else ""
    advice += check_language(library.site.language, text, theme.catalogues)
    return (*dict.fromkeys((*theme.problems, *failed)), *(one.under(content) for one in advice))


def check_language(language: str, site: str, catalogues: Catalogues) -> Iterator[Problem]:
    """A warning for a language without a catalogue; ``site`` is the text of site.toml."""
    if catalogues.supports(language):
        return
    line = next((at for at, one in enumerate(site.splitlines(), 1) if one.split("=")[0].strip() == "language"), 1)
    known, name = ", ".join(catalogues.names()), language.replace("-", "_")
    message = f"no catalogue speaks {language!r}, so the interface is in English: there are {known}"
    yield Problem(SITE_FILE, line, f"{message}; content/{OWN}/{name}.po brings one", "warning")
