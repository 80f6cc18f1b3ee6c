"""Draw the articles' curves again: each from the model of its article's own code sample, as SVG with a CSV beside it.

    python3 content/labs/plots/run.py            # writes the files
    python3 content/labs/plots/run.py --check    # exits with 1 if one of them would change

A sample is found by its title and run without its last part, which prints.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

ARTICLES = Path(__file__).resolve().parents[2] / "articles"
LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 76, 610, 44, 290, 350
#: How one curve is told from the next without colour.
STYLES = ("dg-line", "dg-dash", "dg-box", "dg-thin")

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """What an axis shows: its name with the unit, its ends and its marks."""

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    is_log: bool = False

    def place(self, value: float, start: float, end: float) -> float:
        """Where a value is, between two coordinates; values beyond the ends are drawn at them."""
        low, high, value = (math.log10(v) if self.is_log else v for v in (self.low, self.high, self._kept(value)))
        return start + (value - low) / (high - low) * (end - start)

    def _kept(self, value: float) -> float:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Curve:
    """One curve: its points, its label, and where the label stands, in the plot's coordinates."""

    points: Sequence[Point]
    label: str
    at: Point
    anchor: str = "start"


@dataclass(frozen=True)
class Plot:
    """One figure."""

    name: str
    title: str
    description: str
    x: Axis
    y: Axis
    curves: Sequence[Curve]
    #: The class by which the page's script finds a figure that can be changed.
    script: str = ""


def path(points: Iterable[Point], x: Axis, y: Axis) -> str:
    """The `d` of a curve: as the figures' scripts write it."""
    placed = ((x.place(a, LEFT, RIGHT), y.place(b, BOTTOM, TOP)) for a, b in points)
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in placed)


def text(x: float, y: float, words: str, kind: str = "dg-text", anchor: str = "start") -> str:
    """One line of text."""
    return (
        f'  <text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="15" '
        f'font-family="system-ui, sans-serif" fill="currentColor">{escape(words)}</text>'
    )


def svg(plot: Plot) -> str:
    """The plot as a diagram of the site: classes for colours, and presentation attributes that work alone."""
    x, y = plot.x, plot.y
    script = f' class="interactive-{plot.script}"' if plot.script else ""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg"{script} viewBox="0 0 640 {HEIGHT}" role="img" aria-labelledby="t d">',
        f'  <title id="t">{escape(plot.title)}</title>',
        f'  <desc id="d">{escape(plot.description)}</desc>',
        f'  <path class="dg-box" d="M{LEFT} {TOP}L{LEFT} {BOTTOM}L{RIGHT} {BOTTOM}" fill="none" stroke="currentColor"/>',
    ]
    for tick in x.ticks:
        at = x.place(tick, LEFT, RIGHT)
        lines.append(
            f'  <path class="dg-box" d="M{at:.1f} {BOTTOM}L{at:.1f} {BOTTOM + 6}" fill="none" stroke="currentColor"/>'
        )
        lines.append(text(round(at, 1), BOTTOM + 24, f"{tick:,g}", "dg-muted", "middle"))
    for tick in y.ticks:
        at = y.place(tick, BOTTOM, TOP)
        lines.append(
            f'  <path class="dg-box" d="M{LEFT - 6} {at:.1f}L{LEFT} {at:.1f}" fill="none" stroke="currentColor"/>'
        )
        lines.append(text(LEFT - 10, round(at + 5, 1), f"{tick:,g}", "dg-muted", "end"))
    lines += [text(LEFT - 10, TOP - 24, y.label, "dg-muted"), text(RIGHT, HEIGHT - 6, x.label, "dg-muted", "end")]
    for n, curve in enumerate(plot.curves):
        dashes = ' stroke-dasharray="6 5"' if STYLES[n] == "dg-dash" else ""
        lines.append(
            f'  <path class="{STYLES[n]} fg-curve" d="{path(curve.points, x, y)}" fill="none" stroke="currentColor"{dashes}/>'
        )
    lines += [
        text(*curve.at, curve.label, "dg-text", curve.anchor).replace("dg-text", "dg-text fg-label")
        for curve in plot.curves
    ]
    return "\n".join([*lines, "</svg>", ""])


def sample(article: str, *titles: str) -> dict[str, Any]:
    """The names that an article's samples define, run one after the other; what they print is thrown away."""
    source = (ARTICLES / article / "index.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for title in titles:
        found = re.search(rf'```python [^\n]*title="{re.escape(title)}"\n(.*?)```', source, re.DOTALL)
        if found is None:
            raise SystemExit(f"{article} has no sample {title}")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(found[1], names)
    return names


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


def throttling() -> tuple[Plot, str]:
    """P95 and median against the CPU limit."""
    names = sample("kubernetes-resources-kernel", "throttling.py")
    rows = []
    for limit in range(500, 2001, 100):
        ms, _, hit, periods = names["serve"](names["arrivals"], limit, 8, 5)
        rows.append((limit, ms[len(ms) // 2], ms[len(ms) * 95 // 100], round(hit / periods, 3)))
    plot = Plot(
        "throttling",
        "Latency against the CPU limit",
        "The P95 falls from 928 milliseconds at a limit of 500 millicores to 55 at 1000 and 8 at 1600, and stays there. "
        "The median falls from 192 at 500 to 5 at 800.",
        Axis("CPU limit, millicores", 500, 2000, (500, 1000, 1500, 2000)),
        Axis("latency, ms (logarithmic)", 1, 1000, (1, 10, 100, 1000), is_log=True),
        (
            Curve([(r[0], r[2]) for r in rows], "P95", (180, 90)),
            Curve([(r[0], r[1]) for r in rows], "median", (330, 226)),
        ),
        script="throttling",
    )
    return plot, table(("limit_millicores", "p50_ms", "p95_ms", "throttled_share"), rows)


def metastable() -> tuple[Plot, str]:
    """Useful answers per second after a stall, under four policies."""
    simulate = sample("resilience", "metastable.py")["simulate"]
    policies = {
        "three attempts": {"attempts": 3},
        "no retries": {"attempts": 1},
        "10 % retry budget": {"attempts": 3, "budget": 0.1},
        "expired dropped": {"attempts": 3, "drop_expired": True},
    }
    seconds = {
        name: [sum(good[i : i + 10]) for i in range(0, 600, 10)]
        for name, good in ((name, simulate(**options)) for name, options in policies.items())
    }
    places = {
        "three attempts": (608, 282),
        "no retries": (352, 190),
        "10 % retry budget": (484, 200),
        "expired dropped": (226, 140),
    }
    plot = Plot(
        "metastable",
        "Useful answers after a stall of five seconds",
        "All policies give 80 useful answers a second until the stall at second 10. With three attempts there are none for the rest "
        "of the minute. Without retries they come back at second 30, with a retry budget at second 44, and at once where the server "
        "drops expired requests.",
        Axis("time, seconds", 0, 60, (0, 10, 15, 30, 45, 60)),
        Axis("useful answers per second", 0, 100, (0, 20, 40, 60, 80, 100)),
        [
            Curve(list(enumerate(values)), name, places[name], "end" if name == "three attempts" else "start")
            for name, values in seconds.items()
        ],
        script="metastable",
    )
    rows = [(second, *(values[second] for values in seconds.values())) for second in range(60)]
    return plot, table(("second", *(name.replace(" ", "_").replace("%", "percent") for name in seconds)), rows)


def jitter() -> tuple[Plot, str]:
    """Requests answered after a failure that a thousand clients saw at once, under three kinds of backoff."""
    names = sample("resilience", "jitter.py")
    last, each = 600, names["ROUND_MS"] / 1000
    answered = {}
    for name in ("exponential", "equal_jitter", "full_jitter"):
        served, total, values = {n: min(sent, names["CAPACITY"]) for n, sent in names["simulate"](names[name])}, 0, []
        for n in range(last):
            total += served.get(n, 0)
            values.append(total)
        answered[name] = values
    plot = Plot(
        "jitter",
        "Requests answered after a thousand clients failed together",
        "With equal or full jitter all 1,000 requests are answered within 3.4 seconds. Without jitter the curve is a staircase: a hundred "
        "are answered in each wave, the waves lie further and further apart, and the last is answered after 56 seconds.",
        Axis("time, seconds", 0, 60, (0, 10, 20, 30, 40, 50, 60)),
        Axis("requests answered", 0, 1000, (0, 200, 400, 600, 800, 1000)),
        [
            Curve(corners(answered["exponential"], each), "exponential, no jitter", (366, 196)),
            Curve(corners(answered["equal_jitter"], each), "equal jitter (dashed)", (130, 62)),
            Curve(corners(answered["full_jitter"], each), "full jitter (solid)", (130, 84)),
        ],
    )
    rows = [(round(n * each, 1), *(values[n] for values in answered.values())) for n in range(last)]
    return plot, table(("second", *answered), rows)


def outage() -> tuple[Plot, str]:
    """The outage of the SPIRE server that every workload survives, against the life of an SVID."""
    fleet = sample("zero-trust-spiffe-spire", "rotation.py")["fleet"]
    rows = []
    for ttl in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24):
        worst = [min(left for _, left in fleet(ttl, ca_ttl)) for ca_ttl in (24, 6 * ttl)]
        rows.append((ttl, *(round(value, 2) for value in worst)))
    plot = Plot(
        "outage",
        "The outage of the SPIRE server that every workload survives",
        "With a CA of 24 hours the worst outage survived rises to about 2.2 hours at an SVID of 5 hours and stays there up to 24 hours. "
        "With a CA of six times the SVID's life it grows in a straight line to 13 hours.",
        Axis("life of an SVID as asked for, hours", 0, 24, (0, 4, 8, 12, 16, 20, 24)),
        Axis("worst outage survived, hours", 0, 14, (0, 2, 4, 6, 8, 10, 12, 14)),
        [
            Curve([(r[0], r[2]) for r in rows], "ca_ttl six times as long", (330, 140), "end"),
            Curve([(r[0], r[1]) for r in rows], "ca_ttl 24 h, the default", (610, 236), "end"),
        ],
    )
    return plot, table(("svid_hours", "survived_hours_ca_24", "survived_hours_ca_6_times"), rows)


def corners(values: Sequence[float], each: float) -> list[Point]:
    """The points of a staircase, without those inside a step."""
    last = len(values) - 1
    return [(n * each, v) for n, v in enumerate(values) if n in (0, last) or not values[n - 1] == v == values[n + 1]]


def knee() -> tuple[Plot, str]:
    """Response times of an M/M/1 queue."""
    rows = []
    for percent in range(97):
        mean = 10 / (1 - percent / 100)
        rows.append((percent, round(mean, 1), round(-math.log(0.05) * mean, 1), round(-math.log(0.01) * mean, 1)))
    plot = Plot(
        "knee",
        "Response time of one worker against its utilisation",
        "Mean, P95 and P99 rise slowly up to about 70 percent utilisation and steeply from 80: at 95 percent they are 200, 599 and 921 "
        "milliseconds.",
        Axis("utilisation, %", 0, 100, (0, 20, 40, 60, 80, 100)),
        Axis("response time, ms", 0, 800, (0, 200, 400, 600, 800)),
        [
            Curve([(r[0], r[3]) for r in rows], "P99", (546, 64), "end"),
            Curve([(r[0], r[2]) for r in rows], "P95", (592, 70)),
            Curve([(r[0], r[1]) for r in rows], "mean", (592, 218)),
        ],
    )
    return plot, table(("utilisation_percent", "mean_ms", "p95_ms", "p99_ms"), rows)


def hot_account() -> tuple[Plot, str]:
    """P95 of the wait for a lock, for one, four and sixteen rows."""
    waiting = sample("securepay", "hot_account.py")["waiting"]
    rows = []
    for per_second in range(40, 401, 20):
        p95 = [(waits := waiting(per_second, n))[int(len(waits) * 0.95)] for n in (1, 4, 16)]
        rows.append((per_second, *(round(value, 1) for value in p95)))
    curves = [[(r[0], r[n]) for r in rows if r[n] <= 10_000] for n in (1, 2, 3)]
    plot = Plot(
        "hot-account",
        "P95 of the wait for the lock",
        "With one row the wait passes 90 milliseconds at 180 payments a second and has no bound from 200 on. With four rows it is 11 "
        "milliseconds at 400 payments a second, with sixteen 3.",
        Axis("payments per second", 0, 400, (0, 100, 200, 300, 400)),
        Axis("P95 of the wait, ms (logarithmic)", 0.5, 10_000, (1, 10, 100, 1000, 10_000), is_log=True),
        [
            Curve(curves[0], "one row", (376, 90)),
            Curve(curves[1], "four rows", (500, 200)),
            Curve(curves[2], "sixteen rows", (500, 264)),
        ],
    )
    return plot, table(("payments_per_second", "p95_ms_1_row", "p95_ms_4_rows", "p95_ms_16_rows"), rows)


def bloat() -> tuple[Plot, str]:
    """The size of a table, as the lab `postgresql-bloat` measured it."""
    data = (ARTICLES / "postgresql-internals" / "bloat.csv").read_text(encoding="utf-8")
    rows = [[float(value) for value in line] for line in list(csv.reader(io.StringIO(data)))[1:]]
    plot = Plot(
        "bloat",
        "Size of a table of a thousand rows",
        "Without a report the table stays at 2.2 MiB over 200 rounds of updates. With a report open it grows in a straight line to 224 MiB.",
        Axis("rounds of updates", 0, 200, (0, 50, 100, 150, 200)),
        Axis("table, MiB", 0, 250, (0, 50, 100, 150, 200, 250)),
        [
            Curve([(r[0], r[2] / 1024) for r in rows], "report open", (330, 150), "end"),
            Curve([(r[0], r[1] / 1024) for r in rows], "no report", (480, 278)),
        ],
    )
    return plot, data


#: The article of each plot, and what draws it.
PLOTS: Sequence[tuple[str, Callable[[], tuple[Plot, str]]]] = (
    ("kubernetes-resources-kernel", throttling),
    ("resilience", jitter),
    ("resilience", metastable),
    ("zero-trust-spiffe-spire", outage),
    ("p95-latency", knee),
    ("securepay", hot_account),
    ("postgresql-internals", bloat),
)


def main() -> int:
    """Write every plot, or check them."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file would change")
    check = asked.parse_args().check
    changed = []
    for article, draw in PLOTS:
        plot, data = draw()
        for suffix, content in ((".svg", svg(plot)), (".csv", data)):
            file = ARTICLES / article / f"{plot.name}{suffix}"
            if not file.exists() or file.read_text(encoding="utf-8") != content:
                changed.append(file)
                if not check:
                    file.write_text(content, encoding="utf-8")
    for file in changed:
        print(f"{'would change' if check else 'wrote'} {file.parent.name}/{file.name}")
    return int(check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
