"""An article page on one core at 32 connections, beside nginx with the same bytes and a bare aiohttp handler."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import InvalidMeasurement, ToolMissing
from benchmarks.cases import Workbench
from benchmarks.corpus import Corpus
from benchmarks.measuring.figures import median, median_ratio
from benchmarks.measuring.machine import available_cores
from benchmarks.measuring.report import Bar, Report, Table, Verdict, short
from benchmarks.measuring.rounds import one_core
from benchmarks.running.processes import Server, fetch, free_port, python_module, serving

OURS, LOGGED, NGINX, BARE = "render", "render, with its access log", "nginx, a static file", "aiohttp, one bare handler"
#: The size of the page that is asked for, as near as the corpus has one: a usual article.
PAGE_BYTES = 24_000
CONNECTIONS = 32
PREPARED_S = 120
NGINX_BAR, BARE_BAR = 0.25, 0.75

_NGINX = """\
daemon off;
worker_processes 1;
error_log stderr crit;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=100;
    types {{ text/html html; }}
    default_type text/html;
    client_body_temp_path {folder}/t1;
    proxy_temp_path {folder}/t2;
    fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4;
    scgi_temp_path {folder}/t5;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
    }}
}}
"""


def run(bench: Workbench) -> Report:
    """One page of the small corpus."""
    nginx, wrk = _program("nginx"), _program("wrk")
    corpus = bench.corpus("small")
    core, load_core = available_cores()[0], available_cores()[-1]
    seconds = 1 if bench.is_quick else 3
    with ExitStack() as stack, bench.scratch() as scratch:
        servers = {OURS: stack.enter_context(_render(corpus, core, has_log=False))}
        servers[LOGGED] = stack.enter_context(_render(corpus, core, has_log=True))
        path, body = page_of(corpus, servers[OURS].port)
        servers[NGINX] = stack.enter_context(_nginx(nginx, Path(scratch), path, body, core))
        servers[BARE] = stack.enter_context(_bare(Path(scratch), body, core))
        for name, server in servers.items():
            if fetch(server.port, path) != (200, body):
                raise InvalidMeasurement(f"{name} does not answer {path} with the same bytes")
        rates: dict[str, list[float]] = {name: [] for name in servers}
        tails: dict[str, list[float]] = {name: [] for name in servers}
        for number in range(-1, max(bench.rounds // 3, 2)):  # one round of warm-up
            bench.tell(f"an article page, round {number + 1}")
            for name, server in servers.items():
                rate, tail = _wrk(wrk, server.port, path, load_core, seconds)
                if number >= 0:
                    rates[name].append(rate)
                    tails[name].append(tail)
    return _report(rates, tails, len(body))


def _report(rates: dict[str, list[float]], tails: dict[str, list[float]], size: int) -> Report:
    rows = tuple(
        (
            name,
            short(median(found)),
            short(median(tails[name])),
            short(median_ratio(found, rates[NGINX])),
            short(median_ratio(found, rates[BARE])),
        )
        for name, found in rates.items()
    )
    notes = (
        (
            f"The same {size:,} bytes from all, uncompressed; {CONNECTIONS} connections of wrk, kept alive, "
            f"on another core; {len(rates[OURS])} rounds after one of warm-up, medians."
        ),
        "Each server has one core: nginx one worker, the others one process on uvloop. No access logs unless said.",
        "All pages are prepared before the first request, as they are some seconds after a start.",
    )
    table = Table(
        "An article page, 32 connections, one core",
        ("", "requests/s", "p99 ms", "÷ nginx", "÷ bare handler"),
        rows,
        notes,
    )
    return Report(
        (table,),
        (
            Verdict(
                "Article page, throughput", median_ratio(rates[OURS], rates[NGINX]), Bar(NGINX_BAR, "at least", "nginx")
            ),
            Verdict(
                "Article page, throughput",
                median_ratio(rates[OURS], rates[BARE]),
                Bar(BARE_BAR, "at least", "bare aiohttp"),
            ),
        ),
    )


def _program(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise ToolMissing(f"{name} is not installed (Debian: apt-get install {name}); the article page is not measured")
    return path


@contextmanager
def _render(corpus: Corpus, core: int, *, has_log: bool) -> Iterator[Server]:
    """The site over the corpus, without a search service, which no article page needs."""
    port = free_port()
    environ = {
        "PERSPECTIVE_CONTENT_DIR": str(corpus.content_dir),
        "PERSPECTIVE_RENDER_PORT": str(port),
        "PERSPECTIVE_SEARCH_URL": f"http://127.0.0.1:{free_port()}",
        "PERSPECTIVE_WATCH": "off",
        "PERSPECTIVE_ACCESS_LOG": "true" if has_log else "false",
    }
    command = python_module("services", "render")
    # While the site is read, the service is alive and has no page yet.
    with serving(command, port=port, first="/readyz", core=core, environ=environ) as server:
        await_prepared(server.port)
        yield server


def await_prepared(port: int) -> None:
    """Wait until every body is parsed and no more answers are kept: both happen in the background, on the one core."""
    before: list[float] = []
    deadline = time.monotonic() + PREPARED_S
    while time.monotonic() < deadline:
        metrics = fetch(port, "/metrics")[1]
        articles, bodies, *kept = (
            _gauge(metrics, name) for name in ("articles", "verified_bodies", "prepared_pages", "prepared_bytes")
        )
        if bodies >= articles and kept == before:
            return
        before = kept
        time.sleep(1.0)
    raise InvalidMeasurement(f"render still works in the background after {PREPARED_S} s")


def _gauge(metrics: bytes, name: str) -> float:
    found = re.search(rb"^perspective_%b (\S+)$" % name.encode(), metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


def page_of(corpus: Corpus, port: int) -> tuple[str, bytes]:
    """The page whose size is nearest to PAGE_BYTES, of those whose article is about as long."""
    by_size = sorted(corpus.articles, key=lambda article: abs(len(article.body.html) - PAGE_BYTES * 0.6))[:40]
    found = [(article.url, fetch(port, article.url)) for article in by_size]
    if any(status != 200 for _, (status, _) in found):
        raise InvalidMeasurement("render does not answer for every article of the corpus")
    path, (_, body) = min(found, key=lambda one: abs(len(one[1][1]) - PAGE_BYTES))
    return path, body


@contextmanager
def _nginx(program: str, scratch: Path, path: str, body: bytes, core: int) -> Iterator[Server]:
    folder, port = scratch / "nginx", free_port()
    page = folder / "www" / path.strip("/") / "index.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(body)
    # As root it would give up its rights, and with them the way into this user's directory.
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port, user=user), encoding="utf-8")
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with serving(command, port=port, first=path, core=core) as server:
        yield server


@contextmanager
def _bare(scratch: Path, body: bytes, core: int) -> Iterator[Server]:
    port, file = free_port(), scratch / "body"
    file.write_bytes(body)
    command = python_module("benchmarks.servers.bare", str(file), str(port))
    with serving(command, port=port, first="/", core=core) as server:
        yield server


def _wrk(program: str, port: int, path: str, core: int, seconds: int) -> tuple[float, float]:
    """Requests per second and the 99th percentile in milliseconds of one run."""
    command: Sequence[str] = [
        *(program, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"),
        f"http://127.0.0.1:{port}{path}",
    ]
    with one_core(core):
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate, tail = re.search(r"Requests/sec: +([\d.]+)", told), re.search(r"99% +([\d.]+)(us|ms|s)", told)
    if rate is None or tail is None or "Non-2xx" in told or "Socket errors" in told:
        raise InvalidMeasurement(f"wrk tells of errors:\n{told}")
    return float(rate[1]), float(tail[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]]
