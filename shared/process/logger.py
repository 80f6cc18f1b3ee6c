"""Structured events with fields. The only import of structlog outside HTTP code.

``shared.process.logs`` formats events and chooses their destination.
"""

from __future__ import annotations

import structlog

Logger = structlog.stdlib.BoundLogger


def get_logger(name: str) -> Logger:
    """A logger of events: ``log.info("index opened", generation=…)``."""
    logger: Logger = structlog.stdlib.get_logger(name)
    return logger
