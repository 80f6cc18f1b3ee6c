"""The social card: the picture shown where the link of an article is shared. 1200 x 630 pixels, from words and minutes.

It repeats the head of the article's page: the title on the horizon, its series receding beside it, the facts below.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from services.render.pages.typeset.perspective import (
    BEYOND,
    Canvas,
    boxes,
    corners,
    outward,
    series_depths,
    vanishing_point,
)

FONT_DIR, STATIC_DIR = Path(__file__).parent / "fonts", Path(__file__).parent / "static"
#: The faces of the site's titles and labels, for words that they have all letters of; the other two have Greek and
#: Cyrillic as well.
DISPLAY, SANS = STATIC_DIR / "display.woff2", STATIC_DIR / "sans.woff2"
BOLD, REGULAR = FONT_DIR / "DejaVuSans-Bold.subset.ttf", FONT_DIR / "DejaVuSans.subset.ttf"
#: A character for which no font has a glyph.
_NO_LETTER = "\uffff"
#: Variation selectors, which draw nothing themselves.
_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))

#: The size that OpenGraph and Twitter cards are laid out for.
WIDTH, HEIGHT = 1200, 630
MARGIN = 60
#: The baseline of the title; its column; the nearest frame beside it.
HORIZON = 362
TITLE_WIDTH, TITLE_TOP = 720, 112
FRAME = Canvas(330, 216)
FRAME_LEFT = WIDTH - MARGIN - FRAME.width
#: Title sizes in pixels, tried from the largest: the first with which the title fits its lines.
TITLE_SIZES = (70, 62, 54, 46)
MAX_LINES = 4
LINE_HEIGHT = 1.06
SMALL, VALUE, LABEL = 30, 27, 22
#: The strip of facts: its rules, and how far apart facts are at least.
STRIP_TOP, STRIP_BOTTOM, FACT_GAP = 478, 570, 44

#: Pillow draws lines without antialiasing, so they are drawn this much larger and scaled down.
OVERSAMPLING = 2
#: Level 9 takes seven times as long for a tenth fewer bytes.
COMPRESSION = 7


@dataclass(frozen=True, slots=True)
class CardColours:
    """The colours of a card: the light scheme of site.css, unless a theme has others."""

    paper: str = "#f7f9fa"
    ink: str = "#0f1a24"
    soft: str = "#43525f"
    edge: str = "#6a7c89"
    rule: str = "#cad5db"
    guide: str = "#9fd0e6"
    faint: str = "#c8e4f0"
    tint: str = "#e8f1f6"
    point: str = "#bd3315"


@dataclass(frozen=True, slots=True)
class SocialCard:
    """The content of one picture.

    ``minutes`` has those of each part of the series ``slug``, with this article at ``here``; for an article alone, its
    own. ``facts`` are (label, value) pairs.
    """

    title: str
    site: str
    slug: str = ""
    minutes: tuple[int, ...] = (5,)
    here: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    colours: CardColours = CardColours()

    @property
    def depths(self) -> tuple[tuple[float, bool], ...]:
        """The frames, nearest first: the minutes before each, and whether it is this article."""
        if len(self.minutes) == 1:
            return (0.0, True), (float(self.minutes[0]), False)
        return tuple((depth, at == self.here) for at, depth in series_depths(self.minutes, self.here))


def render_social_card(card: SocialCard) -> bytes:
    """The picture as PNG. Equal cards give equal bytes. Blocking: about 20 ms."""
    image = _drawing(card)
    draw = ImageDraw.Draw(image)
    site, title = drawable(card.site), drawable(card.title) or drawable(card.site)
    draw.text((MARGIN + 56, MARGIN + 12), site, font=_font(face_of(site), SMALL), fill=card.colours.ink, anchor="lm")
    size, lines = fit_title(title)
    font, step = _font(face_of(title), size), round(size * LINE_HEIGHT)
    for number, line in enumerate(reversed(lines)):
        draw.text((MARGIN, HORIZON - number * step), line, font=font, fill=card.colours.ink, anchor="ls")
    for x, label, value in fit_facts(card.facts):
        if x > MARGIN:
            draw.line((x - FACT_GAP // 2, STRIP_TOP, x - FACT_GAP // 2, STRIP_BOTTOM), fill=card.colours.rule)
        draw.text(
            (x, STRIP_TOP + 28), label, font=_font(_label_face(label), LABEL), fill=card.colours.soft, anchor="lm"
        )
        draw.text((x, STRIP_TOP + 62), value, font=_font(face_of(value), VALUE), fill=card.colours.ink, anchor="lm")
    buffer = io.BytesIO()
    # A palette is enough for a few colours and their shades, in a quarter of the bytes. By octree, because median cut
    # drops the vanishing point, which has few pixels.
    image.quantize(64, method=Image.Quantize.FASTOCTREE).save(buffer, "PNG", compress_level=COMPRESSION)
    return buffer.getvalue()


def point_of(card: SocialCard) -> tuple[int, int]:
    """Return the vanishing point in the picture."""
    return round(FRAME_LEFT + vanishing_point(card.slug)[0] * FRAME.width), HORIZON


def drawable(text: str) -> str:
    """Drop the signs that the fonts lack; return nothing if letters are missing, rather than words with holes."""
    kept, lacking = [], _missing(BOLD, frozenset(text)) if face_of(text) == BOLD else frozenset()
    for letter in text:
        if unicodedata.category(letter) == "Cf" or letter in _SELECTORS:
            continue
        if letter not in lacking:
            kept.append(letter)
        elif unicodedata.category(letter)[0] in "LMN":
            return ""
    return " ".join("".join(kept).split())


def can_draw(text: str) -> bool:
    """Whether the fonts have every letter of ``text``."""
    return face_of(text) != BOLD or not _missing(BOLD, frozenset(text))


def fit_facts(facts: Sequence[tuple[str, str]]) -> list[tuple[int, str, str]]:
    """Place the ``facts`` that fit the strip; omit those that cannot be drawn."""
    shown: list[tuple[int, str, str]] = []
    x = MARGIN
    for label, value in ((label, drawable(value)) for label, value in facts):
        width = max(_font(face_of(value), VALUE).getlength(value), _font(_label_face(label), LABEL).getlength(label))
        if not value or x + width > WIDTH - MARGIN:
            continue
        shown.append((x, label, value))
        x = round(x + width + FACT_GAP)
    return shown


def fit_title(title: str) -> tuple[int, tuple[str, ...]]:
    """The largest size with which ``title`` fits, and its lines; a title that never fits ends in an ellipsis."""
    face = face_of(title)
    for size in TITLE_SIZES:
        lines = _wrap(title, _font(face, size))
        if len(lines) <= MAX_LINES and HORIZON - len(lines) * size * LINE_HEIGHT >= TITLE_TOP:
            return size, lines
    font = _font(face, size)
    kept = lines[:MAX_LINES]
    return size, (*kept[:-1], _end(kept[-1], font))


def _wrap(text: str, font: ImageFont.FreeTypeFont) -> tuple[str, ...]:
    lines: list[str] = []
    for word in text.split():
        piece = _shorten(word, font)
        if lines and _fits(f"{lines[-1]} {piece}", font):
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return tuple(lines)


def _shorten(text: str, font: ImageFont.FreeTypeFont) -> str:
    if _fits(text, font):
        return text
    # Nothing fits that is longer than a line of the narrowest letters: the search need not start at the end.
    end = min(len(text), WIDTH // 4)
    while end and not _fits(f"{text[:end].rstrip()}…", font):
        end -= 1
    return f"{text[:end].rstrip()}…"


def _end(line: str, font: ImageFont.FreeTypeFont) -> str:
    """The last line of a longer text: whole words if there are several, and an ellipsis."""
    words = line.rstrip("…").split()
    while len(words) > 1 and not _fits(f"{' '.join(words)} …", font):
        words.pop()
    return f"{' '.join(words)} …" if len(words) > 1 else _shorten(f"{line}…", font)


def _fits(text: str, font: ImageFont.FreeTypeFont) -> bool:
    return font.getlength(text) <= TITLE_WIDTH


def _drawing(card: SocialCard) -> Image.Image:
    """Draw everything but the words."""
    scale = OVERSAMPLING
    image = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), card.colours.paper)
    draw = ImageDraw.Draw(image)
    x, y = (scale * place for place in point_of(card))
    frames = boxes(card.slug, [depth for depth, _ in card.depths], Canvas(scale * FRAME.width, scale * FRAME.height))
    draw.line((0, y, scale * WIDTH, y), fill=card.colours.guide, width=2 * scale)
    for to_x, to_y in outward(frames[0]):
        draw.line((x + to_x, y + to_y, x + BEYOND * to_x, y + BEYOND * to_y), fill=card.colours.faint, width=scale)
    for (left, top, right, bottom), (_, is_here) in zip(frames, card.depths, strict=True):
        if is_here:
            draw.rectangle((x + left, y + top, x + right, y + bottom), fill=card.colours.tint)
    for to_x, to_y in corners(frames[0]):
        draw.line((x, y, x + to_x, y + to_y), fill=card.colours.guide, width=scale)
    for (left, top, right, bottom), (_, is_here) in zip(frames, card.depths, strict=True):
        box = (x + left, y + top, x + right, y + bottom)
        draw.rectangle(
            box, outline=card.colours.ink if is_here else card.colours.edge, width=(4 if is_here else 1) * scale
        )
    draw.circle((x, y), 9 * scale, fill=card.colours.point)
    draw.rectangle((0, scale * STRIP_TOP, scale * WIDTH, scale * HEIGHT), fill=card.colours.paper)
    ends = (scale * MARGIN, scale * (WIDTH - MARGIN))
    draw.line((ends[0], scale * STRIP_TOP, ends[1], scale * STRIP_TOP), fill=card.colours.ink, width=4 * scale)
    draw.line((ends[0], scale * STRIP_BOTTOM, ends[1], scale * STRIP_BOTTOM), fill=card.colours.edge, width=scale)
    _draw_mark(draw, card.colours, scale * MARGIN, scale * (MARGIN - 8), scale * 40)
    return image.reduce(OVERSAMPLING)


def _draw_mark(draw: ImageDraw.ImageDraw, colours: CardColours, left: int, top: int, size: int) -> None:
    """The room of the masthead (``logo`` of macros.html, whose units are 32nds)."""

    def at(*places: float) -> tuple[float, ...]:
        return tuple((left, top)[number % 2] + place * size / 32 for number, place in enumerate(places))

    unit = size // 32
    draw.rectangle(at(0, 0, 32, 32), fill=colours.paper)
    for corner, end in (((2, 2), (8.2, 15.3)), ((30, 2), (15, 15.3)), ((2, 30), (8.2, 23.8)), ((30, 30), (15, 23.8))):
        draw.line(at(*corner, *end), fill=colours.edge, width=unit)
    draw.rectangle(at(5.8, 10.2, 21.8, 26.3), outline=colours.ink, width=unit)
    draw.rectangle(at(2, 2, 30, 30), outline=colours.ink, width=2 * unit)
    draw.rectangle(at(8.2, 15.3, 15, 23.8), fill=colours.point)


@lru_cache(maxsize=512)
def face_of(text: str) -> Path:
    """The face for a title: the site's own if no letter is missing in it."""
    return BOLD if _missing(DISPLAY, frozenset(text)) else DISPLAY


def _label_face(text: str) -> Path:
    return REGULAR if _missing(SANS, frozenset(text)) else SANS


@lru_cache(maxsize=512)
def _missing(face: Path, letters: frozenset[str]) -> frozenset[str]:
    """Return the ``letters`` that ``face`` lacks. Space is not a letter."""
    font = _font(face, SMALL)
    nothing = bytes(font.getmask(_NO_LETTER))
    return frozenset(one for one in letters if not one.isspace() and bytes(font.getmask(one)) == nothing)


@lru_cache(maxsize=16)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
