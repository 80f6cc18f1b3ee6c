"""Run samples, each in a fresh process and an empty directory, with a time limit, and compare their output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from services.check.runners import Runner, SampleUnavailable, find_runner
from shared.content.article import Article, CodeSample
from shared.content.library import Library
from shared.content.problem import Problem
from shared.process.pool import processors


@dataclass(frozen=True, slots=True)
class Task:
    """One sample to run, from the article at ``source``, after the ``earlier`` code of its group."""

    source: str
    sample: CodeSample
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a sample: its ``version`` if the output is right, else a problem."""

    source: str
    sample: CodeSample
    version: str | None = None
    problem: Problem | None = None
    is_skipped: bool = False


def plan_runs(articles: Sequence[Article]) -> Iterator[Task]:
    """The runnable samples of ``articles`` in order. Pure."""
    for article in articles:
        groups: dict[tuple[str, str], list[str]] = {}
        for sample in article.body.samples:
            if not sample.is_runnable:
                continue
            earlier = groups.setdefault((sample.language, sample.group), []) if sample.group else []
            yield Task(article.source, sample, tuple(earlier))
            earlier.append(sample.code)


def run_samples(library: Library) -> list[Outcome]:
    """Run every runnable sample of ``library``, one per processor at a time."""
    tasks = list(plan_runs((*library.articles, *library.pages)))
    with ThreadPoolExecutor(processors()) as pool:
        return list(pool.map(run_task, tasks))


def run_task(task: Task) -> Outcome:
    """Run one sample and compare. Blocking.

    A sample that cannot be run here is skipped, with a warning that gives the reason.
    """
    sample = task.sample
    try:
        runner: Runner = find_runner(sample)
        run = runner.run(task.earlier, sample.code)
    except SampleUnavailable as error:
        problem = Problem(task.source, sample.line, f"this {sample.language} sample was skipped: {error}", "warning")
        return Outcome(task.source, sample, problem=problem, is_skipped=True)
    message = run.failure or _difference(run.output, sample.expected_output)
    if message:
        return Outcome(task.source, sample, problem=Problem(task.source, sample.line, message))
    return Outcome(task.source, sample, version=run.version)


def _difference(printed: str, expected: str | None) -> str | None:
    """The first line on which two outputs differ (ignoring line ends at the end), or ``None``.

    Without ``expected`` any output is right.
    """
    if expected is None or printed.rstrip("\n") == expected.rstrip("\n"):
        return None
    lines, wanted = printed.rstrip("\n").split("\n"), expected.rstrip("\n").split("\n")
    for number, (line, want) in enumerate(zip(lines, wanted, strict=False), start=1):
        if line != want:
            return f"line {number} of what this sample prints is {line!r}, and the article says {want!r}"
    return f"this sample prints {len(lines)} lines, and the article says {len(wanted)}"
