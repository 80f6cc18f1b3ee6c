"""Postings and keys in blocks of Whoosh's own format: Whoosh reads what was laid out."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from whoosh.codec.whoosh3 import W3Codec, W3TermsReader
from whoosh.filedb.structfile import BufferFile
from whoosh.formats import Existence, Positions
from whoosh.matching import Matcher, UnionMatcher

from services.search.arrays.array_file import Array
from services.search.engine_whoosh.store.whoosh_blocks import TERM_INFO, lay_out
from services.search.engine_whoosh.store.whoosh_postings import Postings, key_postings
from services.search.engine_whoosh.store.whoosh_segment import hash_table

#: Documents with the positions of one term, far enough apart that every width of number is used.
LISTS = st.dictionaries(
    st.integers(0, 1 << 20), st.lists(st.integers(0, 1 << 20), min_size=1, max_size=90), min_size=1, max_size=6
)


TERMS = st.dictionaries(st.binary(min_size=1, max_size=9), LISTS, max_size=40)


@given(TERMS)
def test_whoosh_reads_the_postings_that_were_laid_out(terms: dict[bytes, dict[int, list[int]]]) -> None:
    wanted = {term: {n: sorted(at) for n, at in sorted(terms[term].items())} for term in sorted(terms)}
    lists = [at for found in wanted.values() for at in found.values()]
    sizes = [len(found) for found in wanted.values()]
    postings = Postings(
        terms=list(wanted),
        starts=np.cumsum([0, *sizes]),
        documents=np.array([n for found in wanted.values() for n in found], dtype=np.int64),
        counts=np.array([len(at) for at in lists], dtype=np.int64),
        positions=np.array([one for at in lists for one in at], dtype=np.int64),
    )
    lengths = np.arange((1 << 20) + 1)
    pieces = list(lay_out(postings, lengths, 0))
    data = b"".join(block.tobytes() for block, _ in pieces)
    infos = np.frombuffer(b"".join(found.tobytes() for _, found in pieces), dtype=TERM_INFO)
    reader = reader_of(list(wanted), infos, data)
    for term, found in wanted.items():
        info = reader.term_info("f", term)
        assert (info.doc_frequency(), info.weight()) == (len(found), sum(map(len, found.values())))
        assert (info.min_id(), info.max_id()) == (min(found), max(found))
        assert info.max_weight() == max(map(len, found.values()))
        matcher = reader.matcher("f", term, Positions())
        read = {}
        while matcher.is_active():
            read[matcher.id()] = matcher.value_as("positions")
            assert matcher.weight() == len(read[matcher.id()])
            matcher.next()
        assert read == found
    assert [text for _, text in reader.terms()] == list(wanted)
    assert ("f", b"no such term") not in reader


def reader_of(terms: list[bytes], infos: Array, data: bytes) -> Any:
    """Whoosh's reader of one field, ``f``."""
    table = b"".join(hash_table([b"\0\0" + term for term in terms], infos, {"fieldmap": {"f": 0}}))
    return W3TermsReader(W3Codec(), BufferFile(memoryview(table)), len(table), BufferFile(memoryview(data)))


@given(st.dictionaries(st.binary(min_size=1, max_size=3), st.sets(st.integers(0, 99), min_size=1), max_size=600))
def test_whoosh_reads_keys(keys: dict[bytes, set[int]]) -> None:
    postings = key_postings({key: sorted(found) for key, found in keys.items()})
    pieces = list(lay_out(postings, None, 0))
    data = b"".join(block.tobytes() for block, _ in pieces)
    infos = np.frombuffer(b"".join(found.tobytes() for _, found in pieces), dtype=TERM_INFO)
    reader = reader_of(postings.terms, infos, data)
    for key, found in keys.items():
        matcher = reader.matcher("f", key, Existence())
        assert list(matcher.all_ids()) == sorted(found)


class Block(Matcher):  # type: ignore[misc] # whoosh has no types
    """A matcher in a block of a known quality, which it leaves for a higher one only, as Whoosh's own do."""

    def __init__(self, quality: float) -> None:
        super().__init__()
        self._quality = quality
        self._skips = 0
        self._is_active = True

    def is_active(self) -> bool:
        return self._is_active

    def id(self) -> int:
        return 0

    def block_quality(self) -> float:
        return self._quality

    def skip_to_quality(self, minquality: float) -> int:
        self._skips += 1
        assert self._skips < 100, "the loop of Whoosh 2.7.4"
        self._is_active = self._quality > minquality
        return int(not self._is_active)


def test_a_union_of_blocks_as_good_as_the_worst_hit_does_not_loop() -> None:
    """The loop of Whoosh 2.7.4 (whoosh-community/whoosh issues 446 and 461): a prefix such as ``ann*`` never ended.

    The two qualities add up to exactly the least that is wanted, and rounding keeps either from being less.
    """
    first, second = 0.1, 0.7
    assert first + second - second < first
    UnionMatcher(Block(first), Block(second)).skip_to_quality(first + second)
