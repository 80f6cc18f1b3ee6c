"""Links and pictures: each target of the old site as its target here, by the map of the import. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, unquote, urlsplit

from services.importing.constructs.context import SOURCE_SCHEME
from services.importing.constructs.draft import Draft
from services.importing.foreign_site import Document, ForeignSite
from services.importing.naming import to_slug

#: What may stand beside an article here.
ASSET_SUFFIXES = frozenset({".avif", ".csv", ".gif", ".jpeg", ".jpg", ".json", ".pdf", ".png", ".svg", ".txt", ".webp"})
_MARKDOWN = (".md", ".mdx", ".markdown", ".mdown", ".rst", ".ipynb", ".html", ".adoc", ".org")
_EXTERNAL = re.compile(r"(?!import-source:)[a-zA-Z][a-zA-Z0-9+.-]*:|//")
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
_EMPTY_TEXT = re.compile(r"(<img\b[^<>]*?)\s+alt(?:=(?:\"\s*\"|'\s*'))?(?=[\s/>])", re.IGNORECASE)
_AUTOLINK = re.compile(r"<(?P<target>import-source:[^<>\s]*)>")
_LISTINGS = {
    "feed.xml": "/feed.xml",
    "atom.xml": "/feed.xml",
    "index.xml": "/feed.xml",
    "rss.xml": "/rss.xml",
    "feed": "/feed.xml",
    "rss": "/rss.xml",
    "feed.json": "/feed.json",
    "sitemap.xml": "/sitemap.xml",
    "tags": "/tags/",
    "categories": "/tags/",
    "archive": "/archive/",
    "archives": "/archive/",
    "archives.html": "/archive/",
    "tags.html": "/tags/",
    "categories.html": "/tags/",
    "blog": "/",
    "posts": "/",
    "articles": "/",
}


@dataclass(slots=True)
class Atlas:
    """The map of the import: what each file and each old address became.

    ``urls`` and ``ids`` are by path of the source; ``by_address`` and ``by_name`` lead to such a path; ``tags`` are
    those in use.
    """

    site: ForeignSite
    files: Iterable[str]
    urls: dict[str, str] = field(default_factory=dict)
    ids: dict[str, Mapping[str, str]] = field(default_factory=dict)
    by_address: dict[str, str] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    drafts: set[str] = field(default_factory=set)
    by_last: dict[str, list[str]] = field(default_factory=dict)

    def add(self, document: Document, url: str) -> None:
        """A document and where it is here."""
        self.urls[document.path] = url
        self.by_last.setdefault(_last(document.path), []).append(document.path)
        for address in document.addresses:
            self.by_address.setdefault(address_key(address), document.path)
        stem = posixpath.splitext(posixpath.basename(document.path))[0]
        for name in {
            stem,
            document.names[-1] if document.names else "",
            str(document.data.get("id") or ""),
            str(document.data.get("title") or ""),
        }:
            if name:
                self.by_name.setdefault(name.lower(), []).append(document.path)


def _stem(path: str) -> str:
    """A path without its suffix; an index goes by its folder."""
    return re.sub(r"(?:/_?index)?\.\w+$", "", path)


def _last(path: str) -> str:
    return _stem(path).rpartition("/")[2]


def address_key(address: str) -> str:
    """An old address as it is compared: without case, final slash, ``index.html`` and ``.html``."""
    path = re.sub(r"/{2,}", "/", unquote(address)).casefold()
    path = re.sub(r"(?:/index)?\.html?$|/index$", "", path)
    return path.rstrip("/") or "/"


@dataclass(slots=True)
class Resolved:
    """A target here. ``asset`` is the path of a file of the source that has to be copied beside the article.

    ``problem`` says why a target cannot be kept; ``target`` is then the nearest that works, "" where nothing does.
    """

    target: str = ""
    asset: str = ""
    problem: str = ""


class Resolver:
    """Targets of one document. ``beside`` gives the name under which a file of the source stands beside the article."""

    def __init__(self, atlas: Atlas, document: Document, beside: Callable[[str], str | None]) -> None:
        self._atlas = atlas
        self._document = document
        self._beside = beside
        self._files = atlas.files

    def resolve(self, target: str, *, is_picture: bool) -> Resolved | None:
        """What ``target`` is here; ``None`` where it stays as it is (another site, mail, a section of its page)."""
        target = target.strip()
        if target.startswith("#"):
            return self._section(self._document.path, target[1:], on_same_page=True)
        if _EXTERNAL.match(target):
            if not re.match(r"(?:https?|mailto|tel):|//", target, re.IGNORECASE):
                return Resolved(problem=f"{target[:60]}: a link may be http, https, mailto or tel")
            target = self._own_host(target) or ""
        if target == SOURCE_SCHEME:
            return Resolved(problem="its address is known to the old site's templates alone")
        path, mark, rest = _split(target)
        return self._inside(path, mark, rest, target, is_picture=is_picture) if path else None

    def _inside(self, path: str, mark: str, rest: str, target: str, *, is_picture: bool) -> Resolved:
        """A target inside the old site: a document, a file beside one, a page that its tool made, or nothing."""
        fragment = rest.partition("#")[2] if mark == "?" else rest if mark == "#" else ""
        page = self._page(path)
        if page is not None and not is_picture:
            return self._to_page(page, fragment)
        found = self._file(path)
        if found is not None:
            return self._to_asset(found, target, is_picture=is_picture)
        return self._unknown(path, target, is_picture=is_picture)

    def _own_host(self, target: str) -> str | None:
        """The path of an address on the old site's own host, ``None`` for any other."""
        base = urlsplit(self._atlas.site.base_url)
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        if not base.hostname or parts.scheme not in {"http", "https", ""} or not parts.hostname:
            return None
        if parts.hostname.removeprefix("www.") != base.hostname.removeprefix("www."):
            return None
        path = parts.path or "/"
        # What the site does not answer may be another program on the same host: that link stays.
        if self._page(path) is None and self._file(path) is None:
            return None
        return path + (f"#{parts.fragment}" if parts.fragment else "")

    def _page(self, path: str) -> str | None:
        """The source of the document that a target names, by file, by old address or by name."""
        atlas = self._atlas
        if path.startswith(SOURCE_SCHEME):
            return self._reference(path.removeprefix(SOURCE_SCHEME))
        if path.startswith("@/"):
            inner = unquote(path[2:])
            sources = (self._source(posixpath.normpath(f"{root}/{inner}").lstrip("/")) for root in atlas.site.roots)
            return next(filter(None, sources), None) or self._by_address(
                re.sub(r"(?:/?_?index)?(?:\.\w+)?\.md$", "/", f"/{inner}")
            )
        plain = unquote(path).replace("|filename|", "{filename}")
        plain = re.sub(r"^\{(?:filename|static|attach)\}", "", plain)
        here = posixpath.dirname(self._document.path)
        candidates = (
            [f"{root}{plain}" for root in (*atlas.site.roots, "")]
            if plain.startswith("/")
            else [posixpath.join(here, plain)]
        )
        sources = (self._source(posixpath.normpath(candidate.lstrip("/"))) for candidate in candidates)
        # A name with a suffix is a file; any other is an address, as a browser reads it.
        if plain.lower().endswith(_MARKDOWN):
            return next(filter(None, sources), None) or self._by_address(plain) or self._by_tail(plain)
        return self._by_address(plain) or next(filter(None, sources), None)

    def _by_tail(self, path: str) -> str | None:
        """The one document whose path ends like ``path``: what is left of a link that counts its folders wrong."""
        tail = re.sub(r"^(?:\.{1,2}/|/)+", "", path)
        named = self._atlas.by_last.get(_last(tail), []) if "/" in tail else []
        found = [source for source in named if source == tail or source.endswith(f"/{tail}")]
        return found[0] if len(found) == 1 else None

    def _source(self, path: str) -> str | None:
        urls = self._atlas.urls
        if path in urls:
            return path
        stem = re.sub(r"\.(?:md|mdx|html?)$", "", path)
        for candidate in (
            f"{stem}.md",
            f"{stem}.mdx",
            f"{path}.md",
            f"{path}.mdx",
            f"{path}/index.md",
            f"{path}/index.mdx",
            f"{path}/_index.md",
            f"{path}/README.md",
            f"{stem}.markdown",
            f"{stem}.rst",
        ):
            if candidate in urls:
                return candidate
        return None

    def _by_address(self, path: str) -> str | None:
        atlas, site = self._atlas, self._atlas.site
        own = self._document.addresses[0] if self._document.addresses else "/"
        absolute = (
            path
            if path.startswith("/")
            else posixpath.normpath(posixpath.join(own if own.endswith("/") else posixpath.dirname(own), path))
        )
        options = [absolute]
        if not path.startswith("/"):
            # Authors write relative links as if the page were a file, too.
            options.append(posixpath.normpath(posixpath.join(posixpath.dirname(own.rstrip("/")), path)))
        for option in options:
            key = address_key(option)
            for candidate in (
                key,
                address_key(key.removeprefix(site.base_path.casefold())) if site.base_path else key,
                address_key(site.base_path + key),
            ):
                if candidate in atlas.by_address:
                    return atlas.by_address[candidate]
                redirected = site.redirects.get(candidate)
                if redirected and address_key(redirected) in atlas.by_address:
                    return atlas.by_address[address_key(redirected)]
        return None

    def _reference(self, reference: str) -> str | None:
        """What ``relref``, ``post_url``, ``link`` and wiki links name: a path, an address, or a bare name."""
        atlas = self._atlas
        kind, _, name = reference.rpartition(":")
        name = unquote(name or reference).strip()
        if kind not in {"post", "wiki"}:
            found = self._page(name)
            if found is not None:
                return found
        tail = name.strip("/")
        for path in atlas.by_last.get(_last(tail), []):
            stem = _stem(path)
            if stem == tail or stem.endswith(f"/{tail}") or path == tail or path.endswith(f"/{tail}"):
                return path
        named = (
            atlas.by_name.get(posixpath.splitext(posixpath.basename(tail))[0].lower())
            or atlas.by_name.get(tail.lower())
            or []
        )
        return named[0] if named else None

    def _section(self, path: str, fragment: str, *, on_same_page: bool = False) -> Resolved | None:
        """A link to a section; ``None`` where it stays as it is."""
        ids = self._atlas.ids.get(path, {})
        wanted = unescape(unquote(fragment))
        if not wanted:
            return None
        lowered = {identity.casefold(): new for identity, new in ids.items()}
        new = ids.get(wanted, lowered.get(wanted.casefold()))
        if new is None:
            # Other tools keep or drop the signs between words in other ways: the words decide.
            bare = {_bare(identity): found for identity, found in reversed(list(ids.items()))}
            new = bare.get(_bare(wanted)) if _bare(wanted) else None
        base = "" if on_same_page else self._atlas.urls[path]
        if new is None:
            if wanted.startswith(("fn", "fnref", "cb", ":~:", "__")) or re.fullmatch(r"L\d+(?:-L\d+)?", wanted):
                return None if on_same_page else Resolved(base)
            return Resolved(base, problem=f"#{fragment}: there is no such section in the source either")
        if on_same_page and new == wanted:
            return None
        return Resolved(f"{base}#{quote(new)}" if new else base or self._atlas.urls[path])

    def _to_page(self, page: str, fragment: str) -> Resolved:
        if page in self._atlas.drafts and self._document.path not in self._atlas.drafts:
            return Resolved(problem=f"{page} is a draft: readers would find nothing")
        if fragment:
            found = self._section(page, fragment)
            if found is not None:
                return found
        return Resolved(self._atlas.urls[page])

    def _file(self, path: str) -> str | None:
        """The file of the source that a target names: beside the document, or in a static folder."""
        site = self._atlas.site
        plain = unquote(path)
        if plain.startswith(SOURCE_SCHEME):
            plain = plain.removeprefix(SOURCE_SCHEME).removeprefix("wiki:")
        plain = re.sub(
            r"^(?:\{(?:static|attach|filename)\}|\|(?:static|attach|filename)\||pathname://|@site/)", "", plain
        )
        here = posixpath.dirname(self._document.path)
        candidates: list[str] = []
        if plain.startswith("/"):
            inner = plain
            for option in {inner, inner.removeprefix(site.base_path) or "/"}:
                candidates += [f"{root}{option}" for root in (*site.static_roots, *site.roots)]
        else:
            candidates.append(posixpath.join(here, plain))
            own = self._document.addresses[0] if self._document.addresses else "/"
            address = posixpath.normpath(
                posixpath.join("/", own if own.endswith("/") else posixpath.dirname(own), plain)
            )
            up = posixpath.normpath(posixpath.join("/", posixpath.dirname(own.rstrip("/")), plain))
            candidates += [f"{root}{option}" for option in (address, up) for root in (*site.static_roots, *site.roots)]
            candidates += [f"{root}/{plain}" for root in (*site.static_roots, *site.roots)]
        for candidate in candidates:
            normal = posixpath.normpath(candidate).lstrip("/")
            if normal in self._files:
                return normal
        return None

    def _to_asset(self, path: str, target: str, *, is_picture: bool) -> Resolved:
        if posixpath.splitext(path)[1].lower() not in ASSET_SUFFIXES:
            if path.endswith(_MARKDOWN) and not is_picture:
                return self._unknown(target, target, is_picture=False)
            return Resolved(
                self._absolute(target), problem=f"{path}: a file of this kind cannot stand beside an article"
            )
        name = self._beside(path)
        if name is None:
            return Resolved(self._absolute(target), problem=f"{path}: the site does not take this file")
        return Resolved(quote(name), asset=path)

    def _unknown(self, path: str, target: str, *, is_picture: bool) -> Resolved:
        if path.startswith(SOURCE_SCHEME):
            return Resolved(problem=f"{path.removeprefix(SOURCE_SCHEME)}: there is no such document in the source")
        if path.startswith("@/"):
            path = target = re.sub(r"(?:_?index)?\.md$", "", path[1:])
        listing = None if is_picture else self._listing(path)
        if listing is not None:
            return Resolved(listing)
        what = "picture" if is_picture else "page or file"
        return Resolved(self._absolute(target), problem=f"{target[:80]}: the source has no such {what}")

    def _listing(self, path: str) -> str | None:
        """Pages that tools make: the front page, feeds, archives, tags."""
        site = self._atlas.site
        key = address_key(path if path.startswith("/") else f"/{path}")
        if site.base_path:
            key = address_key(key.removeprefix(site.base_path.casefold()) or "/")
        if key in site.listings:
            return self._first_below(key) or site.listings[key]
        last = path.rstrip("/").rpartition("/")[2].lower()
        if key == "/":
            return "/"
        tag = re.search(r"/(?:tags?|categor(?:y|ies)|topics?)/([^/]+)$", key)
        if tag:
            return self._atlas.tags.get(to_slug(tag[1]), "/tags/")
        return _LISTINGS.get(last) if path.count("/") <= 3 else None

    def _first_below(self, key: str) -> str | None:
        """The first document of a section without a text of its own; ``None`` where they have dates, so are listed."""
        folder = self._atlas.site.sections.get(key)
        members = [
            one
            for one in self._atlas.site.documents
            if folder and one.path.startswith(f"{folder}/") and one.path not in self._atlas.drafts
        ]
        if key == "/" or not members or any(one.dated or one.data.get("date") for one in members):
            return None

        def order(document: Document) -> tuple[float, str]:
            weight = document.data.get("weight")
            return (float(weight) if isinstance(weight, int | float) else 1e9), document.path

        return self._atlas.urls[min(members, key=order).path]

    def _absolute(self, target: str) -> str:
        """The target on the old site, where that has an address."""
        base = self._atlas.site.base_url
        if not base or target.startswith(SOURCE_SCHEME):
            return ""
        root = (
            base[: -len(self._atlas.site.base_path)]
            if self._atlas.site.base_path and base.endswith(self._atlas.site.base_path)
            else base
        )
        if target.startswith("/"):
            return f"{root}{target}"
        own = self._document.addresses[0] if self._document.addresses else "/"
        path, mark, rest = _split(target)
        joined = posixpath.normpath(
            posixpath.join(
                "/", own if own.endswith("/") else posixpath.dirname(own), re.sub(r"\{\w+\}|\|\w+\|", "", path)
            )
        )
        return f"{root}{joined}{mark}{rest}"


def _bare(identity: str) -> str:
    return re.sub(r"[\W_]+", "", identity.casefold())


def _split(target: str) -> tuple[str, str, str]:
    match = re.search(r"[?#]", target)
    return (target, "", "") if match is None else (target[: match.start()], match[0], target[match.end() :])


def convert_links(draft: Draft, resolver: Resolver) -> list[str]:
    """Rewrite every target of ``draft``; the files of the source that have to stand beside it, in order."""
    assets: list[str] = []
    edits: list[tuple[int, int, str]] = []
    for match in draft.matches(_INLINE):
        edit = _inline(draft, match, resolver, assets)
        if edit is not None:
            edits.append(edit)
    draft.apply(edits)
    pictures = _picture_labels(draft)
    draft.sub(_DEFINITION, lambda match: _definition(draft, match, resolver, assets, pictures))
    draft.sub(_EMPTY_TEXT, lambda match: match[1])
    draft.sub(_HTML, lambda match: _html(draft, match, resolver, assets))
    draft.sub(_AUTOLINK, lambda match: _auto(draft, match, resolver))
    return assets


def rewrite_targets(draft: Draft, new: Callable[[str], str | None]) -> None:
    """Replace the target of every link and picture of ``draft`` by what ``new`` gives; ``None`` leaves it."""

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
    """The offset of the bracket that the one at ``closing`` closes."""
    depth = 0
    for at in range(closing, max(-1, closing - 4000), -1):
        if text[at] == "]" and (at == 0 or text[at - 1] != "\\"):
            depth += 1
        elif text[at] == "[" and (at == 0 or text[at - 1] != "\\"):
            depth -= 1
            if depth == 0:
                return at
    return None


def _inline(draft: Draft, match: re.Match[str], resolver: Resolver, assets: list[str]) -> tuple[int, int, str] | None:
    opening = _opening(draft.text, match.start())
    if opening is None:
        return None
    is_picture = draft.text[opening - 1 : opening] == "!"
    target = match["target"].strip("<>") if match["target"].startswith("<") else match["target"].replace("\\", "")
    found = resolver.resolve(target, is_picture=is_picture)
    start, end = match.start("target"), match.end("target")
    has_no_words = is_picture and not draft.text[opening + 1 : match.start()].strip()
    if found is None:
        if not has_no_words:
            return None
        found = Resolved(target)
    else:
        _report(draft, match.start(), found, target, is_picture=is_picture)
    if found.asset:
        assets.append(found.asset)
    if not found.target:
        words = draft.text[opening + 1 : match.start()]
        if is_picture:
            words = _comment(f"picture {target}")
            return opening - 1, match.end(), words
        # The text stays; only the edit of the two brackets would overlap edits inside of it.
        return None if "](" in words else (opening, match.end(), words)
    written = f"<{found.target}>" if re.search(r"[\s()<>]", found.target) else found.target
    if has_no_words:
        draft.report("converted", "picture without a text", match.start(), "its file name stands in")
        words = _words(target)
        return opening, end, f"[{words}{draft.text[match.start() : start]}{written}"
    return start, end, written


def _words(target: str) -> str:
    """What a picture without a text is called: its file's name in words."""
    stem = posixpath.splitext(posixpath.basename(unquote(_split(target)[0])))[0]
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
        return None
    _report(draft, match.start("target"), found, target, is_picture=is_picture)
    if found.asset:
        assets.append(found.asset)
    written = found.target or "/"
    if re.search(r"[\s<>]", written):
        written = f"<{written}>"
    return f"{match['open']}{written}{match['title'] or ''}"


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
        return f"{match[0]}{text}" if text else None
    _report(draft, match.start(), found, target, is_picture=is_picture)
    if found.asset:
        assets.append(found.asset)
    if not found.target and not is_picture:
        # An `a` without an address is text.
        return f"{match['open'].rstrip()[: -len(match['name']) - 1].rstrip()} title={match['quote']}{match['quote']}"
    return f"{match['open']}{match['quote']}{found.target.replace('&', '&amp;')}{match['quote']}{text}"


def _auto(draft: Draft, match: re.Match[str], resolver: Resolver) -> str:
    found = resolver.resolve(match["target"], is_picture=False) or Resolved()
    _report(draft, match.start(), found, match["target"], is_picture=False)
    return f"[{found.target}]({found.target})" if found.target else ""


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
