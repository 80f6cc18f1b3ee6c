"""Pictures and downloads beside articles, over HTTP: what was checked when the content was loaded is what is served."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.render.conftest import Serve, fetch

ARTICLE = """---
title: Pictures
summary: With a picture.
published: 2026-01-01
---

![A teal field](field.png "A caption")

[The data](data.csv)
"""


@pytest.fixture
def folder(content: Path) -> Path:
    """The folder of an article with a picture and a download beside it."""
    folder = content / "articles" / "pictures"
    folder.mkdir()
    (folder / "index.md").write_text(ARTICLE)
    (folder / "data.csv").write_text("a,b\n1,2\n")
    (folder / "notes.secret").write_text("not for readers")
    Image.new("RGB", (1200, 600), "teal").save(folder / "field.png")
    return folder


async def test_a_picture_is_served_as_it_is_and_in_every_size(serve: Serve, folder: Path) -> None:
    client = await serve()
    page = await (await fetch(client, "/articles/pictures/")).text()
    original = await fetch(client, "/articles/pictures/field.png")
    assert (original.status, original.content_type) == (200, "image/png")
    assert await original.read() == await asyncio.to_thread((folder / "field.png").read_bytes)
    urls = re.findall(r"(/articles/pictures/field\.\w+\.\d+w\.webp) (\d+)w", page)
    assert [int(width) for _, width in urls] == [480, 960, 1200]
    for url, width in urls:
        response = await fetch(client, url)
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        with Image.open(io.BytesIO(await response.read())) as picture:
            assert (picture.format, picture.width) == ("WEBP", int(width))


async def test_a_download_is_served_with_its_type(serve: Serve, folder: Path) -> None:
    response = await fetch(await serve(), "/articles/pictures/data.csv")
    assert response.headers["Content-Type"].startswith("text/csv")
    assert await response.text() == "a,b\n1,2\n"


async def test_other_files_beside_an_article_are_not_there(serve: Serve, folder: Path) -> None:
    client = await serve()
    for name in ("index.md", "notes.secret", "field.0000000000.480w.webp", "field.png/", "../pictures/index.md"):
        assert (await fetch(client, f"/articles/pictures/{name}")).status == 404, name


async def test_a_file_exchanged_since_it_was_checked_is_not_served(serve: Serve, folder: Path, tmp_path: Path) -> None:
    client = await serve()
    secret = tmp_path / "secret"
    await asyncio.to_thread(secret.write_text, "a secret")
    await asyncio.to_thread((folder / "data.csv").unlink)
    await asyncio.to_thread((folder / "data.csv").symlink_to, secret)
    response = await fetch(client, "/articles/pictures/data.csv")
    assert response.status == 404
    assert "a secret" not in await response.text()
    await asyncio.to_thread((folder / "field.png").unlink)
    assert (await fetch(client, "/articles/pictures/field.png")).status == 404


@pytest.fixture
def public(content: Path) -> Path:
    """Public files, two of them at addresses of pages, and an article that shows one."""
    folder = content / "public"
    files = {"CNAME": "example.org", "google1a.html": "google1a", "feed.xml": "mine", "about/index.html": "mine"}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    Image.new("RGB", (1200, 600), "teal").save(folder / "field.png")
    (content / "articles" / "pictures.md").write_text(ARTICLE.replace("field.png", "/field.png"))
    return folder


async def test_public_files_are_served_at_the_root_and_hide_no_page(serve: Serve, public: Path) -> None:
    client = await serve()
    shown = {path: await fetch(client, path) for path in ("/CNAME", "/google1a.html", "/feed.xml", "/about/")}
    assert [one.status for one in shown.values()] == [200] * 4
    assert shown["/CNAME"].content_type == "application/octet-stream"
    assert shown["/google1a.html"].content_type == "text/html"
    assert "script-src 'self'" in shown["/google1a.html"].headers["Content-Security-Policy"]
    assert await shown["/google1a.html"].text() == "google1a"
    assert "mine" not in [await shown[path].text() for path in ("/feed.xml", "/about/")]
    assert (await fetch(client, "/public/CNAME")).status == 404


async def test_an_article_shows_a_public_picture_in_every_size(serve: Serve, public: Path) -> None:
    client = await serve()
    page = await (await fetch(client, "/articles/pictures/")).text()
    urls = re.findall(r"(/field\.\w+\.\d+w\.webp) (\d+)w", page)
    assert [int(width) for _, width in urls] == [480, 960, 1200]
    assert [(await fetch(client, url)).status for url, _ in urls] == [200] * 3
