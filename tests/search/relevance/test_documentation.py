"""docs/search.md states the numbers of the ranking: they are those of the code."""

from __future__ import annotations

import re

import pytest

from services.search import schema
from services.search.arrays.matching import ranking, scores, titles
from services.search.arrays.matching.matching import K1
from services.search.arrays.segment import generation
from services.search.text.query import MAX_WORDS
from services.search.understanding import plan
from tests.search.documentation import TEXT, rows_under

YEAR_S = 365.25 * 86_400
TITLE_PARTS = [titles.STOP_SHARE, titles.OTHER_FORM, titles.PIECES]


def test_fields_are_those_of_the_schema() -> None:
    rows = rows_under("| field | weight | length counts (*b*) | |")
    documented = [(name, float(weight), float(b), note == "never stemmed") for name, weight, b, note in rows]
    assert documented == [(field.name, field.weight, field.b, not field.is_stemmed) for field in schema.FIELDS]


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ("saturation *k1*", [K1]),
        ("rarity", [scores.IDF_EXPONENT]),
        ("the word as typed · another form of it · a longer word under a prefix", [1, plan.INFLECTION, plan.PREFIX]),
        ("the parts of a compound, in order · a synonym", [plan.PARTS, plan.SYNONYM]),
        (
            "the share of the query, by rarity, that the article has",
            [1 - scores.COVERAGE_SHARE, scores.COVERAGE_SHARE],
        ),
        (
            "words close together, in order",
            [100 * ranking.PROXIMITY_SHARE, 100 * ranking.QUESTION_PROXIMITY_SHARE, ranking.WINDOW],
        ),
        ("the query in the title", [titles.TITLE_SHARE, 0.5, 0.5]),
        ("a stop word in the title · another form · words of a compound", TITLE_PARTS),
        ("all words in one heading", [100 * ranking.HEADING_SHARE]),
        ("a word of a compound by itself", [scores.PIECE_SHARE]),
        ("a compound written as one word", [plan.CLOSED]),
        ("a compound that ends with the word, in German and its kin", [plan.JOINED]),
        ("a new article", [100 * generation.RECENCY_SHARE]),
    ],
)
def test_settings_are_those_of_the_engine(row: str, values: list[float]) -> None:
    cells = dict(rows_under("| | value |"))
    documented = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", cells[row])]
    assert documented[-len(values) :] == pytest.approx(values)


def test_words_that_stand_for_numbers_are_right() -> None:
    assert scores.K3 == 1, "counts 2n / (1 + n)"
    assert generation.RECENCY_HALF_LIFE_S == 3 * YEAR_S, "half of it after three years"
    assert plan.QUESTION_WORDS + 1 == 6, "questions, of six words and more"
    assert plan.PASTED_WORDS == 24, "more than 24 words"
    assert f"first {MAX_WORDS} words" in " ".join(TEXT.split())
