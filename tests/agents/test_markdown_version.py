"""The Markdown version of every page, its address, and llms.txt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.render.sending.negotiation import prefers_markdown
from tests.render.conftest import Serve
from tests.render.sites import BASE_URL, write_content

CLAIMS = """---
title: Claims
summary: What a claim is.
published: 2026-04-01
updated: 2026-04-03
tags: [messaging]
author: Ada Writer
---

# Claims

See [the outbox](transactional-outbox.md#the-relay), [latency][tail], [the tag](/tags/messaging/),
[below](#code), [a standard](https://www.rfc-editor.org/rfc/rfc9110) and `[code](tail-latency.md)`.

!!! note "Mind the gap"
    A claim expires.

## Code

```python
link = "[the outbox](transactional-outbox.md)"
```

[tail]: tail-latency.md
"""

HARD_TITLE = """---
title: "A [bracketed] title"
summary: "Two\\nlines."
published: 2026-05-01
---

Text.
"""

BESIDE = """---
title: A picture
summary: With a file beside it.
published: 2026-05-02
---

![A dot](dot.txt) and [the file](dot.txt).
"""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The small site, with articles that link in every way."""
    directory = write_content(tmp_path / "content")
    write = {
        "claims.md": CLAIMS,
        "hard-title.md": HARD_TITLE,
        "beside/index.md": BESIDE,
        "beside/dot.txt": "A dot.",
    }
    for name, text in write.items():
        path = directory / "articles" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


async def test_a_markdown_version_is_the_source_under_a_readable_head_with_absolute_addresses(serve: Serve) -> None:
    client = await serve()
    response = await client.get("/articles/claims.md")
    assert response.content_type == "text/markdown"
    assert response.headers["Link"] == f'<{BASE_URL}/articles/claims/>; rel="canonical"'
    assert await response.text() == (
        "# Claims\n\n> What a claim is.\n\n- Author: Ada Writer\n- Published: 2026-04-01\n- Updated: 2026-04-03\n"
        f"- Tags: messaging\n- Canonical: <{BASE_URL}/articles/claims/>\n\n---\n\n"
        f"See [the outbox]({BASE_URL}/articles/transactional-outbox/#the-relay), [latency][tail], "
        f"[the tag]({BASE_URL}/tags/messaging/),\n"
        "[below](#code), [a standard](https://www.rfc-editor.org/rfc/rfc9110) and `[code](tail-latency.md)`.\n\n"
        "> **Mind the gap**\n>\n> A claim expires.\n\n"
        '## Code\n\n```python\nlink = "[the outbox](transactional-outbox.md)"\n```\n\n'
        f"[tail]: {BASE_URL}/articles/tail-latency/\n"
    )


async def test_files_beside_an_article_have_their_addresses_in_its_markdown_version(serve: Serve) -> None:
    client = await serve()
    text = await (await client.get("/articles/beside.md")).text()
    assert f"![A dot]({BASE_URL}/articles/beside/dot.txt) and [the file]({BASE_URL}/articles/beside/dot.txt)." in text


@pytest.mark.parametrize(
    "accept",
    ["text/markdown", "Text/MARKDOWN; charset=utf-8", "text/html;q=0, */*;q=0.1", "text/html;q=0.8, text/markdown"],
)
async def test_a_page_answers_with_its_markdown_version_where_markdown_is_preferred(serve: Serve, accept: str) -> None:
    client = await serve()
    markdown = await (await client.get("/articles/claims.md")).read()
    for _ in range(2):  # the second time, the HTML is at hand
        response = await client.get("/articles/claims/", headers={"Accept": accept})
        assert (response.content_type, await response.read()) == ("text/markdown", markdown)
        assert "Accept" in re.split(", *", response.headers["Vary"])
        page = await client.get("/articles/claims/", headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.content_type == "text/html"
        assert "Accept" in re.split(", *", page.headers["Vary"])
        assert page.headers["ETag"] != response.headers["ETag"]


async def test_a_page_without_a_markdown_version_is_html_for_every_accept_header(serve: Serve) -> None:
    client = await serve()
    for path in ("/", "/tags/", "/archive/"):
        response = await client.get(path, headers={"Accept": "text/markdown"})
        assert (response.status, response.content_type) == (200, "text/html"), path


@pytest.mark.parametrize(
    ("accept", "is_preferred"),
    [
        ("", False),
        ("*/*", False),
        ("text/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("text/markdown", True),
        ("TEXT/Markdown; q=1.0", True),
        ("text/markdown;q=0", False),
        ("text/markdown;q=0.5, text/html", False),
        ("text/markdown;q=0.5, */*;q=0.1", True),
        ("text/markdown; charset=utf-8", True),
        ("text/markdown;variant=GFM;q=0.9, text/html;q=0.8", True),
        ("text/markdown;variant=GFM;q=0.7, text/html;q=0.8", False),
        ("text/markdown;q=high", False),
        ("text/html;q=0, */*;q=0.1", True),
        ("text/html;q=0, text/*;q=0, */*", False),
        ("text/markdown;q=0, */*", False),
        ("text/markdownx", False),
        ("application/json", False),
    ],
)
def test_markdown_is_preferred_by_those_who_name_it(accept: str, is_preferred: bool) -> None:
    assert prefers_markdown(accept) is is_preferred


async def test_pages_name_their_markdown_versions_and_every_one_named_is_there(serve: Serve) -> None:
    client = await serve()
    for path in ("/articles/claims/", "/about/"):
        html = await (await client.get(path)).text()
        (markdown,) = re.findall(r'<link rel="alternate" href="([^"]+)" type="text/markdown">', html)
        assert markdown == f"{path[:-1]}.md"
        assert (await client.get(markdown)).status == 200


async def test_llms_txt_lists_every_markdown_version_newest_first(serve: Serve) -> None:
    client = await serve()
    text = await (await client.get("/llms.txt")).text()
    assert text.startswith("# Field Notes\n\n> A publication about systems.\n\n## Articles\n\n")
    links = re.findall(r"^- \[((?:\\.|[^\]\\])*)\]\(([^)]+)\): (.+)$", text, re.MULTILINE)
    assert [url.removeprefix(BASE_URL) for _, url, _ in links] == [
        "/articles/beside.md",
        "/articles/hard-title.md",
        "/articles/claims.md",
        "/articles/tail-latency.md",
        "/articles/transactional-outbox.md",
        "/articles/zero-trust.md",
        "/about.md",
    ]
    assert (r"A \[bracketed\] title", "Two lines.") in [(title, summary) for title, _, summary in links]
    for _, url, _ in links:
        assert (await client.get(url.removeprefix(BASE_URL))).status == 200


async def test_hidden_articles_have_no_markdown_version_even_in_a_preview(serve: Serve) -> None:
    for client in (await serve(), await serve(drafts=True)):
        assert (await client.get("/articles/idea.md")).status == 404
        assert (await client.get("/articles/future.md")).status == 404
        assert "idea" not in await (await client.get("/llms.txt")).text()
    preview = await client.get("/articles/idea/", headers={"Accept": "text/markdown"})
    assert preview.content_type == "text/html"
    assert "text/markdown" not in await preview.text()
