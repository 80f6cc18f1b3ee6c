"""Old addresses of no document, such as feeds and lists by tag → where they lead here. Pure but for the rule files."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from services.importing.aliases import written_alias
from services.importing.findings import Findings
from services.importing.linking.atlas import Atlas, address_key
from services.importing.linking.listings import find_listing
from services.importing.reading.source_tree import SourceTree
from shared.content.parsing.site_config import is_redirect_target
from shared.content.parsing.target import is_external
from shared.content.slug import is_own_path

#: What each tool makes by itself, by its old address. Feeds come first: their readers never see a 404.
_MADE: Mapping[str, Mapping[str, str]] = {
    "hugo": {"/index.xml": "/feed.xml", "/categories/*": "/tags/*"},
    "zola": {"/atom.xml": "/feed.xml", "/categories/*": "/tags/*"},
    "jekyll": {"/atom.xml": "/feed.xml", "/category/*": "/tags/*", "/categories/*": "/tags/*", "/tag/*": "/tags/*"},
    "mkdocs-material": {
        "/feed_rss_created.xml": "/rss.xml",
        "/feed_rss_updated.xml": "/rss.xml",
        "/feed_json_created.json": "/feed.json",
        "/feed_json_updated.json": "/feed.json",
    },
    "eleventy": {"/feed/feed.xml": "/feed.xml", "/feed/feed.json": "/feed.json"},
    "pelican": {
        "/feeds/all.atom.xml": "/feed.xml",
        "/feeds/all.rss.xml": "/rss.xml",
        "/archives.html": "/archive/",
        "/categories.html": "/tags/",
        "/tags.html": "/tags/",
    },
}
#: The same below the front page of a blog, or below a section that is a list.
_MADE_BELOW: Mapping[str, Mapping[str, str]] = {
    "hugo": {"index.xml": "/feed.xml"},
    "zola": {"atom.xml": "/feed.xml"},
    "mkdocs-material": {"category/*": "/tags/*"},
    "docusaurus": {
        "atom.xml": "/feed.xml",
        "rss.xml": "/rss.xml",
        "feed.json": "/feed.json",
        "archive/": "/archive/",
        "tags/*": "/tags/*",
    },
}
_NOTHING: Mapping[str, str] = MappingProxyType({})
#: The rules of Netlify, and of hosts like it.
_RULES = "_redirects"
#: A larger file is no list of rules that somebody wrote.
_MAX_RULES_BYTES = 256 * 1024


def read_rules(tree: SourceTree, folders: Iterable[str], findings: Findings) -> dict[str, str]:
    """The redirects of ``_redirects`` in ``folders``: old path → new path or address."""
    found: dict[str, str] = {}
    for path in dict.fromkeys(posixpath.join(folder, _RULES) for folder in folders):
        if path not in tree or tree.sizes[path] > _MAX_RULES_BYTES:
            continue
        for number, line in enumerate(tree.text_of(path)[0].split("\n"), 1):
            words = line.split()
            if len(words) < 2 or not words[0].startswith("/"):
                continue
            old, new = words[0].removesuffix("*"), words[1].partition("#")[0]
            if old != words[0]:
                new = new.replace(":splat", "")  # what the asterisk matches: nothing, for the path itself
            if "*" in old or "/:" in old + new or not is_redirect_target(new):
                findings.add("dropped", "redirect rule", path, number, line.strip())
                continue
            if old != words[0]:
                findings.add("converted", "redirect rule", path, number, f"{line.strip()}: for {old} alone")
            found.setdefault(old, new)
    return found


def find_redirects(
    atlas: Atlas, aliases: Collection[str], moved: Mapping[str, str], findings: Findings
) -> dict[str, str]:
    """The redirects of ``site.toml``: what the old tool made by itself, and what its redirects led to.

    ``aliases`` are the old paths of documents, which take precedence. ``moved`` are redirects of the old site that lead
    to no document; those that lead to nothing here are reported.
    """
    site = atlas.site
    taken = {address_key(one) for one in (*aliases, *atlas.urls.values())}
    found: dict[str, str] = {}
    for old, target in (*_of_rules(atlas, moved, findings), *_made(atlas)):
        path, problem = written_alias(old, site)
        for form in dict.fromkeys((path, f"{site.base_path}{path}")):
            is_free = form != "/" and not is_own_path(form, may_be_list=True) and address_key(form) not in taken
            if not problem and is_free and address_key(form) != address_key(target):
                taken.add(address_key(form))
                found[form] = target
    return found


def _of_rules(atlas: Atlas, moved: Mapping[str, str], findings: Findings) -> Iterator[tuple[str, str]]:
    for old, new in moved.items():
        target = new if is_external(new) else find_listing(atlas, new)
        if target is None or not is_redirect_target(target):
            findings.add("dropped", "redirect to nothing", "configuration", 1, f"{old} → {new}")
        else:
            yield old, target


def _made(atlas: Atlas) -> Iterator[tuple[str, str]]:
    """What the tool made by itself: old path or pattern, and its counterpart here."""
    site = atlas.site
    yield from _MADE.get(site.kind, _NOTHING).items()
    for listing in site.listings:
        folder = f"{listing.rstrip('/')}/"
        leads_to = find_listing(atlas, folder) or "/"
        yield folder, leads_to
        if leads_to == "/":  # a blog, not a section of a manual
            yield from ((folder + name, target) for name, target in _MADE_BELOW.get(site.kind, _NOTHING).items())
