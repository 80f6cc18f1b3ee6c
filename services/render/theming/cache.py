"""The current theme: reads the files of ``content/theme/`` again when they change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from services.render.languages.choice import Catalogues
from services.render.pages.templates import Pages
from services.render.sending.static_files import StaticFiles, in_language
from services.render.theming.own_files import Signature, read_own_files, signature
from services.render.theming.theme import Theme, build_theme
from shared.content.parsing.site_config import SiteConfig
from shared.content.parsing.theme_config import ThemeConfig

#: Seconds between two scans of the folder.
LOOK_S = 1.0


class ThemeCache:
    """Builds the theme of a site from its configuration and files, and caches it until either changes."""

    def __init__(self, content_dir: Path, ours: StaticFiles, pages: Pages, clock: Callable[[], datetime]) -> None:
        self._content_dir = content_dir
        self._ours = ours
        self.pages = pages
        self._clock = clock
        self._made: tuple[tuple[ThemeConfig, str, Signature], Theme] | None = None

    def theme(self, site: SiteConfig) -> Theme:
        """The theme of ``site`` with its files: the last ones while the content folder is lost. Blocking."""
        signed = signature(self._content_dir)
        if signed is None:
            signed = self._made[0][-1] if self._made else ()
        key = (site.theme, site.language, signed)
        if self._made is None or self._made[0] != key:
            self._made = (key, self._make(site))
        return self._made[1]

    def _make(self, site: SiteConfig) -> Theme:
        own, made = read_own_files(self._content_dir), self._clock()
        catalogues = Catalogues(own.catalogues)
        ours = in_language(self._ours, catalogues.interface(site.language), made)
        theme = build_theme(site.theme, own.files, own.templates, ours, made)
        wrong = [one for one in catalogues.problems() if one.severity == "error"]
        problems = [*own.problems, *theme.problems, *wrong, *self.pages.check(theme.look.overrides)]
        placed = tuple(problem.under(self._content_dir) for problem in problems)
        return replace(theme, problems=placed, catalogues=catalogues)

    def has_changed(self) -> bool:
        """Whether the files changed since the theme was built. Blocking."""
        signed = signature(self._content_dir)
        return self._made is not None and signed is not None and self._made[0][-1] != signed
