"""Blocks of reStructuredText, as docutils parsed them → lines of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from docutils import nodes

from services.importing.reading.restructured_inline import image_of, inline

_ADMONITIONS = ("attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning")


@dataclass(slots=True)
class Writer:
    """The lines of the Markdown so far, each with the line of the source that it came from."""

    rows: list[tuple[int, str]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    level: int = 1

    def add(self, node: nodes.Node, text: str, indent: str = "") -> None:
        """A block on its own, with an empty line after it."""
        line = _line_of(node)
        self.rows += [(line, f"{indent}{row}".rstrip()) for row in text.split("\n")]
        self.rows.append((line, indent.rstrip()))

    def children(self, node: nodes.Element, indent: str) -> None:
        """The blocks inside ``node``."""
        for child in node.children:
            if isinstance(child, nodes.Element):
                self.block(child, indent)

    def block(self, node: nodes.Element, indent: str) -> None:
        """One block, by its kind."""
        name = type(node).__name__
        if isinstance(node, nodes.section):
            self.level += 1
            self.children(node, indent)
            self.level -= 1
        elif name in _ADMONITIONS or isinstance(node, nodes.admonition):
            self._admonition(node, indent)
        elif name in _BLOCKS:
            _BLOCKS[name](self, node, indent)
        elif isinstance(node, nodes.system_message):
            self._fault(node, indent)
        elif not isinstance(node, nodes.Invisible | nodes.topic):
            self.children(node, indent)

    def _fault(self, node: nodes.Element, indent: str) -> None:
        """Keep the source of an invalid construct, as code."""
        sources = [child for child in node.children if isinstance(child, nodes.literal_block)]
        if int(node.get("level", 0)) < 3 and not sources:
            return
        message = next((child.astext() for child in node.children if isinstance(child, nodes.paragraph)), "")
        self.problems.append((_line_of(node), " ".join(message.split())[:100]))
        for source in sources:
            self.add(node, f"```rst\n{source.astext().strip()}\n```", indent)

    def _title(self, node: nodes.Element, indent: str) -> None:
        if self.level > 1:
            self.add(node, f"{'#' * min(self.level, 6)} {inline(node)}", indent)

    def _paragraph(self, node: nodes.Element, indent: str) -> None:
        self.add(node, inline(node), indent)

    def _code(self, node: nodes.Element, indent: str) -> None:
        given: list[str] = node.get("classes", [])
        classes = [one for one in given if one not in {"code", "literal-block"}]
        language = "python" if isinstance(node, nodes.doctest_block) else classes[0] if classes else ""
        code = node.astext()
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`{3,}", code)), default=0))
        words = f"{language or 'text'} {node['words']}" if node.get("words") else language
        self.add(node, f"{fence}{words}\n{code}\n{fence}", indent)

    def _list(self, node: nodes.Element, indent: str) -> None:
        start = int(node.get("start", 1)) if isinstance(node, nodes.enumerated_list) else None
        for number, item in enumerate(node.children):
            mark = "- " if start is None else f"{start + number}. "
            self._hanging(item, mark, indent)

    def _hanging(self, item: nodes.Node, mark: str, indent: str) -> None:
        """Blocks after a mark: the first one on its line, the others below it."""
        inner = Writer(level=self.level)
        if isinstance(item, nodes.Element):
            inner.children(item, " " * len(mark))
        self.problems += inner.problems
        rows = inner.rows or [(_line_of(item), "")]
        rows[0] = rows[0][0], mark + rows[0][1][len(mark) :]
        self.rows += [(line, f"{indent}{row}".rstrip()) for line, row in rows]

    def _definitions(self, node: nodes.Element, indent: str) -> None:
        for item in node.children:
            if not isinstance(item, nodes.Element):
                continue
            term = next((child for child in item.children if isinstance(child, nodes.term)), None)
            definition = next((child for child in item.children if isinstance(child, nodes.definition)), None)
            self.rows.append((_line_of(item), f"{indent}{inline(term) if term else ''}"))
            if definition is not None:
                self._hanging(definition, ": ", indent)

    def _quote(self, node: nodes.Element, indent: str) -> None:
        self.children(node, f"{indent}> ")
        if self.rows and self.rows[-1][1].strip() == ">":
            self.rows[-1] = self.rows[-1][0], ""

    def _admonition(self, node: nodes.Element, indent: str) -> None:
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        kind = type(node).__name__
        shown = f' "{title.astext()}"'.replace("\n", " ") if title else ""
        self.rows.append((_line_of(node), f"{indent}!!! {'note' if kind == 'admonition' else kind}{shown}"))
        if title is not None:
            node.remove(title)
        self.children(node, f"{indent}    ")

    def _image(self, node: nodes.Element, indent: str) -> None:
        self.add(node, image_of(node), indent)

    def _figure(self, node: nodes.Element, indent: str) -> None:
        image = next(iter(node.findall(nodes.image)), None)
        caption = next((child for child in node.children if isinstance(child, nodes.caption)), None)
        if image is not None:
            self.add(node, image_of(image, caption.astext() if caption else ""), indent)
        for child in node.children:
            if isinstance(child, nodes.legend):
                self.children(child, indent)

    def _footnote(self, node: nodes.Element, indent: str) -> None:
        label = next((child.astext() for child in node.children if isinstance(child, nodes.label)), "1")
        body = [
            child for child in node.children if isinstance(child, nodes.Element) and not isinstance(child, nodes.label)
        ]
        inner = Writer(level=self.level)
        for child in body:
            inner.block(child, "    ")
        rows = inner.rows or [(_line_of(node), "")]
        rows[0] = rows[0][0], f"[^{label}]: {rows[0][1].strip()}"
        self.rows += [(line, f"{indent}{row}".rstrip()) for line, row in rows]

    def _table(self, node: nodes.Element, indent: str) -> None:
        rows = [[_cell(entry) for entry in row.children] for row in node.findall(nodes.row)]
        if not rows:
            return
        if len({len(row) for row in rows}) > 1:
            self.problems.append((_line_of(node), "a table with joined cells: its rows are kept"))
        width = max(map(len, rows))
        has_head = next(iter(node.findall(nodes.thead)), None) is not None
        if not has_head:
            rows.insert(0, [""] * width)
        lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
        lines.insert(1, "|" + " --- |" * width)
        self.add(node, "\n".join(lines), indent)

    def _rule(self, node: nodes.Element, indent: str) -> None:
        self.add(node, "---", indent)

    def _math(self, node: nodes.Element, indent: str) -> None:
        self.add(node, f"$$\n{node.astext()}\n$$", indent)

    def _line_block(self, node: nodes.Element, indent: str) -> None:
        lines = [inline(line) for line in node.findall(nodes.line)]
        self.add(node, "\\\n".join(lines), indent)

    def _attribution(self, node: nodes.Element, indent: str) -> None:
        self.add(node, f"— {inline(node)}", indent)

    def _raw(self, node: nodes.Element, indent: str) -> None:
        if "html" in str(node.get("format", "")).split():
            self.add(node, node.astext(), indent)
            return
        self.problems.append((_line_of(node), "raw text of another format is not carried"))

    def _target(self, node: nodes.Element, indent: str) -> None:
        ids: list[str] = node.get("ids", [])
        if ids and not node.get("refuri"):
            self.add(node, "".join(f'<a id="{one}"></a>' for one in ids), indent)


_BLOCKS: dict[str, Callable[[Writer, nodes.Element, str], None]] = {
    "title": Writer._title,  # noqa: SLF001 - the table of the class itself
    "paragraph": Writer._paragraph,  # noqa: SLF001
    "literal_block": Writer._code,  # noqa: SLF001
    "doctest_block": Writer._code,  # noqa: SLF001
    "bullet_list": Writer._list,  # noqa: SLF001
    "enumerated_list": Writer._list,  # noqa: SLF001
    "definition_list": Writer._definitions,  # noqa: SLF001
    "block_quote": Writer._quote,  # noqa: SLF001
    "image": Writer._image,  # noqa: SLF001
    "figure": Writer._figure,  # noqa: SLF001
    "footnote": Writer._footnote,  # noqa: SLF001
    "table": Writer._table,  # noqa: SLF001
    "transition": Writer._rule,  # noqa: SLF001
    "math_block": Writer._math,  # noqa: SLF001
    "line_block": Writer._line_block,  # noqa: SLF001
    "attribution": Writer._attribution,  # noqa: SLF001
    "raw": Writer._raw,  # noqa: SLF001
    "target": Writer._target,  # noqa: SLF001
}


def _line_of(node: nodes.Node) -> int:
    """The line of a node, or of the nearest ancestor with one."""
    current: nodes.Node | None = node
    while current is not None:
        if current.line:
            return int(current.line)
        current = current.parent
    return 1


def _cell(entry: nodes.Node) -> str:
    parts = [inline(child) for child in entry.children if isinstance(child, nodes.Element)]
    return "<br>".join(parts).replace("|", "\\|").replace("\n", " ")
