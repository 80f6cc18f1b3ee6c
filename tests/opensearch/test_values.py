"""What needs no cluster: columns, words and their counts, generations, and answers that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from services.search import schema
from services.search.arrays.vocabulary import neighbours
from services.search.engine_opensearch.cluster.connection import ClusterUnavailable
from services.search.engine_opensearch.finding.answer import checked
from services.search.engine_opensearch.indexes.columns import MANY_WORDS, Encoded, with_columns, word_counts
from services.search.engine_opensearch.indexes.documents import article_body
from services.search.engine_opensearch.indexes.generation import Meta, Totals, read_meta
from services.search.engine_opensearch.indexes.lexicon import (
    MAX_BEGINNING,
    Counts,
    Lexicon,
    add_counts,
    make_base,
    read_base,
)
from services.search.engine_opensearch.indexes.mapping import EMPTY, FREQUENCY, TOGETHER
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.term_table import TermTable
from tests.search_service.articles import FIRST_DAY, SITE, make_article


def test_columns_are_read_as_they_were_written() -> None:
    for document, columns in with_columns(SITE, TermTable()):
        read = Encoded(columns.encode()).decode()
        sections = tuple((one.position, one.body_position, one.start) for one in document.sections)
        assert (read.surfaces, read.lengths, read.sections) == (columns.surfaces, document.lengths, sections)
        for name in ("terms", "fields", "positions", "starts", "widths"):
            assert np.array_equal(getattr(read, name), getattr(columns, name)), name


@pytest.mark.parametrize("more", [0, MANY_WORDS])
def test_occurrences_of_a_few_words_are_read_without_the_others(more: int) -> None:
    for _, columns in with_columns(SITE, TermTable()):
        wanted = [surface.encode() for surface in columns.surfaces[:3]]
        absent = [f"absent{number}".encode() for number in range(1 + more)]
        numbers = {surface: 7 + number for number, surface in enumerate([*wanted, *absent])}
        read = Encoded(columns.encode()).occurrences_of(numbers)
        kept = np.flatnonzero(columns.terms < 3)
        assert read.numbers.tolist() == (columns.terms[kept] + 7).tolist()
        for name in ("fields", "positions", "starts", "widths"):
            assert np.array_equal(getattr(read, name), getattr(columns, name)[kept]), name


def test_columns_of_a_long_article_take_wider_numbers() -> None:
    article = make_article("long", text="word " * 70_000)
    ((_, columns),) = with_columns([article], TermTable())
    read = Encoded(columns.encode()).decode()
    assert int(read.starts.max()) > 1 << 16
    assert np.array_equal(read.positions, columns.positions)


def test_tokens_of_one_position_are_joined_and_gaps_are_as_wide_as_a_border_of_blocks() -> None:
    article = make_article("one", "The getUserById call", sections=(("Two parts", "First."), ("More", "Last.")))
    ((document, columns),) = with_columns([article], TermTable())
    body = article_body(document, columns, np.ones(len(schema.FIELDS)))
    assert body["at_title"] == f"the getuserbyid{TOGETHER}get user by id call"
    assert body["at_headings"].split(" ").count(EMPTY) == 12
    weights = dict(token.split(FREQUENCY) for token in body["prose"].split(" "))
    assert all(int(weight) >= 1 for weight in weights.values())
    assert int(weights["call"]) > int(weights["first"])


def test_words_are_counted_by_field_and_by_article_and_taken_off_again() -> None:
    counts: dict[str, Counts] = {}
    rows = with_columns(SITE, TermTable())
    for _, columns in rows:
        add_counts(counts, word_counts([columns]))
    assert counts["message"] == (0, 0, 0, 0, 2, 0, 0, 2)
    add_counts(counts, word_counts([rows[0][1]]), -1)
    assert counts["message"] == (0, 0, 0, 0, 1, 0, 0, 1)
    assert "outbox" not in make_base(counts).rows


def test_the_words_of_a_generation_are_those_of_the_base_as_changed_since() -> None:
    counts: dict[str, tuple[int, ...]] = {}
    for _, columns in with_columns(SITE, TermTable()):
        add_counts(counts, word_counts([columns]))
    base = make_base(counts)
    read = read_base(base.parts())
    assert (read.surfaces, read.counts.tolist()) == (base.surfaces, base.counts.tolist())
    lexicon = Lexicon(read, {"relays": (0, 0, 0, 0, 3, 0, 3), "outbox": (0,) * 7})
    assert (lexicon.articles("relays"), lexicon.articles("outbox"), lexicon.articles("quokka")) == (3, 0, 0)
    assert set(lexicon.of_stem("relay")) == {"relay", "relays"}
    assert [one.surface for one in lexicon.near("mesage", 3)] == ["message"]
    assert "certificates" in lexicon.beginning("certif")
    assert [one.surface for one in lexicon.near_beginning("certofic", 2)] == ["certificates"]


def test_words_that_the_site_has_in_other_forms_weigh_the_same_in_both_engines(tmp_path: Path) -> None:
    counts: dict[str, Counts] = {}
    for _, columns in with_columns(SITE, TermTable()):
        add_counts(counts, word_counts([columns]))
    store = WhooshIndexStore(tmp_path)
    store.sync((*SITE, make_article("gone", text="Messaged and certification. " * 3)))
    store.sync(SITE)
    engine = store.open()
    words = ["relaying", "certification", "messaged", "transacted", "quokkas"]
    # Half of the words of the cluster came by an edit.
    edited = {surface: counts.pop(surface) for surface in sorted(counts)[::2]}
    found = Lexicon(make_base(counts), edited).forms(words)
    assert found == neighbours.forms(engine.generation_data, words)
    assert {one.surface for one in found} >= {"relaying", "messaged"}
    assert all(one.is_form and one.weight > 0 for one in found)


def test_a_prefix_stands_for_the_words_that_most_articles_have() -> None:
    rare = {f"wa{number:05}": (0, 0, 0, 0, 1, 0, 0, 1) for number in range(30_000)}
    lexicon = Lexicon(make_base({**rare, "without": (0, 0, 0, 0, 9, 0, 0, 9)}), {"wonder": (0, 0, 0, 0, 4, 0, 0, 4)})
    found = lexicon.beginning("w")
    assert (found[:3], len(found)) == (["without", "wonder", "wa00000"], MAX_BEGINNING)


def test_mean_length_of_a_field_is_taken_over_the_articles_that_have_it() -> None:
    averages = Totals(4, 9, (8, 0, 0, 0, 40, 6, 0), (4, 0, 0, 0, 4, 1, 0), 0).statistics().averages
    assert averages.tolist() == [2, 0, 0, 0, 10, 6, 0]


def test_a_generation_is_read_as_it_was_written() -> None:
    totals = Totals(4, 9, (1, 2, 3, 4, 5, 6), (1, 1, 1, 4, 4, 2), 1_700_000_000)
    meta = Meta("b-2", "b", FIRST_DAY, totals, "b-1", 1, {"word": (0, 0, 0, 0, 1, 0, 1)})
    assert read_meta(orjson.loads(orjson.dumps(meta.body()))) == meta
    assert read_meta(orjson.loads(orjson.dumps(meta.building("b-3").body()))).is_building


@pytest.mark.parametrize(
    "answer",
    [
        {"timed_out": True, "_shards": {"total": 1, "successful": 1, "failed": 0}},
        {"timed_out": False, "_shards": {"total": 2, "successful": 1, "failed": 0}},
        {"timed_out": False, "_shards": {"total": 1, "successful": 1, "failed": 1}},
        {"timed_out": False, "_shards": {"total": 0, "successful": 0, "failed": 0}},
    ],
)
def test_an_answer_without_all_shards_in_time_is_none(answer: dict[str, Any]) -> None:
    with pytest.raises(ClusterUnavailable):
        checked(answer)
