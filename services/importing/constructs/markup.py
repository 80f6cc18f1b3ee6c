"""Raw HTML, attribute lists, emoji and icons in prose: what has a form here becomes Markdown, the rest is reported."""

from __future__ import annotations

import re
from functools import cache
from html import unescape

import emoji

from services.importing.constructs import dialect
from services.importing.constructs.context import SOURCE_SCHEME, Context
from services.importing.constructs.draft import Draft
from services.importing.constructs.plain import plain

_HEADING = re.compile(
    r"[ \t]*<h([1-6])\b([^>]*)>((?:(?!</?h[1-6]\b).){0,2000}?)</h\1\s*>[ \t]*", re.DOTALL | re.IGNORECASE
)
_IFRAME = re.compile(r"<(iframe|embed)\b([^>]{0,2000})>(?:\s*(?:</\1\s*>))?", re.IGNORECASE)
_MEDIA = re.compile(
    r"<(video|audio)\b([^>]{0,2000})>((?:(?!</\1).){0,4000}?)</\1\s*>|<(video|audio)\b([^>]{0,2000})/>",
    re.DOTALL | re.IGNORECASE,
)
_REMOVED = re.compile(r"<(script|style|form|object|canvas|template|noscript|link|meta)\b[^<>]{0,2000}>", re.IGNORECASE)
#: Elements of the above that have no end.
_ENDLESS = frozenset({"link", "meta"})
_PICTURE = re.compile(r"<picture\b[^>]*>((?:(?!</picture).){0,4000}?)</picture\s*>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<(br|hr|wbr)\s*/>|</br\s*>", re.IGNORECASE)
_NAMED_ANCHOR = re.compile(r"<a\b([^<>]{0,500}?)\bname=([\"'])([^\"'<>]{1,500})\2([^<>]{0,500})>", re.IGNORECASE)
_MARKDOWN_BLOCK = re.compile(
    r"^[ \t]*<(div|section|figure|p|article|aside|center|span)\b([^>]*\bmarkdown(?:=[\"']?[\w-]*[\"']?)?[^>]*)>",
    re.MULTILINE | re.IGNORECASE,
)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\"[^\"]*\"|'[^']*'|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^\"'<>{}])*)>")
_STYLING = re.compile(r"\b(style|align|target|bgcolor|valign|onclick)\s*=", re.IGNORECASE)
_JSX = re.compile(
    r"\s+(className|class|style|htmlFor|srcSet|frameBorder|allowFullScreen|key|ref|on[A-Z]\w*)=(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\"[^\"]*\"|'[^']*')"
)
_JSX_SOURCE = re.compile(
    r"\b(src|href)=\{\s*(?:require\(\s*[\"']([^\"']+)[\"']\s*\)(?:\.default)?|useBaseUrl\(\s*[\"']([^\"']+)[\"']\s*\)|[\"'`]([^\"'`$]+)[\"'`]|([\w$.]+))\s*\}"
)
#: Elements that the page cannot hold; their text stays.
_NOT_CARRIED = frozenset(
    [
        "iframe",
        "video",
        "audio",
        "script",
        "style",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "option",
        "svg",
        "math",
        "progress",
        "meter",
        "object",
        "embed",
        "canvas",
        "center",
        "font",
        "marquee",
        "dialog",
        "menu",
        "template",
        "slot",
        "noscript",
        "map",
        "area",
        "link",
        "meta",
        "title",
        "head",
        "body",
        "html",
        "main",
        "nav",
        "header",
        "footer",
        "article",
        "section",
        "aside",
        "picture",
        "source",
        "track",
        "fieldset",
        "label",
        "legend",
        "output",
    ]
)
_ATTRIBUTE_LINE = re.compile(
    r"^([ \t]*(?:>[ \t]*)*)\{(?::(?!:)|(?=[ \t]*[#.][\w-]))([^}\n]*)\}[ \t]*(?:\n|\Z)", re.MULTILINE
)
_ATTRIBUTE_SPAN = re.compile(
    r"(?<=[)\]`*_\"'>])[ ]?\{:?[ \t]*((?:[.#][\w:-]+|[\w:-]+=(?:\"[^\"]*\"|'[^']*'|[^\s}\"']+)|\btarget\b"
    r"|\bmarkdown\b|[ \t])+)\}"
)
_EMPTY_LINK = re.compile(r"\[\]\(\)\{[ \t]*#([\w.-]+)[ \t]*\}")
_CROSS_REFERENCE = re.compile(r"(?<![\]!\\])\[((?:`[^`\n]*`|[^\[\]`\n])+)\]\[([\w.-]*)\](?![\[(])")
_DEFINED = re.compile(r"^[ \t]{0,3}\[([^\]\n]+)\]:", re.MULTILINE)
_OPTIONS = re.compile(r"^\{::[^}\n]*/?\}[ \t]*\n?|\{:/[^}\n]*\}", re.MULTILINE)
_TOC = re.compile(
    r"^[ \t]*(?:[*+-][ \t]+|\d+\.[ \t]+)\S[^\n]*\n[ \t]*\{:[ \t]*toc\b[^}\n]*\}[ \t]*\n?|^[ \t]*(?:\[TOC\]"
    r"|\[\[_?TOC_?\]\]|\[\[toc\]\]|\$\{toc\}|@\[toc\])[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_DIRECTIVE = re.compile(
    r"<!--[ \t]*(?:prettier-ignore\S*|/?markdownlint\S*|textlint\S*|eslint\S*|cspell\S*|vale\b"
    r"|spell-checker|tocstop|toc|alex\b|lint\b|omit in toc|no toc)(?:(?!-->).){0,300}-->[ \t]*\n?"
    r"|^[ \t]*\{/\*[ \t]*(?:prettier|eslint|markdownlint)(?:(?!\*/).){0,300}\*/\}[ \t]*\n?",
    re.MULTILINE,
)
_EMOJI = re.compile(r"(?<![\w:/]):([a-z0-9_+-]{1,40}):(?![\w:])")
_ICON = re.compile(
    r"[ ]?:(?:material|fontawesome|octicons|simple|twemoji|custom|iconify|mdi|fas?|fab|bi)-[a-z0-9-]+:(?:\{[^}\n]*\})?"
)
_INLINE = (
    ("++key++", re.compile(r"(?<![\w+])\+\+([A-Za-z0-9\"'_-]+(?:\+[A-Za-z0-9\"'_-]+)*)\+\+(?![\w+])"), "kbd"),
    ("==mark==", re.compile(r"(?<![=\w])==(?=\S)([^=\n]+?)(?<=\S)==(?![=\w])"), "mark"),
    ("^^insert^^", re.compile(r"(?<!\^)\^\^(?=\S)([^^\n]+?)(?<=\S)\^\^(?!\^)"), "ins"),
    ("~sub~", re.compile(r"(?<![~\\])~(?=\S)([^~\s]{1,20})~(?!~)"), "sub"),
    ("^sup^", re.compile(r"(?<![\^\\\[])\^(?=\S)([^^\s\[\]]{1,20})\^(?!\^)"), "sup"),
)
_WIKI = re.compile(r"(?<!\[)(!?)\[\[([^\[\]|#\n]+)?(#[^\[\]|\n]+)?(?:\|([^\[\]\n]+))?\]\](?!\()")
_SNIPPET = re.compile(r"^(?P<indent>[ \t]*)-{1,}8<-{1,}[ \t]+[\"']?(?P<path>[^\"'\n]+?)[\"']?[ \t]*$", re.MULTILINE)


def convert_markup(draft: Draft, context: Context) -> None:
    """Everything of this module, in the order in which the parts need each other."""
    draft.sub(_EMPTY_LINK, lambda match: f'<a id="{match[1]}"></a>')
    if context.site.kind == "mkdocs-material":
        _cross_references(draft)
    draft.sub(_TOC, lambda match: _drop(draft, match, "table of contents", "made by the page itself"))
    draft.sub(_DIRECTIVE, lambda match: _drop(draft, match, "editor directive"), "text")
    draft.sub(_OPTIONS, lambda match: _drop(draft, match, "{::options}"))
    if context.option("snippets") is not None:
        _snippets(draft, context)
    if "<" in draft.text:
        _html(draft, context)
    _attributes(draft)
    _characters(draft, context)


def _cross_references(draft: Draft) -> None:
    """``[text][package.name]`` of mkdocstrings, where nothing in the article defines it: the text stays."""
    defined = {" ".join(label.split()).casefold() for label in _DEFINED.findall(draft.text)}

    def words(match: re.Match[str]) -> str | None:
        label = match[2] or match[1]
        if " ".join(label.split()).casefold() in defined or not re.fullmatch(r"[`\w.\[\]-]+", label):
            return None
        draft.report("dropped", "cross reference to program code", match.start(), f"{label}: its words stay")
        return match[1] if match[2] or "`" in match[1] else f"`{match[1]}`"

    draft.sub(_CROSS_REFERENCE, words)


def _drop(draft: Draft, match: re.Match[str], construct: str, note: str = "") -> str:
    draft.report("dropped" if not note else "converted", construct, match.start(), note or match[0].strip()[:60])
    return ""


def _snippets(draft: Draft, context: Context) -> None:
    """``--8<-- "file"`` in prose and in code: the file written out, sections and lines of it too."""
    for _ in range(4):
        before = draft.text
        draft.sub(_SNIPPET, lambda match: _snippet(draft, match, context), "all")
        if draft.text == before:
            return


def _snippet(draft: Draft, match: re.Match[str], context: Context) -> str | None:
    name, _, section = match["path"].partition(":")
    if match["path"].lstrip().startswith(";"):
        return None
    folders = [*(context.option("snippets") or ()), ""]
    found = context.open_include(draft, match.start(), [f"{folder}/{name}".lstrip("/") for folder in folders], "--8<--")
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
        start = next((number for number, line in enumerate(lines) if f"[start:{section}]" in line), None)
        end = next((number for number, line in enumerate(lines) if f"[end:{section}]" in line), len(lines))
        lines = lines[start + 1 : end] if start is not None else lines
    return [line for line in lines if not re.search(r"-8<-+ \[(?:start|end):", line)]


def _html(draft: Draft, context: Context) -> None:
    if context.site.kind in {"docusaurus", "astro"}:
        draft.sub(_JSX_SOURCE, lambda match: _jsx_source(match, context))
        draft.sub(
            _TAG,
            lambda match: _JSX.sub(_jsx_attribute, match[0]) if "{" in match[0] or "className" in match[0] else None,
        )
    draft.sub(_PICTURE, lambda match: _only_image(draft, match))
    draft.sub(_HEADING, lambda match: _heading(draft, match))
    draft.sub(_IFRAME, lambda match: _iframe(draft, match))
    draft.sub(_MEDIA, lambda match: _media(draft, match))
    _remove(draft)
    draft.sub(_BREAK, lambda match: f"<{(match[1] or 'br').lower()}>")
    draft.sub(_NAMED_ANCHOR, lambda match: _anchor(draft, match))
    _unwrap_markdown_blocks(draft)
    _report_tags(draft)


def _jsx_source(match: re.Match[str], context: Context) -> str | None:
    path = match[2] or match[3] or match[4] or context.imports.get((match[5] or "").removesuffix(".src"))
    return f'{match[1]}="{path}"' if path else None


def _jsx_attribute(match: re.Match[str]) -> str:
    if match[1] in {"className", "class"} and match[2][0] in "\"'":
        return f" class={match[2]}"
    return ""


def _only_image(draft: Draft, match: re.Match[str]) -> str | None:
    image = re.search(r"<img\b[^>]*>", match[1], re.IGNORECASE)
    if image is None:
        return None
    draft.report("converted", "<picture>", match.start(), "the picture that every browser shows")
    return image[0]


def attribute(attributes: str, name: str) -> str:
    """The value of an attribute in the text of a tag, "" where it has none."""
    match = re.search(rf"(?<![\w-]){name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", attributes, re.IGNORECASE)
    return unescape(next((group for group in match.groups() if group is not None), "")) if match else ""


def _heading(draft: Draft, match: re.Match[str]) -> str | None:
    inner = " ".join(match[3].split())
    name = re.search(r"<a\b[^>]*\b(?:name|id)=[\"']([^\"']+)[\"'][^>]*>\s*</a>", inner)
    identity = attribute(match[2], "id") or (name[1] if name else "")
    inner = re.sub(r"<a\b[^>]*\b(?:name|id)=[\"'][^\"']+[\"'][^>]*>\s*</a>", "", inner).strip()
    inner = re.sub(r"<(/?)(?:center|font|span)\b[^>]*>", "", inner)
    inner = re.sub(r"<a\b[^>]*\bhref=[\"']([^\"']+)[\"'][^>]*>(.*?)</a>", r"[\2](\1)", inner)
    inner = re.sub(r"<code>([^<`]*)</code>", r"`\1`", inner)
    inner = re.sub(r"</?(?:b|strong)>", "**", inner)
    inner = re.sub(r"<br\s*/?>", " ", inner)
    inner = re.sub(r"</?(?:i|em)>", "*", inner)
    if not plain(inner):
        draft.report("dropped", f"<h{match[1]}>", match.start(), "a heading without words")
        return inner
    draft.report("converted", f"<h{match[1]}>", match.start())
    before = (
        ""
        if match.start() == 0 or draft.text[: match.start()].endswith("\n\n")
        else "\n"
        if draft.text[match.start() - 1] == "\n"
        else "\n\n"
    )
    after = (
        ""
        if draft.text.startswith("\n\n", match.end())
        else "\n"
        if draft.text.startswith("\n", match.end())
        else "\n\n"
    )
    return f"{before}{'#' * int(match[1])} {inner}{f' {{#{identity}}}' if identity else ''}{after}"


def _iframe(draft: Draft, match: re.Match[str]) -> str | None:
    source = attribute(match[2], "src") or attribute(match[2], "data-src")
    if not source:
        return None
    title = attribute(match[2], "title")
    draft.report("converted", f"<{match[1].lower()}>", match.start(), f"a link to {source[:80]}")
    youtube = re.match(r"(?:https?:)?//(?:www\.)?(?:youtube(?:-nocookie)?\.com/embed/|youtu\.be/)([\w-]+)", source)
    vimeo = re.match(r"(?:https?:)?//player\.vimeo\.com/video/(\d+)", source)
    line = draft.text[draft.text.rfind("\n", 0, match.start()) + 1 : match.start()]
    lead, end = ("\n\n", "\n\n") if re.match(r"[ \t]*<", line) else ("", "")
    if youtube and youtube[1] != "videoseries":
        return lead + dialect.embed("youtube", youtube[1], title if "YouTube" not in title else "") + end
    if vimeo:
        return lead + dialect.embed("vimeo", vimeo[1], title) + end
    address = f"https:{source}" if source.startswith("//") else source
    host = re.sub(r"^https?://(?:www\.)?([^/]+).*$", r"\1", address)
    return lead + dialect.link(title or f"See on {host}", address) + end


def _media(draft: Draft, match: re.Match[str]) -> str | None:
    kind, attributes, inner = (match[1] or match[4]).lower(), match[2] or match[5] or "", match[3] or ""
    source = attribute(attributes, "src") or attribute(inner, "src")
    if not source:
        return None
    draft.report("converted", f"<{kind}>", match.start(), f"a link to {source[:80]}")
    return dialect.link(attribute(attributes, "title") or ("The film" if kind == "video" else "The recording"), source)


def _remove(draft: Draft) -> None:
    """Take out programs, styles and forms with all that is in them."""
    edits: list[tuple[int, int, str]] = []
    unclosed: set[str] = set()
    at = 0
    for match in draft.matches(_REMOVED, "text"):
        tag = match[1].lower()
        if match.start() < at or tag in unclosed or _in_span(draft, match.start()):
            continue
        if draft.is_code(match.start()) and tag not in {"script", "style"}:
            continue
        end = match.end()
        if tag not in _ENDLESS and not match[0].endswith("/>"):
            closing = re.compile(rf"</{tag}\s*>[ \t]*", re.IGNORECASE).search(draft.text, match.end())
            if closing is None:
                # Nor has any of its kind below.
                unclosed.add(tag)
                continue
            end = closing.end()
        draft.report("dropped", f"<{tag}>", match.start(), "programs, styles and forms are not carried")
        edits.append((match.start(), end, ""))
        at = end
    draft.apply(edits)


def _in_span(draft: Draft, offset: int) -> bool:
    """Whether ``offset`` is inside of a code span or comment that starts before it."""
    return offset > 0 and draft.is_code(offset) and draft.is_code(offset - 1)


def _anchor(draft: Draft, match: re.Match[str]) -> str:
    draft.report("converted", "<a name>", match.start(), match[3])
    rest = re.sub(r"\s+", " ", f"{match[1]}{match[4]}").strip().rstrip("/").strip()
    if re.search(r"\bid=", rest):
        return f"<a {rest}>" if rest else "<a>"
    return f'<a id="{match[3]}"{" " + rest if rest else ""}>'


def _unwrap_markdown_blocks(draft: Draft) -> None:
    """``<div markdown>`` … ``</div>``: the element goes, so that what is inside is read as Markdown."""
    for _ in range(200):
        match = next(draft.matches(_MARKDOWN_BLOCK), None)
        if match is None:
            return
        tag = match[1].lower()
        depth = 0
        closing = None
        for one in re.compile(rf"<(/?){tag}\b[^>]*>", re.IGNORECASE).finditer(draft.text, match.start()):
            if draft.is_code(one.start()):
                continue
            depth += -1 if one[1] else 1
            if depth == 0:
                closing = one
                break
        identity = attribute(match[2], "id")
        draft.report("converted", "markdown attribute", match.start(), match[0].strip()[:60])
        start = f'<a id="{identity}"></a>\n\n' if identity else ""
        if closing is None:
            draft.apply([(match.start(), match.end(), start)])
            continue
        inner = draft.text[match.end() : closing.start()]
        inner = _figure(inner) if tag == "figure" else _unmargined(inner)
        if tag == "aside":
            inner = "\n".join(f"> {line}".rstrip() for line in inner.strip().split("\n"))
        draft.apply([(match.start(), closing.end(), f"{start}{inner}\n")])


def _unmargined(inner: str) -> str:
    lines = inner.split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] if line.strip() else "" for line in lines)


def _figure(inner: str) -> str:
    """A picture and its ``figcaption`` as a picture with a title."""
    caption = re.search(r"<figcaption\b[^>]*>(.*?)</figcaption>", inner, re.DOTALL | re.IGNORECASE)
    picture = re.search(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)(?:\{[^}]*\})?", inner)
    if caption is None or picture is None:
        return inner
    words = plain(caption[1])
    return f"\n{dialect.figure(picture[2], picture[1] or words, words)}\n"


def _report_tags(draft: Draft) -> None:
    """What the page will leave out of the HTML that remains."""
    for match in draft.matches(_TAG):
        name = match[2].lower()
        if match[1]:
            continue
        if name in _NOT_CARRIED or "-" in name:
            draft.report("dropped", f"<{name}>", match.start(), "the page does not carry this element; its text stays")
        for styling in _STYLING.finditer(match[3]):
            draft.report("dropped", f"{styling[1].lower()}= attribute", match.start(), "the page does not carry it")


def _attributes(draft: Draft) -> None:
    """Attribute lists of kramdown and of Python-Markdown: ids, classes and sizes stay, the rest goes."""
    draft.sub(_ATTRIBUTE_LINE, lambda match: _attribute_line(draft, match))
    draft.sub(_ATTRIBUTE_SPAN, lambda match: _attribute_span(draft, match), "text")


def _attribute_line(draft: Draft, match: re.Match[str]) -> str:
    """An attribute list in its own line belongs to the block before it; an id of a heading is the only part to keep."""
    identity = re.search(r"#([\w:.-]+)", match[2])
    previous = draft.text[: match.start()].rstrip("\n").rpartition("\n")[2]
    if identity and re.match(r"#{1,6} ", previous):
        draft.report("converted", "{: #id}", match.start(), match[0].strip())
        # ``headings`` takes it from the line below.
        return f"{{#{identity[1]}}}\n"
    if identity:
        draft.report("converted", "{: #id}", match.start(), match[0].strip())
        return f'{match[1]}<a id="{identity[1]}"></a>\n'
    draft.report("dropped", "{: attributes}", match.start(), match[0].strip()[:60])
    return ""


def _attribute_span(draft: Draft, match: re.Match[str]) -> str | None:
    if draft.is_code(match.start()):
        return None
    words = re.findall(r"[.#][\w:-]+|(?:width|height|lang)=(?:\"[^\"]*\"|'[^']*'|[^\s}\"']+)", match[1])
    kept = [
        word
        for word in words
        if not word.startswith((".md-", ".twemoji", ".lg", ".middle", ".off", ".on-glb", ".annotate"))
    ]
    # A size in another unit than pixels is no attribute of HTML.
    kept = [
        word
        for word in kept
        if not re.match(r"(?:width|height)=", word) or re.search(r"=[\"']?\d+(?:px)?[\"']?$", word)
    ]
    kept = [re.sub(r"^(width|height)=[\"']?(\d+)(?:px)?[\"']?$", r"\1=\2", word) for word in kept]
    written = "{" + " ".join(kept) + "}" if kept else ""
    if written == match[0]:
        return None
    line = draft.text[draft.text.rfind("\n", 0, match.start()) + 1 : match.start()]
    is_heading = re.match(r"[ \t]*#{1,6} ", line)
    draft.report("converted", "{: attributes}", match.start(), match[0].strip()[:60])
    return f" {written}" if is_heading and written else written


def _characters(draft: Draft, context: Context) -> None:
    """Icons go; emoji become characters; ``++key++`` and the like become their element."""
    if ":" in draft.text:
        draft.sub(_ICON, lambda match: _drop(draft, match, "icon"))
        draft.sub(_EMOJI, lambda match: _emoji(draft, match))
    if context.option("inline_marks"):
        for construct, pattern, tag in _INLINE:
            draft.sub(pattern, lambda match, construct=construct, tag=tag: _inline(draft, match, construct, tag))  # type: ignore[misc] # bound at once
    if context.option("wiki_links") and "[[" in draft.text:
        draft.sub(_WIKI, lambda match: _wiki(draft, match))


def _emoji(draft: Draft, match: re.Match[str]) -> str | None:
    character = _character(match[1])
    if character is None:
        return None
    draft.report("converted", ":emoji:", match.start(), match[0])
    return character


@cache
def _character(name: str) -> str | None:
    written = emoji.emojize(f":{name}:", language="alias")
    return None if written == f":{name}:" else written


def _inline(draft: Draft, match: re.Match[str], construct: str, tag: str) -> str:
    draft.report("converted", construct, match.start())
    if tag == "kbd":
        return "+".join(f"<kbd>{key.strip(chr(34)).replace('-', ' ').title()}</kbd>" for key in match[1].split("+"))
    return f"<{tag}>{match[1]}</{tag}>"


def _wiki(draft: Draft, match: re.Match[str]) -> str | None:
    page, anchor = (match[2] or "").strip(), match[3] or ""
    if not page and not anchor:
        return None
    draft.report("converted", "[[wiki link]]", match.start(), match[0][:60])
    text = (match[4] or page or anchor.lstrip("#")).strip()
    target = (
        f"{SOURCE_SCHEME}wiki:{page}{anchor.replace(' ', '-').lower()}" if page else anchor.replace(" ", "-").lower()
    )
    if match[1]:
        return f"![{text}](<{target}>)"
    return f"[{text}](<{target}>)"
