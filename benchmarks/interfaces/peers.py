"""The interfaces that are compared; builds those of other tools from the same articles."""

from __future__ import annotations

import functools
import gzip
import http.server
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

#: A page of text with the dialog, typed from it.
ARTICLE = "/articles/transactional-outbox/"
PAGEFIND = "pagefind@1.5"
MATERIAL = "mkdocs-material==9.7.*"
_CHOSEN_ANCHOR = re.compile(r'^(#+ )<a id="([^"]+)"></a>(.*)$', re.MULTILINE)


@dataclass(frozen=True)
class SearchInterface:
    """The selectors of one interface; ``opens`` opens its search box.

    ``options`` are all links of results, ``sections`` those to a section. ``is_idle`` is there once an answer is shown.
    """

    name: str
    base: str
    page: str
    opens: Callable[[Page], None]
    box: str
    options: str
    sections: str
    is_idle: str


def _press_slash(page: Page) -> None:
    page.keyboard.press("/")


def ours(base: str) -> SearchInterface:
    """The dialog of this site."""
    return SearchInterface(
        "Perspective",
        base,
        ARTICLE,
        _press_slash,
        box="#dialog-q",
        options="dialog .hit-heading a, dialog .hit-title a",
        sections="dialog .hit-heading a",
        is_idle="dialog [data-search-results][aria-busy=false] .hit",
    )


def pagefind(base: str) -> SearchInterface:
    """Pagefind's default interface, as its documentation puts it into a page."""

    def focus(page: Page) -> None:
        page.wait_for_selector(".pagefind-ui__search-input")
        page.focus(".pagefind-ui__search-input")

    nested = ".pagefind-ui__result-nested .pagefind-ui__result-link"
    return SearchInterface(
        "Pagefind 1.5",
        base,
        "/index.html",
        focus,
        box=".pagefind-ui__search-input",
        options=f"{nested}, .pagefind-ui__result-title > a",
        sections=nested,
        is_idle='.pagefind-ui__message:has-text("result")',
    )


def material(base: str) -> SearchInterface:
    """The search of Material for MkDocs."""
    links = ".md-search-result__list a.md-search-result__link"
    return SearchInterface(
        "Material 9.7",
        base,
        ARTICLE,
        _press_slash,
        box="input.md-search__input",
        options=links,
        sections=f'{links}[href*="#"]',
        is_idle='.md-search-result__meta:has-text("matching")',
    )


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of ``folder`` on a free port of the loopback interface."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Compressing, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves files as a web server does: text is compressed."""

    def do_GET(self) -> None:
        """Answer with the file, or the index of the folder."""
        path = Path(self.translate_path(self.path))
        file = path / "index.html" if path.is_dir() else path
        if not file.is_file():
            self.send_error(404)
            return
        media_type, body = self.guess_type(str(file)), file.read_bytes()
        self.send_response(200)
        if media_type.startswith("text/") or media_type.endswith(("javascript", "json", "xml")):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def make_pagefind(base: str, folder: Path) -> Path:
    """Fetch every article of the sitemap of ``base`` into ``folder``, index it, and return the folder to serve."""
    sitemap = _fetch(f"{base}/sitemap.xml")
    paths = re.findall(r"<loc>[^<]*?(/articles/[^<]+/)</loc>", sitemap)
    for path in paths:
        html = re.sub(r"<dialog.*?</dialog>|<script.*?</script>", "", _fetch(base + path), flags=re.DOTALL)
        target = folder / path.strip("/") / "index.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(html.replace('<main id="content"', '<main data-pagefind-body id="content"'), "utf-8")
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><title>Search</title><link href="/pagefind/pagefind-ui.css" rel="stylesheet">'
        '<script src="/pagefind/pagefind-ui.js"></script><div id="search"></div><script>'
        'new PagefindUI({ element: "#search", showSubResults: true });</script></html>',
        "utf-8",
    )
    subprocess.run(["npx", "--yes", PAGEFIND, "--site", str(folder)], check=True, capture_output=True)
    return folder


def _fetch(url: str) -> str:
    with urllib.request.urlopen(url) as response:
        text: str = response.read().decode()
    return text


def make_material(content: Path, folder: Path) -> Path:
    """Export the articles of ``content`` into ``folder``, build them with Material, and return the folder to serve.

    What an earlier run left in ``folder`` is removed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    docs = folder / "docs"
    export = [sys.executable, "-m", "services", "export", "--markdown", str(docs), "--content", str(content)]
    subprocess.run(export, check=True, capture_output=True)
    for page in docs.rglob("*.md"):
        page.write_text(_CHOSEN_ANCHOR.sub(r"\1\3 {#\2}", page.read_text("utf-8")), "utf-8")
    (docs / "index.md").write_text("# Search\n", "utf-8")
    (folder / "mkdocs.yml").write_text(
        "site_name: Search\ntheme: {name: material, font: false}\nplugins: [search]\n"
        "markdown_extensions: [attr_list, footnotes, tables, toc, pymdownx.highlight, pymdownx.superfences]\n",
        "utf-8",
    )
    environment = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", MATERIAL], check=True)
    subprocess.run([python, "-m", "mkdocs", "build", "--quiet"], cwd=folder, check=True, capture_output=True)
    return folder / "site"
