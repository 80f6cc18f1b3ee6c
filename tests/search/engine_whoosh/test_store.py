"""Generations on disk that are damaged, killed between two steps or without room.

What was complete stays; what is lost is built again.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import io
import json
import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Never

import pytest

from services.search.arrays.array_file import ALIGN, Array, ArrayWriter, write_arrays
from services.search.arrays.index_format import index_digest
from services.search.arrays.segment.merge import merge
from services.search.arrays.segment.merge_documents import Part
from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedStore
from services.search.engine import IndexDamaged, IndexNotWritable, IndexUnavailable
from services.search.engine_whoosh.store import index_writer, segment_files, settling
from services.search.engine_whoosh.store.index_writer import IndexWriter
from services.search.engine_whoosh.store.manifest import Manifest, ManifestReader, locked
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.article import Article
from shared.search.contract import SearchQuery
from tests.campaign.damage import DAMAGES, cut, empty, flip, make_folder
from tests.search_service.articles import SITE, make_article

NEW = make_article("quokkas", sections=(("Quokkas", "Quokkas smile."),))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The directory of an index over SITE, changed once: it holds two segments."""
    store = WhooshIndexStore(tmp_path / "index")
    store.sync(SITE[:-1])
    store.sync(SITE)
    store.close()
    return tmp_path / "index"


def files(directory: Path) -> list[str]:
    """Every file of the index, but for locks."""
    return sorted(path.name for path in directory.rglob("*") if path.is_file() and not path.name.endswith("LOCK"))


def found(store: WhooshIndexStore, text: str) -> int:
    """How many articles the newest generation finds."""
    engine = store.open()
    try:
        return engine.search(SearchQuery(text)).total
    finally:
        engine.close()


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


class KilledWriter(IndexWriter):
    """Ends after the new generation is written and before the manifest names it."""

    def _publish(self, *_written: object) -> Manifest:
        raise KeyboardInterrupt

    def _tidy(self) -> None:
        """A process that is killed tidies nothing."""


@pytest.mark.parametrize("articles", [(*SITE, NEW), (*SITE[:-2], NEW), ()])
def test_killed_before_the_last_step_the_generation_before_is_whole(
    directory: Path, articles: tuple[Article, ...]
) -> None:
    before = WhooshIndexStore(directory).current()
    with pytest.raises(KeyboardInterrupt):
        KilledWriter(ManifestReader(directory, index_digest())).sync(articles)
    store = WhooshIndexStore(directory)
    assert store.current() == before
    assert found(store, "") == len(SITE)
    report = store.sync((*SITE, NEW))
    assert (report.added, report.changed, report.removed) == (1, 0, 0)
    assert (found(store, ""), found(store, "quokkas"), found(store, "relay")) == (len(SITE) + 1, 1, 1)


class FullWriter(IndexWriter):
    """Finds the disk full at the last step."""

    def _publish(self, *_written: object) -> Manifest:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_files_of_a_failed_write_are_removed(directory: Path) -> None:
    before = files(directory)
    with pytest.raises(IndexNotWritable, match="the disk is full"):
        FullWriter(ManifestReader(directory, index_digest())).sync((*SITE, NEW))
    assert files(directory) == before
    assert found(WhooshIndexStore(directory), "") == len(SITE)


def test_a_first_index_that_did_not_fit_takes_up_no_room(tmp_path: Path) -> None:
    with pytest.raises(IndexNotWritable, match="the disk is full"):
        FullWriter(ManifestReader(tmp_path, index_digest())).sync(SITE)
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["00ff00ff00ff00ff.arrays", "00ff00ff00ff00ff.arrays.new"])
def test_files_that_a_killed_writer_left_are_removed_by_a_sync_without_a_change(directory: Path, name: str) -> None:
    before = files(directory)
    (directory / name).write_bytes(b"half a segment")
    store = WhooshIndexStore(directory)
    assert not store.sync(SITE).is_change
    store.close()
    assert files(directory) == before


class KilledPool(IndexWriter):
    """Loses a process that builds segments."""

    def _write(self, *_: object) -> Never:
        raise ChildProcessError("one of its processes was killed")


def test_a_build_whose_process_was_killed_is_reported_and_loses_nothing(directory: Path) -> None:
    before = files(directory)
    with pytest.raises(IndexNotWritable, match="cannot be written: one of its processes was killed"):
        KilledPool(ManifestReader(directory, index_digest())).sync((*SITE, NEW))
    assert files(directory) == before


def find_disk_full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_settling_that_finds_the_disk_full_says_so(
    directory: Path, monkeypatch: pytest.MonkeyPatch, events: io.StringIO
) -> None:
    monkeypatch.setattr(settling, "ALONE_FROM_DOCUMENTS", 1)
    monkeypatch.setattr(settling, "_run", find_disk_full)
    store = WhooshIndexStore(directory)
    store.sync((*SITE, NEW))
    store.close()
    event = json.loads(events.getvalue().splitlines()[-1])
    assert event["event"] == "index not merged, or Whoosh index not written: the next change tries again"
    assert "No space left on device" in event["error"]
    assert found(store, "quokkas") == 1


def test_a_generation_leaves_nothing_of_those_before_it(directory: Path) -> None:
    store = WhooshIndexStore(directory)
    for number in range(4):
        store.sync((*SITE, make_article(f"more-{number}")))
    store.close()
    assert len(list(directory.glob("*.toc"))) == 1
    arrays, segments = ({path.stem for path in directory.glob(pattern)} for pattern in ("*.arrays", "*.seg"))
    assert len(arrays) <= 4
    assert segments == {f"MAIN_{name}" for name in arrays}


def test_collections_wait_until_a_build_is_done_or_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def look(_done: int, _total: int) -> None:
        seen.append(gc.isenabled())

    def fail(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    store = WhooshIndexStore(tmp_path / "index")
    store.sync(SITE[:-1], look)
    assert seen
    assert not any(seen)
    assert gc.isenabled()
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(IndexNotWritable):
        store.sync(SITE)
    assert gc.isenabled()


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
    rng, store = random.Random(20261129), EmbeddedStore(WhooshIndexStore(directory), InlineCpu())  # noqa: S311
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


def test_a_merge_does_not_give_damage_a_good_digest(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = WhooshIndexStore(directory)
    right = found(store, "relay")

    def merge_over_damage(parts: Sequence[Part], out: ArrayWriter) -> None:
        merge(parts, out)
        for path in directory.glob("*.arrays"):
            flip(path, random.Random(1))  # noqa: S311 - a seed, no secret
        monkeypatch.setattr(segment_files, "merge", merge)

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
