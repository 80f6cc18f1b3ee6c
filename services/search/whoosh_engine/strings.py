"""Many strings in two arrays: a blob of UTF-8 and the offsets into it, looked up without an object per string."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from services.search.whoosh_engine.array_file import Array

#: Sorts after every UTF-8 text that begins with the same bytes.
_AFTER = b"\xff"


def pack_strings(strings: Iterable[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64]]:
    """``(blob, offsets)`` of the strings in the order given; there is one offset more than there are strings."""
    items = list(strings)
    offsets = np.zeros(len(items) + 1, dtype=np.uint64)
    np.cumsum(np.fromiter((len(item) for item in items), dtype=np.uint64, count=len(items)), out=offsets[1:])
    return np.frombuffer(b"".join(items), dtype=np.uint8), offsets


class PackedStrings(Sequence[bytes]):
    """Strings by number. Where they were packed in sorted order, ``find`` and ``prefix_range`` look them up."""

    __slots__ = ("_blob", "_count", "_offsets")

    def __init__(self, blob: Array, offsets: Array) -> None:
        self._blob = memoryview(blob.data)
        self._offsets = memoryview(offsets.data)
        self._count = len(offsets) - 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> bytes:  # type: ignore[override] # slices are not needed
        offsets = self._offsets
        return self._blob[offsets[number] : offsets[number + 1]].tobytes()

    def find(self, string: bytes) -> int:
        """The number of ``string``, or -1."""
        number = bisect_left(self, string)
        return number if number < self._count and self[number] == string else -1

    def prefix_range(self, prefix: bytes) -> tuple[int, int]:
        """The numbers ``first, last`` (half-open) of the strings that begin with ``prefix``."""
        return bisect_left(self, prefix), bisect_left(self, prefix + _AFTER)
