"""The site's own colours and fonts, as a style sheet of custom properties that the others use. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from shared.content.parsing.theme_config import FONT_STACKS, ThemeConfig

#: Custom properties of fonts, the default families in them, and the font faces of a site's own files.
_FONTS = (("text", "text_font"), ("display", "heading_font"), ("sans", "label_font"))


def stylesheet(config: ThemeConfig) -> str:
    """The style sheet for ``config``; empty if it sets nothing."""
    return "\n".join([*_faces(config), *_root(config), *_density(config)])


def _faces(config: ThemeConfig) -> Iterator[str]:
    for name, field in _FONTS:
        file = getattr(config, field)
        if file and file not in FONT_STACKS:
            source = f'url("{file}") format("woff2"); font-weight: 100 900; font-display: swap'
            yield f'@font-face {{ font-family: "Own {name}"; src: {source}; }}'


def _root(config: ThemeConfig) -> Iterator[str]:
    properties: list[tuple[str, str]] = []
    if config.has_colours:
        light, dark = config.surfaces("light"), config.surfaces("dark")
        properties += [(name, f"light-dark({light[name]}, {dark[name]})") for name in light]
    for name, field in _FONTS:
        if font := getattr(config, field):
            stack = FONT_STACKS.get(font) or f'"Own {name}", {FONT_STACKS["serif" if name == "text" else "sans"]}'
            properties.append((name, f'"Perspective Symbols", {stack}'))
    if properties:
        yield ":root {"
        yield from (f"  --{name}: {value};" for name, value in properties)
        yield "}"


def _density(config: ThemeConfig) -> Iterator[str]:
    if config.density == "compact":
        yield ".rows .row { padding-block: .625rem; }"
        yield ".rows .row-summary, .rows .row-more { display: none; }"
