"""How an article is cited: the entry that its page offers."""

from __future__ import annotations

from datetime import date

from services.render.pages.structured import bibtex


def entry(title: str = "Resilience", *authors: str) -> str:
    url = "https://example.org/articles/resilience/"
    return bibtex(
        "resilience",
        title=title,
        authors=authors or ("Ada Writer",),
        site="A Blog",
        published=date(2026, 7, 22),
        url=url,
    )


def test_an_entry_has_title_author_site_date_and_address() -> None:
    assert entry() == (
        "@online{resilience,\n"
        "  title = {{Resilience}},\n"
        "  author = {{Ada Writer}},\n"
        "  organization = {A Blog},\n"
        "  date = {2026-07-22},\n"
        "  url = {https://example.org/articles/resilience/},\n"
        "}"
    )


def test_commands_of_latex_are_escaped() -> None:
    assert r"{{95\% \& \$5 \#1 a\_b \{\} \textbackslash{} \textasciitilde{}}}" in entry(title="95% & $5 #1 a_b {} \\ ~")


def test_an_author_of_two_words_stays_one_name() -> None:
    assert "author = {{A and B}}" in entry("Resilience", "A and B")
