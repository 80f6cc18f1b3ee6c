"""Shortcodes of Hugo and Zola: known ones are converted, and simple templates of the site are written out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.importing.constructs import dialect, named
from services.importing.constructs.context import SOURCE_SCHEME, Context
from services.importing.constructs.draft import Draft, line_before
from services.importing.constructs.named import Arguments

_HUGO = re.compile(
    r"\{\{(?P<mark>[<%])(?!/\*)\s*(?P<end>/)?\s*(?P<name>[\w./-]+)\s*(?P<rest>(?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[^\"`]){0,2000}?)\s*(?P<self>/)?\s*[>%]\}\}"
)
#: A longer shortcode is prose that happens to open like one.
_MAX_CODE_CHARS = 4000
_HUGO_ESCAPED = re.compile(r"\{\{([<%])/\*(.*?)\*/([>%])\}\}", re.DOTALL)
_HUGO_OPEN = re.compile(r"\{\{[<%](?!/\*)[^\n]{0,200}")
_HUGO_ARGUMENT = re.compile(r"(?:([\w-]+)\s*=\s*)?(?:\"((?:[^\"\\]|\\.)*)\"|`([^`]*)`|([^\s\"`=]+))")
_ZOLA = re.compile(
    r"\{\{\s*(?P<call>[a-zA-Z_][\w:.]*)\s*\((?P<rest>(?:\"[^\"]*\"|'[^']*'|`[^`]*`|\[[^\]]*\]|[^\"'`\[\]()])*)\)\s*\}\}"
    r"|\{%\s*(?P<block>[a-zA-Z_][\w:.]*)\s*\((?P<blockrest>(?:\"[^\"]*\"|'[^']*'|`[^`]*`|\[[^\]]*\]|[^\"'`\[\]()])*)\)\s*%\}"
    r"|(?P<end>\{%\s*end\s*%\})"
)
_ZOLA_ESCAPED = re.compile(r"\{([{%])\s*/\*(.*?)\*/\s*([}%])\}", re.DOTALL)
_ZOLA_ARGUMENT = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|(\[[^\]]*\]|[^\s,]+))")
#: A template that contains only these actions can be written out.
_GET = re.compile(
    r"\{\{-?\s*(?:\.Get\s+(?:(\d+)|\"([^\"]+)\"|`([^`]+)`)|(\.Inner(?:\s*\|\s*(?:markdownify|safeHTML|\.Page\.RenderString))?))\s*(?:\|\s*safe(?:HTML|URL))?\s*-?\}\}"
)
_TERA = re.compile(
    r"\{\{-?\s*([A-Za-z_]\w*)(?:\s*\|\s*(?:safe|markdown(?:\([^)]*\))?|escape|trim"
    r"|default\(value=(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[\w.-]+))\)))*\s*-?\}\}"
)
_FOREIGN = re.compile(r"\{\{|\{%")


@dataclass(frozen=True, slots=True)
class _Code:
    """One shortcode: its range, its name, and its content, if it has an end."""

    start: int
    end: int
    name: str
    arguments: Arguments
    inner: tuple[int, int] | None = None


def convert_hugo(draft: Draft, context: Context) -> None:
    """Convert the shortcodes of Hugo. Escaped ones are unescaped, in code too, as Hugo does."""
    if "{{" not in draft.text:
        return
    _Shortcodes(draft, context, is_hugo=True).run()
    for match in draft.matches(_HUGO_OPEN):
        draft.report("left", "{{< that is not closed >}}", match.start(), match[0][:40].strip())
    draft.sub(_HUGO_ESCAPED, lambda match: draft.stash(f"{{{{{match[1]}{match[2]}{match[3]}}}}}"), "all")


def convert_zola(draft: Draft, context: Context) -> None:
    """Convert the shortcodes and escapes of Zola."""
    if "{{" not in draft.text and "{%" not in draft.text:
        return
    _Shortcodes(draft, context, is_hugo=False).run()
    draft.sub(_ZOLA_ESCAPED, lambda match: draft.stash(f"{{{match[1]}{match[2]}{match[3]}}}"), "all")


class _Shortcodes:
    def __init__(self, draft: Draft, context: Context, *, is_hugo: bool) -> None:
        self._draft = draft
        self._context = context
        self._is_hugo = is_hugo
        self._text = draft.text

    def run(self) -> None:
        """Convert the outermost shortcodes; their content is converted as a text of its own."""
        codes = self._hugo_codes() if self._is_hugo else self._zola_codes()
        edits: list[tuple[int, int, str]] = []
        at = 0
        for code in codes:
            if code.start < at or self._draft.is_code(code.start):
                if code.start >= at:
                    self._draft.report("carried", "shortcode in code", code.start, code.name)
                continue
            text = self._convert(code)
            edits.append((code.start, code.end, text))
            at = code.end
        self._draft.apply(edits)

    def _hugo_codes(self) -> list[_Code]:
        codes: list[_Code] = []
        opened: list[int] = []
        for match in _hugo_matches(self._text):
            if match["end"]:
                index = next((one for one in reversed(opened) if codes[one].name == match["name"]), None)
                if index is not None:
                    code = codes[index]
                    codes[index] = _Code(code.start, match.end(), code.name, code.arguments, (code.end, match.start()))
                    del opened[opened.index(index) :]
                continue
            codes.append(_Code(match.start(), match.end(), match["name"], _hugo_arguments(match["rest"])))
            if not match["self"]:
                opened.append(len(codes) - 1)
        return sorted(codes, key=lambda code: (code.start, -code.end))

    def _zola_codes(self) -> list[_Code]:
        codes: list[_Code] = []
        opened: list[int] = []
        for match in _ZOLA.finditer(self._text):
            if match["end"]:
                if opened:
                    index = opened.pop()
                    code = codes[index]
                    codes[index] = _Code(code.start, match.end(), code.name, code.arguments, (code.end, match.start()))
                continue
            arguments = _zola_arguments(match["rest"] if match["call"] else match["blockrest"])
            codes.append(_Code(match.start(), match.end(), match["call"] or match["block"], arguments))
            if match["block"]:
                opened.append(len(codes) - 1)
        return sorted(codes, key=lambda code: (code.start, -code.end))

    def _convert(self, code: _Code) -> str:
        construct = f"{{{{< {code.name} >}}}}" if self._is_hugo else f"{{{{ {code.name}() }}}}"
        line = line_before(self._text, code.start)
        indent = line if not line.strip() else ""
        inner = self._inner(code)
        text = self._reference(code) if self._is_hugo else None
        if text is None:
            text = self._own(code, inner)
        if text is None:
            text = named.render(code.name, code.arguments, inner, indent)
        if text is not None:
            self._draft.report("converted", construct, code.start)
            return self._apart(code, text, indent if line else "")
        if inner is not None:
            self._draft.report(
                "dropped", construct, code.start, "its tags are kept as comments, what is between them stays"
            )
            opening, closing = self._text[code.start : code.inner[0]], self._text[code.inner[1] : code.end]  # type: ignore[index] # has an inner
            return f"{dialect.comment(opening)}{inner}{dialect.comment(closing)}"
        if re.search(r"\]\([^)]*$|<[A-Za-z][^>]*$|^\s*\[[^\]]+\]:\s*\S*$", line):
            self._draft.report("dropped", construct, code.start, "the address is not known")
            return SOURCE_SCHEME
        self._draft.report("dropped", construct, code.start, "kept as a comment")
        return dialect.comment(self._text[code.start : code.end])

    def _apart(self, code: _Code, text: str, indent: str) -> str:
        """``text`` with an empty line after it, where its shortcode stood alone between others and gave one line."""
        before = self._text.rfind("\n", 0, code.start) + 1
        after = self._text[code.end : code.end + 200]
        is_alone = not self._text[before : code.start].strip() and re.match(r"[ \t]*\n[ \t]*\{\{[<%]?", after)
        return f"{text}\n{indent}" if is_alone and text.startswith(("[", "!", "<")) and "\n" not in text else text

    def _inner(self, code: _Code) -> str | None:
        if code.inner is None:
            return None
        return self._context.convert_inside(
            self._draft, *code.inner, lambda part: _Shortcodes(part, self._context, is_hugo=self._is_hugo).run()
        )

    def _reference(self, code: _Code) -> str | None:
        """Resolve ``ref``, ``relref`` and ``param``, which name parts of the site."""
        name = code.name.lower()
        if name in {"ref", "relref"}:
            target = code.arguments.get("path", place=0)
            before = self._text[: code.start].rpartition("\n")[2]
            if target and not re.search(r"\]\(\s*<?$|[\"'=]$|\]:\s*<?$", before):
                # Standing alone it gives the address itself: a link to it.
                return f"[{target.strip('/')}]({SOURCE_SCHEME}{target})"
            return f"{SOURCE_SCHEME}{target}" if target else None
        if name == "param":
            value: Any = self._context.document.data.get("params", {})
            keys = code.arguments.get(place=0).split(".")
            for source in (self._context.document.data, value, self._context.site.variables.get("params", {})):
                found: Any = source
                for key in keys:
                    found = (
                        next((found[one] for one in found if str(one).lower() == key.lower()), None)
                        if isinstance(found, dict)
                        else None
                    )
                if isinstance(found, str | int | float):
                    return str(found)
        return None

    def _own(self, code: _Code, inner: str | None) -> str | None:
        """Write out a shortcode of the site's own templates, if its template is simple enough."""
        folders = self._context.option("shortcode_folders") or ()
        suffixes = (".md", ".html", "")
        paths = [posixpath.join(folder, f"{code.name}{suffix}") for folder in folders for suffix in suffixes]
        if ".." in code.name:
            return None
        found = self._context.open_include(self._draft, code.start, paths, "shortcode")
        if found is None:
            return None
        path, template = found
        try:
            template = re.sub(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}|\{#.*?#\}", "", template, flags=re.DOTALL)
            text = (
                _filled_hugo(template, code.arguments, inner)
                if self._is_hugo
                else _filled_tera(template, code.arguments, inner)
            )
            if text is None or re.search(r"<(?:script|iframe|style|form|object|embed)\b", text, re.IGNORECASE):
                return None
            if path.endswith(".md"):
                part = Draft(self._draft.path, text.strip("\n"), self._draft.line_at(code.start), self._draft.findings)
                _Shortcodes(part, self._context, is_hugo=self._is_hugo).run()
                return part.text
            return "\n".join(line.strip() for line in text.split("\n") if line.strip()) if inner is None else text
        finally:
            self._context.close_include()


def _hugo_matches(text: str) -> Iterator[re.Match[str]]:
    """The shortcodes of ``text``. Ends are searched for first, so that an opening without one costs next to nothing."""
    at = 0
    for opening in re.finditer(r"\{\{([<%])", text):
        if opening.start() < at:
            continue
        closing = text.find(f"{'>' if opening[1] == '<' else '%'}}}}}", opening.end(), opening.end() + _MAX_CODE_CHARS)
        match = _HUGO.match(text, opening.start(), closing + 3) if closing >= 0 else None
        if match:
            at = match.end()
            yield match


def _filled_hugo(template: str, arguments: Arguments, inner: str | None) -> str | None:
    def fill(match: re.Match[str]) -> str:
        if match[4]:
            return inner or ""
        return arguments.get(match[2] or match[3] or "", place=int(match[1]) if match[1] else None)

    text = _GET.sub(fill, template)
    return None if re.search(r"\{\{(?![<%])", text) else text


def _filled_tera(template: str, arguments: Arguments, inner: str | None) -> str | None:
    known = {**{name: str(value) for name, value in arguments.names.items()}, "body": (inner or "").strip("\n")}
    found = list(_TERA.finditer(template))
    missing = [match[1] for match in found if match[1] not in known and _default(match) is None]
    text = _TERA.sub(lambda match: known.get(match[1], _default(match) or ""), template)
    return None if missing or _FOREIGN.search(text) else text


def _default(match: re.Match[str]) -> str | None:
    return next((match[name] for name in ("double", "single", "bare") if match[name] is not None), None)


def _hugo_arguments(rest: str) -> Arguments:
    places: list[Any] = []
    names: dict[str, Any] = {}
    for match in _HUGO_ARGUMENT.finditer(rest):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        value = value.replace('\\"', '"')
        if match[1]:
            names[match[1].lower()] = value
        else:
            places.append(value)
    return Arguments(places, names)


def _zola_arguments(rest: str) -> Arguments:
    return Arguments((), dict(_zola_pairs(rest)))


def _zola_pairs(rest: str) -> Iterator[tuple[str, str]]:
    for match in _ZOLA_ARGUMENT.finditer(rest):
        yield match[1].lower(), next((group for group in match.groups()[1:] if group is not None), "")
