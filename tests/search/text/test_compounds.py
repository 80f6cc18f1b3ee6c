"""However a compound of the site is typed, it is found; also within quotation marks."""

from __future__ import annotations

import pytest

from services.search.embedded import LocalEngine
from shared.search.contract import SearchQuery
from tests.search_service.articles import make_article

ARTICLES = (
    make_article("flags", text="The RuntimeClassFlags structure holds them. It calls users.getUserById often."),
    make_article("snake", text="The runtime_class_flags structure, and get_user_by_id beside it."),
    make_article("other", text="The structure of flags: the class at runtime. A user, by chance, gets an id."),
)
FORMS = ("getUserById", "GETUSERBYID", "getuserbyid", "GetUserByID", "get_user_by_id", "get-user-by-id")


@pytest.mark.parametrize("typed", [*FORMS, "get user by id", *(f'"calls users {form} often"' for form in FORMS[1:4])])
def test_an_identifier_is_found_in_whatever_case_it_is_typed(engine: LocalEngine, typed: str) -> None:
    assert "flags" in [hit.slug for hit in engine.search(SearchQuery(typed, exact=True)).hits]


@pytest.mark.parametrize("typed", ["getUs", "getUserBy", "get_us", "get-user-b", "getuserb"])
def test_an_identifier_is_found_while_it_is_typed(engine: LocalEngine, typed: str) -> None:
    assert "flags" in [hit.slug for hit in engine.search(SearchQuery(typed, partial=True, exact=True)).hits]
    assert "other" not in [hit.slug for hit in engine.search(SearchQuery(typed, partial=True, exact=True)).hits]


@pytest.mark.parametrize(
    "typed",
    [
        "runtimeclassflags structure",
        "the runtimeclassflags structure holds",
        "RUNTIMECLASSFLAGS STRUCTURE",
        "RuntimeClassFlags structure",
        "runtime class flags structure",
    ],
)
def test_a_quoted_compound_steps_to_the_word_behind_it(engine: LocalEngine, typed: str) -> None:
    hits = {hit.slug: hit for hit in engine.search(SearchQuery(f'"{typed}"')).hits}
    assert "other" not in hits
    marked = "".join(text for text, is_match in hits["flags"].sections[0].snippet if is_match)
    assert "RuntimeClassFlags structure" in marked


@pytest.mark.parametrize("typed", ["runtimeclassflags flags", "runtimeclassflags holds", "structure runtimeclassflags"])
def test_a_quoted_compound_beside_another_word_finds_nothing(engine: LocalEngine, typed: str) -> None:
    assert not engine.search(SearchQuery(f'"{typed}"', exact=True)).hits


def test_a_compound_in_a_quotation_under_or(engine: LocalEngine) -> None:
    hits = engine.search(SearchQuery('"runtimeclassflags structure" OR "no such thing"')).hits
    assert "flags" in [hit.slug for hit in hits]


def test_in_a_question_any_word_of_a_hyphenated_one_may_answer(engine: LocalEngine) -> None:
    words = "calls often nothing written beside"
    slugs = [hit.slug for hit in engine.search(SearchQuery(f"{words} chance-structure")).hits]
    assert slugs[-1] == "other"  # it has chance and structure, apart, and none of the others
    # of a name, its words find it below all that has the name
    results = engine.search(SearchQuery(f"{words} get_user_by_id"))
    assert [hit.slug for hit in results.hits][-1] == "other"
    assert results.with_all == 0


def test_a_name_with_hyphens_stays_one_in_a_question(engine: LocalEngine) -> None:
    question = "chance structure flags runtime class {}"
    name = engine.search(SearchQuery(question.format("get-user-by-id"), explain=True)).hits[0].explanation
    assert name is not None
    assert not any(part.label.startswith(("user:", "id:")) for part in name.parts)


def test_a_question_that_is_mostly_known_is_not_corrected(engine: LocalEngine) -> None:
    question = "structure holds calls users often {}"
    assert engine.search(SearchQuery(question.format("runtme"))).correction is None
    assert engine.search(SearchQuery("holds runtme")).correction is not None
