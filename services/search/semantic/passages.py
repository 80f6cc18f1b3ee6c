"""Article → passages: the texts that get a vector, each with its section. Pure.

A passage begins with the title of its article and the heading of its section, because "The relay" alone means little. A
section longer than a model's input is cut between blocks into several passages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from shared.content.article import Article, Section

#: Raise it when the text of passages changes: all vectors are then made again.
PASSAGES_VERSION = 1
#: The largest text of one passage, in characters: about 400 tokens of English, of the 512 that common models read.
MAX_CHARS = 1_800
#: The largest number of passages of one section. Further text is found by words alone: nobody asks for page thirty of a
#: listing by its meaning.
MAX_PASSAGES = 8
#: Bytes of a key.
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Passage:
    """One text to embed. ``anchor`` is "" for the text before the first heading."""

    slug: str
    anchor: str
    text: str

    @property
    def key(self) -> bytes:
        """The digest of the text, 16 bytes: equal texts have equal vectors."""
        return blake2b(self.text.encode("utf-8", "replace"), digest_size=KEY_BYTES).digest()


def passages_of(article: Article) -> Iterator[Passage]:
    """The passages of ``article`` in reading order, at least one per section."""
    sections = article.body.sections
    if not sections:
        yield Passage(article.slug, "", _joined(article.title, article.summary))
    for number, section in enumerate(sections):
        summary = article.summary if number == 0 else ""
        head = _joined(article.title, section.heading, summary)
        for text in _cut(section):
            yield Passage(article.slug, section.anchor, _joined(head, text))


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _cut(section: Section) -> list[str]:
    """Split the text of ``section`` into pieces of at most MAX_CHARS, between blocks if possible."""
    pieces = [""]
    for block in section.blocks:
        for start in range(0, len(block.text), MAX_CHARS):
            text = block.text[start : start + MAX_CHARS]
            if pieces[-1] and len(pieces[-1]) + len(text) > MAX_CHARS:
                pieces.append("")
            pieces[-1] = _joined(pieces[-1], text)
    return pieces[:MAX_PASSAGES]
