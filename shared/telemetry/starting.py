"""Whether traces are turned on, by the environment variables of OpenTelemetry (OTEL_*)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from shared.process.logger import get_logger

#: Modules of the extra ``telemetry``.
NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
#: Any of these variables turns traces on.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"

log = get_logger("telemetry")


@contextlib.contextmanager
def exporting_traces(environ: Mapping[str, str], service: str, *, is_public: bool = False) -> Iterator[None]:
    """Send the traces of this process inside the context, if ``environ`` turns them on and nothing prevents it.

    ``is_public``: clients are strangers, who may not decide how much is traced. Leaving it takes at most a second.
    """
    if not is_wanted(environ):
        yield
        return
    problem = why_not(environ)
    if problem:
        log.warning("no traces are sent", reason=problem)
        yield
        return
    from shared.telemetry.otlp import exporting  # noqa: PLC0415 - an extra

    with exporting(environ, service, is_public=is_public) as endpoint:
        log.info("traces are sent", to=endpoint)
        yield


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether ``environ`` turns traces on."""
    is_off = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"
    return not is_off and exporter != "none" and bool(_first(environ, ENDPOINTS))


def why_not(environ: Mapping[str, str]) -> str:
    """Why requested traces cannot be sent; "" if they can."""
    url = urlsplit(_first(environ, ENDPOINTS))
    if url.scheme not in {"http", "https"} or not url.hostname:
        return "OTEL_EXPORTER_OTLP_ENDPOINT takes an http or https address, such as http://127.0.0.1:4318"
    protocol = _first(environ, PROTOCOLS)
    if protocol not in {"", PROTOCOL}:
        return f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}: only {PROTOCOL} is spoken (port 4318 of most collectors)"
    for name in NEEDED:
        if not _is_installed(name):
            return f"{name} is not installed: pip install 'perspective[telemetry]'"
    return ""


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := environ.get(name, "").strip())), "")


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent package is missing
        return False
