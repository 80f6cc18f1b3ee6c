"""A file of arrays that was just written: its digest vouches for what was written, and for nothing else."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from services.search.arrays.array_file import ArrayFile, ArrayWriter, DamagedArrayFile


def write(path: Path) -> ArrayWriter:
    """Two columns that grow side by side, an empty array and a large one."""
    writer = ArrayWriter(path)
    numbers, letters = writer.column("numbers", np.dtype("<i8"), 40), writer.column("letters", np.dtype("u1"), 40)
    for start in range(0, 40, 8):
        numbers(np.arange(start, start + 8))
        letters(np.full(8, ord("a") + start, "u1"))
    writer.add("nothing", np.empty(0, "<f4"))
    writer.add("large", np.arange(400_000, dtype="<i4"))
    writer.close()
    return writer


def test_the_digest_is_that_of_all_bytes(tmp_path: Path) -> None:
    path = tmp_path / "one.arrays"
    writer = write(path)
    assert writer.digest() == sha256(path.read_bytes()).hexdigest()
    assert ArrayFile(path)["numbers"].tolist() == list(range(40))
    assert ArrayFile(path)["large"][-1] == 399_999


@pytest.mark.parametrize("place", [0, 9, 40, (16 << 10) + 100, (16 << 10) + 320 + 39, -4, -1_200_000])
def test_damage_before_the_file_was_read_back_gets_no_digest(tmp_path: Path, place: int) -> None:
    path = tmp_path / "one.arrays"
    writer = write(path)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedArrayFile, match=r"one\.arrays: its bytes are not those that were written"):
        writer.digest()


def test_a_file_that_was_cut_gets_no_digest(tmp_path: Path) -> None:
    path = tmp_path / "one.arrays"
    writer = write(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedArrayFile):
        writer.digest()
