"""A small site to export, with pages of a listing, old addresses, a picture and a theme of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.render.sites import SITE_TOML, SOURCES, TAIL, many_sources, write_content

#: Old addresses of every kind: a file, one with blanks, one that no page can redirect, a version, another case, marks.
MOVED = """---
title: "A moved article & more"
summary: S.
published: 2026-02-03
aliases: [/Old/Path.html, /2019/old name/, /feed.rss, /v1.2, /ARTICLES/tail-latency/, '/say"so$1{x}']
---

Text.
"""
DOT = Path(__file__).parent.parent / "render" / "dot.png"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The content folder."""
    sources = {**SOURCES, **many_sources(7), "articles/moved.md": MOVED}
    del sources["articles/tail-latency.md"]
    sources["articles/tail-latency/index.md"] = f"{TAIL}\n![A dot](dot.png)\n"
    folder = write_content(tmp_path / "content", sources)
    (folder / "site.toml").write_text(f'{SITE_TOML}\n[theme]\naccent = "#8a3b12"\n', encoding="utf-8")
    (folder / "articles" / "tail-latency" / "dot.png").write_bytes(DOT.read_bytes())
    return folder
