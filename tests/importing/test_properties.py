# ruff: noqa: E501 - text of other tools
"""Whatever a source holds, an import ends, names lines that exist, and writes front matter that can be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.importing.articles import article_text
from services.importing.constructs.draft import Draft
from services.importing.constructs.markup.characters import ALL_MARKS
from services.importing.conversion import convert
from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds import KINDS
from services.importing.linking import Atlas, Resolver, convert_links
from services.importing.metadata.table import read_metadata
from services.importing.reading.front_matter import read_front_matter
from services.importing.reading.js_data import read_js
from shared.content.parsing.parse import parse_article

#: Pieces that open, close and cross each other in every dialect.
PIECES = (
    "# T\n", "## H {#id}\n", "text ", "\n", "\n\n", "    ", "> ", "- ", "```", "```js {1,3} title='x'\n", "~~~\n", "`", "``",
    "{% raw %}", "{% endraw %}", "{% if x %}", "{% else %}", "{% endif %}", "{% highlight py %}", "{% endhighlight %}", "{{ x | y }}",
    "{{< note >}}", "{{< /note >}}", "{{% x", "%}}", "{{ a(b='c') }}", "{% end %}", "{% include a.md %}", "{% set a = 1 %}",
    "<Tabs>\n", "<TabItem label='A'>\n", "</TabItem>", "</Tabs>", "<Aside", "/>", "import a from './a.md'\n", "{/* c */}", "{x}",
    ":::note T\n", ":::\n", "::::\n", "!!! note \"T\"\n", "??? tip\n", "=== \"A\"\n", "> [!NOTE]\n", "$$a$$", ":smile:", ":material-x:",
    "<h2 id='a'>", "</h2>", "<div markdown='1'>\n", "</div>", "<iframe src='https://a.b'>", "<!--", "-->", "<!-- more -->", "<script>",
    "[a](b.md#c)", "![](/p.png)", "[a]: /b\n", "[a][b]", "<a name='x'>", "{: .c #d}\n", "{.c}", "[TOC]", "--8<-- 'a.md'\n", "[[a|b]]", "é", "\t",
)  # fmt: skip

texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
free_texts = st.text(max_size=200)


@pytest.mark.parametrize("kind", KINDS)
@given(text=texts)
@settings(max_examples=25, deadline=None)
def test_every_text_becomes_an_article_that_can_be_read(kind: str, text: str) -> None:
    foreign = read_front_matter(f"---\ntitle: A title\n---\n{text}")
    document = Document("a.md", foreign, dict(foreign.data), ("a",), ("/a/",), is_mdx=True)
    site = ForeignSite(
        kind,
        documents=[document],
        options={"snippets": ("",), "inline_marks": ALL_MARKS, "wiki_links": True, "critic": True},
    )
    findings = Findings()
    converted = convert(document, read_metadata(foreign.data, UTC, {}), site, {"a.md": text}.get, findings)
    atlas = Atlas(site, {})
    atlas.add(document, "/articles/a/")
    atlas.ids["a.md"] = converted.outline.ids
    convert_links(converted.draft, Resolver(atlas, document, lambda path: path))
    converted.draft.restore()
    converted.metadata.published = datetime(2026, 1, 1, tzinfo=UTC)
    written = article_text(converted, [], is_page=False)

    assert parse_article("articles/a.md", written).title == "A title"
    lines = text.count("\n") + 4
    assert all(1 <= one.line <= lines for one in findings.found)
    assert "\ufdd0" not in written


@given(text=free_texts | texts)
@settings(max_examples=100, deadline=None)
def test_front_matter_never_loses_the_body(text: str) -> None:
    foreign = read_front_matter(text, has_line_form=True)
    assert text.endswith(foreign.body)


@given(text=st.text(alphabet="{}[]()'\"`,:;=/*a1 \n.", max_size=80))
@settings(max_examples=100, deadline=None)
def test_a_configuration_that_is_no_data_is_read_to_its_end(text: str) -> None:
    assert isinstance(read_js(f"export default {text}"), dict)


@given(
    text=st.text(alphabet="ab\n", max_size=40),
    cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), max_size=5),
)
def test_edits_keep_each_line_with_the_line_that_it_came_from(text: str, cuts: list[tuple[int, int]]) -> None:
    draft = Draft("a.md", text, 1, Findings())
    numbered = dict(enumerate(text.split("\n"), start=1))
    draft.apply([(start, min(start + length, len(text)), "x\ny") for start, length in cuts if start <= len(text)])
    at = 0
    for line in draft.text.split("\n"):
        number = draft.line_at(at)
        assert number in numbered
        if line and not set(line) & {"x", "y"}:
            assert line in numbered[number] or numbered[number] in line
        at += len(line) + 1
