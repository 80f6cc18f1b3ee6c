"""Find every link and picture of a draft, and replace its target."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from urllib.parse import unquote

from services.importing.constructs.context import SOURCE_SCHEME
from services.importing.constructs.draft import Draft, Edit
from services.importing.linking.atlas import split_target
from services.importing.linking.resolver import Resolved, Resolver

_TARGET = r"(?P<target><[^<>\n]*>|(?:\\.|[^\s()<>\\]|\((?:\\.|[^\s()\\]|\([^\s()]*\))*\))*)"
_INLINE = re.compile(
    rf"(?P<open>\]\(\s*){_TARGET}(?P<title>\s+(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\((?:\\.|[^()\\])*\)))?(?P<close>\s*\))"
)
_DEFINITION = re.compile(
    r"^(?P<open>[ \t]*(?:>[ \t]?)*\[(?P<label>(?!\^|\*)(?:\\."
    r"|[^\[\]\\])+)\]:[ \t]*\n?[ \t]*)(?P<target><[^<>\n]*>|\S+)(?P<title>[ \t]+"
    r"(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*$",
    re.MULTILINE,
)
_HTML = re.compile(
    r"(?P<open><(?P<tag>a|img)\b(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*?\s(?P<name>href|src)\s*=\s*)(?P<quote>[\"'])(?P<target>[^\"'<>]*)(?P=quote)",
    re.IGNORECASE,
)
_EMPTY_TEXT = re.compile(r"(<img\b[^<>]*?)(?<!\s)\s+alt(?:=(?:\"\s*\"|'\s*'))?(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"\{[^{}\n]*\}")
_NO_WORDS = re.compile(r"!\[[ \t]*\](?=\[(?P<label>[^\[\]\n]+)\])")
_AUTOLINK = re.compile(r"<(?P<target>import-source:[^<>\s]*)>")
#: An address that a template wrote where no link is.
_IN_TEXT = re.compile(r"import-source:[^<>()\[\]\s\"']*")


def convert_links(draft: Draft, resolver: Resolver) -> list[str]:
    """Rewrite every target of ``draft``; return the files of the source to copy beside it, in order."""
    assets: list[str] = []
    edits: list[Edit] = []
    for match in draft.matches(_INLINE):
        edit = _inline(draft, match, resolver, assets)
        if edit is not None:
            edits.append(edit)
    draft.apply(edits)
    draft.sub(_NO_WORDS, lambda match: _named_by_label(draft, match))
    pictures = _picture_labels(draft)
    draft.sub(_DEFINITION, lambda match: _definition(draft, match, resolver, assets, pictures))
    draft.sub(_EMPTY_TEXT, lambda match: match[1])
    draft.sub(_HTML, lambda match: _html(draft, match, resolver, assets))
    draft.sub(_AUTOLINK, lambda match: _auto(draft, match, resolver))
    draft.sub(_IN_TEXT, lambda match: _in_text(draft, match, resolver))
    return assets


def rewrite_targets(draft: Draft, new: Callable[[str], str | None]) -> None:
    """Replace the target of every link and picture of ``draft`` by the result of ``new``; ``None`` leaves it."""

    def inline(match: re.Match[str]) -> str | None:
        found = new(match["target"].strip("<>"))
        if found is None:
            return None
        written = f"<{found}>" if re.search(r"[\s()<>]", found) else found
        return f"{match['open']}{written}{match['title'] or ''}{match['close']}"

    def definition(match: re.Match[str]) -> str | None:
        found = new(match["target"].strip("<>"))
        return None if found is None else f"{match['open']}{found}{match['title'] or ''}"

    def html(match: re.Match[str]) -> str | None:
        found = new(match["target"])
        return None if found is None else f"{match['open']}{match['quote']}{found}{match['quote']}"

    draft.sub(_INLINE, inline)
    draft.sub(_DEFINITION, definition)
    draft.sub(_HTML, html)


def _opening(text: str, closing: int) -> int | None:
    """The offset of the bracket that matches the one at ``closing``."""
    depth = 0
    for at in range(closing, max(-1, closing - 4000), -1):
        if text[at] == "]" and (at == 0 or text[at - 1] != "\\"):
            depth += 1
        elif text[at] == "[" and (at == 0 or text[at - 1] != "\\"):
            depth -= 1
            if depth == 0:
                return at
    return None


def _inline(draft: Draft, match: re.Match[str], resolver: Resolver, assets: list[str]) -> Edit | None:
    opening = _opening(draft.text, match.start())
    if opening is None:
        return None
    is_picture = draft.text[opening - 1 : opening] == "!"
    target = match["target"].strip("<>") if match["target"].startswith("<") else match["target"].replace("\\", "")
    found = resolver.resolve(target, is_picture=is_picture)
    start, end = match.start("target"), match.end("target")
    has_no_words = is_picture and not draft.text[opening + 1 : match.start()].strip()
    if found is None:
        _report_elsewhere(draft, match.start(), target, is_picture=is_picture)
        if not has_no_words:
            return None
        found = Resolved(target)
    else:
        _report(draft, match.start(), found, target, is_picture=is_picture)
    if found.asset:
        assets.append(found.asset)
    if not found.target:
        words = draft.text[opening + 1 : match.start()]
        # What a list of attributes behind it says was said of the link.
        attributes = _ATTRIBUTES.match(draft.text, match.end())
        end = attributes.end() if attributes else match.end()
        if is_picture:
            return opening - 1, end, _comment(f"picture {target}")
        # Edit only the two brackets: an edit of the text would overlap edits inside of it.
        return None if "](" in words else (opening, end, words)
    written = f"<{found.target}>" if re.search(r"[\s()<>]", found.target) else found.target
    if has_no_words:
        draft.report("converted", "picture without a text", match.start(), "its file name stands in")
        words = _words(target)
        return opening, end, f"[{words}{draft.text[match.start() : start]}{written}"
    return start, end, written


def _named_by_label(draft: Draft, match: re.Match[str]) -> str:
    draft.report("converted", "picture without a text", match.start(), "its label stands in")
    return f"![{_words(match['label'])}]"


def _words(target: str) -> str:
    """The text alternative of a picture without one: its file's name in words."""
    stem = posixpath.splitext(posixpath.basename(unquote(split_target(target)[0])))[0]
    return " ".join(re.sub(r"[_\W]+", " ", stem).split()) or "picture"


def _comment(text: str) -> str:
    return f"<!-- import: {text.replace('--', '- -')} -->"


def _picture_labels(draft: Draft) -> set[str]:
    """The labels of reference definitions that pictures use."""
    found = re.findall(r"!\[([^\[\]]*)\](?:\[([^\[\]]*)\])?(?!\()", draft.text)
    return {_label(second or first) for first, second in found}


def _label(text: str) -> str:
    return " ".join(text.split()).casefold()


def _definition(
    draft: Draft, match: re.Match[str], resolver: Resolver, assets: list[str], pictures: set[str]
) -> str | None:
    target = match["target"].strip("<>")
    is_picture = _label(match["label"]) in pictures
    found = resolver.resolve(target, is_picture=is_picture)
    if found is None:
        _report_elsewhere(draft, match.start("target"), target, is_picture=is_picture)
        return None
    _report(draft, match.start("target"), found, target, is_picture=is_picture)
    if found.asset:
        assets.append(found.asset)
    written = found.target or "/"
    if re.search(r"[\s<>]", written):
        written = f"<{written}>"
    return f"{match['open']}{written}{match['title'] or ''}"


def _in_text(draft: Draft, match: re.Match[str], resolver: Resolver) -> str:
    found = resolver.resolve(match[0], is_picture=False) or Resolved()
    _report(draft, match.start(), found, match[0], is_picture=False)
    return found.target or match[0].removeprefix(SOURCE_SCHEME)


def _html(draft: Draft, match: re.Match[str], resolver: Resolver, assets: list[str]) -> str | None:
    is_picture = match["tag"].lower() == "img"
    target = match["target"].replace("&amp;", "&")
    found = resolver.resolve(target, is_picture=is_picture)
    tag_end = draft.text.find(">", match.end())
    tag = draft.text[match.start() : tag_end if tag_end > 0 else match.end()]
    text = ""
    if is_picture and not re.search(r"\balt\s*=\s*(?:\"[^\"]+\"|'[^']+'|[^\s\"'>]+)", tag, re.IGNORECASE):
        text = f' alt="{_words(target)}"'
        draft.report("converted", "picture without a text", match.start(), "its file name stands in")
    if found is None:
        _report_elsewhere(draft, match.start(), target, is_picture=is_picture)
        return f"{match[0]}{text}" if text else None
    _report(draft, match.start(), found, target, is_picture=is_picture)
    if found.asset:
        assets.append(found.asset)
    if not found.target and not is_picture:
        # An `a` without an address is plain text.
        return f"{match['open'].rstrip()[: -len(match['name']) - 1].rstrip()} title={match['quote']}{match['quote']}"
    return f"{match['open']}{match['quote']}{found.target.replace('&', '&amp;')}{match['quote']}{text}"


def _auto(draft: Draft, match: re.Match[str], resolver: Resolver) -> str:
    found = resolver.resolve(match["target"], is_picture=False) or Resolved()
    _report(draft, match.start(), found, match["target"], is_picture=False)
    return f"[{found.target}]({found.target})" if found.target else ""


def _report_elsewhere(draft: Draft, offset: int, target: str, *, is_picture: bool) -> None:
    """Report a picture that no page here loads, because it is on another site."""
    if is_picture and re.match(r"(?:https?:)?//", target, re.IGNORECASE):
        draft.report("left", "picture of another site", offset, target[:80])


def _report(draft: Draft, offset: int, found: Resolved, target: str, *, is_picture: bool) -> None:
    what = "picture" if is_picture else "link"
    if not found.problem:
        draft.report("converted", what, offset, f"{target[:80]} → {found.target[:80]}")
    elif found.target:
        outcome = "converted" if found.target.startswith(("/", "#")) else "left"
        note = f"{found.problem}; it leads to {found.target[:80]}"
        draft.report(
            "left" if outcome == "left" else "dropped",
            f"{what} to nothing" if outcome == "left" else "section of a link",
            offset,
            note,
        )
    else:
        draft.report(
            "dropped",
            f"{what} to nothing",
            offset,
            f"{found.problem}; its words stay" if not is_picture else found.problem,
        )
