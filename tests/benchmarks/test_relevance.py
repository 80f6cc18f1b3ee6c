"""The relevance benchmark on a collection small enough to compute by hand."""

from __future__ import annotations

import io
import json
import tarfile
from math import log2
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import BenchmarkError, CorpusMissing
from benchmarks.relevance import as_typed
from benchmarks.relevance.__main__ import Figures, main, measure, verdict_of
from benchmarks.relevance.collections import Collection, Query, load_collection, load_site, make_article
from benchmarks.relevance.contestants import CONTESTANTS
from benchmarks.relevance.meaning import by_meaning, load_questions
from tests.search_service.articles import make_article as make_site_article
from tests.semantic.models import write_model

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = {
    "1": ("the flow past a wing", "an experiment on lift and drag"),
    "2": ("heat", "heat transfers through slabs and wings"),
    "3": ("", "nothing of it"),
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The three documents as BEIR lays them out, with one query judged, one judged worthless and one not judged."""
    corpus = [{"id": name, "title": title, "text": text} for name, (title, text) in DOCUMENTS.items()]
    queries = [{"id": "a", "text": "wing drag"}, {"id": "b", "text": "slabs"}, {"id": "c", "text": "nothing"}]
    files = {
        "tiny/corpus.jsonl": "\n".join(map(json.dumps, corpus)),
        "tiny/queries.jsonl": "\n".join(map(json.dumps, queries)),
        "tiny/qrels.tsv": "a\t1\t3\na\t2\t1\nb\t2\t0\n",
    }
    path = tmp_path / "tiny.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def test_a_collection_has_the_queries_that_something_answers(archive: Path) -> None:
    collection = load_collection(archive, "tiny")
    assert [article.slug for article in collection.articles] == ["1", "2", "3"]
    assert collection.queries == (Query("wing drag", {"1": 3, "2": 1}),)


@pytest.mark.parametrize("name", CONTESTANTS)
def test_every_engine_ranks_what_has_more_of_the_query_first_and_stems(archive: Path, name: str) -> None:
    with CONTESTANTS[name](load_collection(archive, "tiny")) as rank:
        assert rank("wing drag")[0] == "1"
        assert "2" in rank("heated wing")
        assert list(rank('"slab"? (slab')) == ["2"]
        assert list(rank("xylophone")) == []
        if name != "Perspective":  # where no word is asked for, this project lists everything
            assert list(rank("?!")) == []


def test_figures_are_means_over_the_queries() -> None:
    articles = tuple(make_article(name, *texts) for name, texts in DOCUMENTS.items())
    queries = (Query("a", {"1": 3, "2": 1}), Query("b", {"3": 1}))
    figures = measure(lambda text: ["2", "1"] if text == "a" else [], Collection("tiny", articles, queries, answers=2))
    assert figures.ndcg == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)) / 2)
    assert figures.mrr == pytest.approx((1 / 2 + 0) / 2)
    assert figures.recall == pytest.approx((1 + 0) / 2)


def test_bars_are_of_the_measure_that_the_collection_is_known_by() -> None:
    figures = Figures(ndcg=0.5, mrr=0.98, recall=0.9)
    assert not verdict_of(Collection("med", (), (), answers=1), figures).is_met
    assert verdict_of(Collection("site", (), (), answers=2), figures).is_met


def test_queries_in_the_projects_own_syntax_are_skipped() -> None:
    texts = [query.text for query in load_site(ROOT / "content").queries]
    assert len(texts) > 100
    assert not [text for text in texts if text.startswith("title:") or " OR " in text or text.endswith("*")]


def test_a_missing_archive_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(CorpusMissing, match="--archive names another place"):
        load_collection(tmp_path / "none.tar.xz", "med")
    result = CliRunner().invoke(main, ["--only", "med", "--archive", str(tmp_path / "none.tar.xz")])
    assert result.exit_code == 1
    assert "the judged collections are not there" in result.output


def test_halves_of_the_questions_are_thirty_each_and_share_none() -> None:
    odd, even = (load_questions(ROOT / "content", half) for half in (0, 1))
    assert len(odd.queries) == len(even.queries) == 30
    assert not {query.text for query in odd.queries} & {query.text for query in even.queries}


def test_second_stage_ranks_what_means_the_question_first_and_keeps_its_vectors(archive: Path, tmp_path: Path) -> None:
    collection = load_collection(archive, "tiny")
    model = write_model(tmp_path / "model")
    for _ in range(2):
        with by_meaning(collection, model, tmp_path / "vectors") as rank:
            assert rank("wing drag")[0] == "1"
    assert (tmp_path / "vectors" / "tiny" / "vectors" / "CURRENT").is_file()


def test_second_stage_without_a_model_says_how_to_get_one(archive: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(BenchmarkError, match="perspective model"),
        by_meaning(load_collection(archive, "tiny"), tmp_path / "none", tmp_path / "vectors"),
    ):
        raise AssertionError("unreachable")


#: A site, for what stands first while a reader types.
TYPED_AT = (
    make_site_article("log", "Records", text="The wal comes first. " + "Nothing else. " * 20),
    make_site_article("money", "Money", text="A wallet, or wallets. " * 30),
    make_site_article("more", "Money lent", text="One wallet, or wallets. " * 30),
    make_site_article("rest", "Quiet", text="Nothing else. " * 20),
)


def test_words_are_those_that_others_begin_with() -> None:
    assert "wal" in as_typed.drawn_words(TYPED_AT)
    assert not {"wallets", "wallet", "comes", "the"} & set(as_typed.drawn_words(TYPED_AT))


def test_first_articles_have_the_words_and_titles_are_found_letter_by_letter() -> None:
    found = as_typed.measure(TYPED_AT)
    assert found.words > 0
    assert found.lacking == 0
    # "Mo" to "Money" begin two titles, and one of them comes second each time.
    assert found.beginnings == 6 + 4 + 8 + 4
    assert found.mrr == (found.beginnings - 4 + 4 * 0.5) / found.beginnings
    assert str(found).startswith(f"words typed whole: 0 of {found.words} lack it in the first article; titles")
