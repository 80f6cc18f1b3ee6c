"""The index that a browser searches: what is in its files, and that its figures are those of the service."""

from __future__ import annotations

import gzip
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.exporting.compact import compact_files
from services.exporting.compact.corpus import make_corpus
from services.exporting.compact.files import FOLDER, INDEX, letter_of
from services.exporting.compact.groups import stem_groups
from services.exporting.compact.near_words import near_words
from services.render.pages import templates
from services.render.pages.templates import load_pages
from services.search import schema
from services.search.arrays.matching import evidence, messages, ranking, scores, titles
from services.search.arrays.matching.matching import K1
from services.search.arrays.segment import generation
from services.search.arrays.showing import sections, snippets, windows
from services.search.indexing import stored
from services.search.text.words.known import KnownWords
from services.search.understanding import correction, plan, planning
from tests.render.sites import SOURCES, make_scope, many_sources

SCRIPTS = Path(templates.__file__).parent / "static" / "local-search"


def index_of(sources: dict[str, str], content: Path) -> dict[str, Any]:
    """The files of the index of a small site, unpacked."""
    scope = replace(make_scope(sources), is_static=True)
    files = compact_files(scope, load_pages(), content)
    assert files == compact_files(scope, load_pages(), content)
    return {name: orjson.loads(gzip.decompress(body)) for name, body in files.items()}


def test_index_names_every_other_file_and_each_is_as_small_as_a_query_needs(tmp_path: Path) -> None:
    files = index_of({**SOURCES, **many_sources(30)}, tmp_path)
    table = files[INDEX]
    named = [f"{FOLDER}data/words-{name}.idx" for name in table["words"].values()]
    named += [f"{FOLDER}data/terms-{name}.idx" for _, name in table["shards"]]
    named += [f"{FOLDER}data/text-{name}.idx" for name in table["texts"]]
    assert set(named) == files.keys() - {INDEX}
    assert len(table["texts"]) == 33
    firsts = [first for first, _ in table["shards"]]
    assert firsts == sorted(firsts)
    assert firsts[0] == 0


def test_drafts_and_articles_of_tomorrow_are_in_no_file(tmp_path: Path) -> None:
    files = index_of(dict(SOURCES), tmp_path)
    assert b"Half a thought" not in orjson.dumps(files)
    assert b"tomorrow" not in orjson.dumps(files).lower()


def test_postings_are_documents_and_positions_with_their_field() -> None:
    articles = make_scope().view.articles
    corpus = make_corpus(articles)
    number = next(at for at, one in enumerate(articles) if one.slug == "transactional-outbox")
    word = corpus.words["relay"]
    document, count, *places = word.postings
    assert (document, word.documents, word.is_in_title) == (number, 1, False)
    assert count == len(places)
    fields = [place & (schema.MAX_FIELDS - 1) for place in places]
    assert fields[0] == schema.SUMMARY
    assert schema.HEADINGS in fields
    assert schema.CODE in fields
    assert all(step >= 0 for step in places)


def test_stop_words_have_no_places_in_the_text() -> None:
    text = "---\ntitle: The relay\nsummary: S.\npublished: 2026-01-01\n---\n\nThe table and the relay are the same.\n"
    words = make_corpus(make_scope({"articles/one.md": text}).view.articles).words
    document, count, *places = words["the"].postings
    assert (document, count) == (0, 1)
    assert places[0] & 7 == schema.TITLE
    assert words["relay"].postings[1] == 2
    assert "are" not in words


def test_group_has_the_inflections_that_no_article_has() -> None:
    groups = stem_groups(
        {"partition", "partitions", "serialize", "slq", "color", "parallel", "k8s", "getuserbyid"}, KnownWords()
    )
    by_word = {word: group for group in groups for word in group.terms}
    assert by_word["partition"].terms == ("partition", "partitions")
    assert {"partitioned", "partitioning"} <= set(by_word["partition"].inflections)
    assert {"serializes", "serialising", "serialized"} <= set(by_word["serialize"].inflections)
    assert "colour" in by_word["color"].inflections
    assert {"parallelise", "parallelized"} <= set(by_word["parallel"].inflections)
    assert "slqs" in by_word["slq"].inflections
    assert by_word["k8s"].is_code
    assert not by_word["k8s"].inflections


def test_group_has_every_form_of_its_stem_that_is_a_word() -> None:
    forms = {
        "direct": {"directive", "directives"},
        "access": {"accessible", "accessibility"},
        "care": {"careful", "carefully", "carefulness"},
        "activity": {"activate", "activated", "activates", "active", "actively"},
        "accept": {"acceptance", "acceptable", "acceptably"},
        "capable": {"capability", "capabilities"},
    }
    groups = stem_groups(forms.keys(), KnownWords())
    found = {group.terms[0]: forms[group.terms[0]] & set(group.inflections) for group in groups}
    assert found == forms


@pytest.mark.parametrize(
    ("text", "letter"), [("outbox", "o"), ("3rd", "0"), ("--dry-run", "0"), ("привет", "_"), ("", "0")]
)
def test_words_lie_in_the_shard_of_their_first_letter(text: str, letter: str) -> None:
    assert letter_of(text) == letter


def constants(script: str) -> dict[str, float]:
    """The figures of a script: ``const NAME = 1.5;`` and ``NAME: 1.5,``."""
    text = (SCRIPTS / script).read_text("utf-8")
    return {name: float(value) for name, value in re.findall(r"\b([A-Z][A-Z_0-9]+)(?::| =) (-?[\d.]+)[,;]", text)}


def test_ranking_of_the_browser_has_the_figures_of_the_service() -> None:
    figures = constants("ranking.js")
    assert figures["K1"] == K1
    for name in ("K3", "PIECE_SHARE", "IDF_EXPONENT", "COVERAGE_SHARE"):
        assert figures[name] == getattr(scores, name), name
    for name in ("PROXIMITY_SHARE", "HEADING_SHARE", "WINDOW"):
        assert figures[name] == getattr(ranking, name), name
    for name in ("TITLE_SHARE", "STOP_SHARE", "OTHER_FORM", "PIECES"):
        assert figures[name] == getattr(titles, name), name
    assert figures["QUESTION_PROXIMITY_SHARE"] == ranking.QUESTION_PROXIMITY_SHARE
    assert figures["MAX_DEVIATION"] == evidence.MAX_DEVIATION
    assert figures["QUESTION_WORDS"] == plan.QUESTION_WORDS
    assert figures["BLOCK_GAP"] == schema.BLOCK_GAP
    multiples = re.search(r"EXACT_MULTIPLES = \[(.*)\]", (SCRIPTS / "ranking.js").read_text("utf-8"))
    kinds = (
        stored.EXACT_TITLE,
        stored.EXACT_HEADING,
        stored.EXACT_TAG,
        stored.EXACT_SLUG,
    )
    assert multiples is not None
    assert [float(one) for one in multiples[1].split(",")] == ranking.EXACT_MULTIPLES[list(kinds)].tolist()
    assert kinds == (0, 1, 2, 3)
    assert figures["BEGINNING_MULTIPLE"] == ranking.BEGINNING_MULTIPLE
    assert figures["LEAST_BONUS_OF_BEGINNING"] == ranking.LEAST_BONUS_OF_BEGINNING
    assert (figures["PASTED_MULTIPLE"], figures["MIN_PASTED"]) == (ranking.PASTED_MULTIPLE, planning.MIN_PASTED)
    for name in ("MIN_MESSAGE_SHARE", "MIN_SHARE_WITHOUT_CODE", "MIN_FRAGMENT_SHARE", "BESIDE", "TITLE_OF_MESSAGE"):
        assert figures[name] == getattr(messages, name), name
    for name in ("INFLECTION", "PREFIX", "PARTS", "SYNONYM", "CLOSED", "NEAR"):
        assert constants("query.js")[name] == getattr(plan, name), name
    assert constants("query.js")["MIN_WHOLE"] == planning.MIN_WHOLE
    recency = re.search(r"RECENCY_HALF_LIFE_S = (.*);", (SCRIPTS / "index.js").read_text("utf-8"))
    assert recency is not None
    assert math.prod(map(float, recency[1].split(" * "))) == generation.RECENCY_HALF_LIFE_S
    assert constants("index.js")["RECENCY_SHARE"] == generation.RECENCY_SHARE


def test_sections_and_corrections_of_the_browser_have_the_figures_of_the_service() -> None:
    figures = constants("showing.js")
    pairs = (
        *(
            (figures[name], getattr(sections, f"_{name}"))
            for name in ("MOST_CODE", "COVERAGE", "SIDE_BY_SIDE", "EXACT_HEADING", "MAX_STEP")
        ),
        (figures["SHOWN_SHARE"], sections._SHOWN_SHARE),
        (figures["SNIPPET"], snippets.SNIPPET_BYTES),
        (figures["LEAD"], snippets.LEAD_BYTES),
        (figures["CODE_LINES"], snippets.CODE_LINES),
        (figures["REPEATED"], windows._REPEATED),
        (figures["IN_CODE"], windows._IN_CODE),
    )
    assert [one for one, other in pairs if one != other] == []
    spelling = constants("spelling.js")
    for name in (
        "COMMONNESS",
        "LETTER_TOO_MANY",
        "LETTER_TOO_FEW",
        "CHANGED_PLACES",
        "TWO_EDITS",
        "IN_TITLE",
        "LONELY",
        "OTHER_FORM",
        "CLEAR",
        "SURE",
        "LONG",
        "MIDDLE",
        "SHORT",
        "FIRST_LETTER_FROM",
        "FIRST_LETTER_OFFERED_FROM",
        "OFFERED_FROM",
    ):
        assert spelling[name] == getattr(correction, f"_{name}"), name


def test_words_of_two_languages_are_two_groups_with_one_word() -> None:
    german = (
        "---\ntitle: Die Schlange\nsummary: S.\nlanguage: de\npublished: 2026-01-01\n---\n\nDie Schlangen warten.\n"
    )
    english = "---\ntitle: One\nsummary: S.\npublished: 2026-01-01\n---\n\nA process may die.\n"
    corpus = make_corpus(make_scope({"articles/a.md": german, "articles/b.md": english}).view.articles)
    groups = stem_groups(corpus.words.keys(), KnownWords())
    surfaces = [sorted({corpus.words[term].surface for term in group.terms}) for group in groups]
    assert ["schlange", "schlangen"] in surfaces
    assert surfaces.count(["die"]) == 2


def test_existing_words_near_those_of_the_site_are_named_and_no_others() -> None:
    found = near_words({"rest", "vector", "outbox"}, KnownWords(["kubelet"]))
    assert {"rust", "test", "rent", "victor", "kubelet"} <= found
    assert found.isdisjoint({"rest", "vector", "otbox", "vectro", "elephant"})


def test_words_of_a_letter_say_which_exist_in_two_spellings(tmp_path: Path) -> None:
    source = "---\ntitle: It grew\nsummary: S.\npublished: 2026-01-01\n---\n\nA grep of the tray.\n"
    files = index_of({"articles/a.md": source}, tmp_path)
    letter = files[f"{FOLDER}data/words-{files[INDEX]['words']['g']}.idx"]
    known, spelt = unpacked(letter["known"]), unpacked(letter["spelt"])
    assert {"grey", "green", "gray", "grew"} & set(known) == {"grey", "gray"}
    assert {"grey", "gray"} <= set(spelt) <= set(known)


def unpacked(text: str) -> list[str]:
    """Words that share letters with the ones before them, whole."""
    words: list[str] = []
    for entry in text.split("\n"):
        words.append((words[-1] if words else "")[: int(entry[0], 36)] + entry[1:])
    return words
