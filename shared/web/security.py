"""The security headers of every answer.

A page loads nothing from other origins, runs nothing inline, and cannot be framed or read by another site.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web
from multidict import CIMultiDict

SERVER = "perspective"
#: The headers of an application, for answers without a handler.
HEADERS: web.AppKey[Mapping[str, str]] = web.AppKey("headers")
#: One year.
HSTS_MAX_AGE_S = 31_536_000

#: Pages: their own scripts, styles, pictures, fonts, and requests and forms to the site itself.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
#: For data: a browser that opens it as a page runs and loads nothing.
DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#: Headers that only affect documents: on data they would waste bytes.
_DOCUMENTS_ONLY = ("Permissions-Policy", "Cross-Origin-Opener-Policy")

_PERMISSIONS = ", ".join(
    f"{feature}=()" for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)


def security_headers(*, policy: str, is_https: bool) -> Mapping[str, str]:
    """The headers for every answer of a service. ``is_https`` says that the public address of the site is https."""
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": _PERMISSIONS,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if is_https:
        # Without includeSubDomains: other services below the site's name are up to their operator.
        headers["Strict-Transport-Security"] = f"max-age={HSTS_MAX_AGE_S}"
    return headers


def add_headers(headers: Mapping[str, str]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """An ``on_response_prepare`` handler that adds ``headers`` to every answer that does not set them itself.

    Data (DATA_POLICY) gets only those that affect data.
    """
    of_documents = CIMultiDict(headers)
    of_data = CIMultiDict((name, value) for name, value in headers.items() if name not in _DOCUMENTS_ONLY)

    async def on_prepare(_request: web.Request, response: web.StreamResponse) -> None:
        is_data = response.headers.get("Content-Security-Policy") == DATA_POLICY
        response.headers.merge(of_data if is_data else of_documents)
        # aiohttp would send its name and version, and that of Python.
        response.headers[hdrs.SERVER] = SERVER

    return on_prepare
