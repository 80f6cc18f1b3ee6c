"""Pooling the questions' judgements, on a site of three articles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import BenchmarkError
from benchmarks.relevance.judgements import (
    Judgement,
    agreement_of,
    differences,
    read_judgements,
    with_grades,
    write_judgements,
)
from benchmarks.relevance.meaning import QUESTIONS_FILE, load_judged
from benchmarks.relevance.pooling import (
    JUDGEMENTS_FILE,
    Passage,
    main,
    name_of,
    passages_of,
    read_grades,
    read_pool,
    write_pool,
)
from benchmarks.relevance.proposals import ARTICLES, SECTIONS, closest_sections, open_proposals
from services.search.semantic.table import ArticleRows, VectorTable, quantize
from tests.semantic.models import vector_of, write_model

np = pytest.importorskip("numpy")

ARTICLE = '+++\ntitle = "{title}"\nsummary = "{summary}"\ndate = 2026-01-01\n+++\n\n{text}\n'
SITE = {
    "garage": (
        "Garage",
        "All about a vehicle.",
        "An automobile stands here.\n\n## Speed\n\nA swift car.\n\n### Brakes\n\nRed.",
    ),
    "kitchen": ("Kitchen", "All about dinner.", "A meal.\n\n## Cash\n\nWhat a payment costs.\n\n## Ovens\n\nHot."),
    "garden": ("Garden", "Nothing but plants.", "Roses, and one automobile."),
}
QUESTIONS = """\
# A comment.

[[queries]]
text = "automobile"
relevant = { "garage#speed" = 3, "garden" = 1 }

[[queries]]
text = "charging"
relevant = { "kitchen#cash" = 2 }
"""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content directory with the three articles."""
    for slug, (title, summary, text) in SITE.items():
        folder = tmp_path / "content" / "articles" / slug
        folder.mkdir(parents=True)
        (folder / "index.md").write_text(ARTICLE.format(title=title, summary=summary, text=text), encoding="utf-8")
    return tmp_path / "content"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Two questions with three grades."""
    path = tmp_path / "questions.toml"
    path.write_text(QUESTIONS, encoding="utf-8")
    return path


def test_every_contestant_proposes_the_section_that_it_ranks_first(
    content: Path, questions: Path, tmp_path: Path
) -> None:
    collection, _ = load_judged(content, questions)
    with open_proposals(collection, write_model(tmp_path / "model"), tmp_path / "vectors") as contestants:
        by_words = {name: propose("swift") for name, propose in contestants.items() if "vectors" not in name}
        by_vectors = {name: propose("charging") for name, propose in contestants.items() if "vectors" in name}
        fused = contestants["fused"]("charging")
    assert set(by_words) == {"words", "tantivy", "SQLite FTS5", "bm25s", "fused"}
    assert {found[0] for found in by_words.values()} == {("garage", "speed")}
    assert set(by_vectors) == {"vectors", "vectors by section"}
    assert {found[0] for found in by_vectors.values()} == {("kitchen", "cash")}
    assert ("kitchen", "cash") in fused, "the group of those found by their meaning alone is proposed too"


def test_vectors_propose_sections_of_whatever_article() -> None:
    texts = {"a": ["car", "vehicle", "meal"], "b": ["automobile", "cash"]}
    rows = [quantize(vector_of(text)) for group in texts.values() for text in group]
    articles = tuple(ArticleRows(slug, tuple(map(str, range(len(group))))) for slug, group in texts.items())
    table = VectorTable(
        "",
        "",
        articles,
        np.zeros((5, 16), np.uint8),
        np.array([row for row, _ in rows]),
        np.array([s for _, s in rows]),
    )
    found = closest_sections(table.similarities(vector_of("car")))
    assert set(found[:3]) == {("a", "0"), ("a", "1"), ("b", "0")}
    assert len(found) == 5 <= ARTICLES * SECTIONS


def test_pool_has_what_is_proposed_or_judged_once_without_a_trace_of_engines_and_grades(
    content: Path, questions: Path, tmp_path: Path
) -> None:
    collection, queries = load_judged(content, questions)
    proposed = [("garage", "speed"), ("garage", "brakes"), ("garage", "speed"), ("garage", "none")]
    passages = list(passages_of(queries, collection.articles, lambda _text: proposed, chars=30))
    pairs = [(one.question, one.slug, one.anchor) for one in passages]
    assert set(pairs) == {
        *(
            ("automobile", *target)
            for target in (("garage", ""), ("garage", "speed"), ("garage", "brakes"), ("garden", ""))
        ),
        *(
            ("charging", *target)
            for target in (("garage", "speed"), ("garage", "brakes"), ("kitchen", ""), ("kitchen", "cash"))
        ),
    }
    assert len(pairs) == len(set(pairs))
    brakes = next(one for one in passages if one.anchor == "brakes")
    assert brakes.path == ("Garage", "Speed", "Brakes")
    garden = next(one for one in passages if one.slug == "garden")
    assert garden.text == "Nothing but plants.\nRoses, and"
    assert write_pool(tmp_path / "pool.jsonl", passages, seed=3) == 8
    rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {key for row in rows for key in row} == {"id", "question", "slug", "anchor", "path", "text"}
    read = read_pool(tmp_path / "pool.jsonl")
    assert read != passages
    assert sorted(read, key=str) == sorted(passages, key=str)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 3\n", "1 passages lack a grade"),
        ("a 3\nb 4\n", ":2: a line is an identifier, once, and a grade"),
        ("a 3\nb 0\na 1\n", ":3: a line is"),
        ("a 3\nb 0\nc 0\n", "1 passages lack a grade, or are not in the pool"),
    ],
)
def test_grades_must_be_those_of_the_pool_and_complete(content: Path, tmp_path: Path, text: str, message: str) -> None:
    names = {"a": name_of("automobile", "garage", ""), "b": name_of("automobile", "garden", ""), "c": "0"}
    (tmp_path / "grades").write_text("".join(names.get(letter, letter) for letter in text), encoding="utf-8")
    pool = [one for one in _pool(content, tmp_path) if one.id in names.values()]
    with pytest.raises(BenchmarkError, match=message):
        read_grades(tmp_path / "grades", pool)


def _pool(content: Path, tmp_path: Path) -> list[Passage]:
    path = tmp_path / "some.toml"
    path.write_text(QUESTIONS, encoding="utf-8")
    collection, queries = load_judged(content, path)
    return list(passages_of(queries, collection.articles, lambda _text: [], chars=100))


def test_kappa_is_weighted_by_the_distance_of_grades() -> None:
    pairs = [(0, 0), (0, 0), (3, 3), (1, 2)]
    one = agreement_of(
        [Judgement("q", "s", str(n), *pair) for n, pair in enumerate(pairs)] + [Judgement("q", "s", "", 3)]
    )
    # Observed distance 1/4; by chance, of the firsts 0 0 3 1 and the seconds 0 0 3 2: 22/16.
    assert (one.count, one.equal) == (4, 0.75)
    assert one.kappa == pytest.approx(1 - (1 / 4) / (22 / 16))
    with pytest.raises(BenchmarkError, match="nothing was judged twice"):
        agreement_of([Judgement("q", "s", "", 3)])


def test_judgements_survive_their_table(tmp_path: Path) -> None:
    rows = [Judgement("a?", "s", "", 0), Judgement("a?", "s", "x", 1, 2), Judgement("b?", "t", "y", 2, None, 3)]
    write_judgements(tmp_path / "table.tsv", rows)
    assert read_judgements(tmp_path / "table.tsv") == rows
    (tmp_path / "table.tsv").write_text("a?\ts\t4\t\t4\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=r"table.tsv:1: a row is question"):
        read_judgements(tmp_path / "table.tsv")


def test_merge_changes_the_grades_of_judged_questions_alone() -> None:
    rows = [
        Judgement("automobile", "garage", "speed", 2, None, 3),
        Judgement("automobile", "garden", "", 0),
        Judgement("automobile", "garage", "", 2),
    ]
    assert [(one.target, one.before, one.after) for one in differences(rows, QUESTIONS)] == [
        ("garden", 1, 0),
        ("garage", 0, 2),
    ]
    merged = with_grades(QUESTIONS, rows)
    assert merged == QUESTIONS.replace('"garden" = 1', '"garage" = 2')
    assert differences(rows, merged) == []
    with pytest.raises(BenchmarkError, match="charging: no section answers it"):
        with_grades(QUESTIONS, [Judgement("charging", "kitchen", "cash", 0)])
    with pytest.raises(BenchmarkError, match="no line of the file is: other"):
        with_grades(QUESTIONS, [Judgement("other", "kitchen", "cash", 3)])


def test_questions_are_pooled_judged_and_merged_from_the_command_line(
    content: Path, questions: Path, tmp_path: Path
) -> None:
    model, pool, again, table = (tmp_path / name for name in ("model", "pool", "again", "table.tsv"))
    write_model(model)
    site = ["--content", str(content), "--questions", str(questions)]
    places = ["--model", str(model), "--vectors", str(tmp_path / "vectors")]
    output = _run("pool", "--out", str(pool), *site, *places)
    assert "passages of 2 questions, proposed by words, tantivy" in output
    _run("draw", str(pool), "--out", str(again), "--share", "0.5")
    first, second = read_pool(pool), read_pool(again)
    assert len(second) == round(len(first) / 2)
    assert {one.id for one in second} < {one.id for one in first}
    for path, passages in ((tmp_path / "first", first), (tmp_path / "second", second)):
        path.write_text(
            "".join(f"{one.id} {2 if one.slug == 'kitchen' else 1}\n" for one in passages), encoding="utf-8"
        )
    _run(
        "record",
        str(pool),
        str(tmp_path / "first"),
        "--second",
        str(again),
        str(tmp_path / "second"),
        "--out",
        str(table),
    )
    assert "100.0% equal, weighted kappa 1.00" in _run("agreement", str(table))
    assert "3 -> 1  garage#speed  automobile" in _run("merge", str(table), *site)
    assert questions.read_text(encoding="utf-8") == QUESTIONS
    _run("merge", str(table), *site, "--write")
    assert _run("merge", str(table), *site) == ""


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_questions_have_the_grades_of_the_table() -> None:
    assert differences(read_judgements(JUDGEMENTS_FILE), QUESTIONS_FILE.read_text(encoding="utf-8")) == []
