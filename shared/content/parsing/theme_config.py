"""The theme of a site: the table ``[theme]`` of ``site.toml``, and the colours derived from it. Pure.

An author chooses an accent and a paper. Every other surface is derived from these two, and text keeps the colours of
the style sheet: a paper on which text cannot be read is an error that names the nearest paper that works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from shared.content.parsing.colours import LINE_CONTRAST, TEXT_CONTRAST, contrast, mix, nearest_colour, parse_colour
from shared.content.parsing.validation import Table, show

Scheme = Literal["light", "dark"]
Density = Literal["roomy", "compact"]
#: Names of fonts; anything else is a file.
FONT_STACKS: Mapping[str, str] = MappingProxyType(
    {
        "serif": 'Charter, "Bitstream Charter", "Source Serif 4", Cambria, Georgia, serif',
        "sans": '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
        "mono": 'ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
    }
)

#: The colours of the style sheet on paper: text, and the lines of controls (``edge``).
TEXT: Mapping[Scheme, Mapping[str, str]] = MappingProxyType(
    {
        "light": MappingProxyType(
            {
                "ink": "#0f1a24", "soft": "#43525f", "visited": "#5c3b86", "point": "#bd3315", "good": "#0c6044",
                "warn": "#7d4700", "code-keyword": "#7a1f7c", "code-string": "#0c6044", "code-name": "#0a4c92",
                "code-number": "#8f3410", "code-comment": "#52616d",
            }
        ),
        "dark": MappingProxyType(
            {
                "ink": "#e9ebe9", "soft": "#b3bcc1", "visited": "#c5b2ea", "point": "#ff8d68", "good": "#82d5ae",
                "warn": "#f1bf6d", "code-keyword": "#dfa9ec", "code-string": "#93d9b6", "code-name": "#94c9ee",
                "code-number": "#f6b48d", "code-comment": "#a0adb5",
            }
        ),
    }
)  # fmt: skip
EDGE: Mapping[Scheme, str] = MappingProxyType({"light": "#6a7c89", "dark": "#7f8c94"})
#: The accent and the paper of the style sheet.
ACCENT: Mapping[Scheme, str] = MappingProxyType({"light": "#0a4c92", "dark": "#94c9ee"})
PAPER: Mapping[Scheme, str] = MappingProxyType({"light": "#f7f9fa", "dark": "#16191c"})


@dataclass(frozen=True, slots=True)
class ThemeConfig:
    """The theme as configured in ``site.toml``.

    Colours are ``#rrggbb``, None for those of the style sheet. ``logo``, ``icon`` and fonts that are not the name of
    FONT_STACKS are files of ``content/theme/``; empty for ours. ``hero_line`` replaces the tagline in the hero,
    ``footer`` stands in place of the tagline at the end of each page.
    """

    accent: str | None = None
    accent_dark: str | None = None
    paper: str | None = None
    paper_dark: str | None = None
    logo: str = ""
    icon: str = ""
    text_font: str = ""
    heading_font: str = ""
    label_font: str = ""
    hero: bool = True
    hero_line: str = ""
    footer: str = ""
    density: Density = "roomy"

    @property
    def has_colours(self) -> bool:
        """Whether any colour is the site's own."""
        return any((self.accent, self.accent_dark, self.paper, self.paper_dark))

    def surfaces(self, scheme: Scheme) -> Mapping[str, str]:
        """The custom properties of ``scheme`` derived from accent and paper, by name."""
        chosen = self.paper if scheme == "light" else self.paper_dark
        paper = chosen or PAPER[scheme]
        return surfaces(scheme, paper, self._accent(scheme, paper))

    def _accent(self, scheme: Scheme, paper: str) -> str:
        """The accent of ``scheme``. The dark one is derived from the light one if only that is given."""
        given = self.accent if scheme == "light" else self.accent_dark
        if given:
            return given
        if scheme == "dark" and self.accent:
            return nearest_colour(self.accent, lambda one: reads(scheme, paper, one)) or ACCENT[scheme]
        return ACCENT[scheme]


def surfaces(scheme: Scheme, paper: str, accent: str) -> Mapping[str, str]:
    """The surfaces under text and around it, derived from the two colours of a scheme."""
    is_light = scheme == "light"
    return {
        "paper": paper,
        "raised": mix(paper, "#ffffff", 0.7 if is_light else 0.04),
        "sunk": mix(paper, TEXT[scheme]["ink"], 0.04) if is_light else mix(paper, "#000000", 0.25),
        "tint": mix(paper, accent, 0.09),
        "line": mix(paper, TEXT[scheme]["ink"], 0.17),
        "guide": mix(paper, accent, 0.38),
        "link": accent,
    }


def reads(scheme: Scheme, paper: str, accent: str) -> bool:
    """Whether links in ``accent`` are readable on every surface of ``paper``."""
    return _least(scheme, paper, accent) >= TEXT_CONTRAST


def _least(scheme: Scheme, paper: str, accent: str) -> float:
    """The lowest contrast of ``accent`` to any surface."""
    under = surfaces(scheme, paper, accent)
    return min(contrast(accent, under[name]) for name in ("paper", "raised", "sunk", "tint"))


def _unreadable(scheme: Scheme, paper: str) -> tuple[str, float, float] | None:
    """The least readable colour on ``paper``, its contrast and what it needs; None if all are readable."""
    under = surfaces(scheme, paper, ACCENT[scheme])
    places = (under["paper"], under["sunk"])
    found = [(colour, min(contrast(colour, one) for one in places), TEXT_CONTRAST) for colour in TEXT[scheme].values()]
    found.append((EDGE[scheme], contrast(EDGE[scheme], paper), LINE_CONTRAST))
    return min((one for one in found if one[1] < one[2]), key=lambda one: one[1] / one[2], default=None)


def contrast_problems(config: ThemeConfig) -> Iterator[tuple[str, str]]:
    """The keys of unreadable colours, each with the problem and the nearest readable colour."""
    yield from _scheme_problems("light", "", config.paper, config.accent)
    yield from _scheme_problems("dark", "_dark", config.paper_dark, config.accent_dark)


def _scheme_problems(scheme: Scheme, suffix: str, paper: str | None, accent: str | None) -> Iterator[tuple[str, str]]:
    if paper and (worst := _unreadable(scheme, paper)):
        colour, has, needs = worst
        better = nearest_colour(paper, lambda one: _unreadable(scheme, one) is None)
        yield (
            f"paper{suffix}",
            (
                f"{paper} is unreadable as the paper of the {scheme} scheme: {colour} has a contrast of {has:.2f}:1 "
                f"to it and needs {needs:g}:1; the nearest that works is {better}"
            ),
        )
        return
    under = paper or PAPER[scheme]
    if accent and not reads(scheme, under, accent):
        has = _least(scheme, under, accent)
        better = nearest_colour(accent, lambda one: reads(scheme, under, one))
        yield (
            f"accent{suffix}",
            (
                f"{accent} cannot be read as a link in the {scheme} scheme: it has a contrast of {has:.2f}:1 and needs "
                f"{TEXT_CONTRAST:g}:1; the nearest that works is {better}"
            ),
        )


def _check_file(value: str, suffixes: tuple[str, ...], names: tuple[str, ...] = ()) -> str:
    if value in names:
        return value
    plain = value.replace("-", "").replace("_", "").replace(".", "")
    if not plain.isascii() or not plain.isalnum() or value.startswith(".") or not value.endswith(suffixes):
        either = f"one of {', '.join(names)}, or " if names else ""
        raise ValueError(f"{show(value)} is not {either}a file of content/theme/, as in name{suffixes[0]}")
    return value


Colour = Annotated[str, AfterValidator(parse_colour)]
Picture = Annotated[str, AfterValidator(lambda value: _check_file(value, (".svg", ".png")))]
Font = Annotated[str, AfterValidator(lambda value: _check_file(value, (".woff2",), tuple(FONT_STACKS)))]
Line = Annotated[str, StringConstraints(strip_whitespace=True)]
_COLOUR = "a colour, as in #0a4c92"


class FontsTable(Table):
    """``[theme.fonts]``."""

    text: Font = Field("", description="serif, sans, mono or a woff2 file of content/theme/")
    headings: Font = Field("", description="serif, sans, mono or a woff2 file of content/theme/")
    labels: Font = Field("", description="serif, sans, mono or a woff2 file of content/theme/")


class ThemeTable(Table):
    """``[theme]``."""

    accent: Colour | None = Field(None, description=_COLOUR)
    accent_dark: Colour | None = Field(None, description=_COLOUR)
    paper: Colour | None = Field(None, description=_COLOUR)
    paper_dark: Colour | None = Field(None, description=_COLOUR)
    logo: Picture = Field("", description="an svg or png file of content/theme/")
    icon: Picture = Field("", description="an svg or png file of content/theme/")
    fonts: FontsTable | None = Field(None, description="a table with text, headings and labels")
    hero: bool = Field(default=True, description="true or false")
    hero_line: Line = Field("", description="text")
    footer: Line = Field("", description="text")
    density: Density = Field("roomy", description="roomy or compact")


def theme_config(table: ThemeTable) -> ThemeConfig:
    """The configuration from a valid table."""
    return ThemeConfig(
        accent=table.accent,
        accent_dark=table.accent_dark,
        paper=table.paper,
        paper_dark=table.paper_dark,
        logo=table.logo,
        icon=table.icon,
        text_font=table.fonts.text if table.fonts else "",
        heading_font=table.fonts.headings if table.fonts else "",
        label_font=table.fonts.labels if table.fonts else "",
        hero=table.hero,
        hero_line=table.hero_line,
        footer=table.footer,
        density=table.density,
    )
