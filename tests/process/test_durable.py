"""Files that are whole or absent, also on a full disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.process.durable import replace_file, write_durably


def write_new(path: Path) -> None:
    write_durably(path, lambda file: file.write(b"new"))


@pytest.mark.parametrize("write", [write_new, lambda path: replace_file(path, b"new")])
def test_a_full_disk_leaves_no_unfinished_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write(tmp_path / "one")
    assert (tmp_path / "one").read_bytes() == b"new"
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "two")
    assert list(tmp_path.iterdir()) == [tmp_path / "one"]


def test_what_stands_in_the_way_is_named_and_stays(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    with pytest.raises(IsADirectoryError):
        write_new(tmp_path / "one")
    assert (tmp_path / "one").is_dir()
