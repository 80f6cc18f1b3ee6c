"""CURRENT as those of one schema follow it: what it says, as far as it is theirs."""

from __future__ import annotations

from pathlib import Path

from services.search.engine_whoosh.store.current import Current, read_current
from shared.process.logger import get_logger

log = get_logger("index")


class Pointer:
    """Reads the CURRENT of ``directory`` for the index named by ``digest``."""

    def __init__(self, directory: Path, digest: str) -> None:
        self.directory = directory
        self.digest = digest
        #: Why CURRENT could not be read when it was last tried.
        self._unreadable = ""

    def read(self) -> Current | None:
        """The newest complete generation of this schema, or None."""
        try:
            current = read_current(self.directory)
        except (OSError, ValueError, TypeError, LookupError) as error:
            # Asked twice a second, the same damaged file is one event.
            if str(error) != self._unreadable:
                log.warning("index pointer unreadable", path=str(self.directory / "CURRENT"), error=str(error))
            self._unreadable = str(error)
            return None
        self._unreadable = ""
        return current if current is not None and current.directory.startswith(self.digest) else None
