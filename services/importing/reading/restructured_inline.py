"""Text inside a block of reStructuredText → Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from docutils import nodes

_SPECIAL = re.compile(r"([\\`*_\[\]<])")


def image_of(node: nodes.Element, caption: str = "") -> str:
    """A picture, with ``caption`` as its title and, if it has no text of its own, as its text."""
    words = " ".join(str(node.get("alt") or caption).split()).replace("[", "(").replace("]", ")")
    title = " ".join(caption.split()).replace('"', "'")
    uri = str(node.get("uri", ""))
    written = f"<{uri}>" if re.search(r"[\s()]", uri) else uri
    return f'![{words}]({written} "{title}")' if title else f"![{words}]({written})"


def inline(node: nodes.Element) -> str:
    """The inline content of a block, with its line breaks."""
    return "".join(_pieces(node.children))


def _pieces(children: Iterable[nodes.Node]) -> Iterator[str]:
    for child in children:
        if isinstance(child, nodes.Text):
            yield _SPECIAL.sub(r"\\\1", nodes.unescape(str(child)))
        elif isinstance(child, nodes.literal):
            code = child.astext()
            fence = "`" * (1 + max(map(len, re.findall(r"`+", code)), default=0))
            space = " " if code.startswith("`") or code.endswith("`") else ""
            yield f"{fence}{space}{code}{space}{fence}"
        elif isinstance(child, nodes.reference):
            yield _reference(child)
        elif isinstance(child, nodes.footnote_reference):
            yield f"[^{child.astext()}]"
        elif isinstance(child, nodes.image):
            yield image_of(child)
        elif isinstance(child, nodes.math):
            yield f"${child.astext()}$"
        elif isinstance(child, nodes.system_message | nodes.raw | nodes.generated):
            continue
        elif isinstance(child, nodes.Element):
            opening, closing = _MARKS.get(type(child).__name__) or _MARKS.get(
                " ".join(child.get("classes", [])), ("", "")
            )
            yield f"{opening}{inline(child)}{closing}"


_MARKS = {
    "emphasis": ("*", "*"),
    "strong": ("**", "**"),
    "title_reference": ("*", "*"),
    "subscript": ("<sub>", "</sub>"),
    "superscript": ("<sup>", "</sup>"),
    "role-kbd": ("<kbd>", "</kbd>"),
}


def _reference(node: nodes.reference) -> str:
    words = inline(node)
    target = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
    if not target:
        return words
    written = f"<{target}>" if re.search(r"[\s()]", target) else target
    return f"<{target}>" if node.astext() == target else f"[{words}]({written})"
