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
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from shared.process.regular import open_regular

Array = npt.NDArray[Any]

_MAGIC = b"PSPARR01"
#: Every array begins at a multiple of this many bytes.
ALIGN = 64
#: Space reserved for the header, which is written last.
_HEADER_BYTES = 16 << 10
#: Bytes read at a time for a digest.
_READ_BYTES = 1 << 20


class DamagedArrayFile(Exception):
    """The file is truncated, or not an array file."""


@dataclass(slots=True)
class _Written:
    """The bytes written from the offset ``start`` on: their number and CRC-32."""

    start: int
    size: int = 0
    checksum: int = 0

    def add(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        self.checksum = zlib.crc32(data, self.checksum)


class ArrayWriter:
    """Writes a file of arrays: whole arrays, and columns that grow side by side. Raises OSError.

    ``close`` completes the file and flushes it to the disk: until then, readers reject it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        #: In the order of the file, once the header is written.
        self._written: list[_Written] = []
        self._offset = _HEADER_BYTES
        self._entries: dict[str, tuple[str, int, int]] = {}

    def add(self, name: str, values: Array) -> None:
        """Write a whole array (one-dimensional)."""
        self.column(name, values.dtype, values.size)(values)

    def column(self, name: str, dtype: np.dtype[Any], count: int) -> Callable[[Array], None]:
        """Reserve ``count`` values; the returned function appends to them."""
        written = _Written(self._offset)
        self._entries[name] = (dtype.str, int(count), written.start)
        self._offset = _aligned(written.start + int(count) * dtype.itemsize)
        self._written.append(written)

        def append(values: Array) -> None:
            data = np.ascontiguousarray(values, dtype=dtype).data.cast("B") if values.size else b""
            self._file.seek(written.start + written.size)
            self._file.write(data)
            written.add(data)

        return append

    def close(self) -> None:
        """Write the header, and flush the file to the disk."""
        header = json.dumps({"size": self._offset, "arrays": self._entries}).encode()
        if 16 + len(header) > _HEADER_BYTES:
            raise ValueError(f"a header of {len(header)} bytes: raise _HEADER_BYTES")
        head = _MAGIC + struct.pack("<Q", len(header)) + header
        self._written.insert(0, _Written(0))
        self._written[0].add(head)
        with self._file as file:
            file.truncate(self._offset)
            file.seek(0)
            file.write(head)
            file.flush()
            os.fsync(file.fileno())

    def digest(self) -> str:
        """SHA-256 (hex) of the closed file, which is read back once. Raises OSError.

        Raises DamagedArrayFile if a byte differs from what was written: a digest of damage would make it valid.
        """
        found = sha256()
        with self._path.open("rb") as file:
            for written in self._written:
                found.update(file.read(written.start - file.tell()))
                read = _Written(written.start)
                while data := file.read(min(written.size - read.size, _READ_BYTES)):
                    found.update(data)
                    read.add(data)
                if read != written:
                    raise DamagedArrayFile(f"{self._path.name}: its bytes are not those that were written")
            found.update(file.read())
        return found.hexdigest()


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> ArrayWriter:
    """Write ``arrays`` (each one-dimensional) to ``path``, flush them to the disk, return the closed writer.

    Raises OSError.
    """
    writer = ArrayWriter(path)
    for name, values in arrays.items():
        writer.add(name, values)
    writer.close()
    return writer


class ArrayFile(Mapping[str, Array]):
    """The arrays of a file, mapped read-only. Views stay valid until ``close`` and the last view is gone.

    With ``in_memory`` they are copies. Reading beyond the end of a mapped file that was truncated raises SIGBUS:
    ``fstat`` of ``descriptor`` shows whether it was.
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
    return (offset + ALIGN - 1) // ALIGN * ALIGN
