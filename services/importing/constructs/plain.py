"""Markdown to plain text, and plain text to a summary. Pure."""

from __future__ import annotations

import re
from html import unescape

from services.importing.constructs.draft import Draft

#: Summaries are shown in lists and feeds: two sentences, not a page.
MAX_SUMMARY_CHARS = 320
#: A heading, a caption and the start of a summary are shorter.
_MAX_CHARS = 4_000
_MARK = re.compile(
    r"(?:<!--|\{/\*)[ \t]*(?:more|read ?more|truncate|excerpt|end[ -]?excerpt|continue|cut"
    r"|PELICAN_END_SUMMARY)[ \t]*(?:-->|\*/\})"
    r"|\{\{<[ \t]*(?:more|summary-end)[ \t]*>\}\}",
    re.IGNORECASE,
)
_BEGIN = re.compile(r"<!--[ \t]*PELICAN_BEGIN_SUMMARY[ \t]*-->", re.IGNORECASE)
_NOT_PROSE = re.compile(
    r"^[ \t]*(?:#{1,6}\s|[-*+][ \t]|\d+[.)][ \t]|>|\||!!!|\?\?\?|===|:::|<|\[[^\]]+\]:|!\[|```|~~~|---"
    r"|\*\*\*|\{|import |export |\$\$|=====)"
)


def plain(markdown: str) -> str:
    """The plain text of inline Markdown: of its first ``_MAX_CHARS`` characters."""
    text = re.sub(r"<!--.*?-->", "", markdown[:_MAX_CHARS], flags=re.DOTALL)
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"!\[([^\]]*)\]\[[^\]]*\]", r"\1", text)
    text = re.sub(r"\[\^[^\]]+\]", "", text)
    text = re.sub(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?:[^()]|\([^)]*\))*\)(?:\{[^}]*\})?", r"\1", text)
    text = re.sub(r"\[([^\[\]]*)\]\[[^\]]*\]", r"\1", text)
    text = re.sub(r"<(https?://[^>\s]+)>", r"\1", text)
    text = re.sub(r"</?[A-Za-z][^>]*>", "", text)
    text = re.sub(r"\{[#.:%][^}]*\}", "", text)
    code: list[str] = []

    def keep(match: re.Match[str]) -> str:
        code.append(match[2].strip())
        return f"\x00{len(code) - 1}\x00"

    text = re.sub(r"(`+)(.+?)\1", keep, text)
    text = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])", r"\1", text)
    text = re.sub(r"(?<![\w_])_(?=\S)([^_]+?)(?<=\S)_(?![\w_])", r"\1", text)
    text = re.sub(r"~~(.+?)~~", r"\1", text)
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    text = re.sub(r"\x00(\d+)\x00", lambda match: code[int(match[1])], text)
    return " ".join(unescape(text).split())


def first_paragraph(draft: Draft) -> str:
    """The text of the first paragraph of prose, or ""."""
    fences = draft.fences()
    at = 0
    for block in re.split(r"(\n[ \t]*\n)", draft.text):
        start, at = at, at + len(block)
        if not block.strip() or _NOT_PROSE.match(block.lstrip("\n")):
            continue
        first = start + len(block) - len(block.lstrip())
        if any(fence.start <= first < fence.end for fence in fences) or block.startswith(("    ", "\t")):
            continue
        # A heading may follow without an empty line; badges are pictures.
        prose = re.split(r"\n(?=#{1,6} |```|~~~|[-*+] |\d+\. |!!! )", block.strip("\n")[:_MAX_CHARS])[0]
        words = plain(re.sub(r"\[?!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])(?:\](?:\([^)]*\)|\[[^\]]*\]))?", "", prose))
        if len(words.split()) > 1 or re.search(r"[^\x00-\u2fff]{4}", words):
            return words
    return ""


def shortened(text: str) -> str:
    """At most ``MAX_SUMMARY_CHARS`` of ``text``: whole sentences if possible, else whole words."""
    if len(text) <= MAX_SUMMARY_CHARS:
        return text
    cut = text[:MAX_SUMMARY_CHARS]
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s|$)|[\u3002\uff01\uff1f]", cut)]
    if ends and ends[-1] >= MAX_SUMMARY_CHARS // 4:
        return cut[: ends[-1]]
    return f"{cut.rpartition(' ')[0] or cut}…"


def take_summary(draft: Draft, separator: str = "") -> str:
    """The text before the excerpt mark, which is removed; else that of the first paragraph."""
    excerpt = ""
    mark = _find_mark(draft, separator)
    if mark:
        begin = _BEGIN.search(draft.text)
        start = begin.end() if begin and begin.end() < mark[0] else 0
        excerpt = first_paragraphs(draft.text[start : mark[0]])
        draft.report("converted", "excerpt mark", mark[0])
    edits = [
        (match.start(), match.end(), "") for match in _MARK.finditer(draft.text) if not _in_fence(draft, match.start())
    ]
    edits += [
        (match.start(), match.end(), "") for match in _BEGIN.finditer(draft.text) if not _in_fence(draft, match.start())
    ]
    if separator and mark:
        edits.append((mark[0], mark[1], ""))
    draft.apply(edits)
    return shortened(excerpt or first_paragraph(draft))


def _find_mark(draft: Draft, separator: str) -> tuple[int, int] | None:
    if separator.strip():
        at = draft.text.find(separator)
        if at >= 0:
            return at, at + len(separator)
    match = next((one for one in _MARK.finditer(draft.text) if not _in_fence(draft, one.start())), None)
    return match.span() if match else None


def _in_fence(draft: Draft, offset: int) -> bool:
    return draft.is_code(offset, "text")


def first_paragraphs(markdown: str) -> str:
    """The text of all prose in ``markdown``, without headings, lists and code."""
    text = re.sub(r"(```|~~~).*?(\1|\Z)", "", markdown, flags=re.DOTALL)
    blocks = [
        block for block in re.split(r"\n[ \t]*\n", text) if block.strip() and not _NOT_PROSE.match(block.lstrip("\n"))
    ]
    return " ".join(filter(None, map(plain, blocks)))
