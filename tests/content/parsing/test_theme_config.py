"""The table ``[theme]``: colours that can be read, and files that can be named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.content.parsing.colours import contrast, mix, nearest_colour, parse_colour
from shared.content.parsing.site_config import parse_site
from shared.content.parsing.theme_config import ACCENT, EDGE, PAPER, TEXT, Scheme, ThemeConfig, reads
from shared.content.problem import InvalidContent

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def theme(lines: str) -> ThemeConfig:
    return parse_site(f'title = "T"\n[theme]\n{lines}\n').theme


def problems(lines: str) -> list[str]:
    with pytest.raises(InvalidContent) as caught:
        theme(lines)
    return [str(problem) for problem in caught.value.problems]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#0a4c92", "#0a4c92") == 1


@pytest.mark.parametrize(("text", "colour"), [("#FfF", "#ffffff"), ("#0A4C92", "#0a4c92")])
def test_colours_have_one_spelling(text: str, colour: str) -> None:
    assert parse_colour(text) == colour


@pytest.mark.parametrize("text", ["red", "#ff", "#gggggg", "0a4c92", "#0a4c9", "rgb(0 0 0)", ""])
def test_an_invalid_colour_is_an_error(text: str) -> None:
    assert problems(f'accent = "{text}"') == [f"site.toml:3: theme.accent: '{text}' is not a colour, as in #0a4c92"]


def test_colours_of_the_style_sheet_can_be_read() -> None:
    """They are stated twice: the table of this module must be what site.css says."""
    from tests.conftest import ROOT  # noqa: PLC0415 - this test alone reads a file of render

    css = (ROOT / "services/render/pages/static/site.css").read_text()
    stated = {**TEXT["light"], "edge": EDGE["light"], "paper": PAPER["light"], "link": ACCENT["light"]}
    for name, light in stated.items():
        dark = {**TEXT["dark"], "edge": EDGE["dark"], "paper": PAPER["dark"], "link": ACCENT["dark"]}[name]
        assert f"--{name}: light-dark({light}, {dark});" in css
    for scheme in SCHEMES:
        assert reads(scheme, PAPER[scheme], ACCENT[scheme])


def test_accent_that_cannot_be_read_names_the_nearest_that_can() -> None:
    (problem,) = problems('accent = "#ff8800"')
    assert problem.startswith("site.toml:3: theme.accent: #ff8800 cannot be read as a link in the light scheme")
    assert theme(f'accent = "{problem[-7:]}"').accent == problem[-7:]


def test_paper_that_text_cannot_be_read_on_is_named_in_each_scheme() -> None:
    light, dark = problems('paper = "#888"\npaper_dark = "#444"')
    assert light.startswith("site.toml:3: theme.paper: #888888 is unreadable as the paper of the light scheme")
    assert dark.startswith("site.toml:4: theme.paper_dark: #444444 is unreadable as the paper of the dark scheme")
    assert theme(f'paper = "{light[-7:]}"\npaper_dark = "{dark[-7:]}"').has_colours


@given(colours)
def test_any_accent_is_accepted_or_has_a_neighbour_that_is(colour: str) -> None:
    config = f'accent = "{colour}"\naccent_dark = "{colour}"'
    try:
        theme(config)
    except InvalidContent as error:
        proposed = {problem.message.split(":")[0].split(".")[1]: problem.message[-7:] for problem in error.problems}
        theme("\n".join(f'{key} = "{value}"' for key, value in proposed.items()))


@given(colours)
def test_dark_accent_that_follows_from_the_light_one_can_be_read(colour: str) -> None:
    dark = ThemeConfig(accent=colour).surfaces("dark")
    assert reads("dark", dark["paper"], dark["link"])


@given(colours, colours)
def test_mixture_is_between_its_colours(one: str, other: str) -> None:
    assert (mix(one, other, 0), mix(one, other, 1)) == (one, other)


@given(colours)
def test_nearest_colour_of_one_that_passes_is_itself_but_for_rounding(colour: str) -> None:
    nearest = nearest_colour(colour, lambda _one: True)
    assert nearest is not None
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(nearest[1:]), strict=True)
    assert all(abs(a - b) <= 2 for a, b in pairs)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('logo = "../../secret.svg"', "'../../secret.svg' is not a file of content/theme/, as in name.svg"),
        ('logo = "logo.exe"', "is not a file of content/theme/"),
        ('[theme.fonts]\ntext = "comic"', "is not one of serif, sans, mono, or a file of content/theme/"),
        ('density = "tight"', "is not roomy or compact"),
        ('acent = "#111"', "did you mean 'accent'?"),
    ],
)  # fmt: skip
def test_an_invalid_key_of_a_theme_is_an_error(lines: str, message: str) -> None:
    (problem,) = problems(lines)
    assert message in problem
