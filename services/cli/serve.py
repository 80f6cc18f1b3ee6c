"""``perspective serve``: both services in one terminal, for an author.

A service that ends before it ever answered has an error that its author must see (a port is taken, an article is
invalid): both stop, with its status. One that ends later is restarted, and the other goes on without it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import click
from yarl import URL

from services.cli.operating.preflight import check_for_serve
from services.cli.operating.terminal import author_line
from services.cli.options import (
    content_option,
    drafts_option,
    host_option,
    index_option,
    port_option,
    settings_from,
    strict_option,
)
from services.cli.output import echo
from services.cli.writing.init import start_site
from services.cli.writing.starter import has_site
from shared.process.child import Child, Ended, child_environ, python_command
from shared.process.logger import get_logger
from shared.process.logs import configure_logging, has_colors, is_console
from shared.process.loop import PARENT_MARGIN_S, run_loop, run_until_stopped
from shared.web.serving import open_socket
from shared.web.settings import Settings, local_address
from shared.web.tls import TRUST_DOMAIN

#: Seconds between two readiness probes of a starting service.
ASK_S = 0.1

log = get_logger("serve")


@dataclass(frozen=True, slots=True)
class Service:
    """One of the two services: its name, its address, and the colour of its name."""

    name: str
    module: str
    host: str
    port: int
    color: str
    #: The path that returns 200 as soon as the service works; search may still be building its index. Empty if this
    #: program cannot ask, because the service speaks mutual TLS: then it is up when it listens.
    probe: str
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Its address on this machine."""
        return local_address(self.host, self.port)


@click.command("serve")
@content_option
@index_option
@host_option
@port_option("--port", "render_port", "the site")
@port_option("--search-port", "search_port", "the search service")
@drafts_option
@strict_option
@click.option("--reload/--no-reload", "live_reload", default=True, help="Reload open pages when content changes.")
def command(**options: object) -> int:
    """Run the site and its search on this machine until Ctrl-C.

    Saved changes appear on the site and in search within two seconds, and open pages reload.
    """
    settings = settings_from(options, check_for_serve)
    offer_site(settings.content_dir)
    settings = settings.model_copy(
        update={
            "search_url": None,
            # Both have one directory, so one certificate.
            "tls_peers": settings.tls_peers or f"{TRUST_DOMAIN}/render,{TRUST_DOMAIN}/search",
            # Both probes are for this command alone.
            "render_management_port": None,
            "search_management_port": None,
            "render_port": free_port(settings.host, settings.render_port, "PERSPECTIVE_RENDER_PORT"),
            "search_port": free_port(settings.host, settings.search_port, "PERSPECTIVE_SEARCH_PORT"),
        }
    )
    return run_loop(lambda: Both(settings, os.environ).run())


def offer_site(content_dir: Path) -> None:
    """Offer to write a site if there is none; without a terminal, the error explains how."""
    if has_site(content_dir):
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        here = "perspective init" if content_dir == Path("content") else f"perspective init {content_dir.parent}"
        raise click.ClickException(f"{content_dir}: there is no site here; write one with: {here}")
    click.confirm(f"There is no site in {content_dir}. Write a small one to begin with?", default=True, abort=True)
    start_site(content_dir, {}, is_asking=True)


def free_port(host: str, port: int, setting: str) -> int:
    """``port`` if it is free (0: a free one). Raises AddressInUse, before anything is started."""
    with open_socket(host, port, setting=setting) as sock:
        number: int = sock.getsockname()[1]
    return number


#: Settings for services that run alone.
_NOT_PASSED_ON = frozenset(
    {"PERSPECTIVE_SEARCH_URL", "PERSPECTIVE_RENDER_MANAGEMENT_PORT", "PERSPECTIVE_SEARCH_MANAGEMENT_PORT"}
)


class Both:
    """The two services as children of this process."""

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self._for_person = is_console(settings.log_format, sys.stdout)
        # Render logs each request for programs; an author needs only problems and news. Requests from render to search
        # are logged only at DEBUG.
        quiet = {} if settings.log_level == "debug" else {"PERSPECTIVE_ACCESS_LOG": "false"}
        for_render = quiet if self._for_person else {}
        search_probe = "" if settings.tls_dir else "/healthz"
        self.services = (
            Service("render", "services.render", settings.host, settings.render_port, "cyan", "/readyz", for_render),
            Service("search", "services.search", settings.host, settings.search_port, "magenta", search_probe, quiet),
        )
        self._stop_s = settings.shutdown_timeout_s + PARENT_MARGIN_S
        self._in_color = has_colors(sys.stdout, environ)
        self._log_level = settings.log_level
        given = {name: value for name, value in environ.items() if name not in _NOT_PASSED_ON}
        changes = {**settings.to_environ(), "PERSPECTIVE_LOG_FORMAT": "json"}
        if self._in_color:
            changes["FORCE_COLOR"] = "1"
        self._environ = child_environ(given, **changes)
        self._stop = asyncio.Event()
        self._is_up = False
        self._status = 0

    async def run(self) -> int:
        """Run both until Ctrl-C, SIGTERM, or one that cannot start; return the exit status.

        Raises BrokenPipeError when nothing takes their output any more.
        """
        configure_logging(self._log_level, "json", sys.stdout, service="serve")
        runs = [self._child(service).run(stop_s=self._stop_s) for service in self.services]
        await run_until_stopped([*runs, self._announce()], self._stop)
        return self._status

    def _child(self, service: Service) -> Child:
        return Child(
            python_command(service.module, "--child"),
            {**self._environ, **service.environ},
            on_line=lambda line: self._print(service, line.decode("utf-8", "replace").rstrip("\n")),
            on_end=lambda ended: self._ended(service, ended),
            with_errors=True,
        )

    def _ended(self, service: Service, ended: Ended) -> bool:
        if self._is_up:
            self._say_again(service, ended)
            return True
        self._status = ended.code if ended.code > 0 else 1
        self._stop.set()
        return False

    def _say_again(self, service: Service, ended: Ended) -> None:
        """Report that a service ended and will restart: as an event if events are written for programs."""
        if self._for_person:
            self._print(service, f"{service.name} {ended.describe()}; restarting in {ended.pause_s:g} s")
        else:
            log.error("service ended", ended=service.name, how=ended.describe(), pause_s=ended.pause_s)

    def _print(self, service: Service, line: str) -> None:
        """Print what a service wrote: for a person, if it is news."""
        if not self._for_person:
            echo(line)
            return
        shown = author_line(line, shows_all=self._log_level == "debug")
        if shown is None:
            return
        name = click.style(service.name, fg=service.color) if self._in_color else service.name
        click.echo(f"{name} │ {shown}", color=self._in_color)

    async def _announce(self) -> None:
        """Print the address of the site as soon as both services answer."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session:
            for service in self.services:
                while not await answers(session, service):  # noqa: ASYNC110 - another process sets no event here
                    await asyncio.sleep(ASK_S)
        self._is_up = True
        site, search = self.services
        if self._for_person:
            click.echo(f"\n  The site is at {site.address}/ and its search at {search.address}/. Ctrl-C stops both.\n")
        else:
            log.info("both services answer", site=site.address, search=search.address)


async def answers(session: aiohttp.ClientSession, service: Service) -> bool:
    """Whether ``service`` answers its probe."""
    if not service.probe:
        return await _listens(URL(service.address))
    try:
        async with session.get(f"{service.address}{service.probe}") as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _listens(address: URL) -> bool:
    try:
        _, writer = await asyncio.open_connection(address.host, address.port)
    except OSError:
        return False
    writer.close()
    return True
