"""Generations on disk whose writer was killed between two steps or had no room: what was complete stays."""

from __future__ import annotations

import errno
import gc
import io
import json
import os
from pathlib import Path
from typing import Never

import pytest

from services.search.arrays.index_format import index_digest
from services.search.engine import IndexNotWritable, IndexUnavailable
from services.search.engine_whoosh.store import maintenance
from services.search.engine_whoosh.store.index_writer import IndexWriter
from services.search.engine_whoosh.store.manifest import Manifest, ManifestReader
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.article import Article
from tests.privileges import unprivileged
from tests.search.engine_whoosh.conftest import found
from tests.search_service.articles import SITE, make_article

NEW = make_article("quokkas", sections=(("Quokkas", "Quokkas smile."),))


def files(directory: Path) -> list[str]:
    """Every file of the index, but for locks."""
    return sorted(path.name for path in directory.rglob("*") if path.is_file() and not path.name.endswith("LOCK"))


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


def test_maintenance_that_finds_the_disk_full_says_so(
    directory: Path, monkeypatch: pytest.MonkeyPatch, events: io.StringIO
) -> None:
    monkeypatch.setattr(maintenance, "ALONE_FROM_DOCUMENTS", 1)
    monkeypatch.setattr(maintenance, "_run", find_disk_full)
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


def test_a_folder_that_may_not_be_entered_has_no_index_and_says_why_none_is_written(directory: Path) -> None:
    directory.chmod(0o000)
    store = WhooshIndexStore(directory)
    with unprivileged():
        assert store.current() is None
        assert store.verify()
        with pytest.raises(IndexUnavailable):
            store.open()
        with pytest.raises(IndexNotWritable, match="permission denied: let this user write there"):
            store.sync(SITE)
    directory.chmod(0o700)
    assert found(store, "relay") == 1
