"""The interactive figures compute what their articles' samples compute, and their drawings are the first state."""

from __future__ import annotations

import atexit
import contextlib
import io
import itertools
import json
import random
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rjsmin import jsmin

import services.render

ARTICLES = Path(__file__).parents[2] / "content" / "articles"
FIGURES = Path(services.render.__file__).parent / "pages" / "static" / "figures"
#: A figure's script is a few kB: what a reader fetches for it, before compression.
MAX_BYTES = 4_096
SCRIPTS = {
    "buckets": "p95-latency/buckets.svg",
    "metastable": "resilience/metastable.svg",
    "rotation": "zero-trust-spiffe-spire/rotation.svg",
    "saga": "securepay-architecture/saga.svg",
    "throttling": "kubernetes-resources-kernel/throttling.svg",
    "versions": "postgresql-internals/versions.svg",
}

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="figures: node is not installed")


def sample(article: str, *titles: str) -> dict[str, Any]:
    """The names that an article's samples define."""
    source = (ARTICLES / article / "index.md").read_text("utf-8")
    names: dict[str, Any] = {}
    for title in titles:
        found = re.search(rf'```python [^\n]*title="{re.escape(title)}"\n(.*?)```', source, re.DOTALL)
        assert found, f"{article} has no sample {title}"
        with contextlib.redirect_stdout(io.StringIO()):
            exec(found[1], names)  # noqa: S102 - the site's own sample
    return names


@cache
def served() -> Path:
    """The figures' scripts as readers get them: minified, which breaks nested templates in silence."""
    folder = Path(tempfile.mkdtemp(prefix="figures-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for script in FIGURES.glob("*.js"):
        (folder / script.name).write_text(str(jsmin(script.read_text("utf-8"))), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    return folder


def computed(module: str, expression: str) -> Any:
    """What an expression over a figure's module is, as JSON; ``m`` is the module."""
    address = json.dumps((served() / module).as_uri())
    code = f"import * as m from {address};process.stdout.write(JSON.stringify({expression}))"
    ended = subprocess.run(
        ["node", "--input-type=module", "-e", code], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(ended.stdout)


def drawing(name: str) -> str:
    return (ARTICLES / SCRIPTS[name]).read_text("utf-8")


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_figure_has_a_small_script_and_a_drawing_that_stands_alone(name: str) -> None:
    assert (FIGURES / f"{name}.js").stat().st_size <= MAX_BYTES
    assert f'class="interactive-{name}"' in drawing(name)
    assert "<title" in drawing(name)
    assert "<desc" in drawing(name)
    assert f'import("./{name}.js")' in (FIGURES / "show.js").read_text("utf-8")


def test_every_drawing_that_asks_for_a_script_has_one() -> None:
    asked = (re.search(r"interactive-([a-z-]+)", path.read_text("utf-8")) for path in ARTICLES.glob("*/*.svg"))
    assert {found[1] for found in asked if found} == SCRIPTS.keys()


@needs_node
@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_random_numbers_are_those_of_python(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a simulation
    numbers = [rng.random() for _ in range(700)] + [rng.expovariate(0.1), rng.uniform(0.9, 1.1)]
    drawn = "[...Array(700).keys()].map(() => r.random()).concat(r.expovariate(0.1), r.uniform(0.9, 1.1))"
    expression = f"(r => {drawn})(new m.PythonRandom({seed}))"
    assert computed("random.js", expression) == pytest.approx(numbers, rel=1e-12)


@needs_node
@pytest.mark.parametrize(("threads", "work"), [(8, 5), (1, 10), (16, 2)])
def test_throttled_latencies_are_those_of_the_sample(threads: int, work: int) -> None:
    names = sample("kubernetes-resources-kernel", "throttling.py")
    assert computed("throttling.js", "m.arrivals()") == names["arrivals"]
    for limit in (500, 1000, 2000):
        expected = names["serve"](names["arrivals"], limit, threads, work)[0]
        assert computed("throttling.js", f"m.serve(m.arrivals(), {limit}, {threads}, {work})") == expected


@needs_node
def test_useful_answers_are_those_of_the_sample() -> None:
    simulate = sample("resilience", "metastable.py")["simulate"]
    for attempts, budget, drop in itertools.product((1, 3, 5), (None, 0.1), (False, True)):
        options = json.dumps({"attempts": attempts, "budget": budget, "dropExpired": drop})
        expected = simulate(attempts=attempts, budget=budget, drop_expired=drop)
        assert computed("metastable.js", f"m.simulate({options})") == expected, options


@needs_node
@pytest.mark.parametrize("q", [0.5, 0.9, 0.95, 0.99])
def test_estimated_percentiles_are_those_of_the_sample(q: float) -> None:
    names = sample("p95-latency", "one_distribution.py", "four_answers.py", "two_pods.py", "histogram_quantile.py")
    for bounds in ([50, 100, 250, 500], [50, 100, 120, 500], names["DEFAULT"]):
        cumulative = [min(max((b - 90) / 30, 0), 1) for b in bounds] + [1]
        expected = names["histogram_quantile"](q, bounds, cumulative)
        assert computed("buckets.js", f"m.estimate({q}, {bounds})") == pytest.approx(expected)


@needs_node
@pytest.mark.parametrize(
    ("ttl", "ca_ttl", "target"), [(1, 24, None), (0.25, 24, None), (24, 24, None), (48, 288, 36), (24, 144, 24)]
)
def test_a_fleet_of_svids_is_that_of_the_sample(ttl: float, ca_ttl: int, target: int | None) -> None:
    fleet = sample("zero-trust-spiffe-spire", "rotation.py")["fleet"](ttl, ca_ttl, target)
    found = computed("rotation.js", f"m.fleet({ttl}, {ca_ttl}, {target or 0})")
    assert len(found) == len(fleet)
    assert [left for _, left in found] == pytest.approx([left for _, left in fleet])


@needs_node
def test_every_fault_of_the_saga_ends_as_in_the_sample() -> None:
    names = sample("securepay-architecture", "saga.py")
    faults = {"crash": names["Crash"], "timeout": names["Timeout"]}
    asked, expected = [], []
    for rejects, (fault, kind), dedupe, final in itertools.product(
        names["REJECTS"], faults.items(), (True, False), (True, False)
    ):
        for at in range(names["play"](rejects, None, 0)[2] + 1):
            asked.append({"rejects": rejects, "fault": fault, "at": at, "deduplicate": dedupe, "pivotIsFinal": final})
            outcome, state, _ = names["play"](rejects, kind, at, dedupe, final)
            expected.append([outcome, state, state == names["EXPECTED"][outcome]])
    expression = f"{json.dumps(asked)}.map(m.play).map(e => [e.outcome, e.state, m.isRight(e)])"
    assert computed("saga.js", expression) == expected


@needs_node
def test_the_readers_see_what_the_sample_prints() -> None:
    source = (ARTICLES / "postgresql-internals" / "index.md").read_text("utf-8")
    printed = re.findall(r"^(?:before|running|after) +\['(\w+)'\] \['(\w+)'\]$", source, re.MULTILINE)
    assert computed("versions.js", "m.replay().map(s => [s.each, s.whole])") == [list(pair) for pair in printed]


@needs_node
@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("throttling", "m.drawn(8, 5)"),
        ("metastable", "[m.drawn({attempts: 3}), m.drawn({attempts: 1}), m.drawn({attempts: 3, budget: 0.1})]"),
        ("buckets", "[m.outline([50, 100, 250])]"),
    ],
)
def test_the_drawing_shows_what_the_script_draws_first(name: str, expression: str) -> None:
    for curve in computed(f"{name}.js", expression):
        assert f'd="{curve}"' in drawing(name)
