"""A large site from its first start: first page, first search, all indexed; restart, edit, every page; Hugo's build."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from benchmarks import InvalidMeasurement
from benchmarks.cases import Workbench
from benchmarks.corpus import content_of
from benchmarks.measuring.figures import median
from benchmarks.measuring.report import Bar, Report, Table, Verdict, short
from benchmarks.running.processes import (
    REST_S,
    Server,
    fetch,
    free_port,
    processor_s,
    proportional_bytes,
    python_module,
    serving,
    until_idle,
)

ROUNDS = 3
#: Seconds after which a start has failed.
LIMIT_S = 1_800.0
WORD = "zyxwvutsquux"
#: What a browser sends for a page: it is compressed once, as for a reader.
_ACCEPTED = {"Accept-Encoding": "gzip, deflate, br"}
_LINK = re.compile(rb'href="(/articles/[^"/]+/)"')


@dataclass(frozen=True, slots=True)
class Start:
    """One start of both services. Seconds of wall time but for ``processor_s``; bytes of proportional set size."""

    first_page_s: float
    article_s: float
    first_answer_s: float
    complete_s: float
    processor_s: float
    peak_bytes: float
    rest_bytes: float


@dataclass(frozen=True, slots=True)
class Edit:
    """One saved word: seconds until the page and the search show it, and the processor time of all processes."""

    page_s: float
    search_s: float
    processor_s: float


_ROWS = (
    "first page, s",
    "an article asked for then, s",
    "first search answer, s",
    "search complete, s",
    "processor time until then, s",
    "peak memory, MiB",
    "memory at rest, MiB",
)


def run(bench: Workbench) -> Report:
    """On the largest corpus, everything in one run."""
    content = content_of(bench.largest)
    pages = len(list((content / "articles").glob("*.md")))
    rounds = 1 if bench.is_quick else ROUNDS
    first, again, edits, hugo = [], [], [], []
    every_page_s = 0.0
    for number in range(rounds):
        with bench.scratch() as scratch:
            bench.tell(f"first start of {pages:,} pages, {number + 1} of {rounds}")
            with both(content, Path(scratch)) as (server, search_port):
                first.append(start_of(server, search_port))
            bench.tell("restart")
            with both(content, Path(scratch)) as (server, search_port):
                again.append(start_of(server, search_port))
                edits.append(_edit(content, server, search_port))
                if number == rounds - 1:  # once, because it takes minutes
                    bench.tell(f"all {pages:,} pages, once each")
                    every_page_s = _every_page(content, server)
            if shutil.which("hugo"):
                bench.tell("Hugo")
                hugo.append(_hugo(content, Path(scratch)))
    tables = [
        _table(f"First start and restart, {pages:,} pages", first, again),
        _edit_table(edits, pages),
        _pages_table(every_page_s, pages),
    ]
    verdicts = [
        Verdict("First page, first start", _middle(first, "first_page_s"), Bar(5, unit="s")),
        Verdict("First page, restart", _middle(again, "first_page_s"), Bar(3, unit="s")),
        Verdict("First search answer, first start", _middle(first, "first_answer_s"), Bar(15, unit="s")),
        Verdict("Search complete, restart", _middle(again, "complete_s"), Bar(5, unit="s")),
        Verdict("Processor time of one edit", median([one.processor_s for one in edits]), Bar(1, unit="s")),
        Verdict("Peak memory, first start", _middle(first, "peak_bytes") / (1 << 20), Bar(700, unit="MiB")),
        Verdict("Memory at rest", _middle(first, "rest_bytes") / (1 << 20), Bar(500, unit="MiB")),
    ]
    if hugo:
        wall, spent = median([one[0] for one in hugo]), median([one[1] for one in hugo])
        tables.append(_hugo_table(hugo, pages))
        verdicts += [
            Verdict("Search complete, first start", _middle(first, "complete_s") / wall, Bar(1.5, peer="Hugo")),
            Verdict("Processor time, first start", _middle(first, "processor_s") / spent, Bar(0.8, peer="Hugo")),
            Verdict(
                "Processor time, first start and every page once",
                (_middle(first, "processor_s") + every_page_s) / spent,
                Bar(1.5, peer="Hugo"),
            ),
        ]
    return Report(tuple(tables), tuple(verdicts))


@contextmanager
def both(content: Path, scratch: Path) -> Iterator[tuple[Server, int]]:
    """``perspective serve`` over ``content``, its index and cache in ``scratch``, from its first page on."""
    port, search_port = free_port(), free_port()
    environ = {
        "PERSPECTIVE_CONTENT_DIR": str(content),
        "PERSPECTIVE_INDEX_DIR": str(scratch / "index"),
        "PERSPECTIVE_CACHE_DIR": str(scratch / "cache"),
        "PERSPECTIVE_RENDER_PORT": str(port),
        "PERSPECTIVE_SEARCH_PORT": str(search_port),
        "PERSPECTIVE_SEMANTIC": "off",
        "PERSPECTIVE_ACCESS_LOG": "false",
        "PYTHONDONTWRITEBYTECODE": "",
    }
    with serving(python_module("services", "serve", "--no-reload"), port=port, first="/", environ=environ) as server:
        yield server, search_port


def start_of(server: Server, search_port: int) -> Start:
    """Measure the start of ``both``, from its first page until it is idle. Raises InvalidMeasurement."""
    began = time.perf_counter() - server.started_s
    link = _LINK.findall(fetch(server.port, "/")[1])[-1].decode()
    asked = time.perf_counter()
    if fetch(server.port, link)[0] != 200:
        raise InvalidMeasurement(f"{link}: no article")
    article_s = time.perf_counter() - asked
    first_answer_s, peak = 0.0, 0
    while True:
        peak = max(peak, proportional_bytes(server.pid))
        status = _answer(search_port, "/v1/status")
        if status and not first_answer_s and _answer(search_port, "/v1/search?q=value"):
            first_answer_s = time.perf_counter() - began
        if status and status["building"] is None and status["indexer"]["phase"] == "idle":
            break
        if time.perf_counter() - began > LIMIT_S:
            raise InvalidMeasurement(f"not complete within {LIMIT_S:.0f} s")
        time.sleep(0.1)
    complete_s, spent = time.perf_counter() - began, processor_s(server.pid)
    later_peak, rest = _await_idle(server)
    return Start(server.started_s, article_s, first_answer_s, complete_s, spent, max(peak, later_peak), rest)


def _await_idle(server: Server) -> tuple[int, int]:
    """Wait until the service is idle: it merges segments and writes the Whoosh index after it can find everything.

    Returns the peak of memory meanwhile and memory at rest, in bytes.
    """
    peak = 0
    for _ in until_idle(server.pid):
        peak = max(peak, proportional_bytes(server.pid))
    return peak, proportional_bytes(server.pid)


def _answer(port: int, path: str) -> dict[str, Any]:
    """The JSON at ``path``; empty while there is none."""
    try:
        status, body = fetch(port, path)
    except OSError:
        return {}
    answer: dict[str, Any] = json.loads(body) if status == 200 else {}
    return answer


def _edit(content: Path, server: Server, search_port: int) -> Edit:
    """Add a word to one article, wait until the page and a search show it, and restore the article."""
    _await_verified(server)
    path = sorted((content / "articles").glob("*.md"))[500]
    text = path.read_text("utf-8")
    before, began = processor_s(server.pid), time.perf_counter()
    try:
        path.write_text(f"{text}\n\n{WORD}\n", "utf-8")
        page_s = _wait(began, lambda: WORD.encode() in fetch(server.port, f"/articles/{path.stem}/")[1])
        # Exact: what a search for a correction of a word that nobody wrote costs is not the edit's.
        search_s = _wait(began, lambda: bool(_answer(search_port, f"/v1/search?q={WORD}&exact=1").get("total")))
        time.sleep(REST_S)
        return Edit(page_s, search_s, processor_s(server.pid) - before)
    finally:
        path.write_text(text, "utf-8")


def _every_page(content: Path, server: Server) -> float:
    """The processor time of all processes, in seconds, for each article's page, requested once."""
    _await_verified(server)
    before = processor_s(server.pid)
    for path in sorted((content / "articles").glob("*.md")):
        if fetch(server.port, f"/articles/{path.stem}/", headers=_ACCEPTED)[0] != 200:
            raise InvalidMeasurement(f"{path.stem}: no page")
    return processor_s(server.pid) - before


def _wait(began: float, is_there: Callable[[], bool]) -> float:
    while not is_there():
        if time.perf_counter() - began > LIMIT_S:
            raise InvalidMeasurement("the edit never came")
        time.sleep(0.02)
    return time.perf_counter() - began


def _await_verified(server: Server) -> None:
    """Wait until every body is verified, so that background work does not count as the edit's."""
    deadline = time.perf_counter() + LIMIT_S
    while time.perf_counter() < deadline:
        detail = _answer(server.port, "/readyz")["checks"]["bodies"]["detail"]
        done, total = re.findall(r"[\d,]+", detail)[:2]
        if done == total:
            return
        time.sleep(0.5)
    raise InvalidMeasurement("bodies were not verified in time")


def _hugo(content: Path, scratch: Path) -> tuple[float, float]:
    """Seconds of wall and of processor time in which Hugo builds the same articles, highlighted, with related pages."""
    site = scratch / "hugo"
    (site / "content" / "articles").mkdir(parents=True)
    (site / "layouts" / "_default").mkdir(parents=True)
    (site / "config.toml").write_text(
        'baseURL = "https://example.org/"\ntitle = "Benchmark"\ndisableKinds = ["RSS"]\n'
        "[markup.highlight]\nnoClasses = false\n[related]\nthreshold = 10\n"
        '[[related.indices]]\nname = "tags"\nweight = 100\n',
        "utf-8",
    )
    single = (
        "<title>{{ .Title }}</title>{{ .TableOfContents }}{{ .Content }}"
        "{{ range first 3 (.Site.RegularPages.Related .) }}<a href={{ .RelPermalink }}>{{ .Title }}</a>{{ end }}"
    )
    (site / "layouts" / "_default" / "single.html").write_text(single, "utf-8")
    every = "{{ range .Paginator.Pages }}<a href={{ .RelPermalink }}>{{ .Title }}</a>{{ end }}"
    (site / "layouts" / "_default" / "list.html").write_text(every, "utf-8")
    for path in (content / "articles").glob("*.md"):
        text = (
            path.read_text("utf-8")
            .replace("\npublished: ", "\ndate: ", 1)
            .replace("{{<", "{ {<")
            .replace("{{%", "{ {%")
        )
        (site / "content" / "articles" / path.name).write_text(text, "utf-8")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(["hugo", "--quiet"], cwd=site, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InvalidMeasurement(f"hugo: {done.stdout[-400:]}{done.stderr[-400:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, spent


def _middle(starts: Sequence[Start], name: str) -> float:
    values: list[float] = [getattr(one, name) for one in starts]
    return median(values)


def _spread(values: Sequence[float]) -> str:
    return f"{short(median(values))} ({short(min(values))} to {short(max(values))})"


def _table(title: str, first: Sequence[Start], again: Sequence[Start]) -> Table:
    rows = []
    for number, (name, field) in enumerate(zip(_ROWS, fields(Start), strict=True)):
        scale = 1 << 20 if field.name.endswith("bytes") else 1
        columns = ([astuple(one)[number] / scale for one in starts] for starts in (first, again))
        rows.append((name, *map(_spread, columns)))
    notes = (
        f"`perspective serve`: {len(first)} starts with nothing kept, and as many after them. Median (least to most).",
        "Memory is the proportional set size of all processes, mapped index files included.",
    )
    return Table(title, ("", "first start", "restart"), tuple(rows), notes)


def _edit_table(edits: Sequence[Edit], pages: int) -> Table:
    names = ("on its page, s", "found, s", "processor time of all processes, s")
    rows = tuple((name, _spread([astuple(one)[number] for one in edits])) for number, name in enumerate(names))
    return Table(f"One word added, {pages:,} pages", ("", "after saving"), rows, ("Watching by events.",))


def _pages_table(processor_s: float, pages: int) -> Table:
    rows = (
        ("processor time of all processes, s", short(processor_s)),
        ("a page, ms", short(processor_s / pages * 1000)),
    )
    note = "One after the other, after the last restart: parsed, coloured, related articles asked for, compressed once."
    return Table(f"Every page once, {pages:,} pages", ("", "rendered"), rows, (note,))


def _hugo_table(hugo: Sequence[tuple[float, float]], pages: int) -> Table:
    rows = (
        ("wall time, s", _spread([one[0] for one in hugo])),
        ("processor time, s", _spread([one[1] for one in hugo])),
    )
    note = "Highlighting, contents and three related pages an article, by tags; in the same run."
    return Table(f"Hugo's build, {pages:,} pages", ("", "Hugo"), rows, (note,))
