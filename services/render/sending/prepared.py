"""An answer made once and sent many times: its bytes in every encoding, with the headers of each.

Does not depend on pages, templates or routes.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from types import MappingProxyType

import brotli
from aiohttp import ETag, hdrs
from multidict import CIMultiDict, CIMultiDictProxy

#: The browser revalidates the page before each use, at the cost of a 304: an edit, or an article whose time has come,
#: shows at once.
REVALIDATE = "no-cache"
#: For URLs that carry a digest of their content.
IMMUTABLE = "public, max-age=31536000, immutable"
#: For pictures, whose URL stays when they change: cached for an hour, then revalidated.
HOURLY = "public, max-age=3600"

#: In order of preference: brotli is smaller.
ENCODINGS = ("br", "gzip")
#: Text smaller than this fits the first packet uncompressed.
MIN_COMPRESSED_BYTES = 256
_COMPRESSIBLE = ("text/", "image/svg+xml", "application/json", "application/xml", "application/atom+xml")
_COMPRESSIBLE_SUFFIXES = ("+xml", "+json")


@dataclass(frozen=True, slots=True)
class Effort:
    """Compression levels.

    Brotli 11 takes a second per megabyte; 5 takes 14 ms and gives 15 % more bytes, 7 takes 28 ms and gives 14 % more.
    """

    brotli_quality: int
    gzip_level: int


#: For files compressed once at start or in the background, for pages while a reader waits for them, and for answers to
#: one reader.
AT_START = Effort(brotli_quality=11, gzip_level=9)
PER_PAGE = Effort(brotli_quality=5, gzip_level=6)
PER_REQUEST = Effort(brotli_quality=5, gzip_level=4)


@dataclass(slots=True)
class Head:
    """The encoded head of an answer: status line and headers up to the value of Date, and its route."""

    block: bytes | None = None
    route: str = ""

    def keep(self, block: bytes, route: str) -> None:
        """Keep the head that was sent."""
        self.block, self.route = block, route


@dataclass(frozen=True, slots=True)
class Variant:
    """The bytes of one encoding with its headers; a 304 repeats ``kept`` (RFC 9110, 15.4.5)."""

    body: bytes
    etag: str
    headers: CIMultiDictProxy[str]
    kept: CIMultiDictProxy[str]
    head: Head = field(default_factory=Head, compare=False, repr=False)

    @property
    def tag(self) -> ETag:
        """The entity tag, as conditions are compared with it."""
        return ETag(self.etag.removeprefix("W/").strip('"'), is_weak=self.etag.startswith("W/"))


@dataclass(frozen=True, slots=True)
class Prepared:
    """One answer, ready to send.

    ``variants`` holds "identity" and those of ``encodings`` that were made so far: ``encode`` makes the others.
    ``last_modified`` is when these bytes first appeared.
    """

    status: int
    last_modified: datetime | None
    variants: Mapping[str, Variant]
    encodings: tuple[str, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes in memory, all variants together."""
        return sum(len(variant.body) for variant in self.variants.values())

    def has_bytes_of(self, other: Prepared) -> bool:
        """Whether it is the same answer as ``other``, whose variants may be more or fewer."""
        return self.variants["identity"] is other.variants["identity"]


def prepare(
    body: bytes,
    content_type: str,
    *,
    made: datetime | None,
    cache_control: str = REVALIDATE,
    status: int = 200,
    effort: Effort | None = PER_PAGE,
    encodings: tuple[str, ...] = ENCODINGS,
    policy: str | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Prepared:
    """Set the headers of ``body``, and compress it in each of ``encodings``: later, if ``effort`` is None.

    ``made`` is aware; None for an answer to one reader, which has no history. ``policy`` is a Content-Security-Policy
    other than the site's.
    """
    digest = hashlib.sha256(body).hexdigest()[:24]
    available = encodings if is_compressible(content_type) and len(body) >= MIN_COMPRESSED_BYTES else ()
    own: dict[str, str] = {**headers, hdrs.CONTENT_TYPE: content_type, hdrs.CACHE_CONTROL: cache_control}
    if policy:
        own["Content-Security-Policy"] = policy
    last_modified = made.replace(microsecond=0) if made else None
    if last_modified:
        own[hdrs.LAST_MODIFIED] = format_datetime(last_modified, usegmt=True)
    if available:
        own[hdrs.VARY] = ", ".join(filter(None, (headers.get(hdrs.VARY), hdrs.ACCEPT_ENCODING)))
    plain = _variant(body, "identity", digest, own)
    prepared = Prepared(status, last_modified, MappingProxyType({"identity": plain}), available)
    if effort is not None:
        for encoding in available:
            prepared = encode(prepared, encoding, effort)
    return prepared


def encode(prepared: Prepared, encoding: str, effort: Effort = PER_PAGE) -> Prepared:
    """A copy with the variant of ``encoding`` too; the same if it has one. Blocking: 14 ms per megabyte.

    The bytes are those of "identity" if compressing does not shrink them.
    """
    if encoding in prepared.variants:
        return prepared
    return with_variant(prepared, encoding, _compressed(prepared.variants["identity"], encoding, effort))


def recompress(prepared: Prepared) -> Prepared:
    """A copy whose brotli variant is compressed with the highest effort. Blocking: about a second per megabyte.

    The tag of the variant stays: it is weak, and the decoded bytes are the same.
    """
    known, packed = prepared.variants.get("br"), _compressed(prepared.variants["identity"], "br", AT_START)
    if known is not None and len(packed.body) >= len(known.body):
        return prepared
    return with_variant(prepared, "br", packed)


def with_variant(prepared: Prepared, encoding: str, variant: Variant) -> Prepared:
    """A copy with ``variant`` as its ``encoding``."""
    return replace(prepared, variants=MappingProxyType({**prepared.variants, encoding: variant}))


def is_compressible(content_type: str) -> bool:
    """Whether bytes of this type are text underneath."""
    essence = content_type.partition(";")[0].strip()
    return essence.startswith(_COMPRESSIBLE) or essence.endswith(_COMPRESSIBLE_SUFFIXES)


def _compressed(plain: Variant, encoding: str, effort: Effort) -> Variant:
    body = _compress(plain.body, encoding, effort)
    return _variant(body, encoding, plain.etag.strip('"'), plain.headers) if len(body) < len(plain.body) else plain


def _variant(body: bytes, encoding: str, digest: str, headers: Mapping[str, str]) -> Variant:
    # Each encoding has an entity tag of its own. That of a compressed one is weak (RFC 9110, 8.8.1): the same text may
    # be compressed with more effort later, or by another replica.
    etag = f'"{digest}"' if encoding == "identity" else f'W/"{digest}-{encoding}"'
    own = CIMultiDict(headers)
    own.pop(hdrs.CONTENT_LENGTH, None)
    own[hdrs.ETAG] = etag
    kept = CIMultiDict(own)
    del kept[hdrs.CONTENT_TYPE]
    if encoding != "identity":
        own[hdrs.CONTENT_ENCODING] = encoding
    own[hdrs.CONTENT_LENGTH] = str(len(body))
    return Variant(body, etag, CIMultiDictProxy(own), CIMultiDictProxy(kept))


def _compress(body: bytes, encoding: str, effort: Effort) -> bytes:
    if encoding == "br":
        packed: bytes = brotli.compress(body, quality=effort.brotli_quality, mode=brotli.MODE_TEXT)
        return packed
    # Without a time stamp, equal input gives equal bytes.
    return gzip.compress(body, compresslevel=effort.gzip_level, mtime=0)
