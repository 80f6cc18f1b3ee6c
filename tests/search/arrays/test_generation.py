"""What a generation keeps between two answers, and that it gives what reading it again would give."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from services.search.arrays.segment import generation as module
from services.search.arrays.segment.generation import Generation
from services.search.engine_whoosh.store.store import WhooshIndexStore
from tests.search.corpus import make_article

ARTICLES = tuple(map(make_article, range(6)))


@pytest.fixture
def generation(tmp_path: Path) -> Generation:
    """The generation of a few articles."""
    store = WhooshIndexStore(tmp_path)
    store.sync(ARTICLES)
    opened = store.open().generation_data
    store.close()
    return opened


@pytest.mark.parametrize("most_bytes", [0, 600, module.MAX_PARSED_BYTES])
def test_stored_fields_are_those_of_the_document_however_few_are_kept(
    generation: Generation, monkeypatch: pytest.MonkeyPatch, most_bytes: int
) -> None:
    monkeypatch.setattr(module, "MAX_PARSED_BYTES", most_bytes)
    (segment,) = generation.segments
    for document in [*range(6), *reversed(range(6))]:
        assert generation.stored(document) == orjson.loads(segment.stored[document])


def test_kept_fields_are_parsed_once(generation: Generation) -> None:
    assert generation.stored(3) is generation.stored(3)


def test_each_text_has_its_own_exact_matches_in_any_order(generation: Generation) -> None:
    titles = [article.title for article in ARTICLES]
    asked = ["", titles[0], titles[0], titles[1], "", "no title at all", titles[0]]
    for text in asked:
        documents, kinds = generation.exact(text)
        alone, kinds_alone = generation._exact(text)
        assert documents.tolist() == alone.tolist()
        assert kinds.tolist() == kinds_alone.tolist()
    assert len(generation.exact(titles[0])[0]) > 0
