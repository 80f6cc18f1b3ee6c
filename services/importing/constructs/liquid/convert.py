"""Convert Liquid, Nunjucks and Jinja in Markdown: write out known values, and comment out and report the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from services.importing.constructs import dialect, named
from services.importing.constructs.context import MAX_NESTING, SOURCE_SCHEME, Context
from services.importing.constructs.draft import Draft, Edit
from services.importing.constructs.liquid.includes import INCLUDES, include
from services.importing.constructs.liquid.place import Place
from services.importing.constructs.liquid.samples import SAMPLES, include_code, sample
from services.importing.constructs.liquid.simple import SIMPLE
from services.importing.constructs.liquid.syntax import VERBATIM, Node, parse
from services.importing.constructs.liquid.values import UNRESOLVED, arguments_of, decide, evaluate, shown

#: Tags that produce no output.
_SILENT = frozenset(
    {"seo", "feed_meta", "layout", "extends", "import", "from", "increment", "decrement", "cycle", "break", "continue"}
)
_LOGIC = frozenset({"for", "tablerow", "case", "switch", "macro", "paginate", "form", "asyncEach", "asyncAll"})


def convert_liquid(draft: Draft, context: Context) -> None:
    """Write out or comment out every tag and output of ``draft``, in code too, as these tools do."""
    if "{%" not in draft.text and "{{" not in draft.text and "{#" not in draft.text:
        return
    _Converter(draft, context).run()


class _Converter:
    def __init__(self, draft: Draft, context: Context) -> None:
        self._place = Place(draft, context, draft.text)

    def run(self) -> None:
        deepest = MAX_NESTING - self._place.context.depth
        nodes = parse(self._place.text, 0, len(self._place.text), deepest)
        self._place.draft.apply(self._edits(nodes))

    def _edits(self, nodes: list[Node]) -> list[Edit]:
        edits: list[Edit] = []
        self._place.context.depth += 1
        for node in nodes:
            edits += self._edit(node)
        self._place.context.depth -= 1
        return edits

    def _edit(self, node: Node) -> Iterator[Edit]:
        if node.name == "=":
            yield from self._output(node)
        elif node.name in {"#", "comment"}:
            self._place.report("converted", "template comment", node, "removed")
            yield self._place.whole(node, "")
        elif node.name in VERBATIM and node.inner:
            self._place.report("converted", f"{{% {node.name} %}}", node)
            yield self._place.line(node.start, node.inner[0], "")
            yield self._place.line(node.inner[1], node.end, "")
        elif node.name in {"if", "unless"} and node.inner:
            yield from self._condition(node)
        elif node.name in {"assign", "set", "capture"}:
            yield self._assignment(node)
        else:
            yield from self._tag(node)

    def _output(self, node: Node) -> Iterator[Edit]:
        value = evaluate(node.rest, self._place.context.variables)
        text = None if value is UNRESOLVED else shown(value)
        if text is None:
            call = re.match(r"([\w.]+)\((.*)\)$", node.rest, re.DOTALL)
            if call:
                text = named.render(call[1], arguments_of(call[2], self._place.context.variables), None)
        if text is not None:
            self._place.report("converted", "{{ … }}", node)
            is_block = "markdownify" in node.rest and "\n" in text
            yield node.start, node.end, f"\n\n{text}\n\n" if is_block else text
        elif self._place.draft.is_code(node.start):
            self._place.report("left", "{{ … }} in code", node, node.rest)
        elif self._place.is_in_target(node):
            self._place.report("dropped", "{{ … }}", node, f"{node.rest}: the address is not known")
            yield node.start, node.end, SOURCE_SCHEME
        else:
            self._place.report("dropped", "{{ … }}", node, f"{node.rest}: kept as a comment")
            yield node.start, node.end, dialect.comment(self._place.text[node.start : node.end])

    def _condition(self, node: Node) -> Iterator[Edit]:
        """The branch whose condition holds; the first one if that is unknown. The others become a comment."""
        assert node.inner is not None  # noqa: S101 - a block
        holds = decide(node.rest, self._place.context.variables)
        if holds is not None and node.name == "unless":
            holds = not holds
        borders = [node.inner[0], *(branch.start for branch in node.branches), node.inner[1]]
        taken = 0
        if holds is False:
            taken = next(
                (number for number, branch in enumerate(node.branches, start=1) if branch.name == "else"),
                len(node.branches) + 1,
            )
        if holds is None:
            self._place.report("dropped", f"{{% {node.name} %}}", node, f"{node.rest}: the first branch is kept")
        else:
            self._place.report("converted", f"{{% {node.name} %}}", node)
        if taken > len(node.branches):
            yield self._place.whole(node, "")
            return
        start = node.inner[0] if taken == 0 else node.branches[taken - 1].end
        end = borders[taken + 1]
        yield self._place.line(node.start, start, "")
        yield from self._edits([child for child in node.children if start <= child.start < end])
        lost = self._place.text[end : node.inner[1]].strip()
        yield self._place.line(
            end,
            node.end,
            dialect.comment(lost) if holds is None and lost and not self._place.draft.is_code(end) else "",
        )

    def _assignment(self, node: Node) -> Edit:
        variables = self._place.context.variables
        match = re.match(r"([\w.-]+)\s*=\s*(.*)$", node.rest, re.DOTALL)
        value: Any = UNRESOLVED
        if match:
            value = evaluate(match[2], variables)
        elif node.inner:
            inner = self._place.text[node.inner[0] : node.inner[1]]
            value = inner.strip() if "{" not in inner else UNRESOLVED
        name = match[1] if match else node.rest.split()[0] if node.rest.split() else ""
        if value is not UNRESOLVED:
            variables[name] = value
        else:
            variables.pop(name, None)
        self._place.report("converted", f"{{% {node.name} %}}", node, "a variable: written where it is used")
        return self._place.whole(node, "")

    def _tag(self, node: Node) -> Iterator[Edit]:
        if node.name in _LOGIC or node.name in _SILENT:
            is_silent = node.name in _SILENT
            self._place.report(
                "converted" if is_silent else "dropped",
                f"{{% {node.name} %}}",
                node,
                "" if is_silent else "a loop over data: kept as a comment",
            )
            yield self._place.whole(node, "" if is_silent else self._place.comment(node))
            return
        if node.name in INCLUDES:
            yield include(self._place, node, convert_liquid)
            return
        text = self._known(node)
        if text is not None:
            self._place.report("converted", f"{{% {node.name} %}}", node)
            yield self._place.whole(node, self._place.apart(node, text))
        elif self._place.draft.is_code(node.start):
            self._place.report("left", f"{{% {node.name} %}} in code", node)
        else:
            yield from self._unknown(node)

    def _unknown(self, node: Node) -> Iterator[Edit]:
        """Keep an unknown tag as a comment, and the content between two of them."""
        place, tag = self._place, f"{{% {node.name} %}}"
        if node.inner:
            start, end = node.inner
            place.report("dropped", tag, node, "its tags are kept as comments, what is between them stays")
            yield place.line(node.start, start, dialect.comment(place.text[node.start : start]))
            yield from self._edits(node.children)
            yield place.line(end, node.end, dialect.comment(place.text[end : node.end]))
            return
        note = f"{node.rest[:60]}: kept as a comment" if node.rest else "kept as a comment"
        place.report("dropped", tag, node, note)
        yield place.whole(node, SOURCE_SCHEME if place.is_in_target(node) else place.comment(node))

    def _known(self, node: Node) -> str | None:
        arguments = arguments_of(node.rest, self._place.context.variables)
        if node.name in SAMPLES and node.inner:
            return sample(self._place, node)
        if node.name == "include_code":
            return include_code(self._place, node)
        if node.name in SIMPLE:
            return SIMPLE[node.name](node.rest.strip())
        line = self._place.text[self._place.text.rfind("\n", 0, node.start) + 1 : node.start]
        indent = line if not line.strip() else ""
        if node.inner is None:
            return named.render(node.name, arguments, None, indent)
        # The content of an unknown tag is converted where it stands.
        if named.render(node.name, arguments, self._place.text[slice(*node.inner)], indent) is None:
            return None
        context = self._place.context
        inner = context.convert_inside(self._place.draft, *node.inner, lambda part: _Converter(part, context).run())
        return named.render(node.name, arguments, inner, indent)
