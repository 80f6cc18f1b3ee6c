"""Conditional requests (RFC 9110, 13): 304 if the client has the answer, 412 if it requires another version."""

from __future__ import annotations

from datetime import datetime

from aiohttp import ETag, hdrs, web

#: How aiohttp gives ``If-None-Match: *`` and ``If-Match: *``.
_ANY = "*"


def conditional_status(request: web.BaseRequest, etag: ETag, last_modified: datetime | None = None) -> int | None:
    """304 or 412 if the conditions of ``request`` require it in place of the answer, else None (RFC 9110, 13.2.2)."""
    if _has_failed(request, etag, last_modified):
        return 412
    return 304 if is_not_modified(request, etag, last_modified) else None


def _has_failed(request: web.BaseRequest, etag: ETag, last_modified: datetime | None) -> bool:
    """Whether the client requires another version (RFC 9110, 13.1.1 and 13.1.4). Entity tags are compared strongly."""
    if hdrs.IF_MATCH in request.headers:
        tags = request.if_match or ()
        return not any(one.value == _ANY or (one == etag and not etag.is_weak) for one in tags)
    until = request.if_unmodified_since
    return until is not None and last_modified is not None and last_modified > until


def is_not_modified(request: web.BaseRequest, etag: ETag, last_modified: datetime | None = None) -> bool:
    """Whether to answer 304 (RFC 9110, 13.1.2 and 13.1.3).

    Entity tags are compared weakly; the date counts only without them. ``last_modified`` has whole seconds; without one
    a date says nothing. A header that cannot be read matches nothing.
    """
    tags = request.if_none_match
    if tags is not None:
        return any(one.value in {etag.value, _ANY} for one in tags)
    since = request.if_modified_since
    return since is not None and last_modified is not None and last_modified <= since
