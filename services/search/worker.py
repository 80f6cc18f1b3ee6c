"""One worker: ``python -m services.search.worker NUMBER``. The supervisor starts it and sends it states."""

from __future__ import annotations

import os
import sys

from services.search.run import run_worker
from shared.process.logs import configure_logging
from shared.process.loop import run_service
from shared.web.settings import load_settings


def main() -> None:
    """Serve until the supervisor stops this worker."""
    number = sys.argv[1]
    settings = load_settings(os.environ)
    configure_logging(settings.log_level, settings.log_format, sys.stderr, service="search", worker=number)
    run_service(lambda: run_worker(settings, number))


if __name__ == "__main__":
    main()
