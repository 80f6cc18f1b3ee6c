"""Files of derived data: what is read back, and what a kill leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.content.folder.cache_file import LEFT_S, cache_path, read_cache, write_cache

KEY = {"format": 1}


def test_cached_data_is_read_with_the_same_key_only(tmp_path: Path) -> None:
    path = cache_path(tmp_path / "cache", "heads", tmp_path)
    write_cache(path, KEY, b"rows\nand more")
    assert read_cache(path, KEY) == b"rows\nand more"
    assert read_cache(path, {"format": 2}) is None


def test_every_content_directory_and_kind_has_a_file_of_its_own(tmp_path: Path) -> None:
    paths = {cache_path(tmp_path, kind, tmp_path / site) for kind in ("heads", "links") for site in ("a", "b")}
    assert len(paths) == 4


def test_leftovers_of_a_killed_process_are_removed_unless_they_are_recent(tmp_path: Path) -> None:
    path = tmp_path / "heads-1.json"
    old, young, other = (tmp_path / name for name in ("heads-1.json.0a.new", "heads-1.json.0b.new", "heads-2.json"))
    for left in (old, young, other):
        left.write_bytes(b"half")
    written = young.stat().st_mtime
    os.utime(old, (written - LEFT_S - 60, written - LEFT_S - 60))
    write_cache(path, KEY, b"rows")
    assert {one.name for one in tmp_path.iterdir()} == {path.name, young.name, other.name}


def test_the_next_start_removes_leftovers_though_it_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "heads-1.json"
    write_cache(path, KEY, b"rows")
    left = [tmp_path / "heads-1.json.0a.new", tmp_path / "heads-1.bodies.0b.new"]
    for one in left:
        one.write_bytes(b"half")
        written = one.stat().st_mtime
        os.utime(one, (written - LEFT_S - 60, written - LEFT_S - 60))
    assert read_cache(path, KEY) == b"rows"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "heads-1.json"
    write_cache(path, KEY, b"rows")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_cache(path, KEY, b"other rows")
    assert read_cache(path, KEY) == b"rows"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
