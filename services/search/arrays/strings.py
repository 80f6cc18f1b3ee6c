"""Many strings in two arrays, a UTF-8 blob and offsets, looked up without an object per string."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt

from services.search.arrays.array_file import Array

#: Sorts after every UTF-8 text that begins with the same bytes.
_AFTER = b"\xff"


def pack_lines(strings: Iterable[str]) -> npt.NDArray[np.uint8]:
    """Pack strings without line breaks, which are always read together: one line of UTF-8 each."""
    return np.frombuffer("".join(f"{string}\n" for string in strings).encode(), dtype=np.uint8)


def unpack_lines(blob: Array) -> list[str]:
    """Unpack what ``pack_lines`` packed."""
    return blob.tobytes().decode().split("\n")[:-1]


def pack_strings(strings: Iterable[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64]]:
    """``(blob, offsets)`` of the strings in the given order. There is one more offset than strings."""
    items = list(strings)
    offsets = np.zeros(len(items) + 1, dtype=np.uint64)
    np.cumsum(np.fromiter((len(item) for item in items), dtype=np.uint64, count=len(items)), out=offsets[1:])
    return np.frombuffer(b"".join(items), dtype=np.uint8), offsets


def pack_buckets(strings: Sequence[bytes]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """``(starts, numbers)``: the hash table of ``Lookup``.

    The numbers of the strings whose checksum ends in the bits of ``b`` are ``numbers[starts[b]:starts[b + 1]]``;
    there are about as many buckets as strings.
    """
    buckets = 1 << max(len(strings) - 1, 0).bit_length()
    bucket = np.fromiter(map(crc32, strings), dtype=np.uint32, count=len(strings)) & np.uint32(buckets - 1)
    numbers = np.argsort(bucket, kind="stable").astype(np.uint32)
    return np.searchsorted(bucket[numbers], np.arange(buckets + 1)).astype(np.uint32), numbers


class Lookup:
    """Finds strings by checksum: a bucket, and a comparison with each of its one or two strings."""

    __slots__ = ("_mask", "_numbers", "_starts", "_strings")

    def __init__(self, strings: PackedStrings, starts: Array, numbers: Array) -> None:
        self._strings = strings
        self._starts = memoryview(starts.data)
        self._numbers = memoryview(numbers.data)
        self._mask = len(starts) - 2

    def find(self, string: bytes) -> int:
        """The number of ``string``, or -1."""
        bucket = crc32(string) & self._mask
        starts, numbers, strings = self._starts, self._numbers, self._strings
        for at in range(starts[bucket], starts[bucket + 1]):
            number: int = numbers[at]
            if strings[number] == string:
                return number
        return -1


class PackedStrings(Sequence[bytes]):
    """Strings by number. ``find`` and ``prefix_range`` need them in sorted order."""

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

    def prefix_range(self, prefix: bytes, first: int = 0, last: int | None = None) -> tuple[int, int]:
        """The numbers (half-open) of the strings with ``prefix``, among those from ``first`` to ``last``."""
        first = bisect_left(self, prefix, first, last)
        return first, bisect_left(self, prefix + _AFTER, first, last)


class OrderedStrings(PackedStrings):
    """The same strings by rank in sorted order. ``order`` has the number of each."""

    __slots__ = ("_order",)

    def __init__(self, blob: Array, offsets: Array, order: Array) -> None:
        super().__init__(blob, offsets)
        self._order = memoryview(order.data)

    def __getitem__(self, place: int) -> bytes:  # type: ignore[override] # slices are not needed
        return super().__getitem__(self._order[place])
