"""The target syntax of each construct: the one table that all converters use. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.importing.constructs.draft import Draft, dedented, indented

#: Kinds of admonitions here, and the equivalent kinds of other tools.
_KINDS = {
    "note": (
        "note info abstract summary tldr todo example snippet quote cite question help faq seealso important secondary"
        " primary api see experimental notice callout default light dark aside definition new version"
    ),
    "tip": "tip hint success check done good idea best-practice",
    "warning": "warning caution attention warn deprecated",
    "danger": "danger error failure fail missing bug critical severe",
}
KINDS = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_EMBEDS = {
    "youtube": ("YouTube", "https://www.youtube.com/watch?v={}"),
    "vimeo": ("Vimeo", "https://vimeo.com/{}"),
    "gist": ("GitHub Gist", "https://gist.github.com/{}"),
    "tweet": ("X", "https://x.com/i/status/{}"),
    "codepen": ("CodePen", "https://codepen.io/{}"),
    "instagram": ("Instagram", "https://www.instagram.com/p/{}/"),
    "streamable": ("Streamable", "https://streamable.com/{}"),
    "asciinema": ("asciinema", "https://asciinema.org/a/{}"),
}


def admonition(kind: str, title: str, body: str, indent: str = "") -> str:
    """A note, tip, warning or danger with ``body`` (Markdown) inside. ``title`` may be empty."""
    name = kind.strip().lower()
    own = KINDS.get(name, "note")
    shown = title.strip().replace('"', "'") or ("" if name in {own, ""} else name.replace("-", " ").capitalize())
    shown = "" if shown.lower() == own else shown
    header = f'{indent}!!! {own} "{shown}"' if shown else f"{indent}!!! {own}"
    return f"{header}\n{_inside(body, indent)}\n"


def details(title: str, body: str, *, is_open: bool = False, kind: str = "note", indent: str = "") -> str:
    """A block that the reader can open."""
    shown = title.strip().replace('"', "'") or "Details"
    return (
        f'{indent}{"???+" if is_open else "???"} {KINDS.get(kind.lower(), "note")} "{shown}"\n{_inside(body, indent)}\n'
    )


def tab(title: str, body: str, indent: str = "") -> str:
    """One of several tabs; those that follow each other make one group."""
    shown = title.strip().replace('"', "'") or "Tab"
    return f'{indent}=== "{shown}"\n\n{_inside(body, indent)}\n'


def new_tabs(tabs: str) -> str:
    """``tabs`` as a set of their own, whatever stands before them; ``settle_tabs`` takes the sign off where it can."""
    return re.sub(r'^([ \t]*)=== "', r'\1===! "', tabs, count=1, flags=re.MULTILINE)


def settle_tabs(draft: Draft) -> None:
    """Keep the sign of a new set only where tabs stand right before it."""
    draft.sub(_NEW_TABS, lambda match: f'{match["indent"]}=== "' if not _is_after_tab(draft.text, match) else None)


_NEW_TABS = re.compile(r'^(?P<indent>[ \t]*)===! "', re.MULTILINE)


def _is_after_tab(text: str, match: re.Match[str]) -> bool:
    """Whether the block before a tab is a tab: its header is the first line above that is not farther in."""
    for line in reversed(text[: match.start()].split("\n")):
        if line.strip() and len(line) - len(line.lstrip()) <= len(match["indent"]):
            return line.lstrip().startswith("===")
    return False


def _inside(body: str, indent: str) -> str:
    return indented(_trim(dedented(body)), f"{indent}    ")


def _trim(body: str) -> str:
    return re.sub(r"\A(?:[ \t]*\n)+|\s+\Z", "", body)


def figure(source: str, text: str, caption: str = "") -> str:
    """A picture; a caption makes it a figure."""
    title = f' "{caption.strip()}"'.replace("\n", " ") if caption.strip() else ""
    if title.count('"') > 2:
        title = f" '{caption.strip()}'" if "'" not in caption else f' "{caption.strip().replace(chr(34), chr(8221))}"'
    target = f"<{source}>" if re.search(r"[\s()]", source) else source
    return f"![{text.replace('[', '(').replace(']', ')').strip()}]({target}{title})"


def link(text: str, target: str) -> str:
    """A link."""
    shown = f"<{target}>" if re.search(r"[\s()]", target) else target
    return f"[{text.strip() or target}]({shown})"


def embed(provider: str, identity: str, title: str = "") -> str:
    """A link to content that another tool embeds (a film, a post): nothing of third parties runs here."""
    name, pattern = _EMBEDS[provider]
    address = identity if identity.startswith(("https://", "http://")) else pattern.format(identity.strip("/"))
    return link(
        f"{title or 'Watch' if provider in {'youtube', 'vimeo', 'streamable'} else title or 'See'} on {name}", address
    )


def fence_info(
    language: str,
    *,
    title: str = "",
    lines: Iterable[int] = (),
    added: Iterable[int] = (),
    removed: Iterable[int] = (),
    first_number: int | None = None,
    is_fragment: bool = False,
    included: str = "",
) -> str:
    """The info string of a fence: the language, and the attributes of the block."""
    words = [re.sub(r"[^\w+#.-]", "", language.lower())]
    if title:
        words.append(f'title="{title.replace(chr(34), chr(39))}"')
    for name, numbers in (("hl", lines), ("ins", added), ("del", removed)):
        marked = ranges(numbers)
        if marked:
            words.append(f'{name}="{marked}"')
    if first_number is not None:
        words.append("numbers" if first_number == 1 else f"numbers={first_number}")
    if is_fragment:
        words.append("noparse")
    if included:
        words.append(f'include="{included}"')
    words[0] = words[0] or ("text" if len(words) > 1 else "")
    return " ".join(words)


def ranges(lines: Iterable[int]) -> str:
    """Line numbers as ``1,3-5``."""
    parts: list[list[int]] = []
    for number in sorted(set(lines)):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def comment(text: str) -> str:
    """A comment, invisible to readers, for the author to find."""
    inner = text.strip().replace("--", "- -").replace("<!", "< !").replace("- ->", "- - >")
    return f"<!-- import: {inner} -->"
