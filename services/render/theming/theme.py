"""The theme: one frozen value for pages, static files and social cards. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.render.languages.choice import Catalogues
from services.render.pages.parts import Look, Overrides
from services.render.pages.social import CardColours
from services.render.sending.static_files import StaticFiles, add_files
from services.render.theming.stylesheet import stylesheet
from shared.content.parsing.colours import mix
from shared.content.parsing.site_config import SITE_FILE
from shared.content.parsing.theme_config import FONT_STACKS, ThemeConfig
from shared.content.problem import Problem

#: The folder of the site's own files among the static ones, and the style sheet built from site.toml.
FOLDER, SHEET = "theme", "theme/theme.css"
#: An address in a style sheet that begins with a host.
_ELSEWHERE = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Theme:
    """The theme of a site.

    ``files`` are all static files, default and own; ``look`` is what pages show, ``card`` the colours of social cards;
    ``problems`` say what could not be used; ``catalogues`` have the words of pages.
    """

    files: StaticFiles
    look: Look
    card: CardColours
    problems: tuple[Problem, ...] = ()
    catalogues: Catalogues = field(default_factory=Catalogues)


def build_theme(
    config: ThemeConfig, own: Mapping[str, bytes], templates: Mapping[str, str], ours: StaticFiles, made: datetime
) -> Theme:
    """The theme of ``config`` with a site's ``own`` files and ``templates``, over ``ours``. Compresses files."""
    problems: list[Problem] = []
    wanted = {"logo": config.logo, "icon": config.icon}
    fonts = {"text_font": config.text_font, "heading_font": config.heading_font, "label_font": config.label_font}
    wanted |= {name: font for name, font in fonts.items() if font not in FONT_STACKS}
    missing = {name for name, file in wanted.items() if file and file not in own}
    problems += [
        Problem(SITE_FILE, 1, f"theme: content/theme/{wanted[name]} is missing or cannot be used: put the file there")
        for name in sorted(missing)
    ]
    sheet = stylesheet(_without(config, missing))
    sources = {f"{FOLDER}/{name}": body for name, body in own.items()}
    if sheet:
        sources[SHEET] = sheet.encode()
    files, failed = add_files(ours, sources, made)
    problems += [Problem(name, 1, message) for name, message in failed]
    problems += (one for name in sorted(own) if name.endswith(".css") for one in _of_other_sites(name, own[name]))
    sheets = [SHEET, *(name for name in sources if name.endswith(".css") and name != SHEET)]
    look = Look(
        stylesheets=tuple(files.urls[name] for name in sheets if name in files.urls),
        logo=files.urls.get(f"{FOLDER}/{config.logo}", "") if config.logo else "",
        icon=files.urls.get(f"{FOLDER}/{config.icon}", "") if config.icon else "",
        colours=(config.surfaces("light")["paper"], config.surfaces("dark")["paper"]),
        has_hero=config.hero,
        hero_line=config.hero_line,
        footer=config.footer,
        own_fonts=tuple(name for name, font in fonts.items() if font and name not in missing),
        overrides=Overrides(tuple(sorted(templates.items()))),
    )
    return Theme(files, look, card_colours(config), tuple(problems))


def _of_other_sites(name: str, sheet: bytes) -> Iterator[Problem]:
    """A warning for each address of another site in a style sheet: the policy of the pages stops its request."""
    text = sheet.decode("utf-8", "replace")
    for match in _ELSEWHERE.finditer(text):
        message = (
            f"{match[1][:60]} is on another site, from which no page loads anything: put the file into content/theme/"
        )
        yield Problem(f"{FOLDER}/{name}", text.count("\n", 0, match.start(1)) + 1, message, "warning")


def _without(config: ThemeConfig, missing: set[str]) -> ThemeConfig:
    """``config`` with our fonts in place of files that are missing."""
    return replace(
        config,
        text_font="" if "text_font" in missing else config.text_font,
        heading_font="" if "heading_font" in missing else config.heading_font,
        label_font="" if "label_font" in missing else config.label_font,
    )


def card_colours(config: ThemeConfig) -> CardColours:
    """The colours of social cards: the default ones, or the light scheme of the site."""
    if not config.has_colours:
        return CardColours()
    light = config.surfaces("light")
    return CardColours(
        paper=light["paper"],
        rule=light["line"],
        guide=light["guide"],
        faint=mix(light["paper"], light["guide"], 0.55),
        tint=light["tint"],
        point=light["link"],
    )
