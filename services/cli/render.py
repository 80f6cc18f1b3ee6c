"""``perspective render``: the site alone, as a container runs it."""

from __future__ import annotations

import os
import sys

import click

from services.cli.operating.preflight import check_for_render
from services.cli.options import (
    child_option,
    content_option,
    drafts_option,
    host_option,
    port_option,
    settings_from,
    start_logging,
    strict_option,
)
from services.render.app import create_app
from shared.process.child import exit_with_parent
from shared.process.loop import run_service
from shared.telemetry.starting import exporting_traces
from shared.web.access_log import access_log_class
from shared.web.serving import open_socket, serve_until_stopped
from shared.web.settings import Settings

MANAGEMENT_SETTING = "PERSPECTIVE_RENDER_MANAGEMENT_PORT"


@click.command("render")
@content_option
@host_option
@port_option("--port", "render_port", "the site")
@drafts_option
@strict_option
@child_option
def command(*, child: bool, **options: object) -> None:
    """Run the site alone: it serves pages and feeds, and queries the search service.

    Every page is served without the search service too. SIGTERM or Ctrl-C stops it.
    """
    if child:
        exit_with_parent()
    settings = settings_from(options, check_for_render)
    start_logging(settings, "render")
    run_service(lambda: _run(settings))


async def _run(settings: Settings) -> None:
    sock = open_socket(settings.host, settings.render_port, setting="PERSPECTIVE_RENDER_PORT")
    port = settings.render_management_port
    management = None if port is None else open_socket(settings.management_host, port, setting=MANAGEMENT_SETTING)
    with exporting_traces(os.environ, "render", is_public=True):
        await serve_until_stopped(
            create_app(settings),
            sock,
            name="render",
            access_log=access_log_class(settings.log_format, sys.stderr) if settings.access_log else None,
            shutdown_timeout_s=settings.shutdown_timeout_s,
            management=management,
        )
