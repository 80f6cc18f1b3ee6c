"""Container blocks: ``:::``, ``!!!`` and ``???``, converted to this site's syntax."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.importing.constructs import dialect, named
from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft

_COLONS = re.compile(r"(?P<indent>[ \t]*(?:>[ \t]*)*)(?P<colons>:{3,})[ \t]*(?P<name>[A-Za-z][\w-]*)?(?P<rest>.*)$")
_INDENTED = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>!!!|\?\?\?\+?)[ \t]+(?P<rest>\S.*)$", re.MULTILINE)
_MKDOCSTRINGS = re.compile(r"^:::[ \t]+(?P<name>[\w.]+)[ \t]*$(?P<options>(?:\n(?:[ \t]+\S.*)?)*)", re.MULTILINE)
#: A block of pymdownx: ``/// note | Title``, its options indented below it, and ``///``.
_SLASHES = re.compile(
    r"^(?P<indent>[ \t]*)(?P<mark>/{3,})(?:[ \t]*(?P<name>[a-z][\w-]*)[ \t]*(?:\|[ \t]*(?P<title>.*))?"
    r"(?P<options>(?:\n(?:    |\t)[ \t]*[\w-]+:.*)*))?[ \t]*$",
    re.MULTILINE,
)
#: Directives of remark: a block in one line, and words with a name.
_LEAF = re.compile(
    r"^(?P<indent>[ \t]*)::(?P<name>[A-Za-z][\w-]*)(?:\[(?P<label>[^\]\n]*)\])?(?:\{(?P<rest>[^}\n]*)\})?[ \t]*$",
    re.MULTILINE,
)
_WORDS = re.compile(r"(?<![\w:/\\]):(?P<name>[a-z][\w-]*)\[(?P<label>[^\[\]\n]+)\](?:\{[^}\n]*\})?(?!\()")
_SETTING = re.compile(r"([\w-]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\s}\"']+))")
#: Blocks whose title is a selector or a number, and no words for readers.
_UNTITLED = frozenset({"html", "caption", "figure-caption", "table-caption", "define"})
#: Code whose first indented line names its language, as Python-Markdown's CodeHilite reads it.
_HILITE = re.compile(
    r"(?P<before>^|\n[ \t]*\n)(?P<indent>    |\t)(?::::+|#!)[ \t]*(?P<language>[A-Za-z][\w+#-]*)[ \t]*"
    r"(?P<words>(?:hl_lines=\"[\d ]+\"|linenos=\w+|[ \t])*)(?P<code>(?:\n(?:(?:    |\t).*|[ \t]*(?=\n(?:    |\t))))+)"
)
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"[ \t]*$")


@dataclass(slots=True)
class _Opened:
    row: int
    colons: int
    indent: str
    name: str
    title: str


def convert_containers(draft: Draft, context: Context) -> None:
    """Convert every container of ``draft`` that is spelled differently here. Tabs (``===``) and alerts are the same."""
    if context.site.kind == "mkdocs-material":
        draft.sub(_MKDOCSTRINGS, lambda match: _reference_page(draft, match))
        if "///" in draft.text:
            draft.sub(_SLASHES, _as_colons)
    if context.site.kind in {"mkdocs-material", "pelican", "markdown"}:
        draft.sub(_HILITE, lambda match: _hilite(draft, match))
    if ":::" in draft.text:
        _colons(draft)
    if context.site.kind in {"astro", "docusaurus"} and ":" in draft.text:
        draft.sub(_LEAF, lambda match: _leaf(draft, match))
        draft.sub(_WORDS, lambda match: _words(draft, match))
    draft.sub(_INDENTED, lambda match: _own_header(draft, match), "text")


def _reference_page(draft: Draft, match: re.Match[str]) -> str:
    draft.report(
        "dropped",
        "::: (mkdocstrings)",
        match.start(),
        f"{match['name']}: made from program code, which is not run; kept as a comment",
    )
    end = "\n" * (len(match[0]) - len(match[0].rstrip("\n")))
    return dialect.comment(match[0].strip()) + end


def _leaf(draft: Draft, match: re.Match[str]) -> str | None:
    settings = _SETTING.findall(match["rest"] or "")
    names = {name.lower(): double or single or bare for name, double, single, bare in settings}
    places = [match["label"]] if match["label"] else []
    text = named.render(match["name"], named.Arguments(places, names), None, match["indent"])
    construct = f"::{match['name']}"
    draft.report("left" if text is None else "converted", construct, match.start(), match[0].strip()[:60])
    return text


def _words(draft: Draft, match: re.Match[str]) -> str:
    """The words of a text directive: ``:spoiler[words]``; known ones keep their element."""
    text = named.render(match["name"], named.Arguments(), match["label"])
    draft.report("dropped" if text is None else "converted", f":{match['name']}[ ]", match.start(), match[0][:60])
    return match["label"] if text is None or "\n" in text else text


def _as_colons(match: re.Match[str]) -> str:
    """A block of pymdownx as a container, which ``_colons`` converts."""
    colons = ":" * len(match["mark"])
    if not match["name"]:
        return f"{match['indent']}{colons}"
    kind = re.search(r"\btype:[ \t]*[\"']?([\w-]+)", match["options"] or "")
    name = kind[1] if kind and match["name"] == "admonition" else match["name"]
    title = "" if name in _UNTITLED else (match["title"] or "").strip()
    if not _is_admonition(name) and name not in {*_UNTITLED, "details", "tab"}:
        # A block of the site's own: its name says what its title is.
        title = ": ".join(filter(None, (name.replace("-", " ").capitalize(), title)))
    return f"{match['indent']}{colons}{name}[{title}]" + "\n" * (match["options"] or "").count("\n")


def _hilite(draft: Draft, match: re.Match[str]) -> str:
    draft.report("converted", ":::language of indented code", match.start() + len(match["before"]), match["language"])
    code = "\n".join(line.removeprefix(match["indent"]) for line in match["code"].split("\n")[1:]).rstrip()
    words = match["words"].strip()
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`{3,}", code)), default=0))
    return f"{match['before']}{fence}{match['language']}{f' {words}' if words else ''}\n{code}\n{fence}"


def _rows(draft: Draft) -> list[tuple[int, str, bool]]:
    """The lines of ``draft``: where each starts, its text, and whether it is inside a fence."""
    rows: list[tuple[int, str, bool]] = []
    at = 0
    for line in draft.text.split("\n"):
        rows.append((at, line, draft.is_code(at, "text")))
        at += len(line) + 1
    return rows


def _colons(draft: Draft) -> None:
    """Convert ``:::name Title`` … ``:::`` to admonitions, details or just their content."""
    rows = _rows(draft)
    closed = _pairs(draft, rows)
    deeper = [0] * len(rows)
    new: dict[int, str] = {}
    for container, end in closed:
        draft.report("converted", f":::{container.name}", rows[container.row][0])
        if _is_admonition(container.name) or container.name.lower() in {"details", "tab"}:
            for row in range(container.row + 1, end):
                deeper[row] += 4
        above = rows[container.row - 1][1] if container.row else ""
        is_apart = not above.strip(" >") or container.row - 1 in new
        new[container.row] = ("" if is_apart else "\n") + _header(container)
        new[end] = container.indent.rstrip() if ">" in container.indent else ""
    edits = []
    for row, (start, line, _) in enumerate(rows):
        text = _deeper(new.get(row, line), deeper[row], is_quoted=row not in new)
        if row in new and not text and row and not rows[row - 1][1].strip():
            # Remove the whole line of the closing mark: one empty line is enough.
            edits.append((start - 1, start + len(line), ""))
        elif text != line:
            edits.append((start, start + len(line), text))
    draft.apply(edits)


def _pairs(draft: Draft, rows: list[tuple[int, str, bool]]) -> list[tuple[_Opened, int]]:
    """Pair containers with the rows that close them: a mark closes the innermost one with at most as many colons."""
    opened: list[_Opened] = []
    closed: list[tuple[_Opened, int]] = []
    for row, (_, line, is_code) in enumerate(rows):
        match = None if is_code or ":::" not in line else _COLONS.match(line)
        if match is None:
            continue
        colons = len(match["colons"])
        if match["name"]:
            opened.append(_Opened(row, colons, match["indent"], match["name"], _container_title(match["rest"])))
        elif not match["rest"].strip() and opened:
            fitting = (one for one in range(len(opened) - 1, -1, -1) if opened[one].colons <= colons)
            index = next(fitting, len(opened) - 1)
            closed.append((opened[index], row))
            del opened[index:]
    for lost in opened:
        # Other tools close it with its parent, or at the end; here its mark would be left in the text.
        draft.report("dropped", ":::", rows[lost.row][0], f"{lost.name} is never closed: closed at the end")
    closed += [(lost, len(rows)) for lost in opened if _is_admonition(lost.name)]
    return closed


def _deeper(text: str, margin: int, *, is_quoted: bool) -> str:
    """Indent lines by ``margin``; in a quotation, after its marks."""
    if not margin or not text.strip():
        return text
    lead = re.match(r"(?:[ \t]*>)*", text) if is_quoted else None
    cut = lead.end() if lead and ">" in lead[0] else 0
    return "\n".join(f"{part[:cut]}{' ' * margin}{part[cut:]}" if part.strip() else part for part in text.split("\n"))


def _is_admonition(name: str) -> bool:
    return name.lower() != "details" and (
        name.lower() in dialect.KINDS or name.lower() in {"alert", "callout", "admonition", "box"}
    )


def _header(container: _Opened) -> str:
    if container.name.lower() == "tab":
        return dialect.tab(container.title, "", container.indent).split("\n")[0] + "\n"
    if container.name.lower() == "details":
        return dialect.details(container.title, "", indent=container.indent).split("\n")[0]
    if not _is_admonition(container.name):
        return f"{container.indent}**{container.title}**\n" if container.title else container.indent.rstrip()
    return container.indent + dialect.admonition(container.name, container.title, "").split("\n")[0]


def _container_title(rest: str) -> str:
    rest = re.sub(r"\{[^{}]*\}\s*$", "", rest).strip()
    bracket = re.match(r"\[(.*)\]\s*(.*)$", rest)
    return (bracket[1] if bracket else rest).strip()


def _own_header(draft: Draft, match: re.Match[str]) -> str | None:
    """Rewrite ``!!!`` and ``???`` with the kinds of this site."""
    quoted = _QUOTED.search(match["rest"])
    words = match["rest"][: quoted.start() if quoted else None].split()
    kind = next((word for word in words if word not in {"inline", "end"}), "note")
    title = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else ""
    if match["mark"] == "!!!":
        header = dialect.admonition(kind, title, "", match["indent"]).split("\n")[0]
        if quoted and not quoted[1].strip():
            # A title that is empty: none is shown, not even the kind.
            header = f'{match["indent"]}!!! {dialect.KINDS.get(kind.lower(), "note")} ""'
    else:
        is_open = match["mark"].endswith("+")
        title = title or kind.replace("-", " ").capitalize()
        header = dialect.details(title, "", is_open=is_open, kind=kind, indent=match["indent"]).split("\n")[0]
    if header == match[0].rstrip():
        return None
    draft.report("converted", match["mark"].rstrip("+"), match.start(), match["rest"][:60])
    return header
