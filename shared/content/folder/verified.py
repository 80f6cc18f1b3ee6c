"""The record of samples whose output matched their article: ``content/verified.json``. Pure.

``perspective check --run`` writes it; the loader reads it and marks the blocks that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import orjson
from pydantic import ConfigDict, StringConstraints, TypeAdapter
from pydantic.dataclasses import dataclass

from shared.content.records import parse_record

VERIFIED_FILE = "verified.json"

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
IsoDate = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class VerifiedRun:
    """A verified run: ``language`` as written, ``version`` for readers, an ISO date."""

    language: str
    version: str
    date: IsoDate


#: Sample digest → its run.
VerifiedRecord = Mapping[str, VerifiedRun]

_RECORD: TypeAdapter[dict[str, VerifiedRun]] = TypeAdapter(dict[Digest, VerifiedRun])


def parse_verified(data: bytes) -> VerifiedRecord:
    """The record in ``data``. Raises InvalidContent if it is invalid."""
    return parse_record(
        _RECORD,
        data,
        VERIFIED_FILE,
        lambda key, error: (
            f"this is not a record of runs ({key or 'file'}: {error}): write it with perspective check --run"
        ),
    )


def format_verified(record: VerifiedRecord) -> bytes:
    """The record as a file: sorted and indented, so that a change of one sample is a change of a few lines."""
    return orjson.dumps(_RECORD.dump_python(dict(record)), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
