"""Conditional requests: whether a client already has an answer. Shared by both services."""

from __future__ import annotations

from datetime import datetime

from aiohttp import ETag, web

#: How aiohttp gives ``If-None-Match: *``.
_ANY = "*"


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
