"""The listed words near another: found by their CRC-32, without trying each text."""

from __future__ import annotations

from string import ascii_lowercase
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.text.words import edits
from services.search.text.words.known import KnownWords

KNOWN = KnownWords(["outbux", "kubelet"])


def texts_near(word: str) -> set[str]:
    """The texts of letters within one edit of ``word``, each made."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {head + letter + tail for head, tail in cuts for letter in ascii_lowercase}
    found |= {head + letter + tail[1:] for head, tail in cuts if tail for letter in ("", *ascii_lowercase)}
    found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    return found - {word}


@given(st.text(ascii_lowercase, min_size=1, max_size=21))
def test_the_numbers_of_all_texts_within_one_edit_are_theirs(word: str) -> None:
    assert set(edits.near(word, lambda numbers: np.ones(len(numbers), dtype=bool))) == texts_near(word)
    wanted = {crc32(text.encode()) for text in sorted(texts_near(word))[::7]}
    found = edits.near(word, lambda numbers: np.isin(numbers, list(wanted)))
    assert {crc32(text.encode()) for text in found} == wanted


@given(st.text(ascii_lowercase, min_size=1, max_size=9) | st.sampled_from(["limting", "outbx", "kubelt", "wrod", "a"]))
def test_the_listed_words_near_one_are_those_that_exist(word: str) -> None:
    assert set(KNOWN.near(word)) == {text for text in texts_near(word) if KNOWN.is_listed(text)}


@pytest.mark.parametrize("word", ["", "p99", "größe", "Rust", "a" * 22, "dead-lettr", "ひ"])
def test_nothing_is_near_a_name_or_a_word_of_other_letters(word: str) -> None:
    assert KNOWN.near(word) == []
