"""The record of samples that ran and printed what their article says: ``content/verified.json``. Pure.

``perspective check --run`` writes it; the loader reads it and marks the blocks that it names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

import orjson
from pydantic import ConfigDict, StringConstraints, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.content.problem import InvalidContent, Problem

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
    """The record in ``data``. Raises InvalidContent when it is not one."""
    try:
        return _RECORD.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        message = (
            f"this is not a record of runs ({where or 'file'}: {first['msg']}): write it with perspective check --run"
        )
        place = re.search(r"line (\d+)", first["msg"])
        raise InvalidContent([Problem(VERIFIED_FILE, int(place[1]) if place else 1, message)]) from error


def format_verified(record: VerifiedRecord) -> bytes:
    """The record as a file: sorted and indented, so that a change of one sample is a change of a few lines."""
    return orjson.dumps(_RECORD.dump_python(dict(record)), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
