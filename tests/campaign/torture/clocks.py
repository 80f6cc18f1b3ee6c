"""A clock that jumps while articles appear and expire: what is visible is always what the clock says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.running.services import Service
from tests.campaign.damage import SITE_TOML
from tests.campaign.torture.scene import Stage, Tried

LIBRARY = "libfaketimeMT.so.1"
#: Ahead, back, and far in both directions. The last is the true time again.
JUMPS = ("+2h", "+0", "-3d", "+400d", "-1h", "+90m", "+0")


def run(stage: Stage) -> Iterator[Tried]:
    """Real services under libfaketime, whose clock follows a file."""
    tried = Tried("a clock that jumps (libfaketime)")
    library = find_library()
    if library is None or stage.is_short:
        why = "libfaketime is not installed (apt-get install faketime)" if library is None else "it is waited for"
        tried.figure = f"not tried: {why}"
        yield tried
        return
    content, clock = _content(stage), stage.directory / "clock"
    clock.write_text("+0")
    fake = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    search = Service("search", content, stage.directory / "search", outside=fake)
    render = Service("render", content, stage.directory / "render", {"SEARCH_URL": search.address}, outside=fake)
    for service in (search, render):
        service.start()
    try:
        for jump in JUMPS[: max(2, stage.times(len(JUMPS)))]:
            clock.write_text(jump)
            tried.attempt(partial(_check, jump, render, search))
        tried.figure = f"render and search followed {', '.join(JUMPS[: tried.tried])}"
    finally:
        render.kill()
        search.kill()
    yield tried


def find_library() -> Path | None:
    """The shared library that fakes the time, or None."""
    found = sorted(Path("/usr/lib").glob(f"*/faketime/{LIBRARY}"))
    return found[0] if found and shutil.which("faketime") else None


def _content(stage: Stage) -> Path:
    """One article due in an hour, one that expires in an hour, and one of last year."""
    content = stage.scratch("content")
    (content / "articles").mkdir()
    (content / "site.toml").write_text(SITE_TOML)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    long_ago = (datetime.now(UTC) - timedelta(days=500)).isoformat(timespec="seconds")
    for name, dates in (
        ("due", f"published: {soon}"),
        ("expiring", f"published: {long_ago}\nexpires: {soon}"),
        ("old", f"published: {long_ago}"),
    ):
        (content / "articles" / f"{name}.md").write_text(f"---\ntitle: {name}\nsummary: S.\n{dates}\n---\n\nText.\n")
    return content


def _check(jump: str, render: Service, search: Service) -> None:
    is_later = {"h": 1.0, "m": 1 / 60, "d": 24.0}.get(jump[-1], 0.0) * float(jump.rstrip("hmd")) >= 1
    visible = {"old", "due" if is_later else "expiring"}
    search.wait(lambda: search.titles().keys() == visible, f"showing {visible} at {jump}")
    hidden = {"old", "due", "expiring"} - visible
    render.wait(
        lambda: all(render.status(f"/articles/{one}/") == 200 for one in visible), f"showing {visible} at {jump}"
    )
    render.wait(lambda: all(render.status(f"/articles/{one}/") == 404 for one in hidden), f"hiding {hidden} at {jump}")
