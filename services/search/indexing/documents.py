"""ArticleText → IndexDocument: terms with positions, fields and byte offsets. Pure; does not depend on an engine.

The text of a document is that of its runs, each after the control character of its kind, so that a snippet finds the
boundary of its block without another table. Positions are numbered through the whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.indexing.texts import ArticleText, Run, text_of
from services.search.text.languages import language_of
from services.search.text.term_table import TermTable
from shared.content.article import Article

#: The largest width that an engine keeps: the highlight of a longer token ends early.
MAX_WIDTH = 255

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


def make_document(article: Article, table: TermTable) -> IndexDocument:
    """Build the document of ``article``, with terms numbered by ``table``. Otherwise deterministic."""
    return analyze(text_of(article), table)


def analyze(article_text: ArticleText, table: TermTable) -> IndexDocument:
    """Find the terms of a text. Each run begins with its mark, and its positions follow a gap."""
    article, runs = article_text.article, article_text.runs
    text = "".join([part for run in runs for part in (run.mark, run.text)])
    run_starts = np.cumsum([0, *(1 + len(run.text) for run in runs)])[:-1]
    terms = table.terms_of(text, language_of(article.language))
    starts, ends = terms.starts, terms.ends
    number = np.searchsorted(run_starts, starts, side="right") - 1
    positions = (terms.positions + number * schema.BLOCK_GAP).astype(np.uint32)
    fields = np.array([run.field for run in runs], dtype=np.uint8)[number]
    code_spans = _code_spans(runs, run_starts)
    if code_spans:
        fields[_in_code(code_spans, starts, ends) & (fields == schema.BODY)] = schema.CODE
    offsets = _byte_offsets(text)
    is_new = np.ones(len(positions), dtype=bool)
    is_new[1:] = positions[1:] != positions[:-1]
    # The first position of each run: that of its first term, or where it would stand.
    width = int(positions[-1]) + 1 if len(positions) else 0
    firsts = np.append(positions, width)[np.searchsorted(starts, run_starts)].tolist()
    return IndexDocument(
        article=article,
        text=text.encode("utf-8", "replace"),
        sections=_sections(article_text, [*firsts, width], [*run_starts.tolist(), len(text)], offsets),
        surfaces=terms.surfaces.astype(np.uint32),
        fields=fields,
        positions=positions,
        starts=(starts if offsets is None else offsets[starts]).astype(np.uint32),
        widths=(ends - starts if offsets is None else offsets[ends] - offsets[starts]).astype(np.uint32),
        lengths=tuple(np.bincount(fields[is_new], minlength=len(schema.FIELDS)).tolist()),
    )


def _code_spans(runs: Sequence[Run], starts: I64) -> list[tuple[int, int]]:
    """The ranges of code within prose, in characters of the whole text. A mark stands before the text of a run."""
    return [
        (start + 1 + first, start + 1 + last)
        for run, start in zip(runs, starts.tolist(), strict=True)
        for first, last in run.code_spans
    ]


def _in_code(code_spans: list[tuple[int, int]], starts: I64, ends: I64) -> Bools:
    """True for the words that lie in one of ``code_spans``.

    A word that begins in code and ends in prose (`Pod`s) is prose, so that its other forms find it.
    """
    # Each span is two boundaries; a word is in code if it lies between the first and the second of a pair.
    boundaries = np.array(list(chain.from_iterable(code_spans)))
    span = np.searchsorted(boundaries, starts, side="right")
    is_code: Bools = (span & 1).astype(bool)
    is_code &= np.searchsorted(boundaries, ends, side="left") == span
    return is_code


def _sections(
    article_text: ArticleText, positions: list[int], starts: list[int], offsets: I64 | None
) -> tuple[IndexSection, ...]:
    """The sections of an article, given the first position and the first character of each run.

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
        for section, run in zip(article_text.article.body.sections, article_text.first_runs, strict=True)
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
