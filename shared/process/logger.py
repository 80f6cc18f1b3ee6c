"""Structured events with fields. Only this module and ``logs``, which writes the events, import structlog."""

from __future__ import annotations

import structlog

Logger = structlog.stdlib.BoundLogger


def get_logger(name: str) -> Logger:
    """A logger of events: ``log.info("index opened", generation=…)``."""
    logger: Logger = structlog.stdlib.get_logger(name)
    return logger
