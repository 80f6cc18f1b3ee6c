"""Single bits, flipped in the index and in the store of heads: at rest, and under a running search."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.running.services import Service, running
from services.search.engine_whoosh.store.manifest import read_manifest
from tests.campaign.cases import Fault
from tests.campaign.damage import Editor, cut, empty, flip, garble
from tests.campaign.fuzz.stores import Index, check_damaged, heads_of, try_heads
from tests.campaign.torture.scene import Stage, Tried

#: What an operator is promised: right, or 503 and healed within this time.
HEALED_S = 30.0
QUESTIONS = ("outbox", '"tail latency"', "quor*", "latncy", "tags:broker", "", "lease ledger")
#: Copies of the service that are damaged side by side, for each takes up to half a minute.
SIDE_BY_SIDE = 10
#: Flips of a whole run, 400 in all, and the fewest that even a short run does under a running search.
AT_REST, HEADS, LIVE = 240, 40, 120
FEWEST_LIVE = 2

Damage = Callable[[Path], object]
#: Damage to a file under a running search that is larger than one bit.
LOSSES: tuple[Damage, ...] = (cut, empty, garble)


def run(stage: Stage) -> Iterator[Tried]:
    """Those under a running search mostly wait for it to notice: the others are tried meanwhile."""
    flips = max(FEWEST_LIVE, stage.times(LIVE))
    seeds = [stage.rng.randrange(1 << 30) for _ in range(min(SIDE_BY_SIDE, flips))]
    with ThreadPoolExecutor(1) as pool:
        live = pool.submit(_live, stage.directory, seeds, flips)
        yield _at_rest(stage, stage.times(AT_REST))
        yield _heads(stage, stage.times(HEADS))
        yield from live.result()


def _at_rest(stage: Stage, flips: int) -> Tried:
    tried, index, unreadable = Tried("flip a bit of an index at rest"), Index(stage.scratch("index")), 0

    def act() -> None:
        nonlocal unreadable
        path = stage.rng.choice(index.files())
        flip(path, stage.rng)
        unreadable += check_damaged(index, path.name)

    for _ in range(flips):
        tried.attempt(act)
    tried.figure = f"{flips - unreadable - len(tried.faults)} right, {unreadable} refused and healed, none silent"
    return tried


def _heads(stage: Stage, flips: int) -> Tried:
    tried, heads = Tried("flip a bit of the store of heads"), heads_of(stage.scratch("heads"))
    whole = heads.path.read_bytes()
    for _ in range(flips):
        tried.attempt(lambda: try_heads(heads, whole, stage.rng))
    tried.figure = "the same site each time"
    return tried


@dataclass(slots=True)
class _Watched:
    """What readers saw after one flip under a running service, until it was healed."""

    wrong_s: float = 0.0
    healed_s: float = 0.0
    was_refused: bool = False


def _live(directory: Path, seeds: Sequence[int], flips: int) -> tuple[Tried, Tried]:
    """A mapped file that changes under its reader: every answer is right, or refused.

    One service for each of ``seeds``, which share the ``flips``; then each loses a file in another way.
    """
    flipped, lost = Tried("flip a bit under a running search"), Tried("cut, empty or garble a file under it")
    seen_flipped: list[_Watched] = []
    seen_lost: list[_Watched] = []

    def damage(number: int) -> None:
        rng, share = random.Random(seeds[number]), len(range(number, flips, len(seeds)))  # noqa: S311 - repeatable
        damages: list[Damage] = [lambda path: flip(path, rng)] * share
        lines = [(flipped, seen_flipped)] * share + [(lost, seen_lost)]
        watching = _damage_each(directory / f"live-{number}", rng, [*damages, LOSSES[number % len(LOSSES)]])
        for (tried, seen), watched in zip(lines, watching, strict=True):
            tried.attempt(partial(_judge, watched))
            seen.append(watched)

    with ThreadPoolExecutor(len(seeds)) as pool:
        list(pool.map(damage, range(len(seeds))))
    flipped.figure, lost.figure = _figure(seen_flipped), _figure(seen_lost)
    return flipped, lost


def _figure(seen: Sequence[_Watched]) -> str:
    wrong, refused = sum(one.wrong_s > 0 for one in seen), sum(one.was_refused for one in seen)
    healed = max((one.healed_s for one in seen), default=0.0)
    return f"{refused} refused meanwhile, {wrong} silently wrong; healed within {healed:.0f} s"


def _judge(watched: _Watched) -> None:
    if watched.wrong_s:
        raise Fault(f"wrong answers for {watched.wrong_s:.1f} s, without a word")
    if watched.healed_s > HEALED_S:
        raise Fault(f"healed after {watched.healed_s:.1f} s, and at most {HEALED_S:.0f} s are promised")


def _damage_each(directory: Path, rng: random.Random, damages: Sequence[Damage]) -> Iterator[_Watched]:
    """Do each of ``damages`` to a file of a running service, and watch it heal. It must not end meanwhile."""
    editor = Editor(directory / "content", rng)
    editor.begin(30)
    search = Service("search", editor.content, directory, {"SEARCH_CACHE_BYTES": "0"})
    with running(search):
        search.wait(lambda: search.titles() == editor.titles, "complete")
        for damage in damages:
            right = _answers(search)
            before = _segments(search.index)
            damage(search.index / rng.choice(sorted(before)))
            yield _watch(search, right, before)
        search.check_log()


def _answers(search: Service) -> list[tuple[int, bytes]]:
    """The hits for QUESTIONS. The service keeps no answers: each is read from the files."""
    found = []
    for question in QUESTIONS:
        status, body = search.get(f"/v1/search?q={question}".replace(" ", "%20"))
        found.append((status, body.partition(b'"hits":')[2]))
    return found


def _segments(index: Path) -> set[str]:
    """The files of the newest generation. Beside them lie, for a moment, those of the one before."""
    manifest = read_manifest(index)
    assert manifest is not None, f"{index} has no generation"
    return {segment.name for segment in manifest.segments}


def _watch(search: Service, right: list[tuple[int, bytes]], before: set[str]) -> _Watched:
    """Ask until the damaged file is gone and everything is right again."""
    started, watched = time.monotonic(), _Watched()
    while True:
        answers = _answers(search)
        now = time.monotonic() - started
        watched.was_refused |= any(status != 200 for status, _ in answers)
        if any(status == 200 and body != good for (status, body), (_, good) in zip(answers, right, strict=True)):
            watched.wrong_s = now
        elif answers == right and not any((search.index / name).exists() for name in before):
            watched.healed_s = now
            return watched
        if now > 4 * HEALED_S:
            raise Fault(f"not healed after {now:.0f} s: {search.get('/readyz')[1]!r}")
        time.sleep(0.2)
