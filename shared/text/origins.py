"""The address of a site or a service: what ``base_url`` and the settings that name servers take."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_NAME = re.compile(r"(?!-)[\w-]+(?:\.(?!-)[\w-]+)*\.?")
#: No part of an address (RFC 3986): in one that was mistyped, they would end in links and headers.
_FOREIGN = re.compile(r'[\s\x00-\x1f\x7f<>"\\^`{|}]')


def is_origin(value: str) -> bool:
    """Whether ``value`` is an absolute http(s) address without account, query and fragment; it may have a path.

    An account would be shown wherever the address is: in links, in the log, in ``/readyz``.
    """
    if _FOREIGN.search(value) or "?" in value or "#" in value:
        return False
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0  # raises ValueError for a wrong one
    except ValueError:
        return False
    segments = parts.path.rstrip("/").split("/")[1:]
    return (
        parts.scheme in {"http", "https"}
        and has_port
        and "@" not in parts.netloc
        and _is_host(parts.hostname or "", in_brackets="[" in parts.netloc)
        and not {"", ".", ".."}.intersection(segments)
    )


def _is_host(host: str, *, in_brackets: bool) -> bool:
    if not in_brackets:
        return _NAME.fullmatch(host) is not None
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
