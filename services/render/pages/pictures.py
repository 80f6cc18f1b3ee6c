"""Pictures in several sizes, as WebP: which sizes exist (pure), and rendering them.

The only import of Pillow besides social.py. A size is made when it is first asked for.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import quote, unquote

from PIL import Image, ImageOps

from services.render.pages.html_rewrite import replace_pictures
from shared.content.folder.asset import Asset
from shared.process.logger import get_logger
from shared.process.memory import release_memory

log = get_logger("pictures")

#: Widths in pixels: a phone, a phone with a high-density screen or the text column, the column on a high-density
#: screen.
WIDTHS = (480, 960, 1600)
#: The ``sizes`` attribute: the text column, or the whole of a narrow screen minus its margins.
SIZES = "(min-width: 48rem) 44rem, calc(100vw - 2rem)"
#: Still pictures that Pillow turns into WebP. GIF may be animated, and AVIF is smaller already: neither changes.
RESIZED_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
#: Visually lossless for screenshots and photographs, at a third of the bytes of JPEG 90.
WEBP_QUALITY = 82
#: The EXIF tag that says how a camera was held, and its values for pictures on their side (CIPA DC-008, 4.6.4).
_ORIENTATION, _ON_THEIR_SIDE = 0x0112, frozenset({5, 6, 7, 8})
#: A large picture takes 160 MB while it is decoded.
_ONE_AT_A_TIME = threading.Lock()
#: Larger pictures are served unchanged: decoding one would take a tenth of a second and 150 MB.
MAX_PIXELS = 40_000_000
#: Above this size, a picture leaves enough garbage behind to spend a tenth of a second on releasing memory.
LARGE_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class PictureSize:
    """One size of a picture, in WebP. ``path`` (decoded) carries the digest of the original."""

    path: str
    width: int
    asset: Asset

    @property
    def url(self) -> str:
        """The path as an address."""
        return quote(self.path)


def picture_sizes(path: str, asset: Asset) -> tuple[PictureSize, ...]:
    """The sizes of the picture at ``path``, narrowest first; none for any file but a still picture of known size.

    A picture is never enlarged: the widest size is its own width.
    """
    width, height = asset.width, asset.height
    if asset.media_type not in RESIZED_TYPES or not width or not height or width * height > MAX_PIXELS:
        return ()
    stem = path.rpartition(".")[0]
    widths = sorted({min(width, one) for one in WIDTHS})
    return tuple(PictureSize(f"{stem}.{asset.digest[:10]}.{one}w.webp", one, asset) for one in widths)


def all_sizes(assets: Mapping[str, Asset]) -> Iterator[PictureSize]:
    """Return all sizes of all pictures in ``assets``, a mapping by path."""
    for path, asset in assets.items():
        yield from picture_sizes(path, asset)


def responsive_pictures(html: str, assets: Mapping[str, Asset]) -> str:
    """``html`` with each known picture offered in every size; the original stays for browsers without WebP."""

    def offer(attributes: Mapping[str, str], tag: str) -> str:
        path = unquote(unescape(attributes.get("src", "")))
        asset = assets.get(path)
        sizes = picture_sizes(path, asset) if asset else ()
        if not sizes:
            return tag
        candidates = escape(", ".join(f"{size.url} {size.width}w" for size in sizes))
        return f'<picture><source type="image/webp" srcset="{candidates}" sizes="{SIZES}">{tag}</picture>'

    return replace_pictures(html, offer) if assets else html


def _reduced(original: Image.Image, width: int) -> Image.Image:
    """``original`` at two to four times ``width``: copies of a large picture take hundreds of megabytes."""
    is_on_its_side = original.getexif().get(_ORIENTATION, 1) in _ON_THEIR_SIDE

    def factor() -> int:
        return max(1, (original.height if is_on_its_side else original.width) // (2 * width))

    original.draft(None, (original.width // factor(), original.height // factor()))  # a JPEG is decoded smaller
    if factor() == 1:
        return original
    picture = original.convert("RGBA") if original.mode in {"P", "PA"} else original
    return picture.reduce(factor())


def read_asset(asset: Asset) -> bytes:
    """Return the bytes that were checked at load time. Raises FileNotFoundError if the file has changed."""
    body = asset.path.read_bytes()
    if hashlib.sha256(body).hexdigest() != asset.digest:
        raise FileNotFoundError(f"{asset.name} changed since it was loaded")
    return body


def render_size(size: PictureSize) -> bytes:
    """Render one size, upright, without metadata. Blocking. Raises OSError as ``read_asset``.

    A picture that cannot be decoded (a valid head, a missing end) is sent unchanged: browsers show as much as they can.
    """
    data = read_asset(size.asset)  # its digest is part of the address, which is cached for a year
    with _ONE_AT_A_TIME:
        try:
            return _render(data, size.width)
        except Exception as error:  # noqa: BLE001 - Pillow raises a dozen types for damaged files
            log.warning("picture not resized: its file is damaged", path=str(size.asset.path), error=repr(error))
            return data
        finally:
            if (size.asset.width or 0) * (size.asset.height or 0) > LARGE_PIXELS:
                release_memory()


def _render(data: bytes, width: int) -> bytes:
    with Image.open(io.BytesIO(data)) as original:
        picture = _reduced(original, width)
        picture = ImageOps.exif_transpose(picture)
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    height = max(1, round(picture.height * width / picture.width))
    if picture.width != width:
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=WEBP_QUALITY, method=4)
    return buffer.getvalue()
