"""The scope of a site: served, or written as files."""

from __future__ import annotations

from pathlib import Path

from services.render.pages.parts import Look
from services.render.pages.social import CardColours
from services.render.site.scope import build_scope
from services.render.theming.theme import Theme
from shared.content.library import build_library
from shared.web.settings import Settings
from tests.render.sites import BASE_URL, FILES, NOW, SITE

THEME = Theme(FILES, Look(), CardColours())
SETTINGS = Settings(live_reload=True, insight_token_file=Path("token"))


def test_served_site_reloads_open_pages_and_counts_queries_as_its_settings_say() -> None:
    scope = build_scope(build_library(SITE, ()), NOW, THEME, SETTINGS)
    assert (scope.is_live, scope.reports_opened, scope.is_static) == (True, True, False)


def test_written_site_has_no_service_that_it_could_ask() -> None:
    scope = build_scope(build_library(SITE, ()), NOW, THEME, SETTINGS, is_static=True)
    assert (scope.is_live, scope.reports_opened, scope.is_static) == (False, False, True)


def test_address_is_that_of_the_settings_before_that_of_the_site() -> None:
    library = build_library(SITE, ())
    assert build_scope(library, NOW, THEME, Settings()).base_url == BASE_URL
    assert build_scope(library, NOW, THEME, Settings(base_url="https://x.example")).base_url == "https://x.example"
