"""A folder of articles, and a way to run a command line over it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.cli import root

Run = Callable[..., "Outcome"]

ARTICLE = """---
title: {title}
summary: About {title}.
published: 2025-01-0{day}
tags: [one, two]
---

{text}

## The relay

The relay reads the outbox table and publishes every message.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command line."""

    status: int
    output: str
    errors: str


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Two articles."""
    content = tmp_path / "content"
    (content / "articles").mkdir(parents=True)
    for day, (name, title, text) in enumerate(
        [("outbox", "The outbox pattern", "One transaction."), ("latency", "Tail latency", "The average hides.")], 1
    ):
        (content / "articles" / f"{name}.md").write_text(ARTICLE.format(title=title, text=text, day=day))
    return content


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``perspective`` with arguments in an empty directory: its status, output and error output."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        status = root.run(arguments)
        # A process ends after its threads; this one goes on in another folder, where the index is not.
        for thread in threading.enumerate():
            if thread.name == "whoosh-view":
                thread.join()
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run
