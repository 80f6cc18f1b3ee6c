"""The mount: the path below which the site is served, ``/blog`` of ``https://example.org/blog``. Pure.

Contexts, templates, articles and routes know paths of the site alone (``/articles/outbox/``). Here the mount is added
to them in answers and stripped from them in requests: a proxy may pass it on or remove it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import Any

from yarl import URL

#: One start tag, in the spelling of any writer of templates.
_ANY_TAG = re.compile(r"""<[a-zA-Z](?:[^<>"']|"[^"]*"|'[^']*')*>""")
#: One attribute with its value: the whole value is matched, so that nothing inside it counts as an attribute.
_ATTRIBUTE = re.compile(r"""(\s([a-zA-Z][\w:-]*)\s*=\s*)("[^"]*"|'[^']*')""")
#: The attributes that contain paths, and their separators if they have several.
_PATHS = {
    "href": None,
    "src": None,
    "action": None,
    "formaction": None,
    "poster": None,
    "data-root": None,
    "srcset": re.compile(r"(,\s*)"),
    "data-styles": re.compile(r"(\s+)"),
}
#: A proxy may block these paths, so they must not be reachable below another one.
_OPERATORS = frozenset({"/metrics", "/readyz"})


@lru_cache(maxsize=16)
def mount_of(base_url: str) -> str:
    """The path of an address, percent-encoded and without a slash at its end; empty at the root of a host."""
    return URL(base_url).raw_path.rstrip("/")


def without_mount(target: str, mount: str) -> str:
    """The request target ``target`` (RFC 9112, 3.2.1) below ``mount``; the same if it is not below it."""
    if not mount or not target.startswith(f"{mount}/"):
        return target
    rest = target[len(mount) :]
    return target if rest.partition("?")[0] in _OPERATORS else rest


def html_below_mount(html: str, mount: str) -> str:
    """Prefix every path of the site in a whole page with ``mount``.

    It covers templates, articles, and the site's own templates, and is the only place that does.
    """
    if not mount:
        return html
    mount = escape(mount)

    def attribute(match: re.Match[str]) -> str:
        lead, name, quoted = match.groups()
        if name not in _PATHS:
            return match[0]
        separator = _PATHS[name]
        value = quoted[1:-1]
        paths = separator.split(value) if separator else [value]
        return f"{lead}{quoted[0]}{''.join(_below(path, mount) for path in paths)}{quoted[0]}"

    return _ANY_TAG.sub(lambda tag: tag[0] if "/" not in tag[0] else _ATTRIBUTE.sub(attribute, tag[0]), html)


def json_below_mount(value: Any, mount: str) -> Any:
    """A JSON value with ``mount`` before each path that a ``url`` in it gives."""
    if isinstance(value, dict):
        return {
            name: _below(one, mount) if name == "url" and isinstance(one, str) else json_below_mount(one, mount)
            for name, one in value.items()
        }
    return [json_below_mount(one, mount) for one in value] if isinstance(value, list) else value


def _below(path: str, mount: str) -> str:
    return mount + path if path.startswith("/") and not path.startswith("//") else path
