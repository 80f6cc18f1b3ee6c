"""The part of ``perspective check`` that needs the render extra: files and templates of the site's own look."""

from __future__ import annotations

from datetime import UTC, datetime

from services.render.pages.templates import load_pages
from services.render.sending.static_files import StaticFiles
from services.render.theming.keeper import ThemeKeeper
from shared.content.folder.loader import load_now
from shared.content.problem import Problem
from shared.web.settings import Settings


def check_look(settings: Settings) -> tuple[Problem, ...]:
    """The problems of ``[theme]`` and ``content/theme/``: files that are missing or no such files, and templates."""
    library = load_now(settings.content_dir).library
    if library is None:
        return ()
    ours = StaticFiles({}, {})
    keeper = ThemeKeeper(settings.content_dir, ours, load_pages(), lambda: datetime.now(UTC))
    return keeper.theme(library.site.theme).problems
