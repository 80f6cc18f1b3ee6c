"""Old addresses → where they lead: pages that lead on without a server, and rows for its rules. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urljoin

from services.exporting.static.names import Taken, file_name, problem_of, stub_name
from services.render.languages.direction import direction
from services.render.site.site import Site
from shared.content.parsing.target import is_external

_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="canonical" href="{canonical}">
<meta http-equiv="refresh" content="0; url={url}">
</head>
<body>
<p>{moved}</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Redirect:
    """One old path, decoded, and the percent-encoded path below the root of the host, or URL, that it leads to.

    ``stub`` is the name of the page that redirects; empty if only a rule of the server can. ``copied`` is the path of
    the file that ``stub`` is a copy of instead: what reads feeds follows no page.
    """

    old: str
    new: str
    title: str
    stub: str = ""
    copied: str = ""

    @property
    def olds(self) -> tuple[str, ...]:
        """The old address with and without its last slash, as far as the service answers both."""
        bare = self.old.rstrip("/")
        return (self.old, bare) if self.old != bare else (self.old,)


def redirects_of(site: Site, taken: Taken) -> Iterator[Redirect]:
    """The redirects of ``site``, in the order of their addresses.

    Pages that redirect take their names from ``taken``: one whose name another file has is left to the rules.
    """
    by_url = {one.url: one.title for one in (*site.scope.view.articles, *site.scope.view.pages)}
    for old, new in sorted(site.redirects.items()):
        path = unquote(new)
        stub = stub_name(old)
        copied = path if stub is None and path in site.recipes and not path.endswith("/") else ""
        if copied:
            stub = file_name(old)
        if stub is not None and (problem_of(stub) or taken.clash(stub)):
            stub = None
        if stub:
            taken.add(stub)
        leads_to = new if is_external(new) else f"{site.scope.mount}{new}"
        yield Redirect(old, leads_to, by_url.get(new.partition("#")[0], new), stub or "", copied if stub else "")


def stub_page(site: Site, redirect: Redirect) -> bytes:
    """The page that redirects: a canonical address, a refresh, and a link. Nothing in it needs a script."""
    scope = site.scope
    language = scope.view.site.language
    title, url = escape(redirect.title), escape(redirect.new)
    moved = scope.words.gettext('This page has moved to <a href="%(url)s">%(title)s</a>.', url=url, title=title)
    return _PAGE.format(
        language=escape(language),
        direction=direction(language),
        title=title,
        canonical=escape(urljoin(scope.base_url, redirect.new)),
        url=url,
        moved=moved,
    ).encode()
