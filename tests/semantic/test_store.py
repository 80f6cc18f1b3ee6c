"""Vectors on the disk: damage is noticed, and changes no answer."""

from __future__ import annotations

import errno
import os
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.search.semantic.store import VectorStore
from services.search.semantic.table import ArticleRows, VectorTable
from tests.campaign.damage import DAMAGES, flip
from tests.privileges import unprivileged


def make_table(rows: int = 40) -> VectorTable:
    """A table of one article."""
    rng = np.random.default_rng(1)
    return VectorTable(
        name="first",
        model="model",
        articles=(ArticleRows("relay", tuple(f"part-{row}" for row in range(rows)), "digest"),),
        keys=rng.integers(0, 255, (rows, 16), dtype=np.uint8),
        vectors=rng.integers(-127, 127, (rows, 8), dtype=np.int8),
        scales=rng.random(rows, dtype=np.float32),
    )


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    """A store with one snapshot."""
    store = VectorStore(tmp_path / "vectors")
    store.write(make_table(), 40)
    return store


def files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "vectors").rglob("*") if path.is_file())


def test_no_flipped_bit_of_the_vectors_is_silent(tmp_path: Path, store: VectorStore) -> None:
    rng = random.Random(20261129)  # noqa: S311 - a seed, no secret
    for number in range(40):
        assert store.verify()
        flip(files(tmp_path)[number % 5], rng)
        assert store.open("model") is None
        assert not store.verify()
        store.write(make_table(), 40)
        assert store.open("model") is not None


@pytest.mark.parametrize("damage", DAMAGES)
def test_vectors_that_are_cut_or_gone_are_written_again(tmp_path: Path, store: VectorStore, damage: object) -> None:
    for name in ("vectors.npy", "keys.npy", "places.json"):
        damage(tmp_path / "vectors" / "first" / name)  # type: ignore[operator] # one of the functions in DAMAGES
        assert store.open("model") is None
        store.write(make_table(), 40)
        table = store.open("model")
        assert table is not None
        assert np.array_equal(table.vectors, make_table().vectors)


def test_damage_leaves_open_vectors_as_they_are(tmp_path: Path, store: VectorStore) -> None:
    table = store.open("model")
    assert table is not None
    for path in files(tmp_path):
        path.write_bytes(b"")
    assert np.array_equal(table.vectors, make_table().vectors)


def test_without_vectors_there_is_nothing_to_verify(tmp_path: Path) -> None:
    assert VectorStore(tmp_path / "none").verify()


def test_a_snapshot_is_on_the_disk_before_the_one_before_it_is_removed(
    tmp_path: Path, store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, a power failure may leave neither, and hours of work are done again."""
    flushed: list[str] = []
    before = tmp_path / "vectors" / "first"

    def fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        flushed.append(path.name)
        assert before.exists()

    monkeypatch.setattr(os, "fsync", fsync)
    store.write(replace(make_table(), name="second"), 40)
    assert not before.exists()
    assert flushed == ["keys.npy", "scales.npy", "vectors.npy", "places.json", "new", "CURRENT.new", "vectors"]


@pytest.mark.parametrize("full_at", ["vectors.npy", "CURRENT.new"])
def test_a_full_disk_keeps_the_snapshot_before_and_leaves_no_unfinished_file(
    tmp_path: Path, store: VectorStore, monkeypatch: pytest.MonkeyPatch, full_at: str
) -> None:
    def fsync(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == full_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = store.current()
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space"):
        store.write(replace(make_table(), name="second"), 40)
    assert store.current() == before
    assert not list((tmp_path / "vectors").rglob("*new*"))


def test_a_folder_that_may_not_be_entered_has_no_vectors_and_none_are_removed(
    tmp_path: Path, store: VectorStore
) -> None:
    (tmp_path / "vectors").chmod(0o000)
    with unprivileged():
        assert store.verify()
        assert store.open() is None
    (tmp_path / "vectors").chmod(0o700)
    assert store.open() is not None
