"""Tags that contain or name code, converted to fences."""

from __future__ import annotations

import posixpath
import re

from services.importing.constructs import dialect
from services.importing.constructs.liquid.place import Place
from services.importing.constructs.liquid.syntax import Node

#: Blocks of code.
SAMPLES = frozenset({"highlight", "codeblock", "code", "prism", "snippet"})


def sample(place: Place, node: Node) -> str:
    """A ``highlight`` block as a fence.

    Its arguments are the language, ``linenos``, ``mark_lines="1 4"``, ``hl_lines``.
    """
    assert node.inner is not None  # noqa: S101 - a block
    code = place.text[node.inner[0] : node.inner[1]].strip("\n")
    code = re.sub(r"\{%-?\s*(?:end)?(?:raw|verbatim)\s*-?%\}\n?", "", code)
    title = re.search(r"(?:title|caption|filename)[:=]\s*[\"']?([^\"'\n]+?)[\"']?(?:\s|$)", node.rest)
    language = re.search(r"lang:(\S+)", node.rest) or re.match(r"[\"']?([\w+#.-]+)[\"']?(?:\s|$)", node.rest)
    marked = re.search(r"(?:mark_lines|hl_lines|highlight)\s*[=:]\s*[\"']?([\d ,-]+)", node.rest)
    lines = [part for part in re.split(r"[ ,]+", marked[1].strip()) if part] if marked else []
    numbers: list[int] = []
    for part in lines:
        first, _, last = part.partition("-")
        if first.isdigit() and (last or first).isdigit():
            numbers += range(int(first), min(int(last or first), int(first) + 999) + 1)
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`{3,}", code)), default=0))
    info = dialect.fence_info(
        language[1] if language else "",
        title=title[1] if title else "",
        lines=numbers,
        first_number=1 if "linenos" in node.rest else None,
    )
    lead = place.text[place.text.rfind("\n", 0, node.start) + 1 : node.start]
    lead = lead if not lead.strip() else ""
    before = "" if lead or place.starts_line(node.start) else "\n\n"
    return f"{before}{fence}{info}\n{code}\n{lead}{fence}"


def include_code(place: Place, node: Node) -> str | None:
    """``{% include_code [lang:python] file.py [title] %}`` (Octopress, Pelican) as a fence."""
    words = re.sub(r"(?:lang|lines|start|end|mark):\S+|:\w+:", "", node.rest).split()
    language = re.search(r"lang:(\S+)", node.rest)
    if not words:
        return None
    folders = (place.context.option("code_folders") or ()) + ("", posixpath.dirname(place.draft.path))
    found = place.context.open_include(
        place.draft, node.start, [posixpath.join(folder, words[0]) for folder in folders], "{% include_code %}"
    )
    if found is None:
        return None
    place.context.close_include()
    code = found[1].rstrip("\n")
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`{3,}", code)), default=0))
    info = dialect.fence_info(
        language[1] if language else posixpath.splitext(words[0])[1][1:], title=" ".join(words[1:]) or words[0]
    )
    return f"{fence}{info}\n{code}\n{fence}"
