"""Events: what happened in a few words, and fields. It knows neither where they go nor how they are written.

A thin layer over ``logging``, so that libraries and the services come out the same way.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

#: Where an event keeps its fields on the record of ``logging``.
_FIELDS = "event_fields"


class Logger:
    """Writes events under one name: ``log.info("index opened", generation=…)``."""

    __slots__ = ("_logger",)

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        """An event for whoever looks for a fault."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """An event of the ordinary course."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """An event that an operator may want to do something about."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """An event that an operator has to do something about."""
        self._write(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """An error, with the exception that is being handled."""
        self._write(logging.ERROR, event, fields, with_exception=True)

    def _write(self, level: int, event: str, fields: dict[str, object], *, with_exception: bool = False) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={_FIELDS: fields}, exc_info=with_exception)


def get_logger(name: str) -> Logger:
    """The logger of that name."""
    return Logger(name)


def fields_of(record: logging.LogRecord) -> Mapping[str, object]:
    """The fields of an event; none for what a library logged."""
    fields: Mapping[str, object] = getattr(record, _FIELDS, {})
    return fields
