"""The embedded engine passes the contract that every engine has to pass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedStore
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.search.contract import SearchQuery
from tests.search_service.articles import SITE, make_article
from tests.search_service.engine.engine_contract import EngineContract
from tests.search_service.engine.store_contract import OpenStore, timeless


class TestWhooshEngine(EngineContract):
    @pytest.fixture
    def open_stores(self, tmp_path: Path) -> OpenStore:
        return lambda: EmbeddedStore(WhooshIndexStore(tmp_path / "index"), InlineCpu())


def test_answers_come_from_any_thread(tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    store.sync(SITE)
    engine = store.open()
    texts = ["message", "relay", "request", "the average", ""] * 8
    expected = [timeless(engine.search(SearchQuery(text))) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert [timeless(one) for one in pool.map(lambda text: engine.search(SearchQuery(text)), texts)] == expected
    engine.close()


TITLES = (
    make_article(
        "inside", "The guide to Securelet and more", text="Securelet, secure words, security. " * 9, tags=("secure",)
    ),
    make_article("begins", "Securelet: a system", text="Words."),
    make_article("the-other", "The guidebook of all others", text="A guide. The guide. A guide."),
)


@pytest.mark.parametrize(
    ("title", "slug", "since"), [("Securelet: a system", "begins", 8), ("The guidebook of all others", "the-other", 8)]
)
def test_a_title_that_begins_so_stands_first_from_letter_to_letter_and_when_sent(
    tmp_path: Path, title: str, slug: str, since: int
) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    store.sync(TITLES)
    engine = store.open()
    for typed in (title[:end] for end in range(since, len(title) + 1)):
        assert engine.search(SearchQuery(typed, partial=True)).hits[0].slug == slug, typed
    assert engine.search(SearchQuery(title.partition(":")[0])).hits[0].slug == slug
    engine.close()


def test_release_whose_number_goes_on_stands_first_when_sent(tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    store.sync(
        (
            make_article("rust", "Announcing Rust 1.29", text="Step 1 of 1: rust, rustup. " * 9),
            make_article("rustup", "Announcing Rustup 1.22.1", text="Words."),
        )
    )
    engine = store.open()
    for partial in (True, False):
        assert engine.search(SearchQuery("Announcing Rustup 1", partial=partial)).hits[0].slug == "rustup"
    engine.close()


@pytest.mark.parametrize("typed", ["WAL", "the WAL", "files WAL"])
def test_word_that_is_typed_whole_ranks_as_when_it_is_sent(tmp_path: Path, typed: str) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    others = [make_article(f"money-{number}", text="A wallet, or wallets in files. " * 30) for number in range(5)]
    log = make_article("log", text="The WAL comes first, in files. " + "Other words. " * 40)
    mentioned = make_article("mentioned", text="A wallet. " * 9 + "Files have a WAL. " + "Many more words. " * 80)
    store.sync((*others, log, mentioned))
    engine = store.open()
    as_typed, sent = (engine.search(SearchQuery(typed, partial=partial, explain=True)) for partial in (True, False))
    assert [hit.slug for hit in as_typed.hits[:2]] == [hit.slug for hit in sent.hits[:2]] == ["log", "mentioned"]
    assert as_typed.total == 7
    for hit in as_typed.hits:
        assert hit.explanation is not None
        assert sum(part.value for part in hit.explanation.parts) == pytest.approx(hit.score)
    engine.close()


@pytest.mark.parametrize("typed", ["w", "10", "her", "wal*"])
def test_beginning_that_is_no_word_yet_ranks_as_a_beginning(tmp_path: Path, typed: str) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    others = [
        make_article(f"money-{number}", text="A wallet is 1033 or 1029, a heron and a herd. " * 30)
        for number in range(5)
    ]
    store.sync((*others, make_article("short", text="A w, 10, her wal. " + "Empty text. " * 40)))
    engine = store.open()
    assert engine.search(SearchQuery(typed, partial=True)).hits[-1].slug == "short"
    engine.close()


def test_tag_that_is_the_query_stands_before_other_forms_in_titles(tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    others = [
        make_article(f"other-{number}", f"Retries {number}", text="Retries, retrying. " * 9) for number in range(3)
    ]
    store.sync((*others, make_article("tagged", "Calls that fail", text="Words. " * 99, tags=("retry",))))
    engine = store.open()
    assert engine.search(SearchQuery("retry")).hits[0].slug == "tagged"
    engine.close()
