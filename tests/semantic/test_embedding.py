"""Articles → snapshots on the disk."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from services.search.semantic.embedding import embed_articles, plan
from services.search.semantic.model import Encoder, Model, load_model
from services.search.semantic.store import POINTER, VectorStore
from services.search.semantic.table import VectorTable
from shared.content.article import Article, Body
from shared.content.problem import ContentError
from tests.search_service.articles import make_article
from tests.semantic.models import CARD, ConceptEncoder, Killed, write_model

ARTICLES = (
    make_article("old", day=1, sections=(("One", "a fast car"), ("Two", "a meal"))),
    make_article("new", day=9, sections=(("One", "cash"),)),
    make_article("middle", day=5, text="quick food"),
)


class Maker:
    """Makes vectors over one folder, as one process after another would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "vectors"
        self.store = VectorStore(self.folder)
        self.model: Model = load_model(write_model(folder / "model"))
        self.progress: list[tuple[int, int]] = []
        self.opened = 0

    def make(self, articles: tuple[Article, ...], encoder: ConceptEncoder, **options: object) -> bool:
        """Make the vectors of ``articles`` with ``encoder``."""

        def open_model() -> Encoder:
            self.opened += 1
            return encoder

        before = self.store.open(self.model.digest)
        return embed_articles(
            plan(articles, before),
            self.model,
            open_model,
            self.store,
            before,
            progress=lambda done, total: self.progress.append((done, total)),
            clock=lambda: 60.0 * len(encoder.passages),  # a minute a passage
            **options,  # type: ignore[arg-type] # keywords of embed_articles
        )

    def table(self) -> VectorTable:
        """The newest snapshot."""
        table = self.store.open()
        assert table is not None
        return table


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    """A maker over an empty folder."""
    return Maker(tmp_path)


def test_every_passage_gets_a_vector_newest_first(maker: Maker) -> None:
    encoder = ConceptEncoder()
    assert maker.make(ARTICLES, encoder)
    assert [text.splitlines()[0] for text in encoder.passages] == ["New", "Middle", "Old", "Old"]
    table = maker.table()
    assert [one.slug for one in table.articles] == ["new", "middle", "old"]
    assert [one.anchors for one in table.articles] == [("one",), ("",), ("one", "two")]
    for row, text in enumerate(encoder.passages):
        assert table.vectors[row] * table.scales[row] == pytest.approx(encoder.encode_query(text), abs=0.01)
    assert maker.progress[0] == (0, 4)
    assert maker.progress[-1] == (4, 4)


def test_killed_maker_resumes_from_its_last_snapshot(maker: Maker) -> None:
    with pytest.raises(Killed):
        maker.make(ARTICLES, ConceptEncoder(fail_after=3))
    assert [one.slug for one in maker.table().articles] == ["new", "middle", "old"]
    snapshot = maker.store.current()
    assert snapshot is not None
    assert (snapshot.done, snapshot.total) == (3, 4)
    rest = ConceptEncoder()
    assert maker.make(ARTICLES, rest)
    assert len(rest.passages) == 1
    assert len(maker.table().vectors) == 4


def test_existing_vectors_are_reused_and_the_model_is_not_opened(maker: Maker) -> None:
    maker.make(ARTICLES, ConceptEncoder())
    name = maker.table().name
    maker.make(tuple(reversed(ARTICLES)), ConceptEncoder(fail_after=0))
    assert maker.opened == 1
    assert maker.table().name == name


class Unreadable(Article):
    """An article whose text may not be asked for."""

    @property
    def body(self) -> Body:
        """Where a text would be parsed."""
        raise ContentError(f"{self.source} changed since it was loaded")


def unreadable(article: Article) -> Article:
    """``article`` without its text."""
    return Unreadable(**{one.name: getattr(article, one.name) for one in fields(article) if one.init})


def test_articles_that_have_all_their_vectors_are_not_parsed_again(maker: Maker) -> None:
    maker.make(ARTICLES, ConceptEncoder())
    name = maker.table().name
    maker.make(tuple(map(unreadable, ARTICLES)), ConceptEncoder(fail_after=0))
    assert maker.table().name == name


def test_article_that_changes_while_it_is_read_waits_for_the_next_sync(maker: Maker) -> None:
    maker.make((ARTICLES[0], unreadable(ARTICLES[1])), ConceptEncoder())
    assert [one.slug for one in maker.table().articles] == ["old"]


def test_edit_makes_the_vectors_of_the_changed_section_alone(maker: Maker) -> None:
    maker.make(ARTICLES, ConceptEncoder())
    before = maker.table()
    edited = make_article("old", day=1, sections=(("One", "a fast car"), ("Two", "a swift dinner")))
    encoder = ConceptEncoder()
    maker.make((edited, *ARTICLES[1:]), encoder)
    assert encoder.passages == ["Old\nTwo\na swift dinner"]
    assert maker.table().name != before.name


def test_removed_article_and_renamed_section_leave_the_snapshot(maker: Maker) -> None:
    maker.make(ARTICLES, ConceptEncoder())
    maker.make((make_article("old", day=1, sections=(("First", "a fast car"),)),), ConceptEncoder())
    assert [(one.slug, one.anchors) for one in maker.table().articles] == [("old", ("first",))]


def test_same_text_twice_is_embedded_once(maker: Maker) -> None:
    twins = make_article("a", "Same", text="cash"), make_article("b", "Same", text="cash")
    encoder = ConceptEncoder()
    maker.make(twins, encoder)
    assert len(encoder.passages) == 1
    assert [one.slug for one in maker.table().articles] == ["a", "b"]


def test_newer_articles_interrupt_it_and_finished_vectors_are_kept(maker: Maker) -> None:
    answers = iter([False, False, True])
    assert not maker.make(ARTICLES, ConceptEncoder(), is_stale=lambda: next(answers))
    assert len(maker.table().vectors) == 2


def test_vectors_of_another_model_are_made_again(maker: Maker, tmp_path: Path) -> None:
    maker.make(ARTICLES, ConceptEncoder())
    maker.model = load_model(write_model(tmp_path / "other", CARD.replace("mean", "first")))
    encoder = ConceptEncoder()
    maker.make(ARTICLES, encoder)
    assert len(encoder.passages) == 4
    assert maker.table().model == maker.model.digest


def test_open_snapshot_stays_readable_when_a_newer_one_replaces_it(maker: Maker) -> None:
    maker.make(ARTICLES, ConceptEncoder())
    before = maker.table()
    vectors = np.array(before.vectors)
    maker.make(ARTICLES[:1], ConceptEncoder())
    assert np.array_equal(before.vectors, vectors)
    assert [path.name for path in maker.folder.iterdir() if path.is_dir()] == [maker.table().name]


@pytest.mark.parametrize("name", [POINTER, "places.json", "keys.npy", "vectors.npy", "scales.npy"])
@pytest.mark.parametrize("damage", ["cut", "gone", "garbage"])
def test_damaged_snapshot_counts_as_none_and_is_made_again(maker: Maker, name: str, damage: str) -> None:
    maker.make(ARTICLES, ConceptEncoder())
    path = maker.folder / name if name == POINTER else maker.folder / maker.table().name / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"\x00garbage" if damage == "garbage" else path.read_bytes()[:-3])
    assert maker.store.open() is None
    maker.make(ARTICLES, ConceptEncoder())
    assert len(maker.table().vectors) == 4
