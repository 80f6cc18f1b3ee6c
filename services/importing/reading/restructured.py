"""reStructuredText as Markdown, by the parser of docutils. Pure: it includes no file and runs nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives

from services.importing.reading.front_matter import Foreign

#: What the parser may do with text of strangers: read it. Everything that reaches for files or programs is off.
_SETTINGS: dict[str, Any] = {
    "_disable_config": True,
    "docinfo_xform": False,
    "file_insertion_enabled": False,
    "halt_level": 5,
    "input_encoding": "unicode",
    "raw_enabled": False,
    "report_level": 3,
    "sectsubtitle_xform": False,
    "smart_quotes": False,
    "syntax_highlight": "none",
}
_SPECIAL = re.compile(r"([\\`*_\[\]<])")
_ADMONITIONS = ("attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning")


@dataclass(slots=True)
class Restructured:
    """A document as Markdown. ``lines`` are those of the source, one for each line of ``foreign.body``.

    ``problems`` are what has no form in Markdown, with the line of each.
    """

    foreign: Foreign
    lines: list[int]
    problems: list[tuple[int, str]]


def read_restructured(text: str) -> Restructured:
    """``text`` with its field list as front matter and the rest as Markdown. Never raises for what the text holds."""
    _know_code_directives()
    settings = {**_SETTINGS, "warning_stream": io.StringIO()}
    try:
        document = publish_doctree(text, settings_overrides=settings)
    except Exception as error:  # noqa: BLE001 - a parser of this size has faults of its own; the text is kept
        body = f"```rst\n{text}\n```\n"
        foreign = Foreign({}, {}, body, 1, "reST")
        return Restructured(foreign, [1] * (body.count("\n") + 1), [(1, f"kept as it is: {type(error).__name__}")])
    writer = _Writer()
    data, lines = _metadata(document)
    writer.children(document, "")
    writer.rows = writer.rows or [(1, "")]
    foreign = Foreign(data, lines, "\n".join(line for _, line in writer.rows) + "\n", 1, "reST")
    return Restructured(foreign, [number for number, _ in writer.rows] + [1], writer.problems)


class _AnyOption(dict[str, Callable[[str | None], str]]):
    """The options of a directive that takes whatever other tools have added to it."""

    def __missing__(self, name: str) -> Callable[[str | None], str]:
        return lambda value: value or ""


class _Code(Directive):
    """``code``, ``code-block``, ``sourcecode``: a block of code, with options that mean nothing here."""

    optional_arguments = 1
    final_argument_whitespace = True
    # docutils takes an empty table to mean that there are no options.
    option_spec = _AnyOption(name=str)  # type: ignore[assignment] # converters of it take None too
    has_content = True

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        return [nodes.literal_block(code, code, classes=["code", *self.arguments])]


@cache
def _know_code_directives() -> None:
    for name in ("code", "code-block", "sourcecode", "highlight"):
        directives.register_directive(name, _Code)


def _metadata(document: nodes.document) -> tuple[dict[str, Any], dict[str, int]]:
    """The title, and the fields at the top."""
    data: dict[str, Any] = {}
    lines: dict[str, int] = {}
    title = document.get("title") or next(
        (child.astext() for child in document.children if isinstance(child, nodes.title)), ""
    )
    if title:
        data["title"] = str(title)
    for child in document.children:
        if isinstance(child, nodes.field_list):
            for entry in child.children:
                name, value = entry.children[0].astext().strip().lower(), entry.children[1].astext().strip()
                data[name] = value
                lines[name] = entry.line or 1
            child.parent.remove(child)
            break
        if not isinstance(child, nodes.title | nodes.comment):
            break
    return data, lines


@dataclass(slots=True)
class _Writer:
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
        """What the parser could not make sense of: its source stays, as code."""
        sources = [child for child in node.children if isinstance(child, nodes.literal_block)]
        if int(node.get("level", 0)) < 3 and not sources:
            return
        message = next((child.astext() for child in node.children if isinstance(child, nodes.paragraph)), "")
        self.problems.append((_line_of(node), " ".join(message.split())[:100]))
        for source in sources:
            self.add(node, f"```rst\n{source.astext().strip()}\n```", indent)

    def _title(self, node: nodes.Element, indent: str) -> None:
        if self.level > 1:
            self.add(node, f"{'#' * min(self.level, 6)} {_inline(node)}", indent)

    def _paragraph(self, node: nodes.Element, indent: str) -> None:
        self.add(node, _inline(node), indent)

    def _code(self, node: nodes.Element, indent: str) -> None:
        given: list[str] = node.get("classes", [])
        classes = [one for one in given if one not in {"code", "literal-block"}]
        language = "python" if isinstance(node, nodes.doctest_block) else classes[0] if classes else ""
        code = node.astext()
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`{3,}", code)), default=0))
        self.add(node, f"{fence}{language}\n{code}\n{fence}", indent)

    def _list(self, node: nodes.Element, indent: str) -> None:
        start = int(node.get("start", 1)) if isinstance(node, nodes.enumerated_list) else None
        for number, item in enumerate(node.children):
            mark = "- " if start is None else f"{start + number}. "
            self._hanging(item, mark, indent)

    def _hanging(self, item: nodes.Node, mark: str, indent: str) -> None:
        """Blocks behind a mark: the first on its line, the others below it."""
        inner = _Writer(level=self.level)
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
            self.rows.append((_line_of(item), f"{indent}{_inline(term) if term else ''}"))
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
        self.add(node, _image(node), indent)

    def _figure(self, node: nodes.Element, indent: str) -> None:
        image = next(iter(node.findall(nodes.image)), None)
        caption = next((child for child in node.children if isinstance(child, nodes.caption)), None)
        if image is not None:
            self.add(node, _image(image, caption.astext() if caption else ""), indent)
        for child in node.children:
            if isinstance(child, nodes.legend):
                self.children(child, indent)

    def _footnote(self, node: nodes.Element, indent: str) -> None:
        label = next((child.astext() for child in node.children if isinstance(child, nodes.label)), "1")
        body = [
            child for child in node.children if isinstance(child, nodes.Element) and not isinstance(child, nodes.label)
        ]
        inner = _Writer(level=self.level)
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
        lines = [_inline(line) for line in node.findall(nodes.line)]
        self.add(node, "\\\n".join(lines), indent)

    def _raw(self, node: nodes.Element, _indent: str) -> None:
        self.problems.append((_line_of(node), "raw text of another format is not carried"))

    def _target(self, node: nodes.Element, indent: str) -> None:
        ids: list[str] = node.get("ids", [])
        if ids and not node.get("refuri"):
            self.add(node, "".join(f'<a id="{one}"></a>' for one in ids), indent)


_BLOCKS: dict[str, Callable[[_Writer, nodes.Element, str], None]] = {
    "title": _Writer._title,  # noqa: SLF001 - the table of the class itself
    "paragraph": _Writer._paragraph,  # noqa: SLF001
    "literal_block": _Writer._code,  # noqa: SLF001
    "doctest_block": _Writer._code,  # noqa: SLF001
    "bullet_list": _Writer._list,  # noqa: SLF001
    "enumerated_list": _Writer._list,  # noqa: SLF001
    "definition_list": _Writer._definitions,  # noqa: SLF001
    "block_quote": _Writer._quote,  # noqa: SLF001
    "image": _Writer._image,  # noqa: SLF001
    "figure": _Writer._figure,  # noqa: SLF001
    "footnote": _Writer._footnote,  # noqa: SLF001
    "table": _Writer._table,  # noqa: SLF001
    "transition": _Writer._rule,  # noqa: SLF001
    "math_block": _Writer._math,  # noqa: SLF001
    "line_block": _Writer._line_block,  # noqa: SLF001
    "raw": _Writer._raw,  # noqa: SLF001
    "target": _Writer._target,  # noqa: SLF001
}


def _line_of(node: nodes.Node) -> int:
    """The line of a node, or of the nearest around it that has one."""
    current: nodes.Node | None = node
    while current is not None:
        if current.line:
            return int(current.line)
        current = current.parent
    return 1


def _cell(entry: nodes.Node) -> str:
    parts = [_inline(child) for child in entry.children if isinstance(child, nodes.Element)]
    return "<br>".join(parts).replace("|", "\\|").replace("\n", " ")


def _image(node: nodes.Element, caption: str = "") -> str:
    words = " ".join(str(node.get("alt") or caption).split()).replace("[", "(").replace("]", ")")
    title = " ".join(caption.split()).replace('"', "'")
    uri = str(node.get("uri", ""))
    written = f"<{uri}>" if re.search(r"[\s()]", uri) else uri
    return f'![{words}]({written} "{title}")' if title else f"![{words}]({written})"


def _inline(node: nodes.Element) -> str:
    return "".join(_pieces(node.children))


def _pieces(children: Iterable[nodes.Node]) -> Iterator[str]:
    for child in children:
        if isinstance(child, nodes.Text):
            yield _SPECIAL.sub(r"\\\1", str(child)).replace("\x00", "")
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
            yield _image(child)
        elif isinstance(child, nodes.math):
            yield f"${child.astext()}$"
        elif isinstance(child, nodes.system_message | nodes.raw | nodes.generated):
            continue
        elif isinstance(child, nodes.Element):
            opening, closing = _MARKS.get(type(child).__name__, ("", ""))
            yield f"{opening}{_inline(child)}{closing}"


_MARKS = {
    "emphasis": ("*", "*"),
    "strong": ("**", "**"),
    "title_reference": ("*", "*"),
    "subscript": ("<sub>", "</sub>"),
    "superscript": ("<sup>", "</sup>"),
}


def _reference(node: nodes.reference) -> str:
    words = _inline(node)
    target = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
    if not target:
        return words
    written = f"<{target}>" if re.search(r"[\s()]", target) else target
    return f"<{target}>" if node.astext() == target else f"[{words}]({written})"
