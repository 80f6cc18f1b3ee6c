"""Bodies as a Library keeps them: packed to a sixth, worked out again when somebody asks. Pure.

Of a site of ten thousand articles a handful of bodies is wanted at a time: one that is rendered, one that changed and is
indexed. Kept plain, they are a gigabyte of small objects in each process; packed they also pass between processes as
two strings of bytes.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.content.article import Article, Body, CodeSample, Heading, Link, Picture, PlainBody, Section

#: Level 1 takes half the time of the default for 8 % more bytes.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class PackedBody:
    """A Body. ``html_data`` is its HTML, ``data`` the rest: search wants no HTML, and a page little else."""

    html_data: bytes
    data: bytes

    @property
    def html(self) -> str:
        """See Body."""
        return zlib.decompress(self.html_data).decode("utf-8", "surrogatepass")

    @property
    def sections(self) -> tuple[Section, ...]:
        """See Body."""
        return self._rest().sections

    @property
    def headings(self) -> tuple[Heading, ...]:
        """See Body."""
        return self._rest().headings

    @property
    def links(self) -> tuple[Link, ...]:
        """See Body."""
        return self._rest().links

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """See Body."""
        return self._rest().pictures

    @property
    def samples(self) -> tuple[CodeSample, ...]:
        """See Body."""
        return self._rest().samples

    def _rest(self) -> PlainBody:
        body: PlainBody = pickle.loads(zlib.decompress(self.data))  # noqa: S301 - made by pack_body, never read from a file
        return body


#: What a load keeps of an article, of those that it parsed. A function of a module: processes pass its name.
Keep = Callable[[Article], Article]


def pack_article(article: Article) -> Article:
    """All of ``article``, its body packed."""
    return replace(article, body=pack_body(article.body))


def pack_body(body: Body) -> PackedBody:
    """``body``, packed."""
    html = zlib.compress(body.html.encode("utf-8", "surrogatepass"), _LEVEL)
    rest = PlainBody("", body.sections, body.headings, body.links, body.pictures, body.samples)
    return PackedBody(html, zlib.compress(pickle.dumps(rest, protocol=5), _LEVEL))


def unpack_body(body: Body) -> PlainBody:
    """``body`` with every value at hand."""
    return PlainBody(body.html, body.sections, body.headings, body.links, body.pictures, body.samples)
