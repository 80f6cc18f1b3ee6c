"""reStructuredText as Markdown, by the parser of docutils. Pure: it includes no file and runs nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives

from services.importing.reading.front_matter import Foreign
from services.importing.reading.restructured_blocks import Writer

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
    writer = Writer()
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
