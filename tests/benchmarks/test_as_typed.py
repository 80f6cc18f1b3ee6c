"""The figures of what stands first while a reader types, on a site of four articles."""

from __future__ import annotations

from benchmarks.relevance.as_typed import drawn_words, measure
from tests.search_service.articles import make_article

ARTICLES = (
    make_article("log", "Records", text="The wal comes first. " + "Nothing else. " * 20),
    make_article("money", "Money", text="A wallet, or wallets. " * 30),
    make_article("more", "Money lent", text="One wallet, or wallets. " * 30),
    make_article("rest", "Quiet", text="Nothing else. " * 20),
)


def test_words_are_those_that_others_begin_with() -> None:
    assert "wal" in drawn_words(ARTICLES)
    assert not {"wallets", "wallet", "comes", "the"} & set(drawn_words(ARTICLES))


def test_first_articles_have_the_words_and_titles_are_found_letter_by_letter() -> None:
    found = measure(ARTICLES)
    assert found.words > 0
    assert found.lacking == 0
    # "Mo" to "Money" begin two titles, and one of them comes second each time.
    assert found.beginnings == 6 + 4 + 8 + 4
    assert found.mrr == (found.beginnings - 4 + 4 * 0.5) / found.beginnings
    assert str(found).startswith(f"words typed whole: 0 of {found.words} lack it in the first article; titles")
