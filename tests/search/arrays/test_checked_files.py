"""Files of segments: what counts as a change, and that none of it is read without a look at its bytes."""

from __future__ import annotations

import mmap
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from services.search.arrays import checked_files
from services.search.arrays.array_file import DamagedArrayFile, write_arrays
from services.search.arrays.checked_files import CheckedFile, SegmentFiles
from tests.campaign.damage import cut, flip


@dataclass(frozen=True)
class Named:
    """A segment of the manifest."""

    name: str
    digest: str


@pytest.fixture
def segment(tmp_path: Path) -> Named:
    """A segment of a thousand numbers, written some time ago."""
    path = tmp_path / "one.arrays"
    writer = write_arrays(path, {"numbers": np.arange(1000)})
    os.utime(path, ns=(1, time.time_ns() - 10**9))
    return Named(path.name, writer.digest())


def opened(tmp_path: Path, segment: Named) -> CheckedFile:
    return SegmentFiles(tmp_path).open(segment)


def flip_and_hide(path: Path) -> None:
    """Flip a bit and restore the time of the last change, as copying a damaged file over another with -p would."""
    before = path.stat()
    flip(path, random.Random(1))  # noqa: S311 - a seed, no secret
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def flip_mapped(path: Path) -> None:
    """Flip a bit through a mapping."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        mapped[-9] ^= 4


@pytest.mark.parametrize("damage", [flip_and_hide, flip_mapped, cut])
def test_every_way_to_write_to_an_open_file_is_noticed(tmp_path: Path, segment: Named, damage: object) -> None:
    file = opened(tmp_path, segment)
    assert file.is_unchanged()
    damage(tmp_path / segment.name)  # type: ignore[operator] # one of the functions above
    assert not file.is_unchanged()
    assert not file.check()
    assert not file.is_unchanged(), "damage is no state to get used to"


def test_a_change_that_leaves_the_bytes_is_none(tmp_path: Path, segment: Named) -> None:
    file, path = opened(tmp_path, segment), tmp_path / segment.name
    os.link(path, tmp_path / "backup")
    path.chmod(0o640)
    path.touch()
    assert not file.is_unchanged()
    assert file.check()
    assert file.is_unchanged()


def test_a_file_that_is_removed_or_replaced_stays_what_it_was_for_its_reader(tmp_path: Path, segment: Named) -> None:
    """A writer removes files while readers still answer from them: they must not be read again for that."""
    file, path = opened(tmp_path, segment), tmp_path / segment.name
    path.unlink()
    assert file.is_unchanged()
    path.write_bytes(b"another")
    assert file.is_unchanged()
    assert int(file.arrays["numbers"].sum()) == 499_500


def test_damaged_file_is_not_opened(tmp_path: Path, segment: Named) -> None:
    files = SegmentFiles(tmp_path)
    flip_mapped(tmp_path / segment.name)
    for _ in range(2):
        with pytest.raises(DamagedArrayFile, match="not those that were written"):
            files.open(segment)
    assert files.is_suspect([segment])


def test_an_unchanged_file_is_read_once(tmp_path: Path, segment: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    digest = checked_files._digest

    def counted(descriptor: int) -> str:
        reads.append(descriptor)
        return digest(descriptor)

    monkeypatch.setattr(checked_files, "_digest", counted)
    files = SegmentFiles(tmp_path)
    for _ in range(3):
        files.open(segment)
        assert not files.is_suspect([segment])
    assert len(reads) == 1
    (tmp_path / segment.name).touch()
    assert files.is_suspect([segment])
    files.open(segment)
    assert len(reads) == 2
    assert not files.is_suspect([segment])


def test_a_file_that_is_gone_is_suspect_once_it_was_read(tmp_path: Path, segment: Named) -> None:
    files = SegmentFiles(tmp_path)
    assert not files.is_suspect([segment])
    files.open(segment)
    (tmp_path / segment.name).unlink()
    assert files.is_suspect([segment])


def descriptors() -> int:
    """How many this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_descriptors_end_with_the_arrays(tmp_path: Path, segment: Named) -> None:
    before = descriptors()
    files = [opened(tmp_path, segment) for _ in range(5)]
    assert descriptors() > before
    files.clear()
    assert descriptors() == before
