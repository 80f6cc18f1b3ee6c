"""Files that are served as they are: pictures, diagrams and downloads. Pure: a name and bytes become an Asset."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from shared.content.folder.picture_size import picture_size
from shared.content.parsing.svg import parse_svg
from shared.content.problem import InvalidContent, Problem

#: Media types of the files that may be served beside an article, by suffix. None of them runs as a program in a
#: browser.
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
#: Media types of more files in the folder of public files. A browser offers to save what has none of these types.
_PUBLIC_TYPES = {
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
_UNKNOWN_TYPE = "application/octet-stream"
#: A larger picture is not meant for a page.
MAX_ASSET_BYTES = 10 * 1024 * 1024
#: A diagram is inlined into the page: this is ten times the largest of the site.
MAX_SVG_BYTES = 256 * 1024


#: Bytes to search for the root of an SVG file: drawing programs write long prologues.
_HEAD_BYTES = 64 * 1024
_SVG_ROOT = re.compile(rb"<(?:\w+:)?svg[\s>]")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file beside an article, or a public file.

    ``name`` is its path below the folder of the article or of the public files; ``digest`` is the SHA-256 of its bytes.

    ``width`` and ``height`` are pixels (of a diagram: units of its view box), ``None`` if the file does not say.
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
    """The Asset at ``source``. Raises InvalidContent for a file that is too large, or an invalid SVG file.

    An SVG file that must not be inlined (as drawn by Matplotlib, Graphviz, draw.io) is an ordinary picture: ``svg`` is
    None, and ``problems`` says why. A browser runs no script in it.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if len(data) > MAX_ASSET_BYTES:
        raise InvalidContent(
            [Problem(source, 1, f"the file has {len(data):,} bytes: at most {MAX_ASSET_BYTES:,} are allowed here")]
        )
    media_type = MEDIA_TYPES.get(suffix) or _PUBLIC_TYPES.get(suffix, _UNKNOWN_TYPE)
    asset = Asset(name, path, media_type, hashlib.sha256(data).hexdigest(), len(data))
    if suffix == ".svg":
        return _parse_svg(source, asset, data)
    width, height = picture_size(data) or (None, None)
    if width is None and suffix in MEDIA_TYPES and asset.media_type.startswith("image/"):
        message = f"this is not a picture of the kind that its name says ({asset.media_type}): browsers cannot show it"
        return replace(asset, problems=(Problem(source, 1, message),))
    return replace(asset, width=width, height=height)


def _parse_svg(source: str, asset: Asset, data: bytes) -> Asset:
    text = data.decode("utf-8", "replace")
    is_text = len(data) <= MAX_SVG_BYTES and "\ufffd" not in text
    svg = parse_svg(source, text) if is_text else None
    if svg is not None and not svg.refusals:
        width, height = (round(side) if side else None for side in (svg.width, svg.height))
        return replace(asset, width=width, height=height, svg=text, problems=svg.advice)
    if not _SVG_ROOT.search(data[:_HEAD_BYTES]):
        raise InvalidContent(svg.refusals if svg else [Problem(source, 1, "there is no <svg> in this file")])
    broken = [one for one in svg.refusals if one.message.startswith("this is not XML")] if svg else []
    if broken:
        raise InvalidContent(broken)
    if svg is not None:
        reason = f"{svg.refusals[0].message} (line {svg.refusals[0].line})"
    elif len(data) > MAX_SVG_BYTES:
        reason = f"it has {len(data):,} bytes, and at most {MAX_SVG_BYTES:,} are set into a page"
    else:
        reason = "it is not UTF-8"
    message = f"shown as a picture, which does not follow the colour scheme: {reason}"
    width, height = (round(side) if side else None for side in ((svg.width, svg.height) if svg else (None, None)))
    return replace(asset, width=width, height=height, problems=(Problem(source, 1, message, "warning"),))
