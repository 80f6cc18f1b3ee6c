"""Files that a tag includes, written out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Any

from services.importing.constructs import named
from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft, Edit
from services.importing.constructs.liquid.place import Place
from services.importing.constructs.liquid.syntax import Node
from services.importing.constructs.liquid.values import arguments_of
from services.importing.findings import Findings

#: Converts a draft, because an included file is a template too.
Convert = Callable[[Draft, Context], None]
#: Tags that include a file.
INCLUDES = frozenset(
    {"include", "include_relative", "include_cached", "render", "renderFile", "include_markdown", "include-markdown"}
)


def include(place: Place, node: Node, convert: Convert) -> Edit:
    """The edit for a tag that includes a file."""
    words = re.match(r"[\"']?([^\s\"',]+)[\"']?,?\s*(?:with\s+)?(.*)$", node.rest, re.DOTALL)
    name = words[1] if words else ""
    arguments = arguments_of(words[2], place.context.variables) if words else named.Arguments()
    text = None
    if name and "{" not in name:
        folders = place.context.option("include_folders") or ("_includes",)
        here = posixpath.dirname(place.draft.path)
        is_relative = node.name in {"include_relative", "include-markdown"}
        places = [here] if is_relative else [*folders, here]
        found = place.context.open_include(
            place.draft, node.start, [posixpath.join(place, name) for place in places], f"{{% {node.name} %}}"
        )
        if found:
            try:
                part = _between(found[1], arguments) if node.name == "include-markdown" else found[1]
                text = _rendered(place, convert, found[0], part, dict(arguments.names))
            finally:
                place.context.close_include()
    if text is None and posixpath.splitext(name)[0] and arguments.names:
        text = named.render(posixpath.splitext(posixpath.basename(name))[0], arguments, None)
    if text is not None:
        place.report("converted", f"{{% {node.name} %}}", node, name)
        return place.whole(node, place.apart(node, text))
    if place.draft.is_code(node.start):
        place.report("left", f"{{% {node.name} %}} in code", node, name)
        return node.start, node.start, ""
    place.report("dropped", f"{{% {node.name} %}}", node, f"{name}: kept as a comment")
    return place.whole(node, place.comment(node))


def _between(text: str, arguments: named.Arguments) -> str:
    """What of a file mkdocs-include-markdown takes: between ``start`` and ``end``, where it has them."""
    start, end = arguments.get("start"), arguments.get("end")
    if start and start in text:
        text = text.partition(start)[2]
    return text.partition(end)[0] if end and end in text else text


def _rendered(place: Place, convert: Convert, path: str, text: str, arguments: dict[str, Any]) -> str | None:
    """An included file written out, if all of its values are known."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    context = place.context
    before = context.variables
    context.variables = {**before, "include": arguments, **({} if path.endswith(".html") else arguments)}
    findings = Findings()
    part = Draft(path, text, 1, findings)
    try:
        convert(part, context)
    finally:
        context.variables = before
    if any(one.outcome in {"dropped", "left"} for one in findings.found):
        return None
    written = part.text.strip("\n")
    if not path.endswith((".md", ".markdown")):
        # In a block of HTML, an empty line would end it and four spaces would begin code.
        written = "\n".join(line.strip() for line in written.split("\n") if line.strip())
    return written
