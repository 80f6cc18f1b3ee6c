"""The spelling of a compound that was typed in lower case: ``RuntimeClassFlags`` for ``runtimeclassflags``.

A compound takes as many positions as it has words. The index does not link a term to its parts: only the text shows
them.
"""

from __future__ import annotations

from services.search.arrays.matching.postings import occurrences
from services.search.arrays.matching.runs import runs_of
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import Segment
from services.search.text.compounds import Part
from services.search.text.tokens import tokenize
from services.search.understanding.plan import Terms

#: The largest number of occurrences of a word to read in search of a compound.
_MAX_OCCURRENCES = 64


def parts_of(generation: Generation, surface: str) -> tuple[Part, ...]:
    """The parts of ``surface`` as a text of the generation writes it; none if no text splits it."""
    for segment in generation.segments:
        if parts := _parts(segment, surface):
            return parts
    return ()


def _parts(segment: Segment, surface: str) -> tuple[Part, ...]:
    """The parts of the first occurrence of ``surface`` that has any."""
    for run in runs_of(segment, [Terms(surface)]):
        for number in occurrences(segment, run).numbers[:_MAX_OCCURRENCES].tolist():
            document = int(segment.positions[number]) >> POSITION_SHIFT
            start = int(segment.text_starts[document]) + int(segment.starts[number])
            written = segment.text(start, start + int(segment.widths[number])).decode("utf-8", "replace")
            for token in tokenize(written):
                if token.surface == surface and len(token.parts) > 1:
                    return token.parts
    return ()
