"""Article → IndexDocument: text, and terms with positions, fields and byte offsets. Pure; does not depend on an engine.

The text of a document is a sequence of runs in reading order: title, summary, tags, headings and blocks. Each begins
with a control character that names its kind, so that a snippet finds the border of its block without another table.
Positions are numbered through the whole text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.text.languages import language_of
from services.search.text.term_table import TermTable
from services.search.text.tokens import surfaces_of
from shared.content.article import Article, Section
from shared.content.slug import anchorize, github_anchor

#: The control character that begins a run of text. White space to the analyzer; ``_clean`` removes them from the text.
LINK_MARK, HEADING_MARK, PROSE_MARK, CODE_MARK = "\x1c", "\x1d", "\x1e", "\x1f"
MARKS = (LINK_MARK, HEADING_MARK, PROSE_MARK, CODE_MARK)
_UNCLEAN = (*MARKS, "\x00")
_WORD = re.compile(r"\w+")
_CLEAN = {ord(char): " " for char in _UNCLEAN}

Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class IndexSection:
    """A section: heading, first position, first position after its heading, first byte. The lead has no anchor."""

    anchor: str
    heading: str
    level: int
    position: int
    body_position: int
    start: int


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """One article as an engine indexes it.

    ``surfaces`` (term numbers of the table in use) is parallel to ``fields`` (field numbers), ``positions``, ``starts``
    and ``widths`` (bytes of ``text``, which is UTF-8), in order of position. ``lengths`` counts the positions of each
    field.
    """

    article: Article
    text: bytes
    sections: tuple[IndexSection, ...]
    surfaces: U32
    fields: U8
    positions: U32
    starts: U32
    widths: U32
    lengths: tuple[int, ...]


@dataclass(slots=True)
class _Layout:
    """Collects the runs of a text. ``starts`` has the character of the mark of each, ``fields`` its field number."""

    pieces: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    fields: list[int] = field(default_factory=list)
    code_spans: list[tuple[int, int]] = field(default_factory=list)
    size: int = 0

    def add(self, mark: str, text: str, number: int, code_spans: tuple[tuple[int, int], ...] = ()) -> None:
        self.code_spans += [(self.size + 1 + start, self.size + 1 + end) for start, end in code_spans]
        self.starts.append(self.size)
        self.fields.append(number)
        self.pieces += (mark, _clean(text))
        self.size += 1 + len(text)


def _clean(text: str) -> str:
    """``text`` without the marks of runs. Searching for them first is much faster than ``translate``."""
    return text.translate(_CLEAN) if any(char in text for char in _UNCLEAN) else text


def make_document(article: Article, table: TermTable) -> IndexDocument:
    """Build the document of ``article``, with terms numbered by ``table``. Otherwise deterministic."""
    layout = _Layout()
    layout.add(HEADING_MARK, article.title, schema.TITLE)
    layout.add(PROSE_MARK, article.summary, schema.SUMMARY)
    for tag in article.tags:
        layout.add(PROSE_MARK, tag, schema.TAGS)
    texts = _texts_by_anchor(article)
    for text in texts.pop("", ()):
        layout.add(LINK_MARK, text, schema.LINKS)
    first_runs: list[int] = []
    for section in article.sections:
        first_runs.append(len(layout.starts))
        if section.heading:
            layout.add(HEADING_MARK, section.heading, schema.HEADINGS)
        for block in section.blocks:
            if block.kind == "code":
                layout.add(CODE_MARK, block.text, schema.CODE)
            else:
                layout.add(PROSE_MARK, block.text, schema.BODY, block.code_spans)
        for text in (*_chosen_name(section), *texts.get(section.anchor, ())):
            layout.add(LINK_MARK, text, schema.LINKS)
    return _document(article, table, layout, first_runs)


def _chosen_name(section: Section) -> tuple[str, ...]:
    """The words of an anchor that was chosen rather than made of the heading: ``{#setup}`` of "A throwaway cluster"."""
    words = section.anchor.replace("_", "-").split("-")
    # Most anchors are made of the words of the heading. Comparing these is much cheaper than making the anchor.
    if not section.heading or not set(words).difference(_WORD.findall(section.heading.casefold())):
        return ()
    if section.anchor.startswith((anchorize(section.heading), github_anchor(section.heading))):
        return ()
    in_heading = {*anchorize(section.heading).split("-"), *surfaces_of(section.heading)}
    is_new = any(word.isalpha() and word not in in_heading for word in words)
    return (" ".join(words),) if is_new else ()


def _texts_by_anchor(article: Article) -> dict[str, list[str]]:
    """The link texts of each section by its anchor; those to the article or to an unknown section are under ""."""
    anchors = {section.anchor for section in article.sections} if article.link_texts else set()
    found: dict[str, list[str]] = {}
    for link in article.link_texts:
        found.setdefault(link.anchor if link.anchor in anchors else "", []).append(link.text)
    return found


def _document(article: Article, table: TermTable, layout: _Layout, first_runs: list[int]) -> IndexDocument:
    """Analyze the laid-out text; ``first_runs`` has the number of the first run of each section."""
    text = "".join(layout.pieces)
    terms = table.terms_of(text, language_of(article.language))
    starts, ends = terms.starts, terms.ends
    run_starts = np.array(layout.starts, dtype=np.int64)
    runs = np.searchsorted(run_starts, starts, side="right") - 1
    positions = (terms.positions + runs * schema.BLOCK_GAP).astype(np.uint32)
    fields = np.array(layout.fields, dtype=np.uint8)[runs]
    if layout.code_spans:
        fields[_in_code(layout.code_spans, starts, ends) & (fields == schema.BODY)] = schema.CODE
    offsets = _byte_offsets(text)
    is_new = np.ones(len(positions), dtype=bool)
    is_new[1:] = positions[1:] != positions[:-1]
    # The first position of each run: that of its first term, or where it would stand.
    width = int(positions[-1]) + 1 if len(positions) else 0
    firsts = np.append(positions, width)[np.searchsorted(starts, run_starts)].tolist()
    return IndexDocument(
        article=article,
        text=text.encode("utf-8", "replace"),
        sections=_sections(article, first_runs, [*firsts, width], [*layout.starts, len(text)], offsets),
        surfaces=terms.surfaces.astype(np.uint32),
        fields=fields,
        positions=positions,
        starts=(starts if offsets is None else offsets[starts]).astype(np.uint32),
        widths=(ends - starts if offsets is None else offsets[ends] - offsets[starts]).astype(np.uint32),
        lengths=tuple(np.bincount(fields[is_new], minlength=len(schema.FIELDS)).tolist()),
    )


def _in_code(code_spans: list[tuple[int, int]], starts: I64, ends: I64) -> Bools:
    """True for the words that lie in one of ``code_spans``.

    A word that begins in code and ends in prose (`Pod`s) is prose, so that its other forms find it.
    """
    # Each span is two borders; a word is in code if it lies between the first and the second of a pair.
    borders = np.array(list(chain.from_iterable(code_spans)))
    span = np.searchsorted(borders, starts, side="right")
    is_code: Bools = (span & 1).astype(bool)
    is_code &= np.searchsorted(borders, ends, side="left") == span
    return is_code


def _sections(
    article: Article, first_runs: list[int], positions: list[int], starts: list[int], offsets: I64 | None
) -> tuple[IndexSection, ...]:
    """The sections of ``article``, given the first position and the first character of each run.

    Both lists have one more item: the position and the character at which the text ends.
    """
    runs = len(starts) - 1
    return tuple(
        IndexSection(
            anchor=section.anchor,
            heading=section.heading,
            level=section.level,
            position=positions[run],
            body_position=positions[run + 1 if section.heading and run + 1 < runs else run],
            start=starts[run] if offsets is None else int(offsets[starts[run]]),
        )
        for section, run in zip(article.sections, first_runs, strict=True)
    )


def _byte_offsets(text: str) -> I64 | None:
    """Return the UTF-8 offset of each character; None if all are ASCII.

    A lone surrogate is encoded as one ``?``.
    """
    if text.isascii():
        return None
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    widths = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)
    widths[(points >= 0xD800) & (points <= 0xDFFF)] = 1
    return np.concatenate(([0], np.cumsum(widths)))


def exact_key(text: str) -> str:
    """``text`` as one string of surfaces: texts with the same key match the same typed query exactly."""
    return " ".join(surfaces_of(text))
