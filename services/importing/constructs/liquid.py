"""Liquid, Nunjucks and Jinja in Markdown: known values are written out, the rest becomes comments and findings."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from services.importing.constructs import dialect, named
from services.importing.constructs.context import SOURCE_SCHEME, Context
from services.importing.constructs.draft import Draft
from services.importing.constructs.liquid_values import UNRESOLVED, arguments_of, decide, evaluate, shown
from services.importing.findings import Findings

_OPENING = re.compile(r"\{[%{]|\{#(?=\s)")
_CLOSING = {"{%": "%}", "{{": "}}", "{#": "#}"}
#: A tag longer than this is prose that happens to open like one.
_MAX_TAG_CHARS = 4000
_NAME = re.compile(r"(#?[A-Za-z_][\w-]*)\s*(.*)$", re.DOTALL)
#: Blocks of the languages themselves. Any other tag is a block when its end follows.
_BRANCHES = frozenset({"else", "elsif", "elseif", "elif", "when", "empty"})
_VERBATIM = frozenset({"raw", "verbatim"})
_SAMPLES = frozenset({"highlight", "codeblock", "code", "prism", "snippet"})
#: Tags that change nothing a reader sees.
_SILENT = frozenset(
    {"seo", "feed_meta", "layout", "extends", "import", "from", "increment", "decrement", "cycle", "break", "continue"}
)
_LOGIC = frozenset({"for", "tablerow", "case", "switch", "macro", "paginate", "form", "asyncEach", "asyncAll"})


@dataclass(frozen=True, slots=True)
class _Token:
    """A tag, an output (named "=") or a comment (named "#"): its place, its name, and the rest of its words."""

    start: int
    end: int
    name: str
    rest: str


@dataclass(slots=True)
class _Node:
    """One token, or a block from its opening tag to its end. ``inner`` is the stretch between them."""

    start: int
    end: int
    name: str
    rest: str
    inner: tuple[int, int] | None = None
    children: list[_Node] = field(default_factory=list)
    branches: list[_Node] = field(default_factory=list)


def convert_liquid(draft: Draft, context: Context) -> None:
    """Write out or comment out every tag and output of ``draft``, in code too, as these tools do."""
    if "{%" not in draft.text and "{{" not in draft.text and "{#" not in draft.text:
        return
    _Converter(draft, context).run()


def _tokens(text: str, start: int, end: int) -> Iterator[_Token]:
    """The tokens between two offsets."""
    at = start
    while True:
        match = _OPENING.search(text, at, end)
        if match is None:
            return
        closing = text.find(_CLOSING[match[0]], match.end(), min(end, match.end() + _MAX_TAG_CHARS))
        if closing < 0:
            at = match.end()
            continue
        words = text[match.end() : closing].strip().strip("-").strip()
        at = closing + 2
        if match[0] == "{{":
            yield _Token(match.start(), at, "=", words)
        elif match[0] == "{#":
            yield _Token(match.start(), at, "#", "")
        else:
            name = _NAME.match(words)
            yield _Token(match.start(), at, *((name[1], name[2]) if name else ("#", words)))


def _parse(text: str, start: int, end: int) -> list[_Node]:
    """The nodes between two offsets; a block owns the tokens inside it."""
    stack = [_Node(start, end, "", "")]
    tokens = list(_tokens(text, start, end))
    ends = Counter(token.name for token in tokens if token.name.startswith("end"))
    verbatim = ""
    for token in tokens:
        if verbatim and token.name != f"end{verbatim}":
            continue
        verbatim = ""
        if token.name.startswith("end"):
            ends[token.name] -= 1
            _close(stack, token.name[3:], token)
            continue
        node = _Node(token.start, token.end, token.name, token.rest)
        if token.name in _BRANCHES and len(stack) > 1:
            stack[-1].branches.append(node)
            continue
        stack[-1].children.append(node)
        is_value = token.name == "set" and "=" in token.rest
        if ends[f"end{token.name}"] > 0 and not is_value:
            node.inner = (token.end, token.end)
            stack.append(node)
            verbatim = token.name if token.name in _VERBATIM or token.name == "comment" else ""
    # What is never closed is no block.
    for node in stack[1:]:
        node.inner = None
    return _flattened(stack[0].children)


def _flattened(nodes: list[_Node]) -> list[_Node]:
    """Nodes whose blocks that never ended give up their children."""
    flat: list[_Node] = []
    for node in nodes:
        flat.append(node)
        children = _flattened(node.children)
        if node.inner is None:
            flat += children
            node.children = []
        else:
            node.children = children
    return flat


def _close(stack: list[_Node], name: str, token: _Token) -> None:
    for index in range(len(stack) - 1, 0, -1):
        node = stack[index]
        if node.name == name or not name:
            node.inner = (node.inner or (node.end, 0))[0], token.start
            node.end = token.end
            for lost in stack[index + 1 :]:
                lost.inner = None
            del stack[index:]
            return


class _Converter:
    def __init__(self, draft: Draft, context: Context) -> None:
        self._draft = draft
        self._context = context
        self._text = draft.text

    def run(self) -> None:
        nodes = _parse(self._text, 0, len(self._text))
        self._draft.apply(self._edits(nodes))

    def _edits(self, nodes: list[_Node]) -> list[tuple[int, int, str]]:
        edits: list[tuple[int, int, str]] = []
        for node in nodes:
            edits += self._edit(node)
        return edits

    def _edit(self, node: _Node) -> Iterator[tuple[int, int, str]]:
        if node.name == "=":
            yield from self._output(node)
        elif node.name in {"#", "comment"}:
            self._report("converted", "template comment", node, "removed")
            yield self._whole(node, "")
        elif node.name in _VERBATIM and node.inner:
            self._report("converted", f"{{% {node.name} %}}", node)
            yield self._line(node.start, node.inner[0], "")
            yield self._line(node.inner[1], node.end, "")
        elif node.name in {"if", "unless"} and node.inner:
            yield from self._condition(node)
        elif node.name in {"assign", "set", "capture"}:
            yield self._assignment(node)
        else:
            yield from self._tag(node)

    def _output(self, node: _Node) -> Iterator[tuple[int, int, str]]:
        value = evaluate(node.rest, self._context.variables)
        text = None if value is UNRESOLVED else shown(value)
        if text is None:
            call = re.match(r"([\w.]+)\((.*)\)$", node.rest, re.DOTALL)
            if call:
                text = named.render(call[1], arguments_of(call[2], self._context.variables), None)
        if text is not None:
            self._report("converted", "{{ … }}", node)
            yield node.start, node.end, text
        elif self._draft.is_code(node.start):
            self._report("left", "{{ … }} in code", node, node.rest)
        elif self._is_in_target(node):
            self._report("dropped", "{{ … }}", node, f"{node.rest}: the address is not known")
            yield node.start, node.end, SOURCE_SCHEME
        else:
            self._report("dropped", "{{ … }}", node, f"{node.rest}: kept as a comment")
            yield node.start, node.end, dialect.comment(self._text[node.start : node.end])

    def _is_in_target(self, node: _Node) -> bool:
        """Whether a node stands in an address or an attribute, where no comment can."""
        line = self._text[self._text.rfind("\n", 0, node.start) + 1 : node.start]
        return re.search(r"\]\([^)]*$|^\s*\[[^\]]+\]:\s*\S*$|<[A-Za-z][^>]*$|<https?:[^>]*$", line) is not None

    def _condition(self, node: _Node) -> Iterator[tuple[int, int, str]]:
        """The branch that holds; the first where that cannot be known. The others go, as a comment."""
        assert node.inner is not None  # noqa: S101 - a block
        holds = decide(node.rest, self._context.variables)
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
            self._report("dropped", f"{{% {node.name} %}}", node, f"{node.rest}: the first branch is kept")
        else:
            self._report("converted", f"{{% {node.name} %}}", node)
        if taken > len(node.branches):
            yield self._whole(node, "")
            return
        start = node.inner[0] if taken == 0 else node.branches[taken - 1].end
        end = borders[taken + 1]
        yield self._line(node.start, start, "")
        yield from self._edits([child for child in node.children if start <= child.start < end])
        lost = self._text[end : node.inner[1]].strip()
        yield self._line(
            end, node.end, dialect.comment(lost) if holds is None and lost and not self._draft.is_code(end) else ""
        )

    def _assignment(self, node: _Node) -> tuple[int, int, str]:
        variables = self._context.variables
        match = re.match(r"([\w.-]+)\s*=\s*(.*)$", node.rest, re.DOTALL)
        value: Any = UNRESOLVED
        if match:
            value = evaluate(match[2], variables)
        elif node.inner:
            inner = self._text[node.inner[0] : node.inner[1]]
            value = inner.strip() if "{" not in inner else UNRESOLVED
        name = match[1] if match else node.rest.split()[0] if node.rest.split() else ""
        if value is not UNRESOLVED:
            variables[name] = value
        else:
            variables.pop(name, None)
        self._report("converted", f"{{% {node.name} %}}", node, "a variable: written where it is used")
        return self._whole(node, "")

    def _tag(self, node: _Node) -> Iterator[tuple[int, int, str]]:
        if node.name in _LOGIC or node.name in _SILENT:
            is_silent = node.name in _SILENT
            self._report(
                "converted" if is_silent else "dropped",
                f"{{% {node.name} %}}",
                node,
                "" if is_silent else "a loop over data: kept as a comment",
            )
            yield self._whole(node, "" if is_silent else self._comment(node))
            return
        if node.name in {"include", "include_relative", "include_cached", "render", "renderFile", "include_markdown"}:
            yield self._include(node)
            return
        text = self._known(node)
        if text is not None:
            self._report("converted", f"{{% {node.name} %}}", node)
            yield self._whole(node, text)
        elif self._draft.is_code(node.start):
            self._report("left", f"{{% {node.name} %}} in code", node)
        elif node.inner:
            self._report(
                "dropped", f"{{% {node.name} %}}", node, "its tags are kept as comments, what is between them stays"
            )
            yield self._line(node.start, node.inner[0], dialect.comment(self._text[node.start : node.inner[0]]))
            yield from self._edits(node.children)
            yield self._line(node.inner[1], node.end, dialect.comment(self._text[node.inner[1] : node.end]))
        else:
            self._report(
                "dropped",
                f"{{% {node.name} %}}",
                node,
                f"{node.rest[:60]}: kept as a comment" if node.rest else "kept as a comment",
            )
            in_target = self._is_in_target(node)
            yield self._whole(node, SOURCE_SCHEME if in_target else self._comment(node))

    def _known(self, node: _Node) -> str | None:
        arguments = arguments_of(node.rest, self._context.variables)
        if node.name in _SAMPLES and node.inner:
            return self._sample(node)
        if node.name == "include_code":
            return self._include_code(node)
        if node.name in _SIMPLE:
            return _SIMPLE[node.name](node.rest.strip())
        inner = None
        if node.inner:
            part = Draft(
                self._draft.path,
                self._text[node.inner[0] : node.inner[1]],
                self._draft.line_at(node.inner[0]),
                self._draft.findings,
            )
            _Converter(part, self._context).run()
            inner = part.text
        line = self._text[self._text.rfind("\n", 0, node.start) + 1 : node.start]
        return named.render(node.name, arguments, inner, line if not line.strip() else "")

    def _sample(self, node: _Node) -> str:
        """A ``highlight`` block as a fence.

        Its words are the language, ``linenos``, ``mark_lines="1 4"``, ``hl_lines``.
        """
        assert node.inner is not None  # noqa: S101 - a block
        code = self._text[node.inner[0] : node.inner[1]].strip("\n")
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
        lead = self._text[self._text.rfind("\n", 0, node.start) + 1 : node.start]
        lead = lead if not lead.strip() else ""
        before = "" if lead or self._starts_line(node.start) else "\n\n"
        return f"{before}{fence}{info}\n{code}\n{lead}{fence}"

    def _starts_line(self, offset: int) -> bool:
        return offset == 0 or self._text[offset - 1] == "\n"

    def _include_code(self, node: _Node) -> str | None:
        """``{% include_code [lang:python] file.py [title] %}`` (Octopress, Pelican) as a fence."""
        words = re.sub(r"(?:lang|lines|start|end|mark):\S+|:\w+:", "", node.rest).split()
        language = re.search(r"lang:(\S+)", node.rest)
        if not words:
            return None
        folders = (self._context.option("code_folders") or ()) + ("", posixpath.dirname(self._draft.path))
        found = self._context.open_include(
            self._draft, node.start, [posixpath.join(folder, words[0]) for folder in folders], "{% include_code %}"
        )
        if found is None:
            return None
        self._context.close_include()
        code = found[1].rstrip("\n")
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`{3,}", code)), default=0))
        info = dialect.fence_info(
            language[1] if language else posixpath.splitext(words[0])[1][1:], title=" ".join(words[1:]) or words[0]
        )
        return f"{fence}{info}\n{code}\n{fence}"

    def _include(self, node: _Node) -> tuple[int, int, str]:
        words = re.match(r"[\"']?([^\s\"',]+)[\"']?,?\s*(?:with\s+)?(.*)$", node.rest, re.DOTALL)
        name = words[1] if words else ""
        arguments = arguments_of(words[2], self._context.variables) if words else named.Arguments()
        text = None
        if name and "{" not in name:
            folders = self._context.option("include_folders") or ("_includes",)
            here = posixpath.dirname(self._draft.path)
            places = [here] if node.name == "include_relative" else [*folders, here]
            found = self._context.open_include(
                self._draft, node.start, [posixpath.join(place, name) for place in places], f"{{% {node.name} %}}"
            )
            if found:
                try:
                    text = self._rendered(found[0], found[1], dict(arguments.names))
                finally:
                    self._context.close_include()
        if text is None and posixpath.splitext(name)[0] and arguments.names:
            text = named.render(posixpath.splitext(posixpath.basename(name))[0], arguments, None)
        if text is not None:
            self._report("converted", f"{{% {node.name} %}}", node, name)
            return self._whole(node, text)
        if self._draft.is_code(node.start):
            self._report("left", f"{{% {node.name} %}} in code", node, name)
            return node.start, node.start, ""
        self._report("dropped", f"{{% {node.name} %}}", node, f"{name}: kept as a comment")
        return self._whole(node, self._comment(node))

    def _rendered(self, path: str, text: str, arguments: dict[str, Any]) -> str | None:
        """An included file written out, if all of it can be known."""
        text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
        context = self._context
        before = context.variables
        context.variables = {**before, "include": arguments, **({} if path.endswith(".html") else arguments)}
        findings = Findings()
        part = Draft(path, text, 1, findings)
        try:
            _Converter(part, context).run()
        finally:
            context.variables = before
        if any(one.outcome in {"dropped", "left"} for one in findings.found):
            return None
        written = part.text.strip("\n")
        if not path.endswith((".md", ".markdown")):
            # In a block of HTML an empty line ends it, and four spaces make code of it.
            written = "\n".join(line.strip() for line in written.split("\n") if line.strip())
        return written

    def _comment(self, node: _Node) -> str:
        return "" if self._draft.is_code(node.start) else dialect.comment(self._text[node.start : node.end])

    def _whole(self, node: _Node, text: str) -> tuple[int, int, str]:
        return self._line(node.start, node.end, text)

    def _line(self, start: int, end: int, text: str) -> tuple[int, int, str]:
        """An edit; a tag alone in its line that leaves nothing takes the line with it."""
        if text:
            return start, end, text
        begin = self._text.rfind("\n", 0, start) + 1
        finish = self._text.find("\n", end)
        finish = len(self._text) if finish < 0 else finish
        if not self._text[begin:start].strip() and not self._text[end:finish].strip() and start > begin - 1:
            return begin, min(finish + 1, len(self._text)), ""
        return start, end, ""

    def _report(self, outcome: Any, construct: str, node: _Node, note: str = "") -> None:
        self._draft.report(outcome, construct, node.start, " ".join(note.split())[:120])


def _bare(rest: str) -> str:
    return rest.strip("\"'")


def _code_title(rest: str) -> str:
    """A title for the fence below, which ``fences`` takes."""
    quoted = re.search(r"\"([^\"]*)\"|'([^']*)'", rest)
    title = next(filter(None, quoted.groups()), "") if quoted else rest
    return f"<!-- import-title: {title.replace('--', '')} -->"


def _octopress_image(rest: str) -> str | None:
    """``{% img [class] /path [width [height]] ["title" ["alt"]] %}``."""
    match = re.search(r"(?:^|\s)((?:https?:/|/|\S+/)?\S+\.\w{3,4}|/\S+)(.*)$", rest)
    if match is None:
        return None
    quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", match[2])
    texts = [first or second for first, second in quoted]
    bare = re.sub(r"^\s*\d+%?(?:\s+\d+%?)?\s*", "", re.sub(r"\"[^\"]*\"|'[^']*'", "", match[2])).strip()
    caption = texts[0] if texts else bare
    return dialect.figure(match[1], texts[1] if len(texts) > 1 else caption, caption)


#: Tags whose words alone say what to write.
_SIMPLE: dict[str, Callable[[str], str | None]] = {
    "link": lambda rest: f"{SOURCE_SCHEME}/{_bare(rest).lstrip('/')}",
    "post_url": lambda rest: f"{SOURCE_SCHEME}post:{_bare(rest)}",
    "codetitle": _code_title,
    "literal": lambda rest: f"`{rest}`",
    "img": _octopress_image,
}
