"""One file of named arrays: written once, memory-mapped by every process that reads it. Does not depend on search.

    8 bytes    magic
    8 bytes    length of the header, little endian
    header     JSON: the size of the file, and name → dtype, count, offset of each array
    arrays     each at a multiple of 64 bytes

The size in the header finds a truncated file before it is read.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_MAGIC = b"PSPARR01"
_ALIGN = 64


class DamagedArrayFile(Exception):
    """The file is not what was written: too short, or not of this format."""


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> int:
    """Write ``arrays`` (each one-dimensional) to ``path``, flush them to the disk and return the size in bytes.

    Raises OSError.
    """
    entries: dict[str, tuple[str, int, int]] = {}
    # The header's own length depends on the offsets it holds: reserve room for it from the names alone.
    room = _aligned(16 + 96 + sum(len(name) + 64 for name in arrays))
    offset = room
    for name, values in arrays.items():
        entries[name] = (values.dtype.str, int(values.size), offset)
        offset = _aligned(offset + values.nbytes)
    header = json.dumps({"size": offset, "arrays": entries}).encode()
    with path.open("wb") as file:
        file.write(_MAGIC + struct.pack("<Q", len(header)) + header)
        for name, values in arrays.items():
            file.seek(entries[name][2])
            file.write(np.ascontiguousarray(values).data)
        file.truncate(offset)
        file.flush()
        os.fsync(file.fileno())
    return offset


class ArrayFile(Mapping[str, Array]):
    """The arrays of a file, mapped read-only. Views stay valid until ``close`` and the last view is gone."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(16)
            if len(head) < 16 or head[:8] != _MAGIC:
                raise DamagedArrayFile(f"{path.name}: not an array file")
            (length,) = struct.unpack("<Q", head[8:])
            raw = file.read(length) if length <= size else b""
            try:
                header = json.loads(raw)
                written, entries = header["size"], header["arrays"].items()
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                raise DamagedArrayFile(f"{path.name}: the header cannot be read") from error
            if written != size:
                raise DamagedArrayFile(f"{path.name}: {size} bytes where {written} were written")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.size_bytes = size
        try:
            self._arrays: dict[str, Array] = {
                name: np.frombuffer(self._map, dtype=np.dtype(dtype), count=count, offset=offset)
                for name, (dtype, count, offset) in entries
            }
        except (ValueError, TypeError) as error:
            raise DamagedArrayFile(f"{path.name}: the header describes other arrays than there are") from error

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def _aligned(offset: int) -> int:
    return (offset + _ALIGN - 1) // _ALIGN * _ALIGN
