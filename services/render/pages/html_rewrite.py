"""Small, safe changes to HTML that the sanitizer wrote: addresses made absolute, pictures given their sizes. Pure.

It relies on what that HTML guarantees: lower-case tags, and attribute values in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

#: One start tag. Quoted values may hold ``<`` and ``>``; text between tags never holds a bare ``<``.
_TAG = re.compile(r'<([a-z][a-z0-9-]*)((?:[^<>"]|"[^"]*")*)>')
_ATTRIBUTE = re.compile(r'(\s)(href|src|srcset)="([^"]*)"')
_PICTURE = re.compile(r'<img\b((?:[^<>"]|"[^"]*")*)>')
_NAMED = re.compile(r'([a-z-]+)="([^"]*)"')
_CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
#: Code as a whole, or one tag: the units for splitting at the top level.
_CODE_OR_TAG = re.compile(r'<pre\b.*?</pre>|<(/?)([a-zA-Z][\w:-]*)(?:[^<>"]|"[^"]*")*?(/?)>', re.DOTALL)
_VOID = frozenset({"br", "hr", "img", "input", "col", "source", "wbr"})
_SPAN = re.compile(r'</?span\b(?:[^<>"]|"[^"]*")*>')
_ACTIONS = re.compile(r' ?<span class="actions"></span>')
_PERMALINK = re.compile(r'<a\b(?=[^<>]*\sclass="anchor")(?:[^<>"]|"[^"]*")*>.*?</a>', re.DOTALL)


def absolute_links(html: str, base_url: str, page_url: str) -> str:
    """``html`` with the site's own addresses made absolute, for readers that show it somewhere else.

    ``base_url`` has no slash at its end; ``page_url`` is the absolute address of the page, for its fragments.
    """

    def absolute(address: str) -> str:
        if address.startswith("#"):
            return page_url + address
        if address.startswith("/") and not address.startswith("//"):
            return base_url + address
        return address

    def attribute(match: re.Match[str]) -> str:
        space, name, value = match.groups()
        if name == "srcset":
            value = ", ".join(absolute(candidate.strip()) for candidate in value.split(","))
        else:
            value = absolute(value)
        return f'{space}{name}="{value}"'

    return _TAG.sub(lambda tag: f"<{tag[1]}{_ATTRIBUTE.sub(attribute, tag[2])}>", html)


def plain_content(html: str) -> str:
    """Strip what only the site's style and script use.

    That is permalinks of headings, the place of the copy button, and the spans of highlighted code, half of its bytes.
    """
    html = _ACTIONS.sub("", _PERMALINK.sub("", html))
    return _CODE.sub(lambda code: _SPAN.sub("", code[0]), html)


def replace_pictures(html: str, replace: Callable[[Mapping[str, str], str], str]) -> str:
    """``html`` with every ``<img>`` replaced by the result of ``replace`` for its attributes and its text."""
    return _PICTURE.sub(lambda match: replace(dict(_NAMED.findall(match[1])), match[0]), html)


def top_level(html: str) -> list[str]:
    """Split ``html`` into its top-level elements, each with the text after it. Joined, they are ``html``."""
    pieces: list[str] = []
    depth = start = 0
    for tag in _CODE_OR_TAG.finditer(html):
        closes, name, closes_itself = tag.groups()
        is_whole = name is None or closes_itself or name in _VOID
        if not depth and not closes and tag.start() > start:
            pieces.append(html[start : tag.start()])
            start = tag.start()
        if not is_whole:
            depth = max(0, depth - 1) if closes else depth + 1
    pieces.append(html[start:])
    return pieces
