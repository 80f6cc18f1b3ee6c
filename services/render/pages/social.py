"""The picture that stands for an article where its link is shared: 1200 x 630 pixels, drawn from words alone.

It is the site's front page in small: the blueprint, the room that is the mark, and lines to a low vanishing point.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT_DIR = Path(__file__).parent / "fonts"
#: The face of the site's titles, for words that it has all letters of; the other two have Greek and Cyrillic as well.
DISPLAY = Path(__file__).parent / "static" / "display.woff2"
BOLD, REGULAR = FONT_DIR / "DejaVuSans-Bold.subset.ttf", FONT_DIR / "DejaVuSans.subset.ttf"
#: What no font has a letter for.
_NO_LETTER = "\uffff"
#: How the sign before it is to look: nothing to draw.
_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))

#: The size that OpenGraph and Twitter cards are laid out for.
WIDTH, HEIGHT = 1200, 630
MARGIN = 84
#: Title sizes in pixels, tried from the largest: the first with which the title fits its lines.
TITLE_SIZES = (76, 66, 56, 48)
MAX_LINES = 4
LINE_HEIGHT = 1.22
SMALL = 30

BACKGROUND, INK, MUTED, ACCENT = "#0b1d38", "#e8f0fa", "#b4c6de", "#ff9573"
#: Construction lines are fainter than on the page: titles stand on them.
LINE, HORIZON = "#193a69", "#2f66a6"
VANISHING_POINT = (1068, 492)
#: Where the lines from the vanishing point leave the picture, or would.
RAYS = (
    *((x, 0) for x in (-900, -120, 360, 700, 940, 1100, 1260)),
    *((WIDTH, y) for y in (120, 330, 560)),
    *((0, y) for y in (-150, 150, 340)),
    *((x, HEIGHT) for x in (-1100, 200, 760, 1150, 1420)),
)
#: Pillow draws lines without shades between: they are drawn this much larger, and made smaller.
OVERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class SocialCard:
    """The words of one picture. ``notes`` are on the small line at the bottom, as many as fit: tags."""

    title: str
    site: str
    notes: tuple[str, ...]


def render_social_card(card: SocialCard) -> bytes:
    """The picture as PNG. Equal cards give equal bytes. Blocking: about 0.1 s."""
    image = _sheet().copy()
    draw = ImageDraw.Draw(image)
    site, title = drawable(card.site), drawable(card.title) or drawable(card.site)
    draw.text((MARGIN + 62, MARGIN - 2), site, font=_font(face_of(site), SMALL), fill=INK)
    size, lines = fit_title(title)
    font, step = _font(face_of(title), size), round(size * LINE_HEIGHT)
    top = (HEIGHT - step * len(lines)) // 2
    for number, line in enumerate(lines):
        draw.text((MARGIN, top + number * step), line, font=font, fill=INK)
    note = fit_notes([drawable(note) for note in card.notes])
    draw.text((MARGIN, HEIGHT - MARGIN - SMALL), note, font=_font(REGULAR, SMALL), fill=MUTED)
    buffer = io.BytesIO()
    # A palette is enough for a few colours and the shades between them, and a quarter of the bytes. By octree: a cut at
    # the median has no place for the vanishing point, which is few pixels.
    image.quantize(64, method=Image.Quantize.FASTOCTREE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def drawable(text: str) -> str:
    """``text`` as the fonts can show it: without signs that they lack, and nothing at all where letters are lacking,
    which would leave words with holes."""
    kept, lacking = [], _missing(BOLD, frozenset(text)) if face_of(text) == BOLD else frozenset()
    for letter in text:
        if unicodedata.category(letter) == "Cf" or letter in _SELECTORS:
            continue
        if letter not in lacking:
            kept.append(letter)
        elif unicodedata.category(letter)[0] in "LMN":
            return ""
    return " ".join("".join(kept).split())


def fit_notes(notes: Sequence[str]) -> str:
    """As many of ``notes`` as one line holds, the first of them at any length."""
    font, line = _font(REGULAR, SMALL), ""
    for note in filter(None, notes):
        longer = f"{line}   {note}" if line else _shorten(note, font)
        if not _fits(longer, font):
            break
        line = longer
    return line


def fit_title(title: str) -> tuple[int, tuple[str, ...]]:
    """The largest size with which ``title`` fits, and its lines; a title that never fits ends in an ellipsis."""
    face = face_of(title)
    for size in TITLE_SIZES:
        lines = _wrap(title, _font(face, size))
        if len(lines) <= MAX_LINES:
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
    """The last line of a longer text: whole words and an ellipsis, where there are several."""
    words = line.rstrip("…").split()
    while len(words) > 1 and not _fits(f"{' '.join(words)} …", font):
        words.pop()
    return f"{' '.join(words)} …" if len(words) > 1 else _shorten(f"{line}…", font)


def _fits(text: str, font: ImageFont.FreeTypeFont) -> bool:
    return font.getlength(text) <= WIDTH - 2 * MARGIN


@lru_cache(maxsize=1)
def _sheet() -> Image.Image:
    """What every picture has: the lines, the vanishing point, and the mark. Not to be drawn on."""
    scale = OVERSAMPLING
    image = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), BACKGROUND)
    draw = ImageDraw.Draw(image)
    x, y = (scale * place for place in VANISHING_POINT)
    for end_x, end_y in RAYS:
        draw.line((x, y, scale * end_x, scale * end_y), fill=LINE, width=scale)
    draw.line((0, y, scale * WIDTH, y), fill=HORIZON, width=scale)
    draw.circle((x, y), 9 * scale, fill=ACCENT)
    _draw_mark(draw, scale * MARGIN, scale * (MARGIN - 6), scale * 42)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _draw_mark(draw: ImageDraw.ImageDraw, left: int, top: int, size: int) -> None:
    """The room of the masthead (``mark`` of macros.html, whose units are 32nds)."""

    def at(*places: float) -> tuple[float, ...]:
        return tuple((left, top)[number % 2] + place * size / 32 for number, place in enumerate(places))

    unit = size // 32
    draw.rectangle(at(0, 0, 32, 32), fill=BACKGROUND)
    for corner, end in (((2, 2), (8.2, 15.3)), ((30, 2), (15, 15.3)), ((2, 30), (8.2, 23.8)), ((30, 30), (15, 23.8))):
        draw.line(at(*corner, *end), fill=HORIZON, width=unit)
    draw.rectangle(at(5.8, 10.2, 21.8, 26.3), outline=MUTED, width=unit)
    draw.rectangle(at(2, 2, 30, 30), outline=INK, width=2 * unit)
    draw.rectangle(at(8.2, 15.3, 15, 23.8), fill=ACCENT)


@lru_cache(maxsize=512)
def face_of(text: str) -> Path:
    """The face for a title: the site's own if no letter is missing in it."""
    return BOLD if _missing(DISPLAY, frozenset(text)) else DISPLAY


@lru_cache(maxsize=512)
def _missing(face: Path, letters: frozenset[str]) -> frozenset[str]:
    """Those of ``letters`` that ``face`` draws as it draws what it does not have. Space is no letter."""
    font = _font(face, SMALL)
    nothing = bytes(font.getmask(_NO_LETTER))
    return frozenset(one for one in letters if not one.isspace() and bytes(font.getmask(one)) == nothing)


@lru_cache(maxsize=16)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
