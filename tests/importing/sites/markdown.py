# ruff: noqa: E501 - text of other tools
"""A small site of plain Markdown files."""

from __future__ import annotations

from tests.importing.sites.files import PIXEL, Files

MARKDOWN: Files = {
    "README.md": "# Field notes\n\nStart at [one](notes/one.md).\n",
    "notes/one.md": "# One\n\nIt is [two](Two.md#what-s-up) and https://example.org.\n\n> [!WARNING]\n> Mind.\n\n![](../img/pic.png)\n\n- [ ] todo\n",
    "notes/Two.md": "---\ntitle: {#if wrong}\ndate: 2020-01-02\n---\n\n## What's up?\n\nBack [[one|to one]].\n",
    "2021/11/30/dated.md": "Words without a heading.\n",
    "img/pic.png": PIXEL,
}  # fmt: skip
