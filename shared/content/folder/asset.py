"""Files that stand beside an article: pictures, diagrams and downloads. Pure: a name and bytes become an Asset."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shared.content.folder.picture_size import picture_size
from shared.content.parsing.svg import parse_svg
from shared.content.problem import InvalidContent, Problem

#: What may stand beside an article and be served, by suffix. None of these runs as a program in a browser.
MEDIA_TYPES = {
    ".avif": "image/avif",
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
}
#: A picture of more than this many bytes is not meant for a page.
MAX_ASSET_BYTES = 10 * 1024 * 1024
#: A diagram is set into the page: this is ten times the largest of the site.
MAX_SVG_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Asset:
    """One file beside an article.

    ``name`` is its path below the article's folder; ``digest`` is the SHA-256 of its bytes.

    ``width`` and ``height`` are pixels (of a diagram: units of its view box), ``None`` where the file does not say.
    ``svg`` is the text of a diagram that passed the allow-list. ``path`` is where the file is: fixed when it was
    loaded, so that serving it needs no path arithmetic.
    """

    name: str
    path: Path
    media_type: str
    digest: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    svg: str | None = None
    problems: tuple[Problem, ...] = ()


def is_asset_name(name: str) -> bool:
    """Whether a file of this name may be served beside an article."""
    return PurePosixPath(name).suffix.lower() in MEDIA_TYPES


def parse_asset(source: str, name: str, path: Path, data: bytes) -> Asset:
    """The Asset at ``source``. Raises InvalidContent for a file that is too large or a diagram that is not safe."""
    suffix = PurePosixPath(name).suffix.lower()
    limit = MAX_SVG_BYTES if suffix == ".svg" else MAX_ASSET_BYTES
    if len(data) > limit:
        raise InvalidContent(
            [Problem(source, 1, f"the file has {len(data):,} bytes: at most {limit:,} are allowed here")]
        )
    digest = hashlib.sha256(data).hexdigest()
    if suffix != ".svg":
        width, height = picture_size(data) or (None, None)
        return Asset(name, path, MEDIA_TYPES[suffix], digest, len(data), width, height)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidContent([Problem(source, 1, "the file is not UTF-8: save it as UTF-8")]) from error
    svg = parse_svg(source, text)
    if svg.refusals:
        raise InvalidContent(svg.refusals)
    width, height = (round(side) if side else None for side in (svg.width, svg.height))
    return Asset(name, path, MEDIA_TYPES[suffix], digest, len(data), width, height, text, svg.advice)
