# ruff: noqa: E501 - text of articles
"""What comes out is plain CommonMark that other tools, and this one, read as the same articles."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from markdown_it import MarkdownIt

from services.cli.export import command
from services.exporting import ExportRefused, export_markdown
from services.exporting.plain_markdown import Places, plain_article
from services.importing import Job, import_site
from shared.content.folder.loader import load_now
from tests.importing.sites import PIXEL

PLACES = Places(
    {"/articles/a/": "articles/a/index.md", "/articles/b/": "articles/b.md", "/about/": "pages/about.md"},
    "https://blog.example.org",
)


def body(text: str, source: str = "articles/a/index.md") -> str:
    """The body that ``text`` becomes."""
    return plain_article(source, f"---\ntitle: T\n---\n{text}", PLACES).partition("---\n")[2].partition("---\n")[2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('!!! note "Mind"\n    A **gap**.\n\n    - one\nAfter.\n', "> **Mind**\n>\n> A **gap**.\n>\n> - one\nAfter.\n"),
        ("!!! tip\n    Words.\n", "> **Tip**\n>\n> Words.\n"),
        ('=== "A"\n\n    ```sh\n    x\n    ```\n', "**A**\n\n```sh\nx\n```\n"),
        ('??? note "More"\n    In.\n', "<details>\n<summary>More</summary>\n\nIn.\n\n</details>\n"),
        ("> [!WARNING]\n> Hot.\n", "> **Warning**\n>\n> Hot.\n"),
        ("## Words {#id .c}\n", '## <a id="id"></a>Words\n'),
        ("![p](p.png){width=10}\n", "![p](p.png)\n"),
        ("[b](/articles/b/#x) [c](/about/) [t](/tags/) [s](#x)\n", "[b](../b.md#x) [c](../../pages/about.md) [t](https://blog.example.org/tags/) [s](#x)\n"),
        ("[b]: /articles/b/\n", "[b]: ../b.md\n"),
        ("Term\n: What it is\n", "- **Term**: What it is\n"),
        ("```md\n!!! note\n    x\n[b](/articles/b/)\n```\n", "```md\n!!! note\n    x\n[b](/articles/b/)\n```\n"),
    ],
)  # fmt: skip
def test_constructs_of_this_site_become_commonmark(text: str, expected: str) -> None:
    assert body(text) == expected


def test_front_matter_in_toml_becomes_yaml() -> None:
    written = plain_article("articles/b.md", "+++\ntitle = 'T: x'\npublished = 2024-01-02\n+++\nB\n", PLACES)
    assert yaml.safe_load(written.split("---\n")[1])["title"] == "T: x"
    assert written.endswith("---\nB\n")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "articles/a").mkdir(parents=True)
    (folder / "pages").mkdir()
    front = "---\ntitle: {}\nsummary: S\npublished: 2024-01-02\n---\n\n"
    (folder / "articles/a/index.md").write_text(front.format("A") + "![P](p.png)\n\n[b](/articles/b/#deep)\n")
    (folder / "articles/a/p.png").write_bytes(PIXEL)
    (folder / "articles/b.md").write_text(front.format("B") + "## Deep\n\n!!! note\n    Words.\n")
    (folder / "pages/about.md").write_text("---\ntitle: About\n---\n\nWho.\n")
    return folder


def test_links_of_the_export_lead_to_its_files(content: Path, tmp_path: Path) -> None:
    assert export_markdown(content, tmp_path / "out") == (3, 1)
    for path in (tmp_path / "out").rglob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{path}: {target}"


def test_an_export_can_be_imported_again(content: Path, tmp_path: Path) -> None:
    export_markdown(content, tmp_path / "out")
    import_site(Job("markdown", tmp_path / "out", tmp_path / "again", datetime(2026, 1, 2, tzinfo=UTC)))
    before, after = (load_now(folder).library for folder in (content, tmp_path / "again"))
    assert before is not None
    assert after is not None
    assert {one.slug: (one.title, one.published) for one in before.articles} == {
        one.slug: (one.title, one.published) for one in after.articles if one.slug != "about"
    }


def test_a_folder_that_holds_something_is_refused(content: Path) -> None:
    with pytest.raises(ExportRefused, match="not an empty folder"):
        export_markdown(content, content)


def test_the_command_reports_what_it_wrote(content: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--markdown", "--content", str(content), str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("3 articles and pages, 1 files beside them")


def test_every_article_is_plain_commonmark(content: Path, tmp_path: Path) -> None:
    export_markdown(content, tmp_path / "out")
    html = MarkdownIt("commonmark").render((tmp_path / "out/articles/b.md").read_text("utf-8").split("---\n", 2)[2])
    assert "<blockquote>\n<p><strong>Note</strong></p>\n<p>Words.</p>\n</blockquote>" in html
