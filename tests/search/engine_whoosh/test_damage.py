"""Generations on disk that are damaged: none is read, and what is lost is built again."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from services.search.arrays.array_file import ALIGN, Array, ArrayWriter, write_arrays
from services.search.arrays.segment.merge import merge
from services.search.arrays.segment.merge_documents import Part
from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedStore
from services.search.engine import IndexDamaged, IndexNotWritable, IndexUnavailable
from services.search.engine_whoosh.store import index_writer, segment_files
from services.search.engine_whoosh.store.manifest import locked
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.search.contract import SearchQuery
from tests.campaign.damage import DAMAGES, cut, empty, flip, make_folder
from tests.search.engine_whoosh.conftest import found
from tests.search_service.articles import SITE, make_article


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("pattern", ["CURRENT", "*.arrays"])
def test_a_damaged_file_is_reported_and_the_index_rebuilt(directory: Path, pattern: str, damage: object) -> None:
    assert callable(damage)
    damage(next(directory.glob(pattern)))
    store = WhooshIndexStore(directory)
    with pytest.raises(IndexUnavailable):
        store.open()
    report = store.sync(SITE)
    assert report.added == len(SITE)
    assert found(store, "relay") == 1
    assert not store.sync(SITE).is_change


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("pattern", ["*.toc", "*.seg"])
def test_a_damaged_whoosh_index_does_not_stop_readers(directory: Path, pattern: str, damage: object) -> None:
    assert callable(damage)
    damage(next(directory.glob(pattern)))
    store = WhooshIndexStore(directory)
    assert found(store, "relay") == 1
    assert not store.sync(SITE).is_change


def test_an_error_of_the_program_is_not_taken_for_damage(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuild would hide it, and be repeated at every start."""

    def fail(*_args: object, **_options: object) -> None:
        raise KeyError("doc_slugs")

    monkeypatch.setattr(index_writer, "open_generation", fail)
    with pytest.raises(KeyError):
        WhooshIndexStore(directory).sync(SITE)


def test_an_index_without_read_permission_is_not_damaged(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(index_writer, "open_generation", refuse)
    with pytest.raises(IndexNotWritable, match="permission denied"):
        WhooshIndexStore(directory).sync(SITE)


@pytest.mark.parametrize("said", [b"{}", b"[]", b'{"segments": [{}]}', b'{"segments": "x"}', b"null"])
def test_a_manifest_of_another_shape_counts_as_none(directory: Path, said: bytes) -> None:
    (directory / "CURRENT").write_bytes(said)
    store = WhooshIndexStore(directory)
    assert store.current() is None
    assert store.sync(SITE).added == len(SITE)


def test_a_manifest_that_stays_damaged_is_logged_once(directory: Path, events: io.StringIO) -> None:
    cut(directory / "CURRENT")
    store = WhooshIndexStore(directory)
    assert [store.current() for _ in range(3)] == [None, None, None]
    assert events.getvalue().count("index pointer unreadable") == 1


def rebuild(directory: Path) -> None:
    """Sync, and wait for the Whoosh index: nothing is verified while a writer works."""
    store = WhooshIndexStore(directory)
    store.sync(SITE)
    store.close()


def test_no_flipped_bit_is_silent(directory: Path) -> None:
    rng, store = random.Random(20261128), WhooshIndexStore(directory)  # noqa: S311 - a seed, no secret
    before = store.current()
    for _ in range(25):
        assert store.verify()
        flip(rng.choice(sorted(directory.glob("*.arrays"))), rng)
        assert not store.verify()
        with pytest.raises(IndexDamaged):
            store.current()
        with pytest.raises(IndexUnavailable):
            store.open()
        assert not store.verify(), "it stays retired until another is built"
        rebuild(directory)
        assert found(store, "relay") == 1
        assert store.current() == before


async def test_no_flipped_bit_under_an_open_engine_is_silent(directory: Path) -> None:
    """The first answer after it is refused, whatever the bit changes, and the index is retired."""
    rng, store = random.Random(20261129), EmbeddedStore(WhooshIndexStore(directory), InlineCpu())  # noqa: S311 - the same bits each time
    for _ in range(12):
        engine = await store.open()
        assert (await engine.search(SearchQuery("relay"))).total == 1
        await asyncio.to_thread(lambda: flip(rng.choice(sorted(directory.glob("*.arrays"))), rng))
        with pytest.raises(IndexDamaged):
            await engine.search(SearchQuery("relay"))
        with pytest.raises(IndexDamaged):
            await store.current()
        await asyncio.to_thread(rebuild, directory)


def test_damage_is_noticed_when_the_name_of_the_generation_is_asked_for(directory: Path) -> None:
    store = WhooshIndexStore(directory)
    store.open()
    flip(min(directory.glob("*.arrays")), random.Random(1))  # noqa: S311 - a seed, no secret
    with pytest.raises(IndexDamaged):
        store.current()


def test_damaged_index_is_not_opened_though_nobody_verified_it(directory: Path) -> None:
    flip(min(directory.glob("*.arrays")), random.Random(1))  # noqa: S311 - a seed, no secret
    store = WhooshIndexStore(directory)
    with pytest.raises(IndexUnavailable):
        store.open()
    with pytest.raises(IndexDamaged):
        store.current()


@pytest.mark.parametrize("error", [None, IndexError("index 131089 is out of bounds")])
def test_a_merge_does_not_give_damage_a_good_digest(
    directory: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    store = WhooshIndexStore(directory)
    right = found(store, "relay")

    def merge_over_damage(parts: Sequence[Part], out: ArrayWriter) -> None:
        merge(parts, out)
        for path in directory.glob("*.arrays"):
            flip(path, random.Random(1))  # noqa: S311 - a seed, no secret
        monkeypatch.setattr(segment_files, "merge", merge)
        if error is not None:
            raise error

    monkeypatch.setattr(segment_files, "merge", merge_over_damage)
    for number in range(6):
        store.sync((*SITE, *(make_article(f"more-{one}") for one in range(number + 1))))
    store.close()
    assert vars(segment_files)["merge"] is merge, "there was a merge"
    assert WhooshIndexStore(directory).verify()
    assert found(WhooshIndexStore(directory), "relay") == right


def test_files_that_are_gone_or_cut_are_found_without_being_opened(directory: Path) -> None:
    store = WhooshIndexStore(directory)
    for damage in (cut, empty, Path.unlink):
        damage(min(directory.glob("*.arrays")))
        assert not store.verify()
        rebuild(directory)
        assert store.verify()


def test_nothing_is_retired_while_a_writer_works(directory: Path) -> None:
    store = WhooshIndexStore(directory)
    flip(min(directory.glob("*.arrays")), random.Random(1))  # noqa: S311 - a seed, no secret
    with locked(directory):
        assert store.verify()
    assert not store.verify()


def test_no_flipped_bit_of_the_manifest_is_silent(directory: Path) -> None:
    """Its numbers say which documents are deleted, and how long the fields are."""
    path, rng = directory / "CURRENT", random.Random(7)  # noqa: S311 - a seed, no secret
    whole = path.read_bytes()
    for _ in range(100):
        flip(path, rng)
        assert WhooshIndexStore(directory).current() is None
        path.write_bytes(whole)
    assert found(WhooshIndexStore(directory), "") == len(SITE)


def test_a_directory_in_place_of_a_file_is_removed_by_the_next_sync(directory: Path) -> None:
    for pattern in ("*.arrays", "*.seg", "*.toc"):
        make_folder(next(directory.glob(pattern)))
        assert WhooshIndexStore(directory).verify() is (pattern != "*.arrays")
        rebuild(directory)
        assert not [path for path in directory.iterdir() if path.is_dir()]
        assert found(WhooshIndexStore(directory), "relay") == 1


def test_a_pointer_that_is_a_directory_is_replaced(directory: Path) -> None:
    (directory / "CURRENT").unlink()
    (directory / "CURRENT" / "inner").mkdir(parents=True)
    store = WhooshIndexStore(directory)
    assert store.current() is None
    store.sync(SITE)
    assert found(store, "relay") == 1


@pytest.mark.parametrize("pattern", ["CURRENT", "*.arrays", "*.seg", "*.toc", "LOCK"])
def test_a_named_pipe_in_place_of_a_file_keeps_nobody_waiting(directory: Path, pattern: str) -> None:
    path = next(directory.glob(pattern))
    path.unlink()
    os.mkfifo(path)
    store = WhooshIndexStore(directory)
    assert store.verify() is (pattern != "*.arrays")
    rebuild(directory)
    assert not path.is_fifo()
    assert found(WhooshIndexStore(directory), "relay") == 1


def test_an_index_built_again_after_damage_is_opened_again(directory: Path) -> None:
    reader = WhooshIndexStore(directory)
    name = reader.open().generation
    assert reader.current() == name
    flip(min(directory.glob("*.arrays")), random.Random(1))  # noqa: S311 - a seed, no secret
    assert not reader.verify()
    rebuild(directory)
    assert reader.current() != name
    assert reader.open().generation == reader.current() == name


def test_a_bit_that_flips_while_a_segment_is_written_is_not_given_a_good_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, events: io.StringIO
) -> None:
    def write_and_flip(path: Path, arrays: Mapping[str, Array]) -> ArrayWriter:
        monkeypatch.setattr(segment_files, "write_arrays", write_arrays)  # once
        writer = write_arrays(path, arrays)
        data = bytearray(path.read_bytes())
        data[-ALIGN] ^= 4  # in the last of the arrays
        path.write_bytes(data)
        return writer

    monkeypatch.setattr(segment_files, "write_arrays", write_and_flip)
    store = WhooshIndexStore(tmp_path)
    assert store.sync(SITE).added == len(SITE)
    store.close()
    assert "index damaged, building it again" in events.getvalue()
    assert store.verify()
    assert found(store, "relay") == 1
    assert len(list(tmp_path.glob("*.arrays*"))) == 1
