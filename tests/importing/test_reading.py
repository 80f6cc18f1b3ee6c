"""What other tools write at the top of a file, behind a fence, and in a configuration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft
from services.importing.constructs.fences import parse_info
from services.importing.constructs.mdx import convert_mdx
from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.metadata.dates import parse_date
from services.importing.metadata.table import read_metadata
from services.importing.reading.front_matter import read_front_matter
from services.importing.reading.js_data import Call, read_js
from services.importing.reading.restructured import read_restructured


@pytest.mark.parametrize(
    ("text", "data", "body", "line"),
    [
        ("---\ntitle: T\n---\nB\n", {"title": "T"}, "B\n", 4),
        ("\n\n---\ntitle: T\n...\nB\n", {"title": "T"}, "B\n", 6),
        ("+++\ntitle = 'T'\n+++\n\nB\n", {"title": "T"}, "\nB\n", 4),
        ('{"title": "T"}\n\nB\n', {"title": "T"}, "\nB\n", 2),
        ("---json\n{\"title\": \"T\",}\n---\nB\n", {"title": "T"}, "B\n", 4),
        (";;;\n{\"title\": \"T\"}\n;;;\nB\n", {"title": "T"}, "B\n", 4),
        ("Title: T\nDate: 2020-01-02\nSummary: one\n    two\n\nB\n", {"title": "T", "date": "2020-01-02", "summary":
        "one\ntwo"}, "\nB\n", 5),
        ("Prose: with a colon.\n", {}, "Prose: with a colon.\n", 1),
        ("---\nnot closed\n", {}, "---\nnot closed\n", 1),
        ("---\n\nProse between rules.\n\n---\nB\n", {}, "---\n\nProse between rules.\n\n---\nB\n", 1),
        ("{% raw %}\n", {}, "{% raw %}\n", 1),
        ("---\n---\nB\n", {}, "B\n", 3),
    ],
)  # fmt: skip
def test_front_matter_is_read_in_every_form(text: str, data: dict[str, Any], body: str, line: int) -> None:
    foreign = read_front_matter(text, has_line_form=True)
    assert (dict(foreign.data), foreign.body, foreign.body_line) == (data, body, line)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-1-5", date(2026, 1, 5)),
        ("2026/01/12", date(2026, 1, 12)),
        (date(2026, 1, 12), date(2026, 1, 12)),
        ("Jan 12 2026", date(2026, 1, 12)),
        ("12th January 2026", date(2026, 1, 12)),
        (20260112, date(2026, 1, 12)),
        ("2026-01-12 10:00:00", datetime(2026, 1, 12, 10, tzinfo=ZoneInfo("Europe/Paris"))),
        (datetime(2026, 7, 12, 10), datetime(2026, 7, 12, 8, tzinfo=UTC)),  # noqa: DTZ001 - naive on purpose
        ("2026-01-12 10:00:00 +0530", datetime(2026, 1, 12, 10, tzinfo=timezone(timedelta(hours=5.5)))),
        ("2026-01-12 10:00:00 UTC", datetime(2026, 1, 12, 10, tzinfo=UTC)),
        ("2026-01-12T10:00:00.123456789Z", datetime(2026, 1, 12, 10, 0, 0, 123456, tzinfo=UTC)),
        ("Mon, 12 Jan 2026 10:00:00 GMT", datetime(2026, 1, 12, 10, tzinfo=UTC)),
        ("2026-01-12 10:00 EST", datetime(2026, 1, 12, 15, tzinfo=UTC)),
        ((2012, 3, 2, 14, 1, 1), datetime(2012, 3, 2, 14, 1, 1, tzinfo=ZoneInfo("Europe/Paris"))),
        ("May 2026", None),
        ("soon", None),
        ("2026-13-45", None),
        ("9" * 50, None),
        (True, None),
    ],
)  # fmt: skip
def test_dates_are_read_as_tools_write_them(value: object, expected: date | None) -> None:
    assert parse_date(value, ZoneInfo("Europe/Paris")) == expected


def test_synonyms_mean_the_keys_of_this_site() -> None:
    metadata = read_metadata(
        {
            "Title": "T",
            "description": "D",
            "excerpt": "E",
            "pubDate": "Jan 2 2024",
            "lastmod": "2024-03-04",
            "categories": ["A b", "C#"],
            "tags": "x, y",
            "authors": [{"name": "Ada"}, "grace"],
            "redirect_from": "/old/",
            "pinned": True,
            "published": False,
            "heroImage": {"src": "a.png", "alt": "An a"},
            "hide_table_of_contents": True,
            "lang": "pt_BR",
            "series": ["S"],
            "series_order": 2,
            "layout": "post",
        },
        UTC,
        {"grace": "Grace Hopper"},
    )
    assert (metadata.title, metadata.summary, metadata.published, metadata.updated) == (
        "T",
        "D",
        date(2024, 1, 2),
        date(2024, 3, 4),
    )
    assert metadata.tags == ["x", "y", "A b", "C#"]
    assert metadata.authors == ["Ada", "Grace Hopper"]
    assert (metadata.aliases, metadata.featured, metadata.draft, metadata.toc) == (["/old/"], True, True, False)
    assert (metadata.language, metadata.cover, metadata.series, metadata.part) == ("pt-BR", ("a.png", "An a"), "S", 2)
    assert metadata.extra == {"excerpt": "E", "layout": "post"}


@pytest.mark.parametrize(
    ("info", "language", "title", "lines"),
    [
        ("js {1,3-4}", "js", "", {1, 3, 4}),
        ("js{1,3}", "js", "", {1, 3}),
        ('{.python hl_lines="2 3" linenums="1" title="a.py"}', "python", "a.py", {2, 3}),
        ("{ .yaml .annotate }", "yaml", "", set()),
        ("rust,ignore", "rust", "", set()),
        ("python hl_lines='1'", "python", "", {1}),
        ('ts title="a b.ts" showLineNumbers ins={2} del={3} "mark" /x/', "ts", "a b.ts", set()),
        ('go {linenos=table,hl_lines=[8,"15-17"],linenostart=199}', "go", "", {8, 15, 16, 17}),
        ("text/2-3", "text", "", {2, 3}),
        ("diff-js", "diff", "", set()),
        ("js:app.js", "js", "app.js", set()),
        ('python {test="skip" lint="skip"}', "python", "", set()),
        ("C++", "c++", "", set()),
        ("c#", "csharp", "", set()),
        ('title="x"', "", "x", set()),
        ("python run", "python", "", set()),
        ("", "", "", set()),
    ],
)  # fmt: skip
def test_words_behind_a_fence_are_read_in_every_spelling(info: str, language: str, title: str, lines: set[int]) -> None:
    found = parse_info(info)
    assert (found.language, found.title, found.lines) == (language, title, lines)


def test_configuration_in_javascript_is_read_as_far_as_it_is_data() -> None:
    values = read_js(
        """
        import { x } from 'y'; // export default { no: 1 }
        const title = "T" as const, other = 1;
        export const site: Site = { url: `https://a.b`, "base-path": '/x', nested: { list: [1, -2.5, true, null,], }, };
        /** @type {import('z').Config} */
        export default defineConfig({
          title, site, fn() { return { a: 1 } }, arrow: (a) => ({ b: 2 }), env: process.env.X || 'd', ...rest,
          joined: 'a' + 'b', plugins: [star({ name: 'S' }), ['p', { q: 1 }]], re: /[,}]/,
          last: "l",
        } satisfies Config);
        """
    )
    default = values["default"]
    assert default["title"] == "T"
    assert default["site"] == {"url": "https://a.b", "base-path": "/x", "nested": {"list": [1, -2.5, True, None]}}
    assert default["joined"] == "ab"
    assert default["plugins"] == [Call("star", ({"name": "S"},)), ["p", {"q": 1}]]
    assert default["last"] == "l"
    assert "env" not in default
    assert "fn" not in default


def test_restructured_text_includes_no_file_and_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret words")
    source = (
        f"Title\n=====\n\n:date: 2020-01-02\n\n.. include:: {tmp_path}/secret.txt\n\n"
        f".. csv-table::\n   :file: {tmp_path}/secret.txt\n\n.. raw:: html\n\n   <script>alert(1)</script>\n\nWords.\n"
    )
    read = read_restructured(source)
    assert dict(read.foreign.data) == {"title": "Title", "date": "2020-01-02"}
    assert "secret words" not in read.foreign.body
    assert "Words.\n" in read.foreign.body
    assert "<script>alert(1)</script>\n" in read.foreign.body  # as HTML: what converts it takes it out, and says so
    assert len(read.problems) >= 2
    assert len(read.lines) == read.foreign.body.count("\n") + 1


@given(text=st.text(alphabet="=-`*_|:.[] \nab\\<>#", max_size=120))
@settings(max_examples=60, deadline=None)
def test_restructured_text_is_read_to_its_end(text: str) -> None:
    read = read_restructured(text)
    assert len(read.lines) == read.foreign.body.count("\n") + 1


def test_a_component_of_the_document_itself_is_not_taken_for_a_known_one() -> None:
    text = "export const Highlight = () => null;\n\nThis is <Highlight>green</Highlight>.\n"
    foreign = read_front_matter(text)
    document = Document("a.mdx", foreign, {}, ("a",), is_mdx=True)
    draft = Draft("a.mdx", text, 1, Findings())
    convert_mdx(draft, Context(ForeignSite("docusaurus"), document, lambda _: None))
    assert draft.text.strip() == "This is green."
