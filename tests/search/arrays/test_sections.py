"""Which section a hit leads to, and where its snippet is cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.article import Block, Body, Section
from shared.search.contract import SearchQuery, SectionHit
from tests.search_service.articles import make_article

PADDING = "Nothing of it stands here. " * 4


def sections_for(tmp_path: Path, typed: str, sections: Iterable[Section]) -> tuple[SectionHit, ...]:
    """The sections of the first hit for ``typed``, in an article of ``sections``."""
    article = replace(make_article("one", "About many things"), text=Body(sections=tuple(sections)))
    store = WhooshIndexStore(tmp_path)
    store.sync([article, make_article("another", text="Another article, of other words.")])
    hit, *_ = store.open().search(SearchQuery(typed)).hits
    return hit.sections


def section(anchor: str, heading: str, *blocks: Block | str) -> Section:
    return Section(
        anchor, heading, 2, tuple(Block("prose", block) if isinstance(block, str) else block for block in blocks)
    )


def test_section_that_explains_a_word_comes_before_code_that_repeats_it(tmp_path: Path) -> None:
    code = Block("code", "\n".join(f"relay_{n} = relay(table, {n})" for n in range(40)), "python")
    found = sections_for(
        tmp_path,
        "relay",
        [
            section("listing", "A listing", "All of it:", code),
            section(
                "why",
                "Why",
                "A relay reads the table for all relays. The relay marks it. A relay forgets nothing.",
            ),
        ],
    )
    assert [one.anchor for one in found] == ["why", "listing"]


def test_section_with_the_words_side_by_side_comes_before_one_that_has_them_apart(tmp_path: Path) -> None:
    found = sections_for(
        tmp_path,
        "retry budget",
        [
            section("apart", "Apart", f"A retry costs. {PADDING} The budget is small, and a retry is not."),
            section("together", "Together", f"{PADDING} A retry budget limits both."),
        ],
    )
    assert [one.anchor for one in found] == ["together", "apart"]


def test_section_whose_heading_is_the_query_comes_first(tmp_path: Path) -> None:
    found = sections_for(
        tmp_path,
        "vacuum",
        [
            section("freeze", "Vacuum, and what a vacuum freezes", "Vacuum here, vacuum there, vacuum again."),
            section("vacuum", "Vacuum", "Dead rows must go."),
        ],
    )
    assert [one.anchor for one in found] == ["vacuum", "freeze"]


def test_snippet_is_prose_if_code_matches_no_more(tmp_path: Path) -> None:
    (found,) = sections_for(
        tmp_path,
        "relay",
        [section("one", "One", Block("code", "relay = 1", "python"), "The relay is a process of its own.")],
    )
    assert (found.is_code, found.snippet[0]) == (False, ("The ", False))


def test_snippet_is_code_where_more_of_the_words_stand_there(tmp_path: Path) -> None:
    (found,) = sections_for(
        tmp_path,
        "kubectl top pod",
        [section("one", "One", "Ask kubectl for it.", Block("code", "$ kubectl top pod spinner", "console"))],
    )
    assert found.is_code


def test_snippet_is_around_the_rarest_word(tmp_path: Path) -> None:
    (found,) = sections_for(
        tmp_path,
        "article sequencer",
        [section("one", "One", f"This article is an article. {PADDING * 2} A sequencer hands out numbers.")],
    )
    assert ("sequencer", True) in found.snippet
