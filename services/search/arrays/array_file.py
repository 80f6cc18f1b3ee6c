"""One file of named arrays: written once, memory-mapped by every process that reads it. Does not depend on search.

    8 bytes    magic
    8 bytes    length of the header, little endian
    header     JSON: the size of the file, and name → dtype, count, offset of each array
    arrays     each at a multiple of 64 bytes

The size in the header reveals a truncated file before it is read.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from shared.process.regular import open_regular

Array = npt.NDArray[Any]

_MAGIC = b"PSPARR01"
_ALIGN = 64
#: Space reserved for the header, which is written last.
_HEADER_BYTES = 16 << 10


class DamagedArrayFile(Exception):
    """The file is truncated, or not an array file."""


class ArrayWriter:
    """Writes a file of arrays: whole arrays, and columns that grow side by side. Raises OSError.

    ``close`` completes the file and flushes it to the disk: until then, readers reject it.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._offset = _HEADER_BYTES
        self._entries: dict[str, tuple[str, int, int]] = {}

    def add(self, name: str, values: Array) -> None:
        """Write a whole array (one-dimensional)."""
        self.column(name, values.dtype, values.size)(values)

    def column(self, name: str, dtype: np.dtype[Any], count: int) -> Callable[[Array], None]:
        """Reserve ``count`` values; the returned function appends to them."""
        at = self._offset
        self._entries[name] = (dtype.str, int(count), at)
        self._offset = _aligned(at + int(count) * dtype.itemsize)

        def append(values: Array) -> None:
            nonlocal at
            self._file.seek(at)
            at += self._file.write(np.ascontiguousarray(values, dtype=dtype).data)

        return append

    def close(self) -> None:
        """Write the header, and flush the file to the disk."""
        header = json.dumps({"size": self._offset, "arrays": self._entries}).encode()
        if 16 + len(header) > _HEADER_BYTES:
            raise ValueError(f"a header of {len(header)} bytes: raise _HEADER_BYTES")
        with self._file as file:
            file.truncate(self._offset)
            file.seek(0)
            file.write(_MAGIC + struct.pack("<Q", len(header)) + header)
            file.flush()
            os.fsync(file.fileno())


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write ``arrays`` (each one-dimensional) to ``path`` and flush them to the disk. Raises OSError."""
    writer = ArrayWriter(path)
    for name, values in arrays.items():
        writer.add(name, values)
    writer.close()


class ArrayFile(Mapping[str, Array]):
    """The arrays of a file, mapped read-only. Views stay valid until ``close`` and the last view is gone.

    With ``in_memory`` they are copies. Reading a mapping of a file that has been truncated since ends with SIGBUS.
    ``descriptor`` shows whether it was.
    """

    def __init__(self, path: Path, *, in_memory: bool = False) -> None:
        with open_regular(path) as file:
            self.size_bytes, entries = _read_header(file, path.name)
            self._map = None if in_memory else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            #: The open file, until this object is gone.
            self.descriptor = os.dup(file.fileno())
            weakref.finalize(self, os.close, self.descriptor)
            data = self._map if self._map is not None else _read_all(file, self.size_bytes, path.name)
        try:
            self._arrays: dict[str, Array] = {
                name: np.frombuffer(data, dtype=np.dtype(dtype), count=count, offset=offset)
                for name, (dtype, count, offset) in entries
            }
        except (ValueError, TypeError) as error:
            raise DamagedArrayFile(f"{path.name}: the header describes other arrays than there are") from error

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def release(self) -> None:
        """Release the memory of pages that were read; they are loaded again when needed."""
        if self._map is not None:
            self._map.madvise(mmap.MADV_DONTNEED)

    def __len__(self) -> int:
        return len(self._arrays)


def _read_header(file: BinaryIO, name: str) -> tuple[int, Iterable[tuple[str, tuple[str, int, int]]]]:
    """The size of an array file in bytes, and name → (dtype, count, offset) of its arrays. Raises DamagedArrayFile."""
    size = os.fstat(file.fileno()).st_size
    head = file.read(16)
    if len(head) < 16 or head[:8] != _MAGIC:
        raise DamagedArrayFile(f"{name}: not an array file")
    (length,) = struct.unpack("<Q", head[8:])
    raw = file.read(length) if length <= size else b""
    try:
        header = json.loads(raw)
        written, entries = header["size"], header["arrays"].items()
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise DamagedArrayFile(f"{name}: the header cannot be read") from error
    if written != size:
        raise DamagedArrayFile(f"{name}: {size} bytes where {written} were written")
    return size, entries


def _read_all(file: BinaryIO, size: int, name: str) -> bytes:
    file.seek(0)
    data = file.read(size)
    if len(data) != size:
        raise DamagedArrayFile(f"{name}: truncated while it was read")
    return data


def release(arrays: Mapping[str, Array]) -> None:
    """Release the memory of pages of ``arrays``, if they are mapped from a file."""
    if isinstance(arrays, ArrayFile):
        arrays.release()


def _aligned(offset: int) -> int:
    return (offset + _ALIGN - 1) // _ALIGN * _ALIGN
