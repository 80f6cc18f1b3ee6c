"""Included files: a block of code keeps the name of its file, everything else is written out.

A file whose code a block shows is copied to ``included/`` of the content folder, so that later edits of it still apply.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from services.importing.constructs import dialect
from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft, Edit, Fence
from shared.content.markdown.code.includes import NoSuchPart, part_of

_SNIPPET = re.compile(r"^(?P<indent>[ \t]*)-{1,}8<-{1,}[ \t]+[\"']?(?P<path>[^\"'\n]+?)[\"']?[ \t]*$", re.MULTILINE)
#: Several files between two marks, one in each line; those behind a semicolon are switched off.
_SNIPPETS = re.compile(
    r"^(?P<indent>[ \t]*)-{1,}8<-{1,}[ \t]*\n(?P<paths>(?:(?![^\n]*-8<-)[^\n]*\n){1,100})[ \t]*-{1,}8<-{1,}[ \t]*$",
    re.MULTILINE,
)
_MDBOOK = re.compile(r"\{\{#(?P<what>include|rustdoc_include|title)[ \t]+(?P<path>[^{}:\n]+)(?P<part>:[^{}\n]*)?\}\}")
_ESCAPED = re.compile(r"^([ \t]*);(?=-{1,}8<-{1,}[ \t])", re.MULTILINE)
_ABBREVIATION = re.compile(r"^\*\[([^\]\n]+)\]:.*$", re.MULTILINE)
#: ``<CodeBlock language="py" title="x">{Source}</CodeBlock>`` of Docusaurus, where ``Source`` is an imported file.
_CODE_BLOCK = re.compile(
    r"^(?P<indent>[ \t]*)<CodeBlock\b(?P<attributes>[^<>{}]*)>\s*\{\s*(?P<name>\w+)\s*\}\s*</CodeBlock>[ \t]*$",
    re.MULTILINE,
)
#: ``<Code code={name} lang="py" title="x" />`` of Astro, likewise.
_CODE = re.compile(
    r"^(?P<indent>[ \t]*)<Code\b(?P<attributes>[^<>{}]*\bcode=\{\s*(?P<name>\w+)\s*\}[^<>{}]*)/>[ \t]*$", re.MULTILINE
)
_ATTRIBUTE = re.compile(r"(?P<name>[\w-]+)=[\"'](?P<value>[^\"']*)[\"']")
_RAW_LOADER = re.compile(r"^(?:!!)?raw-loader!|[?&]raw\b.*$")


def convert_includes(draft: Draft, context: Context) -> None:
    """Convert ``--8<-- "file"``: to an include if it is all of a block of code, else to the text of the file."""
    if context.option("snippets") is None:
        return
    if "{{#" in draft.text:
        draft.sub(_MDBOOK, lambda match: _of_mdbook(draft, match), "all")
    draft.sub(_SNIPPETS, _one_by_one, "all")
    draft.apply(edit for fence in draft.fences() if (edit := _whole_fence(draft, fence, context)))
    for _ in range(4):
        before = draft.text
        draft.sub(_SNIPPET, lambda match: _snippet(draft, match, context), "all")
        if draft.text == before:
            break
    draft.sub(_ESCAPED, lambda match: match[1], "all")
    _append(draft, context)


def _of_mdbook(draft: Draft, match: re.Match[str]) -> str | None:
    """``{{#include path:part}}`` of mdBook as a snippet, whose path counts from the source; titles go."""
    if match["what"] == "title":
        draft.report("dropped", "{{#title}}", match.start(), match["path"])
        return ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(draft.path), match["path"].strip()))
    return None if path.startswith("..") else f'--8<-- "{path}{match["part"] or ""}"'


def _one_by_one(match: re.Match[str]) -> str:
    """Files between two marks, each behind a mark of its own."""
    paths = [path.strip() for path in match["paths"].split("\n")]
    return "\n".join(f'{match["indent"]}--8<-- "{path}"' for path in paths if path and not path.startswith(";"))


def _append(draft: Draft, context: Context) -> None:
    """Write out the files that every document of the source ends with; of a glossary, the words that this one has."""
    parts: list[str] = []
    for path in dict.fromkeys(context.option("auto_append") or ()):
        text = context.read(path)
        if text is None or path == context.document.path:
            continue
        kept = _ABBREVIATION.sub(
            lambda match: match[0] if re.search(rf"\b{re.escape(match[1])}\b", draft.text) else "", text
        )
        parts += [part for one in kept.split("\n\n") if (part := "\n".join(filter(str.strip, one.split("\n"))))]
    if parts:
        end = len(draft.text)
        draft.report("converted", "text at the end of every document", max(0, end - 1))
        draft.apply([(end, end, "\n\n" + "\n\n".join(parts) + "\n")])


def convert_code_blocks(draft: Draft, context: Context) -> None:
    """Convert ``<CodeBlock>`` of an imported file to a fence that names it. Runs before components are converted."""
    if "<CodeBlock" in draft.text:
        draft.sub(_CODE_BLOCK, lambda match: _code_block(draft, match, context))
    if "<Code" in draft.text:
        draft.sub(_CODE, lambda match: _code_block(draft, match, context))


def _code_block(draft: Draft, match: re.Match[str], context: Context) -> str | None:
    """The component as a fence, if it shows a file of the source."""
    imported = context.imports.get(match["name"], "")
    path = _RAW_LOADER.sub("", imported)
    if path == imported and not imported.startswith(("!!", "raw-")):
        return None
    here = posixpath.dirname(context.document.path)
    candidates = (path.removeprefix("@site/"), posixpath.join(here, path))
    found = _included(context, [posixpath.normpath(one) for one in candidates], "")
    if found is None:
        return None
    given = {one["name"]: one["value"] for one in _ATTRIBUTE.finditer(match["attributes"])}
    words = [
        given.get("language") or given.get("lang", ""),
        *([f'title="{given["title"]}"'] if "title" in given else []),
        found,
    ]
    draft.report("converted", "component that shows a file", match.start(), found)
    return f"{match['indent']}```{' '.join(words)}\n{match['indent']}```"


def _whole_fence(draft: Draft, fence: Fence, context: Context) -> Edit | None:
    """A block of code with one snippet and nothing else names the file instead."""
    inner = draft.text[fence.code_start : fence.code_end]
    match = _SNIPPET.fullmatch(inner.strip("\n"))
    if match is None or ">" in fence.lead:
        return None
    name, _, section = match["path"].partition(":")
    found = _included(context, list(_candidates(context, name)), _part(section))
    if found is None:
        return None
    draft.report("converted", "--8<-- in code", fence.start, found)
    at = fence.start + len(fence.lead) + len(fence.mark)
    return at, fence.code_end, f"{' '.join(filter(None, (fence.info, found)))}\n"


def _part(section: str) -> str:
    """A section in this site's syntax: ``2:5`` is ``L2-L5``."""
    numbers = re.fullmatch(r"(\d*):(\d+)|(\d+)", section)
    if numbers is None:
        return section
    return f"L{numbers[3]}" if numbers[3] else f"L{numbers[1] or 1}-L{numbers[2]}"


def _included(context: Context, candidates: list[str], part: str) -> str | None:
    """The attribute that includes the first existing file; ``None`` if this site cannot include it."""
    path = next((one for one in candidates if context.read(one) is not None), None)
    if path is None or re.search(r"(?:^|/)\.|[\"'#\\]", path):
        return None
    try:
        text = context.read(path) or ""
        code = part_of(text, part)
    except NoSuchPart:
        return None
    if _SNIPPET.search(text):
        return None
    written = f"{context.keep_file(path)}{f'#{part}' if part else ''}"
    context.included[written] = code
    return f'include="{written}"'


def _candidates(context: Context, name: str) -> Iterator[str]:
    for folder in (*(context.option("snippets") or ()), ""):
        path = posixpath.normpath(f"{folder}/{name}".lstrip("/"))
        if not path.startswith(".."):
            yield path


def _snippet(draft: Draft, match: re.Match[str], context: Context) -> str | None:
    name, _, section = match["path"].partition(":")
    if match["path"].lstrip().startswith(";"):
        return None
    found = context.open_include(draft, match.start(), _candidates(context, name), "--8<--")
    if found is None:
        draft.report("dropped", "--8<--", match.start(), f"{match['path']}: there is no such file in the source")
        return f"{match['indent']}{dialect.comment(match[0])}" if not draft.is_code(match.start()) else ""
    context.close_include()
    draft.report("converted", "--8<--", match.start(), match["path"])
    lines = _section(found[1], section)
    return "\n".join(f"{match['indent']}{line}" if line.strip() else "" for line in lines)


def _section(text: str, section: str) -> list[str]:
    """All lines, the lines ``2:5``, or what is between ``--8<-- [start:name]`` and ``[end:name]``."""
    lines = text.rstrip("\n").split("\n")
    numbers = re.fullmatch(r"(\d*)(?::(\d*))?", section)
    if section and numbers:
        first = int(numbers[1] or 1)
        return lines[max(0, first - 1) : int(numbers[2]) if numbers[2] else (first if numbers[2] is None else None)]
    if section:
        opening, closing = _marks(section)
        start = next((number for number, line in enumerate(lines) if opening.search(line)), None)
        end = next((number for number, line in enumerate(lines) if closing.search(line)), len(lines))
        lines = lines[start + 1 : end] if start is not None else lines
    return [line for line in lines if not re.search(r"-8<-+ \[(?:start|end):|\bANCHOR(?:_END)?:", line)]


def _marks(section: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The marks before and after a section of a file, of MkDocs or mdBook."""
    name = re.escape(section)
    return re.compile(rf"\[start:{name}\]|\bANCHOR: *{name}\b"), re.compile(rf"\[end:{name}\]|\bANCHOR_END: *{name}\b")
