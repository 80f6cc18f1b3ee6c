"""JSON records in the content folder: parsed strictly, with the line of the first error. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from shared.content.problem import InvalidContent, Problem

T = TypeVar("T")


def parse_record(kind: TypeAdapter[T], data: bytes, source: str, describe: Callable[[str, str], str]) -> T:
    """Parse ``data``, the JSON of the file ``source``. Raises InvalidContent if it is not of ``kind``.

    ``describe`` makes the message from the path of the key ("" for the whole file) and the error.
    """
    try:
        return kind.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        line = re.search(r"line (\d+)", first["msg"])
        message = describe(".".join(map(str, first["loc"])), first["msg"])
        raise InvalidContent([Problem(source, int(line[1]) if line else 1, message)]) from error
