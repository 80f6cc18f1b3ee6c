"""Convert reStructuredText to Markdown, by the parser of docutils. Pure: it includes no file and runs nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles

from services.importing.reading.front_matter import Foreign
from services.importing.reading.restructured_blocks import Writer

#: Settings for untrusted text: everything that accesses files or programs is off.
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


#: Roles of Sphinx that refer to what only its own index knows: their words stay.
_REFERENCES = ("ref", "doc", "term", "any", "numref", "abbr")
_FILMS = {
    "youtube": ("YouTube", "https://www.youtube.com/watch?v={}"),
    "vimeo": ("Vimeo", "https://vimeo.com/{}"),
}
#: Roles of Sphinx whose words are code.
_CODE_ROLES = (
    *("class", "func", "meth", "mod", "attr", "exc", "data", "obj", "const"),
    *("py:class", "py:func", "py:meth", "py:mod", "py:attr", "py:exc", "py:data", "py:obj", "py:const"),
    *("file", "option", "envvar", "samp"),
)


@dataclass(slots=True)
class Restructured:
    """A document as Markdown. ``lines`` are those of the source, one for each line of ``foreign.body``.

    ``problems`` are constructs that have no form in Markdown, with their lines.
    """

    foreign: Foreign
    lines: list[int]
    problems: list[tuple[int, str]]


def read_restructured(text: str) -> Restructured:
    """Convert ``text``, with its field list as front matter. Never raises for its content."""
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
    """The options of a directive that also accepts options of other tools."""

    def __missing__(self, name: str) -> Callable[[str | None], str]:
        return lambda value: value or ""


class _Code(Directive):
    """``code``, ``code-block``, ``sourcecode``: a block of code; unknown options are ignored."""

    optional_arguments = 1
    final_argument_whitespace = True
    # docutils takes an empty table to mean that there are no options.
    option_spec = _AnyOption(name=str)  # type: ignore[assignment] # converters of it take None too
    has_content = True

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        words = [word for word in ("linenos",) if word in self.options]
        for name, option in (("hl_lines", "emphasize-lines"), ("hl_lines", "hl_lines"), ("title", "caption")):
            if self.options.get(option):
                words.append(f'{name}="{self.options[option]}"')
        return [nodes.literal_block(code, code, classes=["code", *self.arguments], words=" ".join(words))]


class _Raw(Directive):
    """``raw``: HTML stays as it stands in the document. No file and no address is read."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = _AnyOption(name=str)  # type: ignore[assignment] # see _Code
    has_content = True

    def run(self) -> list[nodes.Node]:
        if not self.content:
            raise self.error("nothing stands in it: a file or an address is not read")
        return [nodes.raw("", "\n".join(self.content), format=self.arguments[0].lower())]


class _Film(Directive):
    """``youtube`` and ``vimeo``, as a link."""

    required_arguments = 1
    option_spec = _AnyOption(name=str)  # type: ignore[assignment] # see _Code

    def run(self) -> list[nodes.Node]:
        provider, address = _FILMS[self.name]
        link = nodes.reference("", f"Watch on {provider}", refuri=address.format(self.arguments[0]))
        return [nodes.paragraph("", "", link)]


def _role(
    name: str, rawtext: str, text: str, *_: object, **__: object
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """A role of Sphinx: names of code as code, keys as keys, the words of every reference."""
    words = re.sub(r"\s*<[^<>]*>$", "", nodes.unescape(text)).lstrip("~!")
    if name == "kbd":
        return [nodes.inline(rawtext, words, classes=["role-kbd"])], []
    if name in {"guilabel", "menuselection", "command", "program"}:
        return [nodes.strong(rawtext, words)], []
    return [nodes.Text(words) if name in _REFERENCES else nodes.literal(rawtext, words)], []


@cache
def _know_code_directives() -> None:
    for name in ("code", "code-block", "sourcecode", "highlight"):
        directives.register_directive(name, _Code)
    directives.register_directive("raw", _Raw)
    for name in _FILMS:
        directives.register_directive(name, _Film)
    for name in (*_REFERENCES, "kbd", "guilabel", "menuselection", "command", "program", *_CODE_ROLES):
        roles.register_local_role(name, _role)  # type: ignore[arg-type] # it is called with more, and gives any node


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
