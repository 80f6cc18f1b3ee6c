"""The response headers that keep a page from being turned against its reader. Every answer carries them.

Nothing is loaded from anywhere but the site itself, nothing inline runs, and no other site can frame or read it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web
from multidict import CIMultiDict

SERVER = "perspective"
#: The headers of an application, for answers that no handler of it gives.
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
#: Data: a browser that is led to open it as a page runs and loads nothing.
DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#: What these say holds for documents alone: on data they would only be bytes.
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
        # Without includeSubDomains: what else runs below the site's name is for its operator to decide.
        headers["Strict-Transport-Security"] = f"max-age={HSTS_MAX_AGE_S}"
    return headers


def add_headers(headers: Mapping[str, str]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """An ``on_response_prepare`` handler that adds ``headers`` to every answer which does not set them itself.

    Data (DATA_POLICY) gets those that hold for data.
    """
    of_documents = CIMultiDict(headers)
    of_data = CIMultiDict((name, value) for name, value in headers.items() if name not in _DOCUMENTS_ONLY)

    async def on_prepare(_request: web.Request, response: web.StreamResponse) -> None:
        is_data = response.headers.get("Content-Security-Policy") == DATA_POLICY
        response.headers.merge(of_data if is_data else of_documents)
        # aiohttp would name itself, Python, and the versions of both.
        response.headers[hdrs.SERVER] = SERVER

    return on_prepare
