"""Preflight checks of settings that name a file, a folder or an address.

Each function yields one line for each wrong setting: its variable, its value and the reason.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from shared.web import WebError
from shared.web.settings import Settings, variable_name
from shared.web.tls import Identity


def check_for_render(settings: Settings) -> Iterator[str]:
    """Settings that keep ``perspective render`` from starting."""
    yield from _check_content(settings)
    yield from _check_tls(settings)
    yield from _check_token(settings)
    yield from _check_host(settings, "host")
    yield from _check_management(settings, "render_port", "render_management_port")


def check_for_search(settings: Settings) -> Iterator[str]:
    """Settings that keep ``perspective search`` from starting."""
    yield from _check_tls(settings)
    yield from _check_host(settings, "host")
    yield from _check_management(settings, "search_port", "search_management_port")
    if settings.search_engine == "opensearch":
        yield from _check_credentials(settings)


def check_for_serve(settings: Settings) -> Iterator[str]:
    """Settings that keep ``perspective serve`` from starting; it offers to write the content, and has no management."""
    yield from _check_tls(settings)
    yield from _check_token(settings)
    yield from _check_host(settings, "host")
    yield from _same_port(settings, "render_port", "search_port")


def _line(settings: Settings, field: str, reason: str) -> str:
    return f'{variable_name(field)}="{getattr(settings, field)}": {reason}'


def _check_content(settings: Settings) -> Iterator[str]:
    articles = settings.content_dir / "articles"
    try:
        is_there = articles.is_dir()
    except OSError as error:
        yield _line(settings, "content_dir", f"{articles} cannot be read: {error.strerror}")
        return
    if not is_there:
        yield _line(settings, "content_dir", f"there is no folder {articles}; write a site with: perspective init")


def _check_tls(settings: Settings) -> Iterator[str]:
    if settings.tls_dir is None:
        return
    try:
        Identity(settings.tls_dir, frozenset())
    except WebError as error:
        yield _line(settings, "tls_dir", str(error))


def _check_token(settings: Settings) -> Iterator[str]:
    if settings.insight_token_file is None:
        return
    from services.render.insight.token import BadToken, read_token  # noqa: PLC0415 - search runs without render

    try:
        read_token(settings.insight_token_file)
    except BadToken as error:
        yield str(error)


def _check_host(settings: Settings, field: str) -> Iterator[str]:
    try:
        socket.getaddrinfo(getattr(settings, field), 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        yield _line(settings, field, f"takes a host name or an IP address: {error.strerror or error}")


def _check_management(settings: Settings, port: str, management_port: str) -> Iterator[str]:
    if getattr(settings, management_port) is None:
        return
    yield from _check_host(settings, "management_host")
    if settings.management_host == settings.host:
        yield from _same_port(settings, port, management_port)


def _same_port(settings: Settings, one: str, other: str) -> Iterator[str]:
    if getattr(settings, one) == getattr(settings, other) != 0:
        yield _line(settings, other, f"takes another port than {variable_name(one)}")


def _check_credentials(settings: Settings) -> Iterator[str]:
    from services.search.credentials import (  # noqa: PLC0415 - render runs without search
        UnusableFile,
        load_authorities,
        read_secret,
    )

    readers: dict[str, Callable[[str, Path], object]] = {
        "opensearch_password_file": read_secret,
        "opensearch_token_file": read_secret,
        "opensearch_ca_file": load_authorities,
    }
    for field, read in readers.items():
        path: Path | None = getattr(settings, field)
        try:
            if path is not None:
                read(variable_name(field), path)
        except UnusableFile as error:
            yield str(error)
