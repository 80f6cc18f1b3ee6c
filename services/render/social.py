"""The picture that stands for an article where its link is shared: 1200 x 630 pixels, drawn from words alone."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT_DIR = Path(__file__).parent / "fonts"
BOLD, REGULAR = "DejaVuSans-Bold.subset.ttf", "DejaVuSans.subset.ttf"

#: The size that OpenGraph and Twitter cards are laid out for.
WIDTH, HEIGHT = 1200, 630
MARGIN = 84
#: Title sizes in pixels, tried from the largest: the first with which the title fits its lines.
TITLE_SIZES = (76, 66, 56, 48)
MAX_LINES = 4
LINE_HEIGHT = 1.22
SMALL = 30

BACKGROUND, INK, MUTED, ACCENT = "#0b1d38", "#e8f0fa", "#b4c6de", "#ff9573"


@dataclass(frozen=True, slots=True)
class SocialCard:
    """The words of one picture. ``note`` is the small line at the bottom: tags, or a date."""

    title: str
    site: str
    note: str


def render_social_card(card: SocialCard) -> bytes:
    """The picture as PNG. Equal cards give equal bytes. Blocking: about 30 ms."""
    image = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 18, HEIGHT), fill=ACCENT)
    draw.text((MARGIN, MARGIN), card.site, font=_font(BOLD, SMALL), fill=ACCENT)
    size, lines = fit_title(card.title)
    step = round(size * LINE_HEIGHT)
    top = (HEIGHT - step * len(lines)) // 2
    for number, line in enumerate(lines):
        draw.text((MARGIN, top + number * step), line, font=_font(BOLD, size), fill=INK)
    note = _shorten(card.note, _font(REGULAR, SMALL))
    draw.text((MARGIN, HEIGHT - MARGIN - SMALL), note, font=_font(REGULAR, SMALL), fill=MUTED)
    buffer = io.BytesIO()
    # A palette is enough for four colours and the shades between them, and a quarter of the bytes.
    image.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def fit_title(title: str) -> tuple[int, tuple[str, ...]]:
    """The largest size with which ``title`` fits, and its lines; a title that never fits ends in an ellipsis."""
    for size in TITLE_SIZES:
        lines = _wrap(title, _font(BOLD, size))
        if len(lines) <= MAX_LINES:
            return size, lines
    font = _font(BOLD, size)
    kept = lines[:MAX_LINES]
    return size, (*kept[:-1], _shorten(f"{kept[-1]} {lines[MAX_LINES]}", font))


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


def _fits(text: str, font: ImageFont.FreeTypeFont) -> bool:
    return font.getlength(text) <= WIDTH - 2 * MARGIN


@lru_cache(maxsize=16)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT_DIR / name, size)
