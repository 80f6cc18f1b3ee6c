"""The theme now: the files of ``content/theme/`` are read again when they change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from services.render.pages.templates import Pages
from services.render.sending.static_files import StaticFiles
from services.render.theming.own_files import Signature, read_own_files, signature
from services.render.theming.theme import Theme, build_theme
from shared.content.parsing.theme_config import ThemeConfig

#: Seconds between two looks at the folder.
LOOK_S = 1.0


class ThemeKeeper:
    """Makes the theme of a site from its configuration and files, and keeps it while both are the same."""

    def __init__(self, content_dir: Path, ours: StaticFiles, pages: Pages, clock: Callable[[], datetime]) -> None:
        self._content_dir = content_dir
        self._ours = ours
        self._pages = pages
        self._clock = clock
        self._made: tuple[tuple[ThemeConfig, Signature], Theme] | None = None

    def theme(self, config: ThemeConfig) -> Theme:
        """The theme that ``config`` and the files give now. Blocking."""
        key = (config, signature(self._content_dir))
        if self._made is None or self._made[0] != key:
            files, templates, problems = read_own_files(self._content_dir)
            theme = build_theme(config, files, templates, self._ours, self._clock())
            problems += [*theme.problems, *self._pages.check(theme.look.overrides)]
            placed = tuple(problem.under(self._content_dir) for problem in problems)
            self._made = (key, Theme(theme.files, theme.look, theme.card, placed))
        return self._made[1]

    def has_changed(self) -> bool:
        """Whether the files are others than those of the theme that was made last. Blocking."""
        return self._made is not None and self._made[0] != (self._made[0][0], signature(self._content_dir))
