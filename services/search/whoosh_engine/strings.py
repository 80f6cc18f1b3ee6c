"""Many strings in two arrays: a blob of UTF-8 and the offsets into it, looked up without an object per string."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from zlib import crc32

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


def pack_checksums(strings: Sequence[bytes]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """``(checksums sorted, the number of each string)``: what ``Lookup`` finds strings by."""
    checksums = np.fromiter(map(crc32, strings), dtype=np.uint32, count=len(strings))
    numbers = np.argsort(checksums, kind="stable").astype(np.uint32)
    return checksums[numbers], numbers


class Lookup:
    """The numbers of strings by checksum: one binary search in compiled code, and a comparison for those that share
    one.
    """

    __slots__ = ("_checksums", "_numbers", "_strings")

    def __init__(self, strings: PackedStrings, checksums: Array, numbers: Array) -> None:
        self._strings = strings
        self._checksums = checksums
        self._numbers = numbers

    def find(self, string: bytes) -> int:
        """The number of ``string``, or -1."""
        checksum = crc32(string)
        at = int(self._checksums.searchsorted(np.uint32(checksum)))
        while at < len(self._checksums) and self._checksums[at] == checksum:
            number = int(self._numbers[at])
            if self._strings[number] == string:
                return number
            at += 1
        return -1


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
