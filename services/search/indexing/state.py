"""The state of the indexer for serving processes: a frozen value, one line of JSON. Does not depend on processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import orjson
from pydantic import TypeAdapter, ValidationError

Phase = Literal["starting", "loading", "indexing", "idle", "retrying", "down"]

#: Problems sent through the pipe, and characters of each: one may quote a value of any length. A line is then far below
#: MAX_LINE_BYTES of ``shared.process.child``. The log and ``perspective check`` have all problems.
MAX_PROBLEMS, MAX_PROBLEM_CHARS = 50, 2_000


@dataclass(frozen=True, slots=True)
class IndexerState:
    """The state of the indexer.

    done, total          articles while indexing
    problems             those of the content, as path:line: message
    error                why the index does not follow the content, as a sentence; stays until an attempt succeeds
    seconds              the duration of the last sync
    is_content_known     whether content was read at least once
    meaning              the state of the second stage, in a few words
    is_meaning_missing   whether the second stage was configured but is missing
    """

    phase: Phase = "starting"
    done: int = 0
    total: int = 0
    generation: str | None = None
    problems: tuple[str, ...] = ()
    problem_count: int = 0
    error: str = ""
    seconds: float = 0.0
    restarts: int = 0
    is_content_known: bool = False
    meaning: str = ""
    is_meaning_missing: bool = False

    def with_problems(self, problems: tuple[str, ...]) -> IndexerState:
        """Replace the problems, truncated to what crosses the pipe."""
        shown = tuple(problem[:MAX_PROBLEM_CHARS] for problem in problems[:MAX_PROBLEMS])
        return replace(self, problems=shown, problem_count=len(problems))

    def describe(self) -> str:
        """Describe the state in a few words for an operator, with the error while it retries."""
        doing = self._doing()
        return f"{doing}, after: {self.error}" if self.error and doing != self.error else doing

    def _doing(self) -> str:
        if self.phase == "indexing" and self.total:
            return f"indexing: {self.done:,} of {self.total:,} articles"
        words = {"starting": "starting", "loading": "reading content", "indexing": "indexing", "idle": "up to date"}
        return words.get(self.phase, self.error or self.phase)


_STATE = TypeAdapter(IndexerState)


def encode_state(state: IndexerState) -> bytes:
    """Encode ``state`` as one line."""
    return orjson.dumps(state) + b"\n"


def decode_state(line: bytes) -> IndexerState | None:
    """Decode ``line``, or return None if it holds anything else."""
    try:
        return _STATE.validate_json(line)
    except ValidationError:
        return None
