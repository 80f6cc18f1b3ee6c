"""Posting lists → the blocks of a stock Whoosh segment (codec ``whoosh3`` of whoosh-reloaded 2.7.5).

Whoosh's own writer makes a Python call per posting; this module writes whole columns with NumPy. A posting list is one
block, whose parts are pickles::

    "W3Bl"  int -(bytes of info and data)  info  data
    info    (count, last document, largest weight, compression 0, shortest field, longest field)
    data    (document deltas, weights or None if all are 1, values or None)
    value   uint count, then a pickled list of position deltas

Lengths of fields are Whoosh's one-byte approximations. Integers are big-endian but for those inside pickles.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from whoosh.util.numeric import byte_to_length

from services.search.arrays.array_file import Array
from services.search.engine_whoosh.store.whoosh_postings import CHUNK_POSITIONS, Postings

Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
#: The length that each code stands for (``whoosh.util.numeric.byte_to_length``); the last stands for all above.
_LENGTHS = np.array([byte_to_length(code) for code in range(256)], dtype=np.int64)
#: The part of a posting list before its document deltas.
_HEAD = np.dtype(
    [
        ("magic", "S4"),
        ("size", ">i4"),
        ("info", "S3"),
        ("count_op", "S1"),
        ("count", "<u4"),
        ("last_op", "S1"),
        ("last", "<u4"),
        ("weight_op", "S1"),
        ("weight", ">f8"),
        ("compression", "S2"),
        ("shortest_op", "S1"),
        ("shortest", "u1"),
        ("longest_op", "S1"),
        ("longest", "u1"),
        ("info_end", "S2"),
        ("data", "S3"),
    ]
)
#: Opcodes of pickle (``pickletools``): a mark and the tuple of all after it, None, a tuple of three, the end.
_MARK, _TUPLE, _NONE, _TUPLE3, _STOP = b"(tN\x87."
_CONSTANTS = {
    "magic": b"W3Bl",
    "info": b"\x80\x02(",
    "count_op": b"J",
    "last_op": b"J",
    "weight_op": b"G",
    "compression": b"K\x00",
    "shortest_op": b"K",
    "longest_op": b"K",
    "info_end": b"t.",
    "data": b"\x80\x03(",
}
#: A value is its length, the count, and a pickled list between these bytes.
_LIST_BEGIN = np.frombuffer(b"\x80\x02](", dtype=np.uint8)
_LIST_END = np.frombuffer(b"e.", dtype=np.uint8)
_SHORT_BYTES, _BYTES = b"CB"
#: The record of a term: ``whoosh.codec.whoosh3.W3TermInfo``.
TERM_INFO = np.dtype(
    [
        ("inlined", "u1"),
        ("weight", ">f4"),
        ("documents", ">u4"),
        ("shortest", "u1"),
        ("longest", "u1"),
        ("max_weight", ">f4"),
        ("first", ">u4"),
        ("last", ">u4"),
        ("offset", ">i8"),
        ("size", ">i4"),
    ]
)


def lay_out(postings: Postings, lengths: I64 | None, offset: int) -> Iterator[tuple[U8, Array]]:
    """Yield ``(bytes, term infos)`` for runs of terms, in order; the first byte is at ``offset`` of the file.

    ``lengths`` has the length of the field in every document.
    """
    starts = postings.starts
    positions = np.concatenate(([0], np.cumsum(postings.counts)))
    first = 0
    while first < len(postings.terms):
        limit = positions[starts[first]] + CHUNK_POSITIONS
        last = max(first + 1, int(np.searchsorted(positions[starts], limit, side="right")) - 1)
        inside = slice(starts[first], starts[last])
        run = positions[starts[first]], positions[starts[last]]
        chunk = Postings(
            terms=[],
            starts=starts[first : last + 1] - starts[first],
            documents=postings.documents[inside],
            counts=postings.counts[inside],
            positions=None if postings.positions is None else postings.positions[slice(*run)],
        )
        data, infos = _lay_out(chunk, lengths, offset)
        yield data, infos
        offset += len(data)
        first = last


def _lay_out(postings: Postings, lengths: I64 | None, offset: int) -> tuple[U8, Array]:
    """The bytes and the term infos of one run of terms."""
    firsts, counts = postings.starts[:-1], postings.counts
    largest = np.maximum.reduceat(counts, firsts)
    deltas = np.diff(postings.documents, prepend=0)
    deltas[firsts] = postings.documents[firsts]
    # Without a weight above 1, the tuple of weights is None.
    is_weighted = largest > 1
    documents = _Ints(deltas, _int_sizes(deltas), postings.starts)
    weights = _Ints(counts, _int_sizes(counts) * np.repeat(is_weighted, np.diff(postings.starts)), postings.starts)
    values = None if postings.positions is None else _Values(postings.positions, counts)
    value_bytes = 1 if values is None else 2 + np.add.reduceat(values.sizes, firsts)
    heads, infos = _heads(postings, lengths, largest)
    sizes = _HEAD.itemsize + documents.bytes + 1 + np.where(is_weighted, weights.bytes + 2, 1) + value_bytes + 2
    heads["size"] = 8 - sizes
    at = np.cumsum(sizes) - sizes
    infos["offset"], infos["size"] = at + offset, sizes
    out = np.empty(int(sizes.sum()), dtype=np.uint8)
    _put(out, at, heads)
    at = _put_documents(out, at + _HEAD.itemsize, documents)
    at = _put_weights(out, at, weights, is_weighted)
    at = _put_values(out, at, values, postings.starts)
    out[at] = _TUPLE3
    out[at + 1] = _STOP
    return out, infos


class _Ints:
    """A tuple of integers per posting list, without integers of size 0. ``bytes`` is the size of each tuple."""

    def __init__(self, values: I64, sizes: I64, starts: I64) -> None:
        self.values = values
        self.sizes = sizes
        self._starts = starts
        self.bytes: I64 = np.add.reduceat(sizes, starts[:-1])

    def put(self, out: U8, at: I64) -> I64:
        """Write the integers of each tuple to ``out`` from ``at`` on; return the offset after each."""
        _put_ints(out, _offsets(at, self.sizes, self._starts), self.values, self.sizes)
        return at + self.bytes


def _put_documents(out: U8, at: I64, documents: _Ints) -> I64:
    """Write the document deltas, whose tuple the head has begun; return the offset after each."""
    at = documents.put(out, at)
    out[at] = _TUPLE
    return at + 1


def _put_weights(out: U8, at: I64, weights: _Ints, is_weighted: Bools) -> I64:
    """Write the weights of each posting list, or None; return the offset after each."""
    out[at] = np.where(is_weighted, _MARK, _NONE)
    at = weights.put(out, at + 1)
    out[at[is_weighted]] = _TUPLE
    return at + is_weighted


def _put_values(out: U8, at: I64, values: _Values | None, starts: I64) -> I64:
    """Write the values of each posting list, or None; return the offset after each."""
    if values is None:
        out[at] = _NONE
        return at + 1
    out[at] = _MARK
    values.put(out, _offsets(at + 1, values.sizes, starts))
    at = at + 1 + np.add.reduceat(values.sizes, starts[:-1])
    out[at] = _TUPLE
    return at + 1


def _heads(postings: Postings, lengths: I64 | None, largest: I64) -> tuple[Array, Array]:
    """The head and the term info of each posting list, without its offset and size."""
    firsts, sizes = postings.starts[:-1], np.diff(postings.starts)
    heads = np.zeros(len(firsts), dtype=_HEAD)
    infos = np.zeros(len(firsts), dtype=TERM_INFO)
    for name, constant in _CONSTANTS.items():
        heads[name] = constant
    heads["count"] = infos["documents"] = sizes
    infos["first"] = postings.documents[firsts]
    heads["last"] = infos["last"] = postings.documents[postings.starts[1:] - 1]
    heads["weight"] = infos["max_weight"] = largest
    infos["weight"] = np.add.reduceat(postings.counts, firsts)
    if lengths is not None:
        own = length_codes(lengths)[postings.documents]
        heads["shortest"] = infos["shortest"] = np.minimum.reduceat(own, firsts)
        heads["longest"] = infos["longest"] = np.maximum.reduceat(own, firsts)
    return heads, infos


class _Values:
    """The positions of each posting as Whoosh's format ``Positions`` encodes them. ``sizes`` are in bytes."""

    def __init__(self, positions: I64, counts: I64) -> None:
        self._counts = counts
        self._starts = np.concatenate(([0], np.cumsum(counts)))
        self._deltas = np.diff(positions, prepend=0)
        firsts = self._starts[:-1]
        self._deltas[firsts] = positions[firsts]
        self._delta_sizes = _int_sizes(self._deltas)
        self._lists = 4 + len(_LIST_BEGIN) + np.add.reduceat(self._delta_sizes, firsts) + len(_LIST_END)
        self.sizes: I64 = self._lists + np.where(self._lists < 256, 2, 5)

    def put(self, out: U8, at: I64) -> None:
        """Write the value of each posting to ``out``, beginning ``at``."""
        is_short = self._lists < 256
        out[at] = np.where(is_short, _SHORT_BYTES, _BYTES)
        out[at[is_short] + 1] = self._lists[is_short]
        _put(out, at[~is_short] + 1, self._lists[~is_short].astype("<u4"))
        at = at + np.where(is_short, 2, 5)
        _put(out, at, self._counts.astype(">u4"))
        at = at + 4
        _put(out, at, np.broadcast_to(_LIST_BEGIN, (len(at), len(_LIST_BEGIN))))
        at = at + len(_LIST_BEGIN)
        _put_ints(out, _offsets(at, self._delta_sizes, self._starts), self._deltas, self._delta_sizes)
        at = at + self._lists - 4 - len(_LIST_BEGIN) - len(_LIST_END)
        _put(out, at, np.broadcast_to(_LIST_END, (len(at), len(_LIST_END))))


def length_codes(lengths: I64) -> U8:
    """The one-byte code of each length (``whoosh.util.numeric.length_to_byte``)."""
    return np.minimum(np.searchsorted(_LENGTHS, lengths), 255).astype(np.uint8)


def _offsets(at: I64, sizes: I64, starts: I64) -> I64:
    """The offset of each piece: the pieces from ``starts[n]`` on are contiguous from ``at[n]`` on."""
    before = np.cumsum(sizes) - sizes
    found: I64 = np.repeat(at - before[starts[:-1]], np.diff(starts)) + before
    return found


def _int_sizes(values: I64) -> I64:
    """The size in bytes of each number in a pickle: BININT1, BININT2 or BININT."""
    return 2 + (values > 0xFF).astype(np.int64) + 2 * (values > 0xFFFF)


def _put_ints(out: U8, at: I64, values: I64, sizes: I64) -> None:
    """Write each integer as an opcode and its bytes, little endian. Size 0 writes nothing."""
    for size, opcode in zip((2, 3, 5), b"KMJ", strict=True):
        own = np.flatnonzero(sizes == size)
        own_at, own_values = at[own], values[own]
        out[own_at] = opcode
        for byte in range(size - 1):
            out[own_at + 1 + byte] = own_values >> 8 * byte & 0xFF


def _put(out: U8, at: I64, rows: Array) -> None:
    """Write each of ``rows`` to ``out``, beginning ``at``."""
    if not len(at):
        return
    data = np.ascontiguousarray(rows).view(np.uint8).reshape(len(at), -1)
    for column in range(data.shape[1]):
        out[at + column] = data[:, column]
