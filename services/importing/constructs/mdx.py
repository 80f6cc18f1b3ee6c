"""Convert MDX: imports and exports are removed, known components become Markdown, partials are written out."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Any

from services.importing.constructs import dialect, named
from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft, dedented, line_before
from services.importing.constructs.formulas import Formulas
from services.importing.constructs.markup.includes import convert_code_blocks
from services.importing.constructs.named import Arguments
from services.importing.reading.front_matter import read_front_matter
from services.importing.reading.js_data import Call, read_js

_STATEMENT = re.compile(r"^(?:import|export)\b", re.MULTILINE)
_IMPORT = re.compile(
    r"import\s+(?:([\w$]+)|\*\s+as\s+([\w$]+)|\{[^}]*\})(?:\s*,\s*\{[^}]*\})?\s+from\s+[\"']([^\"']+)[\"']"
)
#: A document with more invalid tags (``List<String>``) is not MDX, or an attack.
_MAX_FAULTS = 500
_DEFINED = re.compile(r"\b(?:const|let|var|function|class)\s+([A-Z]\w*)")
_TAG = re.compile(r"<(?P<end>/)?(?P<name>[A-Z][\w.]*)")
_ATTRIBUTE = re.compile(r"\s*(?:([A-Za-z_][\w:-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(?=\{)))?|(?=\{))")
_HEAD = re.compile(r"^[ \t]*<head>(?:(?!</head>).){0,5000}</head>[ \t]*\n?", re.DOTALL | re.MULTILINE)
#: ``<>`` and ``</>``, which hold others and are nothing themselves.
_FRAGMENT = re.compile(r"^[ \t]*</?>[ \t]*\n|</?>", re.MULTILINE)
_COMMENT = re.compile(r"\{/\*(?!\s*(?:truncate|more)\s*\*/)(?:(?!\*/\}|\{/\*).){0,20000}\*/\}[ \t]*", re.DOTALL)
_TEXT = re.compile(r"\{\s*(?:\"([^\"\n]*)\"|'([^'\n]*)'|`([^`$]*)`)\s*\}")
_EXPRESSION = re.compile(r"(?<![\\$\w{#])\{(?![#.:%{/])([A-Za-z_$\d(!][^{}\n]*)\}(?!\})")
_PARTIAL = (".md", ".mdx")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")


@dataclass(slots=True)
class _Component:
    start: int
    end: int
    name: str
    arguments: Arguments
    inner: tuple[int, int] | None = None


def convert_mdx(draft: Draft, context: Context) -> None:
    """Convert all MDX in ``draft``. In plain ``.md`` only imports and known components are converted."""
    if _STATEMENT.search(draft.text):
        _statements(draft, context)
    if "mdx-code-block" in draft.text:
        # What the old site's other readers should see as code, and its own as MDX.
        draft.apply(
            (fence.start, fence.end, draft.text[fence.code_start : fence.code_end].rstrip("\n"))
            for fence in draft.fences()
            if fence.info == "mdx-code-block"
        )
    if "<head>" in draft.text:
        draft.sub(_HEAD, lambda match: _without_head(draft, match))
    convert_code_blocks(draft, context)
    _components(draft, context)
    if context.document.is_mdx:
        draft.sub(_COMMENT, lambda _: "")
        draft.sub(_FRAGMENT, lambda _: "")
        draft.sub(_TEXT, lambda match: next(group for group in match.groups() if group is not None))
        formulas = Formulas(draft.text)
        draft.sub(_EXPRESSION, lambda match: None if match.start() in formulas else _expression(draft, match, context))


def _without_head(draft: Draft, match: re.Match[str]) -> str:
    draft.report("dropped", "<head>", match.start(), "what it says to programs: the page has its own")
    return ""


def _expression(draft: Draft, match: re.Match[str], context: Context) -> str | None:
    """Replace ``{name}`` of a known constant; report any other expression."""
    line = line_before(draft.text, match.start())
    if re.search(r"<[A-Za-z][^>]*$|\]\([^)]*$", line):
        return None
    value: Any = {"frontMatter": context.document.data, "frontmatter": context.document.data, **context.variables}
    for key in match[1].strip().split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        draft.report("converted", "{expression}", match.start())
        return str(value)
    draft.report("left", "{expression}", match.start(), match[0][:60])
    return None


def _statements(draft: Draft, context: Context) -> None:
    """Remove ``import`` and ``export`` at the start of a line, up to the next empty line, as MDX parses them."""
    edits: list[tuple[int, int, str]] = []
    at = 0
    for match in draft.matches(_STATEMENT):
        if match.start() < at:
            continue
        end = at = _statement_end(draft.text, match.start())
        statement = draft.text[match.start() : end]
        if not _is_statement(statement):
            continue
        for found in _IMPORT.finditer(statement):
            name = found[1] or found[2]
            if name:
                context.imports[name] = found[3]
        context.components.update(_DEFINED.findall(statement))
        if re.search(r"^export\b", statement, re.MULTILINE):
            context.variables.update({key: value for key, value in read_js(statement).items() if key != "default"})
        is_import = statement.startswith("import")
        draft.report(
            "converted" if is_import else "dropped",
            "import" if is_import else "export",
            match.start(),
            statement.split("\n")[0][:80],
        )
        edits.append((match.start(), end, ""))
    draft.apply(edits)


def _is_statement(statement: str) -> bool:
    """Whether a line that starts with the word is a statement and not prose ("import the module first")."""
    return (
        re.match(
            r"import\s*(?:[\"']|[\w$*{][^\n]*?\bfrom\s*[\"']|\{[^}]*\}\s*from\s*[\"']|type\s)", statement, re.DOTALL
        )
        is not None
        or re.match(r"export\s+(?:const|let|var|default|function|async|class|type|interface|\{|\*)", statement)
        is not None
    )


def _statement_end(text: str, start: int) -> int:
    blank = re.compile(r"\n[ \t]*(?=\n)|\Z").search(text, start)
    end = blank.end() if blank else len(text)
    # Several statements without an empty line between them are one paragraph; prose after them is kept.
    lines = text[start:end].split("\n")
    depth = 0
    for number, line in enumerate(lines):
        if number and depth <= 0 and not re.match(r"import\b|export\b|\s|[})\]]", line):
            return start + len("\n".join(lines[:number]))
        depth += len(re.findall(r"[{(\[]", line)) - len(re.findall(r"[})\]]", line))
    return end


def _components(draft: Draft, context: Context) -> None:
    """Convert components, outermost first; their content is converted as a text of its own."""
    if not _TAG.search(draft.text):
        return
    found = _find(draft)
    edits: list[tuple[int, int, str]] = []
    at = 0
    for component in found:
        if component.start < at:
            continue
        text = _convert(draft, component, context)
        if text is None:
            continue
        edits.append((component.start, component.end, text))
        at = component.end
    draft.apply(edits)


def _find(draft: Draft) -> list[_Component]:
    components: list[_Component] = []
    opened: list[int] = []
    text = draft.text
    faults = 0
    for match in draft.matches(_TAG):
        if faults > _MAX_FAULTS:
            break
        if match["end"]:
            close = text.find(">", match.end())
            index = next((one for one in reversed(opened) if components[one].name == match["name"]), None)
            if index is not None and close >= 0:
                components[index].inner = (components[index].end, match.start())
                components[index].end = close + 1
                del opened[opened.index(index) :]
            continue
        end, arguments, is_closed = _tag_end(text, match.end())
        if end is None:
            faults += 1
            continue
        components.append(_Component(match.start(), end, match["name"], arguments))
        if not is_closed:
            opened.append(len(components) - 1)
    return sorted(components, key=lambda one: (one.start, -one.end))


def _tag_end(text: str, at: int) -> tuple[int | None, Arguments, bool]:
    """The end of a tag, its attributes, and whether it closes itself.

    ``None`` if it is not a tag (``List<String>``).
    """
    names: dict[str, Any] = {}
    while True:
        gap = re.compile(r"\s*(?:\{/\*.*?\*/\}\s*)?", re.DOTALL).match(text, at)
        at = gap.end() if gap else at
        if text.startswith("/>", at):
            return at + 2, Arguments((), names), True
        if text.startswith(">", at):
            return at + 1, Arguments((), names), False
        match = _ATTRIBUTE.match(text, at)
        if match is None or (match.end() == at and not text.startswith("{", at)):
            return None, Arguments(), False
        at = match.end()
        value: Any = next((group for group in (match[2], match[3]) if group is not None), True)
        if text.startswith("{", at):
            end = _brace_end(text, at)
            if end is None:
                return None, Arguments(), False
            value = _value(text[at + 1 : end - 1])
            at = end
        if match[1]:
            names[match[1].lower()] = value


def _brace_end(text: str, at: int) -> int | None:
    depth = 0
    for index in range(at, min(len(text), at + 5_000)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    return None


def _value(source: str) -> Any:
    value = read_js(f"export default [{source}]").get("default")
    first = value[0] if isinstance(value, list) and value else None
    return source.strip() if first is None else first


def _convert(draft: Draft, component: _Component, context: Context) -> str | None:
    name = component.name
    construct = f"<{name}>"
    is_own = name in context.components
    line = line_before(draft.text, component.start)
    indent = line if not line.strip() else ""
    imported = context.imports.get(name, "")
    if imported.endswith(_PARTIAL):
        return _partial(draft, component, context, imported)
    arguments = _resolved(component.arguments, context)

    def rendered(inner: str | None) -> str | None:
        text = _special(name, arguments, inner)
        return named.render(name, arguments, inner, indent) if text is None and not is_own else text

    inner = None if component.inner is None else draft.text[slice(*component.inner)]
    is_left = not context.document.is_mdx and not imported and not is_own
    # The content of a tag that is left is converted where it stands.
    if is_left and rendered(inner) is None:
        return None
    if component.inner is not None:
        inner = context.convert_inside(draft, *component.inner, lambda part: _components(part, context))
    text = rendered(inner)
    if text is not None:
        draft.report("converted", construct, component.start)
        return text
    draft.report(
        "dropped", construct, component.start, "the component is not carried" + (", its content is" if inner else "")
    )
    return f"\n{dedented(inner)}\n" if inner and "\n" in inner else inner or ""


def _special(name: str, arguments: Arguments, inner: str | None) -> str | None:
    """Convert components whose content needs more than a wrapper."""
    if name == "Tabs" and inner is not None and isinstance(arguments.names.get("values"), list):
        labels = {
            str(one.get("value")): str(one.get("label")) for one in arguments.names["values"] if isinstance(one, dict)
        }
        for value, label in labels.items():
            inner = inner.replace(f'=== "{value}"', f'=== "{label}"')
        return f"\n{dedented(dialect.new_tabs(inner))}\n"
    if name in {"TOCInline", "Icon", "Head", "BrowserOnly", "Fragment", "React.Fragment"}:
        return (inner or "") if name != "Head" else ""
    if name == "ThemedImage":
        return named.render(
            "img", Arguments((), {**arguments.names, "src": _light(arguments.names.get("sources"))}), None
        )
    if name == "Link" and inner is not None:
        target = arguments.get("to", "href")
        return f"[{' '.join(inner.split())}]({target})" if target else inner
    return None


def _light(sources: object) -> str:
    """The picture for the light scheme among ``{light: useBaseUrl('/a.png'), dark: …}``."""
    found = sources.get("light") if isinstance(sources, dict) else sources
    if isinstance(found, Call):
        found = next(iter(found.arguments), "")
    quoted = re.search(r"light\s*:[^'\"`]*['\"`]([^'\"`]+)", found) if isinstance(found, str) else None
    return quoted[1] if quoted else found if isinstance(found, str) else ""


def _resolved(arguments: Arguments, context: Context) -> Arguments:
    """The attributes, with imported pictures replaced by their paths."""
    names = dict(arguments.names)
    for key, value in names.items():
        if isinstance(value, Call) and value.name in {"import", "require", "useBaseUrl"} and value.arguments:
            names[key] = value.arguments[0]
        elif isinstance(value, str):
            required = re.match(r"require\([\"']([^\"']+)[\"']\)", value)
            url = re.match(r"useBaseUrl\([\"']([^\"']+)[\"']\)", value)
            imported = context.imports.get(value.removesuffix(".src"), "")
            if required or url:
                names[key] = (required or url)[1]  # type: ignore[index] # one of them matched
            elif imported.endswith(_PICTURES):
                names[key] = imported
    return Arguments(arguments.places, names)


def _partial(draft: Draft, component: _Component, context: Context, imported: str) -> str:
    """Write out a Markdown file that is used as a component."""
    construct = "partial"
    here = posixpath.dirname(context.document.path)
    path = imported.removeprefix("@site/")
    roots = [context.option("project") or ""]
    candidates = [posixpath.join(here, path), *(posixpath.join(root, path) for root in roots)]
    found = context.open_include(draft, component.start, candidates, construct)
    if found is None:
        draft.report("dropped", construct, component.start, f"{imported}: there is no such file")
        return ""
    try:
        body = read_front_matter(found[1]).body
        part = Draft(draft.path, body.strip("\n"), draft.line_at(component.start), draft.findings)
        outside = context.variables
        context.variables = {**outside, "props": dict(component.arguments.names)}
        convert_mdx(part, context)
        context.variables = outside
        draft.report("converted", construct, component.start, found[0])
        return f"\n{part.text}\n"
    finally:
        context.close_include()
