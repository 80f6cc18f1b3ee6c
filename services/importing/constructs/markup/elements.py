"""Raw HTML in prose, converted to Markdown where Markdown has a form for it."""

from __future__ import annotations

import re
from html import unescape

from services.importing.constructs import dialect
from services.importing.constructs.draft import Draft
from services.importing.constructs.plain import plain

_HEADING = re.compile(
    r"(?<![ \t])[ \t]*<h([1-6])\b([^<>]*)>((?:(?!</?h[1-6]\b).){0,2000}?)</h\1\s*>[ \t]*", re.DOTALL | re.IGNORECASE
)
_IFRAME = re.compile(r"<(iframe|embed)\b([^>]{0,2000})>(?:\s*(?:</\1\s*>))?", re.IGNORECASE)
_MEDIA = re.compile(
    r"<(video|audio)\b([^>]{0,2000})>((?:(?!</\1).){0,4000}?)</\1\s*>|<(video|audio)\b([^>]{0,2000})/>",
    re.DOTALL | re.IGNORECASE,
)
_PICTURE = re.compile(r"<picture\b[^>]*>((?:(?!</picture).){0,4000}?)</picture\s*>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<(br|hr|wbr)\s*/>|</br\s*>", re.IGNORECASE)
_NAMED_ANCHOR = re.compile(r"<a\b([^<>]{0,500}?)\bname=([\"'])([^\"'<>]{1,500})\2([^<>]{0,500})>", re.IGNORECASE)


def convert_elements(draft: Draft) -> None:
    """Convert pictures, headings, frames, films, breaks and named anchors."""
    draft.sub(_PICTURE, lambda match: _only_image(draft, match))
    draft.sub(_HEADING, lambda match: _heading(draft, match))
    draft.sub(_IFRAME, lambda match: _iframe(draft, match))
    draft.sub(_MEDIA, lambda match: _media(draft, match))
    draft.sub(_BREAK, lambda match: f"<{(match[1] or 'br').lower()}>")
    draft.sub(_NAMED_ANCHOR, lambda match: _anchor(draft, match))


def _only_image(draft: Draft, match: re.Match[str]) -> str | None:
    image = re.search(r"<img\b[^>]*>", match[1], re.IGNORECASE)
    if image is None:
        return None
    draft.report("converted", "<picture>", match.start(), "the picture that every browser shows")
    return image[0]


def attribute(attributes: str, name: str) -> str:
    """The value of an attribute in the text of a tag, or ""."""
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


def _anchor(draft: Draft, match: re.Match[str]) -> str:
    draft.report("converted", "<a name>", match.start(), match[3])
    rest = re.sub(r"\s+", " ", f"{match[1]}{match[4]}").strip().rstrip("/").strip()
    if re.search(r"\bid=", rest):
        return f"<a {rest}>" if rest else "<a>"
    return f'<a id="{match[3]}"{" " + rest if rest else ""}>'
