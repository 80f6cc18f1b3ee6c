"""How each construct is spelt here: the one table that every converter writes by. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from services.importing.constructs.draft import dedented, indented

#: Whether ``=== "Title"`` makes tabs here; without it each tab is a part with its title in bold.
HAS_TABS = False
#: Kinds of admonition here, and the kinds of other tools that mean the same.
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


def details(title: str, body: str, *, is_open: bool = False, indent: str = "") -> str:
    """A part that the reader opens. ``title`` is plain text."""
    opening = "<details open>" if is_open else "<details>"
    inner = indented(_trim(dedented(body)), indent)
    summary = f"<summary>{inline_html(title.strip() or 'Details')}</summary>"
    return f"{indent}{opening}\n{indent}{summary}\n\n{inner}\n\n{indent}</details>\n"


def tab(title: str, body: str, indent: str = "") -> str:
    """One of several tabs; those that follow each other make one group."""
    shown = title.strip().replace('"', "'") or "Tab"
    if not HAS_TABS:
        return f"{indent}**{shown}**\n\n{indented(_trim(dedented(body)), indent)}\n"
    return f'{indent}=== "{shown}"\n\n{_inside(body, indent)}\n'


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
    """A link to what another tool sets into the page (a film, a post): nothing of third parties runs here."""
    name, pattern = _EMBEDS[provider]
    address = identity if identity.startswith(("https://", "http://")) else pattern.format(identity.strip("/"))
    return link(
        f"{title or 'Watch' if provider in {'youtube', 'vimeo', 'streamable'} else title or 'See'} on {name}", address
    )


def fence_info(
    language: str, *, title: str = "", lines: Iterable[int] = (), numbered: bool = False, is_fragment: bool = False
) -> str:
    """What stands behind the fence: the language, and what is known of the block."""
    words = [re.sub(r"[^\w+#.-]", "", language.lower())]
    marked = ranges(lines)
    if title or marked or numbered or is_fragment:
        words[0] = words[0] or "text"
    if title:
        words.append(f'title="{title.replace(chr(34), chr(39))}"')
    if marked:
        words.append(f'hl="{marked}"')
    if is_fragment:
        words.append("noparse")
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
    """What no reader sees, and the author finds again."""
    inner = text.strip().replace("--", "- -").replace("<!", "< !").replace("- ->", "- - >")
    return f"<!-- import: {inner} -->"


def inline_html(text: str) -> str:
    """The little Markdown that a title has, as HTML."""
    html = escape(text, quote=False)
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", html)
    html = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", html)
    return re.sub(r"(?<![\w*])[*_]([^*_]+)[*_](?![\w*])", r"<em>\1</em>", html)
