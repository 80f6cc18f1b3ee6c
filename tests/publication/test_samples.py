"""Every runnable sample of the site runs, in a fresh process, and prints what its article says."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.check.running import Task, plan_runs, run_task
from shared.content.folder.loader import load_now

CONTENT = Path(__file__).parent.parent.parent / "content"


def tasks() -> list[Task]:
    library = load_now(CONTENT, drafts=True).require()
    return list(plan_runs((*library.articles, *library.pages)))


def name(task: Task) -> str:
    return f"{task.source}:{task.sample.line}"


@pytest.mark.parametrize("task", tasks(), ids=name)
def test_a_sample_prints_what_its_article_says(task: Task) -> None:
    outcome = run_task(task)
    if outcome.is_skipped:
        pytest.skip(str(outcome.problem))
    assert outcome.problem is None
    assert outcome.version
