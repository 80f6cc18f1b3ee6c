"""Cut the site's fonts from their sources: ``python tools/fonts.py SOURCES TARGET``.

Needs ``pip install "fonttools[woff]"``. SOURCES is a folder with the unpacked npm packages ``archivo`` and
``source-serif-4`` (of ``npm pack @fontsource-variable/archivo @fontsource-variable/source-serif-4``) and the unpacked
Debian package ``inter`` (``apt-get download fonts-inter-variable``, then ``dpkg -x``). All are under the SIL Open Font
License 1.1. TARGET is the folder of static files.

Each typeface has one file for English, which every page loads, and one for each further range of letters, which a page
loads only when it has such letters. The ranges printed at the end are those of the style sheet and of
``services/render``; they never overlap, so a letter has one source.
"""

# ruff: noqa: RUF001 - these very letters

from __future__ import annotations

import argparse
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

ASCII = range(0x20, 0x7F)
#: Letters beyond ASCII in the English of an engineering text: quotes, dashes, umlauts and é of names, µ and °. Also •,
#: whose font Chromium loads as soon as a text field is shown.
ENGLISH = (*ASCII, *map(ord, "\u00a0°±µ·×äéöüß–—‘’“”•…−"))
#: What a sentence in italics has; the rest is in the file for the rest of Latin-1.
ITALIC = tuple(
    map(ord, " !\"%&'()+,-./0123456789:;=?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\u00a0×–—‘’“”…−")
)
LATIN_1 = (
    *ENGLISH,
    *(code for code in range(0xA1, 0x100) if code not in (0xB2, 0xB3, 0xB9)),
    *map(ord, "Œœ€™‚„‹›′″⁄"),
)
EXTENDED_A = (*range(0x100, 0x152), *range(0x154, 0x180), 0x218, 0x219, 0x21A, 0x21B)
GREEK = tuple(range(0x370, 0x400))
#: Signs of technical texts that the three typefaces lack; drawn by Inter, which is made for screens as well.
SYMBOLS = tuple(map(ord, "¹²³←↑→↓↔⇒⇐⇔✓✗≤≥≠≈∞√∑∏∆∂∫∅¬‡‰℃⁰⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄⌘⏎↵"))


@dataclass(frozen=True)
class Cut:
    """One file: letters of one source at fixed axes. ``limits`` are values, or (least, most) of axes that stay."""

    name: str
    family: str
    source: str
    letters: tuple[int, ...]
    limits: dict[str, float | tuple[float, float]]
    features: tuple[str, ...] = ("kern", "liga")
    style: str = "Regular"
    #: Units of an em. Outlines on a grid of 500 are a tenth smaller, and at most a fiftieth of a pixel off in text.
    units: int = 500


@dataclass(frozen=True)
class Typeface:
    """A typeface of the site in all its ranges; ``pattern`` has the subset of the source as ``{}``."""

    name: str
    family: str
    pattern: str
    limits: dict[str, float | tuple[float, float]]
    ranges: dict[str, tuple[str, Iterable[int]]]
    features: tuple[str, ...] = ("kern", "liga")
    style: str = "Regular"
    units: int = 500
    english: tuple[int, ...] = field(default=ENGLISH)

    def cuts(self) -> Iterable[Cut]:
        """The file for English, then one for each further range without the letters of earlier ones."""
        taken = set(self.english)
        source = self.pattern.format("latin")
        yield Cut(self.name, self.family, source, self.english, self.limits, self.features, self.style, self.units)
        for suffix, (subset, letters) in self.ranges.items():
            rest = tuple(letter for letter in letters if letter not in taken)
            taken.update(rest)
            source = self.pattern.format(subset)
            features = (*self.features, *FEATURES_BEYOND_ENGLISH)
            name = f"{self.name}-{suffix}"
            yield Cut(name, self.family, source, rest, self.limits, features, self.style, self.units)


#: Marks on letters, and the letters of single languages.
FEATURES_BEYOND_ENGLISH = ("mark", "mkmk", "ccmp", "locl")
#: What no browser reads: baselines, names of styles, and hints about hints.
UNREAD_TABLES = ("BASE", "STAT", "gasp")

SERIF, ARCHIVO = "source-serif-4/files/source-serif-4-{}-opsz-", "archivo/files/archivo-{}-wdth-normal.woff2"
WESTERN = {"latin1": ("latin", LATIN_1), "ext": ("latin-ext", EXTENDED_A)}
TYPEFACES = (
    Typeface(
        "text-roman",
        "Perspective Text",
        SERIF + "normal.woff2",
        {"opsz": 14, "wght": (400, 650)},
        WESTERN,
    ),
    Typeface(
        "text-italic",
        "Perspective Text",
        SERIF + "italic.woff2",
        {"opsz": 14, "wght": 400},
        WESTERN,
        ("liga",),
        "Italic",
        english=ITALIC,
    ),
    # Its bold is the display typeface: a second weight would take as much again.
    Typeface("sans", "Perspective Sans", ARCHIVO, {"wdth": 100, "wght": 400}, WESTERN, ("tnum",)),
    Typeface(
        "display",
        "Perspective Display",
        ARCHIVO,
        {"wdth": 112, "wght": 700},
        WESTERN,
        ("kern",),
        "Bold",
        # Titles are large.
        units=1000,
    ),
)
#: In one weight: it is for the letters of formulas and names.
GREEK_SERIF = "source-serif-4/files/source-serif-4-greek-opsz-normal.woff2"
INTER = "inter/usr/share/fonts/truetype/inter-vf/Inter-roman.var.ttf"


def cut(font: TTFont, one: Cut) -> TTFont:
    """``font`` with the letters, axes and features of ``one`` alone, under the family's own name."""
    # Imported here, so that --help and a wrong path are answered without fontTools, which no lock has.
    from fontTools.subset import Options, Subsetter  # noqa: PLC0415
    from fontTools.ttLib.scaleUpem import scale_upem  # noqa: PLC0415
    from fontTools.varLib import instancer  # noqa: PLC0415

    axes = {axis.axisTag for axis in font["fvar"].axes}
    limits = {tag: value for tag, value in one.limits.items() if tag in axes}
    at_rest = {tag: value[0] if isinstance(value, tuple) else value for tag, value in limits.items()}
    static = instancer.instantiateVariableFont(deepcopy(font), at_rest)
    font = instancer.instantiateVariableFont(font, limits)
    # Kerning that varies with weight costs a tenth of the file, and nobody sees it between 400 and 700.
    font["GPOS"], font["GDEF"] = static["GPOS"], static["GDEF"]
    options = Options(layout_features=list(one.features), hinting=False, name_IDs=[0, 1, 2, 4, 6, 14])
    options.drop_tables += UNREAD_TABLES
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=one.letters)
    subsetter.subset(font)
    # Names of its own: the licence of Source Serif reserves "Source".
    names = {
        1: one.family,
        2: one.style,
        4: f"{one.family} {one.style}",
        6: f"{one.family}-{one.style}".replace(" ", ""),
    }
    for record in font["name"].names:
        record.string = names.get(record.nameID, record.string)
    if one.units < font["head"].unitsPerEm:
        scale_upem(font, one.units)
    return font


def ranges(letters: Iterable[int]) -> str:
    """``letters`` as a value of CSS ``unicode-range``."""
    runs: list[list[int]] = []
    for letter in sorted(letters):
        if runs and letter == runs[-1][1] + 1:
            runs[-1][1] = letter
        else:
            runs.append([letter, letter])
    return ", ".join(f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in runs)


def all_cuts() -> tuple[Cut, ...]:
    """Every file of the site."""
    greek = Cut("text-roman-greek", "Perspective Text", GREEK_SERIF, GREEK, {"opsz": 14, "wght": 400}, ("kern", "mark"))
    symbols = Cut("symbols", "Perspective Symbols", INTER, SYMBOLS, {"wght": 450, "opsz": 14, "slnt": 0}, ("ccmp",))
    return (*(one for typeface in TYPEFACES for one in typeface.cuts()), greek, symbols)


def write_all(sources: Path, target: Path) -> None:
    """Write every file; print its size and the letters that it has."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - see cut

    for one in all_cuts():
        font = cut(TTFont(sources / one.source), one)
        had = set(font.getBestCmap()) & set(one.letters)
        font.flavor = "woff2"
        path = target / f"{one.name}.woff2"
        font.save(path)
        print(f"{path.name}  {path.stat().st_size:,} bytes  {ranges(had)}")  # noqa: T201 - it is a command


def main() -> None:
    """Cut the fonts; exit with 2 and advice if something is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", metavar="SOURCES", type=Path, help="the folder of the unpacked packages")
    parser.add_argument("target", metavar="TARGET", type=Path, help="the folder of static files")
    options = parser.parse_args()
    if missing := sorted({one.source for one in all_cuts() if not (options.sources / one.source).is_file()}):
        parser.error(
            f"{options.sources}: {', '.join(missing)} missing: unpack the packages there, as --help says,"
            " and name each folder after its package"
        )
    if not options.target.is_dir():
        parser.error(f"{options.target}: there is no such folder: name that of the static files")
    try:
        write_all(options.sources, options.target)
    except ModuleNotFoundError as error:
        parser.error(f'{error.name} is not installed: pip install "fonttools[woff]"')


if __name__ == "__main__":
    main()
