"""More clients than there is capacity: everybody else is served, and nobody gets a fault."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.cases.operating.overload import CLIENTS, KINDS, Overload, overload, services
from benchmarks.measuring.figures import percentile
from benchmarks.running.services import Service, running
from tests.campaign.damage import Editor
from tests.campaign.torture.scene import Stage, Tried


def run(stage: Stage) -> Iterator[Tried]:
    """Clients who ask for what no cache has: results, and pages that do not exist."""
    editor = Editor(stage.scratch("content"), stage.rng)
    editor.begin(max(50, stage.times(1000)))
    search, render = services(editor.content, stage.directory)
    with running(search, render):
        search.wait(lambda: search.titles() == editor.titles, "complete")
        for kind in KINDS:
            yield _overload(stage, search, render, kind)
        after = Tried("a search after the overload")
        for service in (render, search):
            after.attempt(service.check_log)
        after.attempt(lambda: render.wait(lambda: render.status("/?q=after") == 200, "serving after the overload"))
        yield after


def _overload(stage: Stage, search: Service, render: Service, kind: str) -> Tried:
    clients = max(50, stage.times(CLIENTS))
    seconds = max(2.0, 20.0 * stage.scale)
    found = overload(search, render, kind, "/articles/article-1/", clients=clients, seconds=seconds)
    tried = Tried(f"{clients} clients ask for {kind} that no cache has", found.answers.count)
    if found.unexpected:
        tried.faults.append(f"{dict(found.answers.statuses)} {dict(found.answers.reasons)}")
    tried.figure = _figure(found)
    return tried


def _figure(found: Overload) -> str:
    times = ", ".join(
        f"{name} {percentile(found.healthz, share) * 1000:.0f}"
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    )
    own, page = (percentile(one, 0.95) * 1000 for one in (found.own, found.page))
    return (
        f"{found.refused:,} refused, 0 faults; /healthz {times} ms, on the service's port p95 {own:.0f} ms, "
        f"a page p95 {page:.0f} ms"
    )
