"""Convert named constructs, whatever their brackets: Hugo shortcodes, Liquid tags, Zola macros, components.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.importing.constructs import dialect
from services.importing.constructs.draft import dedented
from services.importing.constructs.plain import plain


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments: positional values, and values by name (in lower case)."""

    places: Sequence[Any] = ()
    names: Mapping[str, Any] = field(default_factory=dict)

    def get(self, *names: str, place: int | None = None) -> str:
        """The first of ``names`` that is given, else the positional value at ``place``, as text, else ""."""
        for name in names:
            value = self.names.get(name)
            if value is not None and not isinstance(value, dict | list):
                return str(value)
        if place is not None and place < len(self.places) and self.places[place] is not None:
            return str(self.places[place])
        return ""


Render = Callable[[str, Arguments, str, str], str | None]

_ADMONITIONS = frozenset(
    {"alert", "callout", "admonition", "hint", "notice", "aside", "box", "message", "infobox", "panel", "pageinfo"}
)
_FENCE_OPTIONS = frozenset({"linenos", "hl_lines", "linenostart", "hl", "lines", "start"})
#: A setting, and its value up to the next setting: lines stand behind blanks or commas.
_OPTION = re.compile(r"([A-Za-z_]+)\s*=\s*((?:(?![,\s]+[A-Za-z_]+\s*=).)*)")
_COLORS = {
    "success": "tip",
    "info": "note",
    "primary": "note",
    "secondary": "note",
    "warning": "warning",
    "danger": "danger",
}


def render(name: str, arguments: Arguments, inner: str | None, indent: str = "") -> str | None:
    """The Markdown for ``name``, or ``None`` if the name is not known.

    ``inner`` is the content between start and end.
    """
    key = re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].rpartition(".")[2].lower())
    function = _BY_NAME.get(re.sub(r"[^a-z0-9]", "", name.lower())) or _BY_NAME.get(key)
    if key in _ADMONITIONS or (function is None and key in dialect.KINDS and inner is not None):
        return _admonition(key, arguments, inner, indent)
    if function is None or (inner is None and function in {_inner, _tabs}):
        # What only holds others, and holds nothing here, shows what its template makes.
        return None
    return function(key, arguments, inner or "", indent)


def _admonition(key: str, arguments: Arguments, inner: str | None, indent: str) -> str | None:
    kind = key
    title = arguments.get("title", "heading", "header", "label")
    if key in _ADMONITIONS:
        kind = arguments.get("type", "kind", "color", "level", "context", "icon", "style", "variant")
        places = [str(place) for place in arguments.places]
        if not kind and places:
            kind = places.pop(0)
        title = title or next((place for place in places if place.strip()), "")
    elif arguments.places and not title:
        title = str(arguments.places[0])
    body = inner if inner is not None else arguments.get("text", "content", "body", "message", "msg")
    if not body.strip():
        return None if inner is None else ""
    kind = _COLORS.get(kind.lower(), kind)
    kind = kind if kind.lower() in dialect.KINDS else "note"
    return f"\n{dialect.admonition(kind, title, body, indent)}"


def _embed(provider: str) -> Render:
    def embedded(_key: str, arguments: Arguments, _inner: str, _indent: str) -> str | None:
        identity = arguments.get("id", "url", "src", "video", "slug", "videoid", "key", place=0)
        title = arguments.get("title", "caption", "label")
        if provider == "gist" and len(arguments.places) > 1 and "/" not in identity:
            identity = f"{identity}/{arguments.places[1]}"
        if provider == "tweet" and arguments.get("user"):
            identity = f"https://x.com/{arguments.get('user')}/status/{identity}"
        elif provider == "tweet" and len(arguments.places) > 1 and str(arguments.places[1]).isdigit():
            identity = f"https://x.com/{identity}/status/{arguments.places[1]}"
        if provider == "tweet" and not re.fullmatch(r"\d+|https?://\S+", identity):
            return None
        return dialect.embed(provider, identity, title) if identity else None

    return embedded


def _figure(_key: str, arguments: Arguments, inner: str, _indent: str) -> str | None:
    source = arguments.get("src", "source", "path", "url", "image", "image_path", "file", "filename", "name", place=0)
    said = dict.fromkeys(filter(None, (arguments.get("title"), arguments.get("caption") or inner)))
    caption = ": ".join(said) or arguments.get("attr")
    if said and arguments.get("attr"):
        caption += f" ({arguments.get('attr')})"
    text = arguments.get("alt", "alttext", "description", place=None if _key == "imgproc" else 1) or caption
    if not source:
        return None
    if source.startswith("class=") or (" " in source and not text):
        return None
    picture = dialect.figure(source, plain(text), plain(caption))
    target = arguments.get("link", "href")
    return f"[{picture}]({target})" if target else picture


def _details(_key: str, arguments: Arguments, inner: str, indent: str) -> str | None:
    title = arguments.get("summary", "title", "label", "header", "name", place=0)
    return f"\n{dialect.details(title, inner, is_open=arguments.get('open').lower() == 'true', indent=indent)}"


def _tab(_key: str, arguments: Arguments, inner: str, indent: str) -> str | None:
    title = arguments.get("label", "title", "name", "header", "tabname", "value", place=0)
    language = arguments.get("lang", "codelang")
    if language and "```" not in inner:
        inner = f"```{language}\n{dedented(inner.strip(chr(10)))}\n```"
    return f"\n{dialect.tab(title, inner, indent)}"


def _inner(_key: str, _arguments: Arguments, inner: str, _indent: str) -> str | None:
    inner = re.sub(r"^[ \t]*<--->[ \t]*$", "", inner, flags=re.MULTILINE)  # hugo-book: the next column
    return f"\n{dedented(inner)}\n" if "\n" in inner else inner


def _tabs(_key: str, arguments: Arguments, inner: str, indent: str) -> str | None:
    """Tabs; Hextra names them at the outer shortcode: ``items="JSON,YAML"``."""
    labels = [label.strip().replace('"', "'") for label in arguments.get("items").split(",") if label.strip()]
    for label in labels:
        inner = inner.replace('=== "Tab"', f'=== "{label}"', 1)
    return _inner(_key, arguments, dialect.new_tabs(inner), indent)


def _tree_entry(key: str, arguments: Arguments, inner: str, indent: str) -> str | None:
    name = arguments.get("name", place=0)
    entries = "\n".join(f"{indent}  {line}" for line in dedented(inner).strip("\n").split("\n") if line.strip())
    return f"- {name}{'/' if key == 'folder' else ''}" + (f"\n{entries}" if entries else "")


def _titled(_key: str, arguments: Arguments, inner: str, _indent: str) -> str | None:
    title = ", ".join(filter(None, (arguments.get("header", "title"), arguments.get("subheader"))))
    return f"\n**{title}**\n\n{dedented(inner).strip()}\n" if title else f"\n{dedented(inner)}\n"


def _address(pattern: str, label: str) -> Render:
    def linked(_key: str, arguments: Arguments, _inner: str, _indent: str) -> str | None:
        identity = arguments.get("repo", "user", "id", "url", "src", place=0)
        address = identity if "://" in identity else pattern.format(identity)
        return dialect.link(arguments.get("title", "name") or label.format(identity), address) if identity else None

    return linked


def _nothing(_key: str, _arguments: Arguments, _inner: str, _indent: str) -> str | None:
    return ""


def _code(_key: str, arguments: Arguments, inner: str, indent: str) -> str | None:
    language = arguments.get("lang", "language", "type", place=0)
    title = arguments.get("title", "filename", "file", "name", "caption")
    code = inner.strip("\n") or arguments.get("code")
    if not code:
        return None
    if not language and not title and "\n" not in code and _key == "highlight":
        return f"<mark>{code}</mark>"  # no sample, but words that are highlighted
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`{3,}", code)), default=0))
    # Hugo: {{< highlight go "linenos=table,hl_lines=2-3 5,linenostart=10" >}}; ``fences`` reads the words.
    options = [str(place) for place in arguments.places[1:] if "=" in str(place)]
    options += [f"{name}={value}" for name, value in arguments.names.items() if name in _FENCE_OPTIONS]
    words = " ".join(f'{name.strip()}="{value.strip()}"' for name, value in _OPTION.findall(",".join(options)))
    info = dialect.fence_info(language, title=title) + (f" {words}" if words else "")
    return f"\n{indent}{fence}{info}\n{code}\n{indent}{fence}\n"


def _link_card(_key: str, arguments: Arguments, inner: str, indent: str) -> str | None:
    target = arguments.get("href", "link", "url", "to", "src", "relref", place=0)
    title = arguments.get("title", "label", "text", "name", place=1) or " ".join(inner.split())
    description = arguments.get("description", "subtitle")
    if not target:
        return f"**{title}**" + (f": {description}" if description else "") if title else None
    return f"{indent}- {dialect.link(title, target)}" + (f": {description}" if description else "")


def _button(_key: str, arguments: Arguments, inner: str, _indent: str) -> str | None:
    target = arguments.get("href", "link", "url", "to", "relref", place=0)
    title = " ".join(inner.split()) or arguments.get("text", "label", "title", "content", place=1)
    return dialect.link(title, target) if target else title or None


def _card(_key: str, arguments: Arguments, inner: str, indent: str) -> str | None:
    title = arguments.get("title", "header", "name", "label")
    target = arguments.get("href", "link", "url", "to")
    if not inner.strip():
        inner = arguments.get("description", "subtitle", "text", "content")
    if not inner.strip() and not target and not title:
        return None
    shown = dialect.link(title, target) if title and target else title
    return f"\n{indent}**{shown}**\n\n{dedented(inner)}\n" if shown else f"\n{dedented(inner)}\n"


def _media(key: str, arguments: Arguments, _inner: str, _indent: str) -> str | None:
    provider = arguments.get("provider").lower()
    if provider in {"youtube", "vimeo"} and arguments.get("id"):
        return dialect.embed(provider, arguments.get("id"))
    source = arguments.get("src", "url", "file", "mp4", "link", place=0)
    title = arguments.get("title", "caption") or ("The recording" if key == "audio" else "The film")
    return dialect.link(title, source) if source else None


def _mermaid(key: str, _arguments: Arguments, inner: str, _indent: str) -> str | None:
    return f"\n```{key}\n{dedented(inner.strip(chr(10)))}\n```\n"


def _math(_key: str, arguments: Arguments, inner: str, _indent: str) -> str | None:
    formula = (inner or arguments.get("body", "tex", "formula", place=0)).strip()
    sign = "$$" if inner or arguments.get("block", "display").lower() == "true" else "$"
    return f"{sign}{formula}{sign}" if formula else None


def _wrapped(tag: str) -> Render:
    def wrapped(_key: str, arguments: Arguments, inner: str, _indent: str) -> str | None:
        text = inner or arguments.get("text", "content", "label", place=0)
        return f"<{tag}>{text}</{tag}>" if text else None

    return wrapped


def _text(_key: str, arguments: Arguments, inner: str, _indent: str) -> str | None:
    return inner or arguments.get("text", "label", "content", place=0) or None


def _added_in(key: str, arguments: Arguments, _inner: str, _indent: str) -> str | None:
    version = arguments.get("version", place=0)
    word = "Added in" if key == "addedin" else "Deprecated since"
    return f"*{word} {'v' if version[:1].isdigit() else ''}{version}*" if version else None


def _quote(_key: str, arguments: Arguments, inner: str, indent: str) -> str | None:
    source = arguments.get("author", "cite", "source", place=0)
    lines = [*dedented(inner.strip("\n")).split("\n"), *(["", f"— {source}"] if source else [])]
    return "\n" + "\n".join(f"{indent}> {line}".rstrip() for line in lines) + "\n"


def _table(*entries: tuple[str, Render]) -> dict[str, Render]:
    return {name: function for names, function in entries for name in names.split()}


_BY_NAME = _table(
    ("youtube youtubelite youtubeenhanced ytembed liteyoutube liteyoutubeembed reactplayer", _embed("youtube")),
    ("vimeo", _embed("vimeo")),
    ("tweet twitter x xtweet twittersimple tweetsimple", _embed("tweet")),
    ("gist", _embed("gist")),
    ("codepen", _embed("codepen")),
    ("instagram", _embed("instagram")),
    ("streamable", _embed("streamable")),
    ("asciinema", _embed("asciinema")),
    ("figure img image picture fig imgc imgproc responsiveimage lazyimg themedimage resizeimage", _figure),
    ("details expand collapse spoiler accordionitem accordion collapsible dropdown detailedexplanation", _details),
    ("tabs tabpane tabgroup codetabs contenttabs", _tabs),
    ("filetreefile filetreefolder", _tree_entry),
    ("timelineitem", _titled),
    ("github githubrepo", _address("https://github.com/{}", "{} on GitHub")),
    ("gitlab", _address("https://gitlab.com/{}", "{} on GitLab")),
    ("bilibili", _address("https://www.bilibili.com/video/{}", "Watch on Bilibili")),
    ("music", _address("{}", "The recording")),
    ("tab tabitem codetab contenttab", _tab),
    (
        (
            "steps filetree filetreecontainer cardgrid cards grid row column columns col div gallery rawhtml html"
            " unsafe style typeit timeline sidenote marginnote"
        ),
        _inner,
    ),
    ("section block fragment accordions wrap center codegroup markdown md intro", _inner),
    ("toc tableofcontents icon bootstrapicon faicon fontawesome clear seo feedmeta spacer anchor", _nothing),
    ("highlight code codeblock codesnippet snippet", _code),
    ("linkcard pageref", _link_card),
    ("button linkbutton btn buttonlink", _button),
    ("card", _card),
    ("video audio html5video", _media),
    ("mermaid plantuml dot graphviz", _mermaid),
    ("math katex latex tex", _math),
    ("kbd key", _wrapped("kbd")),
    ("mark hl", _wrapped("mark")),
    ("sub", _wrapped("sub")),
    ("sup", _wrapped("sup")),
    ("badge chip label pill lead tooltip abbr", _text),
    ("addedin deprecatedin", _added_in),
    ("blockquote quote pullquote epigraph", _quote),
)
