"""Events: what happened in a few words, and fields. The one home of structlog for code that knows no HTTP; where events
go and how they are written is for ``shared.process.logs``.
"""

from __future__ import annotations

import structlog

Logger = structlog.stdlib.BoundLogger


def get_logger(name: str) -> Logger:
    """A logger of events: ``log.info("index opened", generation=…)``."""
    logger: Logger = structlog.stdlib.get_logger(name)
    return logger
