"""All kinds for a time, each with its share of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from benchmarks.measuring.report import Bar, Report, Table, Verdict
from benchmarks.running.services import Service, running
from tests.campaign.cases import Kind, Tally, run_kind
from tests.campaign.fuzz import content, stores, web
from tests.campaign.fuzz.judging import References, learn

#: The share of the time that each kind gets: most go through both services.
SHARES = {
    "requests": 4.0, "paths": 4.0, "headers": 4.0, "queries": 6.0, "markdown": 3.0, "pictures": 2.0, "index-files": 3.0,
    "heads": 0.3,
}  # fmt: skip
#: The kinds that need the services.
WEB = frozenset({"requests", "paths", "headers", "queries"})
RENDER_PATHS = (
    "/", "/articles/every-feature/", "/articles/every-feature/photo.png", "/articles/every-feature/box.svg",
    "/articles/second-part/", "/tags/", "/archive/", "/feed.xml", "/rss.xml", "/feed.json", "/sitemap.xml",
    "/robots.txt", "/llms.txt", "/opensearch.xml", "/articles/second-part.md", "/about/", "/favicon.ico",
)  # fmt: skip
SEARCH_PATHS = (
    "/v1/search?q=the",
    "/v1/search?q=outbox&explain=1",
    "/v1/suggest?q=t",
    "/v1/search?q=",
    "/openapi.json",
)
FIXTURE = stores.FIXTURE


class Fuzzing:
    """The services, the kinds, and their results so far."""

    def __init__(self, directory: Path, seed: int, names: Sequence[str]) -> None:
        self._directory = directory
        self._seed = seed
        self._names = names

    def run(self, seconds: float, cases: Sequence[int] | None = None) -> Iterator[Tally]:
        """Run each kind for its share of ``seconds``, or just its ``cases``, however long they take.

        A traceback in a log is a fault of the kind that ran.
        """
        with ExitStack() as stack:
            kinds = [kind for kind in self._kinds(stack) if not self._names or kind.name in self._names]
            total = sum(SHARES.get(kind.name, 1) for kind in kinds)
            for kind in kinds:
                if cases is not None:
                    yield run_kind(kind, self._seed, cases)
                    continue
                share = SHARES.get(kind.name, 1) / total
                yield run_kind(kind, self._seed, count(), seconds=seconds * share)

    def _kinds(self, stack: ExitStack) -> list[Kind]:
        found = [*content.kinds(self._scratch("pictures")), *stores.kinds(self._scratch("stores"))]
        if not self._names or WEB.intersection(self._names):
            return [*self._web_kinds(stack), *found]
        return found

    def _web_kinds(self, stack: ExitStack) -> tuple[Kind, ...]:
        site = Path(shutil.copytree(FIXTURE, self._directory / "site"))
        search = Service("search", site, self._directory / "search")
        render = Service("render", site, self._directory / "render", {"SEARCH_URL": search.address})
        stack.callback(render.check_log)
        stack.callback(search.check_log)
        stack.enter_context(running(search))
        stack.enter_context(running(render))
        known: dict[int, References] = {
            render.port: learn(render, RENDER_PATHS),
            search.port: learn(search, SEARCH_PATHS),
        }
        return web.kinds(render, search, known)

    def _scratch(self, name: str) -> Path:
        directory = self._directory / name
        directory.mkdir(parents=True)
        return directory


def report(tallies: Sequence[Tally], seed: int) -> Report:
    """The table at the end, and the bars that a whole run is held to."""
    rows = tuple(
        (
            one.kind.name,
            f"{one.cases:,}",
            f"{one.requests:,}" if one.requests else "",
            str(len(one.faults)),
            f"{one.slowest_s * 1000:,.0f}",
            one.kind.about,
        )
        for one in tallies
    )
    requests, faults = sum(one.requests for one in tallies), sum(len(one.faults) for one in tallies)
    table = Table(
        f"Fuzz, seed {seed}",
        ("kind", "cases", "requests", "faults", "slowest ms", "what is checked"),
        rows,
        (f"{requests:,} requests; each answer below 500 and, at a known address, the body that the address has.",),
    )
    return Report((table,), (Verdict("Faults of fuzzing", faults, Bar(0, unit="faults")),))


def new_seed() -> int:
    """A seed that was not tried before."""
    return random.SystemRandom().randrange(1 << 32)
