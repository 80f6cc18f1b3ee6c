"""Replicas of either service restarted in turn, behind the proxies of ``deploy/``, under load: no request is lost."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.running.processes import ROOT, fetch, free_port
from benchmarks.running.services import Service, running
from benchmarks.traffic.clients import LOST, Work, asking
from tests.campaign.cases import Fault
from tests.campaign.damage import Editor
from tests.campaign.torture.scene import Stage, Tried

CLIENTS = 16
REQUESTS = 20_000
#: How long a proxy may take to notice that a replica is back: its own health check, and some.
NOTICED_S = 3.0
#: A small run spreads its requests over this time, so that replicas restart among them.
SPREAD_S = 10.0
PATHS = {
    # Without /api/search: it answers 503 where a search takes half a second, which is no matter of restarts.
    "render": ("/", "/articles/article-1/", "/tags/", "/?q=outbox", "/feed.xml", "/sitemap.xml"),
    "search": ("/v1/search?q=outbox", "/v1/search?q=word{n}", "/v1/suggest?q=re", "/v1/related/article-1"),
}


def run(stage: Stage) -> Iterator[Tried]:
    """Both services behind both proxies."""
    editor = Editor(stage.scratch("content"), stage.rng)
    editor.begin(50)
    search = [Service("search", editor.content, stage.directory / f"search-{number}") for number in range(2)]
    settings = {"SEARCH_URL": search[0].address}
    render = [Service("render", editor.content, stage.directory / f"render-{number}", settings) for number in range(2)]
    with running(*search, *render):
        for replicas in (render, search):
            yield _same_answers(replicas)
            proxies = ("nginx" if replicas is search else "caddy",) if stage.is_short else ("caddy", "nginx")
            for proxy in proxies:
                yield _roll(stage, proxy, replicas)


def _same_answers(replicas: list[Service]) -> Tried:
    """Two replicas give the same bytes and entity tags."""
    name = replicas[0].name
    tried = Tried(f"ask two replicas of {name} for the same")
    for pattern in PATHS[name]:
        for number in range(5):
            path = pattern.replace("{n}", str(number))
            tried.attempt(partial(compare, path, *replicas))
    tried.figure = "the same bytes and the same ETag"
    return tried


def compare(path: str, one: Service, other: Service) -> None:
    """Raise Fault where two replicas answer differently, the time that a search took aside."""
    first, second = (_answer(service.port, path) for service in (one, other))
    if first != second:
        raise Fault(f"{path}: two replicas answer {first!r} and {second!r}"[:1000])


def _answer(port: int, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = re.sub(rb'"took_ms":[^,]+', b"", response.read())
        return response.status, response.headers["ETag"] or "", body
    finally:
        connection.close()


def _roll(stage: Stage, proxy: str, replicas: list[Service]) -> Tried:
    name, requests = replicas[0].name, max(500, stage.times(REQUESTS))
    tried = Tried(f"restart two replicas of {name} in turn behind {proxy}")
    program = shutil.which(proxy, path="/usr/bin:/usr/sbin:/usr/local/bin")
    if program is None:
        tried.figure = f"not tried: {proxy} is not installed (apt-get install {proxy})"
        return tried
    port = free_port()
    work = Work(port, PATHS[name], CLIENTS, requests=requests, rate=None if stage.scale >= 1 else requests / SPREAD_S)
    restarts, make = 0, {"caddy": caddy, "nginx": nginx}[proxy]
    with (
        make(program, stage.directory / f"{proxy}-{name}", port, [one.port for one in replicas]),
        asking(work) as asked,
    ):
        while not asked.done() or restarts < 2:
            replica = replicas[restarts % 2]
            tried.attempt(partial(_restart, replica))
            restarts += 1
            time.sleep(NOTICED_S)
        answers = asked.result()
    lost = answers.count - answers.statuses[200]
    if lost:
        tried.faults.append(f"{lost} lost: {dict(answers.statuses)} {answers.reasons.most_common(3)}")
    tried.tried = answers.count
    tried.figure = (
        f"{restarts} restarts, {lost} of {answers.count:,} requests lost ({answers.statuses[LOST]} without any answer)"
    )
    return tried


def _restart(replica: Service) -> None:
    if code := replica.stop():
        raise Fault(f"{replica.name} ended with {code} on SIGTERM")
    replica.start()
    replica.wait_ready()


@contextmanager
def caddy(program: str, directory: Path, port: int, upstreams: list[int]) -> Iterator[None]:
    """Caddy with ``deploy/caddy/Caddyfile`` as it is."""
    directory.mkdir(parents=True)
    environ = {
        **os.environ,
        "SITE": f"http://:{port}",
        "UPSTREAMS": " ".join(f"127.0.0.1:{one}" for one in upstreams),
        "HOME": str(directory),
        "XDG_DATA_HOME": str(directory),
        "XDG_CONFIG_HOME": str(directory),
    }
    config = directory / "Caddyfile"
    config.write_text("{\n\tadmin off\n}\n" + (ROOT / "deploy" / "caddy" / "Caddyfile").read_text())
    with _proxy([program, "run", "--adapter", "caddyfile", "--config", str(config)], directory, port, environ):
        yield


@contextmanager
def nginx(program: str, directory: Path, port: int, upstreams: list[int]) -> Iterator[None]:
    """Run nginx with the upstreams and locations of ``deploy/nginx/perspective.conf``, without TLS."""
    directory.mkdir(parents=True)
    sample = (ROOT / "deploy" / "nginx" / "perspective.conf").read_text()
    site = sample.replace("127.0.0.1:8080", f"127.0.0.1:{upstreams[0]}")
    site = site.replace("# server 127.0.0.1:8090", f"server 127.0.0.1:{upstreams[1]}")
    upstream = site[: site.index("server {")]
    server = site[site.rindex("server {") :]
    server = re.sub(r" *(?:listen|http2|ssl_\w+) .*;\n", "", server).replace(
        "server {", f"server {{\n    listen 127.0.0.1:{port};", 1
    )
    paths = "".join(
        f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = directory / "nginx.conf"
    config.write_text(
        f"daemon off; pid {directory}/pid; error_log stderr; events {{ worker_connections 512; }}\n"
        f"http {{ access_log off; {paths}\n{upstream}{server} }}\n"
    )
    with _proxy([program, "-e", "stderr", "-c", str(config)], directory, port, dict(os.environ)):
        yield


@contextmanager
def _proxy(command: list[str], directory: Path, port: int, environ: dict[str, str]) -> Iterator[None]:
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Fault(f"{command[0]} does not start: {(directory / 'log').read_text()[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return fetch(port, "/healthz", timeout_s=5)[0] == 200
    except OSError:
        return False
