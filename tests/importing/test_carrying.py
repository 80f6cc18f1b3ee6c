# ruff: noqa: E501 - the sources are text of other tools
"""What front matter and code of real archives carry: spellings, authors, zones, and files that code comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from services.check import check_content
from services.importing import Job, import_site
from services.importing.report import Result
from shared.content.folder.loader import load_now
from tests.importing.sites import write_site

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def moved(tmp_path: Path, kind: str, files: dict[str, str]) -> tuple[Path, Result]:
    """The content folder that an import of ``files`` gives, checked, and unchanged by a second run."""
    job = Job(kind, write_site(tmp_path / "source", dict(files)), tmp_path / "content", NOW)
    result = import_site(job)
    assert import_site(job).outcome["changed"] == 0
    assert [str(one) for one in check_content(job.target) if one.severity == "error"] == []
    return job.target, result


def post(title: str, **keys: str) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return f"---\ntitle: {title}\ndate: 2024-03-0{len(title)} 23:30:00\n{lines}---\n\nText of {title}.\n"


def test_each_tag_and_author_gets_the_spelling_that_most_documents_use(tmp_path: Path) -> None:
    files = {
        "hugo.toml": 'title = "Notes"\ntimeZone = "America/New_York"\n',
        "content/posts/a.md": post("A", tags="[Machine Learning, 'C#']", authors="[ada lovelace, Ben]"),
        "content/posts/b.md": post("Bb", tags="[machine-learning, ci/cd]", author="Ada Lovelace"),
        "content/posts/c.md": post("Ccc", tags="[Machine Learning]", author="{name: Ada Lovelace}"),
    }
    target, result = moved(tmp_path, "hugo", files)
    articles = load_now(target).articles()
    a, b = articles["articles/a.md"], articles["articles/b.md"]
    assert (a.tags, b.tags) == (("Machine Learning", "C#"), ("Machine Learning", "ci/cd"))
    assert (a.authors, b.authors) == (("Ada Lovelace", "Ben"), ("Ada Lovelace",))
    assert a.published is not None
    assert (a.published.isoformat(), a.published.date().day) == ("2024-03-01T23:30:00-05:00", 1)
    assert {one.note for one in result.findings.found if one.construct.startswith("spelling")} == {
        "machine-learning → Machine Learning, as most of the others write it",
        "ada lovelace → Ada Lovelace, as most of the others write it",
    }


def test_ids_of_headings_are_those_of_github_without_a_word(tmp_path: Path) -> None:
    body = (
        "\n## 1.45.0\n\nA.\n\n## Setup\n\nB.\n\n## Setup\n\nC.\n\n## Old {#old-name}\n\n[down](#setup-1), [up](#1450)\n"
    )
    target, _ = moved(tmp_path, "markdown", {"a.md": post("A") + body})
    text = (target / "articles" / "a.md").read_text()
    assert [line for line in text.split("\n") if line.startswith("##")] == [
        "## 1.45.0",
        "## Setup",
        "## Setup",
        "## Old {#old-name}",
    ]
    anchors = [
        section.anchor for section in load_now(target).articles()["articles/a.md"].body.sections if section.anchor
    ]
    assert anchors == ["1450", "setup", "setup-1", "old-name"]


def test_a_block_that_shows_a_file_follows_the_file_here_too(tmp_path: Path) -> None:
    code = "import os\n# --8<-- [start:send]\ndef send():\n    pass\n# --8<-- [end:send]\n"
    files = {
        "mkdocs.yml": "site_name: N\ntheme: {name: material}\nmarkdown_extensions: [pymdownx.snippets, pymdownx.superfences]\n",
        "docs/a.md": post("A")
        + '\n```py title="app.py" hl_lines="1 9"\n--8<-- "src/app.py:send"\n```\n\n```py\n--8<-- "src/app.py:1:1"\n```\n\n'
        '```py\nx = 1\n--8<-- "src/app.py:send"\n```\n\n--8<-- "docs/part.md"\n\n```py\n--8<-- "src/gone.py"\n```\n',
        "docs/part.md": "Written *out*.\n",
        "src/app.py": code,
    }
    target, _ = moved(tmp_path, "mkdocs-material", files)
    text = (target / "articles" / "a.md").read_text()
    assert '```py title="app.py" hl="1" include="included/src/app.py#send"\n```\n' in text
    assert '```py include="included/src/app.py#L1-L1"\n```\n' in text
    assert "```py\nx = 1\ndef send():\n    pass\n```\n" in text
    assert "Written *out*." in text
    assert (target / "included" / "src" / "app.py").read_text() == code
    assert "import" in load_now(target).articles()["articles/a.md"].body.html


def test_an_imported_file_of_docusaurus_is_included(tmp_path: Path) -> None:
    files = {
        "docusaurus.config.js": "module.exports = {title: 'N', url: 'https://n.example.org', baseUrl: '/'};",
        "docs/a.mdx": post("A")
        + '\nimport Source from \'!!raw-loader!./app.py\';\n\n<CodeBlock language="py" title="app.py">{Source}</CodeBlock>\n',
        "docs/app.py": "app = 1\n",
    }
    target, _ = moved(tmp_path, "docusaurus", files)
    assert '```py title="app.py" include="included/docs/app.py"\n```' in (target / "articles" / "a.md").read_text()


def test_a_translation_is_an_article_that_gives_way_to_its_original(tmp_path: Path) -> None:
    files = {
        "docusaurus.config.js": "module.exports = {title: 'N', url: 'https://n.example.org', baseUrl: '/',"
        " i18n: {defaultLocale: 'en', locales: ['en', 'de']}};",
        "docs/guide.md": post("Guide"),
        "i18n/de/docusaurus-plugin-content-docs/current/guide.md": post("Weg"),
        "versioned_docs/version-1.0/guide.md": post("Old"),
    }
    target, result = moved(tmp_path, "docusaurus", files)
    articles = load_now(target).articles()
    assert {source: one.language for source, one in articles.items()} == {
        "articles/guide.md": None,
        "articles/de-guide.md": "de",
    }
    assert articles["articles/de-guide.md"].aliases == ("/de/docs/guide",)
    assert [(one.outcome, one.path) for one in result.findings.found if "version" in one.construct] == [
        ("dropped", "versioned_docs/version-1.0/guide.md")
    ]


def test_documents_that_a_collection_never_showed_become_drafts(tmp_path: Path) -> None:
    files = {
        "_config.yml": "title: N\ncollections: {notes: {output: true}, hidden: {}}\n",
        "_notes/a.md": post("A"),
        "_hidden/b.md": post("Bb"),
    }
    target, _ = moved(tmp_path, "jekyll", files)
    assert load_now(target, drafts=True).articles()["articles/b.md"].is_draft
    assert not load_now(target, drafts=True).articles()["articles/a.md"].is_draft


def test_a_picture_that_no_browser_shows_is_left_behind_and_reported(tmp_path: Path) -> None:
    files = {"a.md": post("A") + "\n![A plot](plot.png)\n", "plot.png": "version https://git-lfs.github.com/spec/v1\n"}
    target, result = moved(tmp_path, "markdown", files)
    assert not (target / "articles" / "a").exists()
    assert [
        (one.outcome, one.path) for one in result.findings.found if one.construct == "file that cannot be copied"
    ] == [("dropped", "plot.png")]


def test_numbers_of_lines_and_constants_of_mdx_are_kept(tmp_path: Path) -> None:
    files = {
        "astro.config.mjs": "export default {site: 'https://n.example.org'};",
        "src/content/blog/a.mdx": post("A")
        + "\nimport X from './x.astro';\nexport const year = 2024;\n\nIn {year}.\n\n```js {linenostart=10}\na\n```\n\n```js startLine=3\na\n```\n",
    }
    target, _ = moved(tmp_path, "astro", files)
    text = (target / "articles" / "a.md").read_text()
    assert "In 2024." in text
    assert "```js numbers=10\n" in text
    assert "```js numbers=3\n" in text


def places(result: Result, construct: str) -> list[str]:
    return [f"{one.path}:{one.line}" for one in result.findings.found if one.construct == construct]


def test_an_alias_of_obsidian_is_a_name(tmp_path: Path) -> None:
    files = {
        "a.md": post("A", aliases="[Other Name, /old/a/, short]"),
        "b.md": post("Bb") + "\n[[Other Name]] and [[short]].\n",
    }
    target, result = moved(tmp_path, "markdown", files)
    articles = load_now(target).articles()
    assert articles["articles/a.md"].aliases == ("/old/a/", "/short")
    assert "[Other Name](/articles/a/) and [short](/articles/a/)" in (target / "articles" / "b.md").read_text()
    assert places(result, "alias that is a name") == ["a.md:4"]


def test_a_comment_of_obsidian_does_not_join_paragraphs(tmp_path: Path) -> None:
    target, _ = moved(tmp_path, "markdown", {"a.md": post("A") + "\nOne %%b%%\n\nTwo\n%%\nc\n%%\nmore.\n"})
    assert "One \n\nTwo\nmore.\n" in (target / "articles" / "a.md").read_text()


def test_a_picture_of_another_site_is_reported(tmp_path: Path) -> None:
    body = '\n![a](https://e.org/a.png) ![b][r]\n\n<img src="//e.org/c.png" alt="c">\n\n[r]: https://e.org/b.png\n'
    _, result = moved(tmp_path, "markdown", {"a.md": post("A") + body})
    assert sorted(places(result, "picture of another site")) == ["a.md:10", "a.md:12", "a.md:8"]


def test_an_address_that_a_template_writes_into_the_text_is_that_of_the_article(tmp_path: Path) -> None:
    files = {
        "_config.yml": "title: T\ncollections:\n  recipes:\n    output: true\n",
        "_recipes/pie.md": "---\ntitle: Pie\n---\n\nA pie.\n",
        "_posts/2024-01-02-a.md": "---\ntitle: A\n---\n\nIts address is {% link _recipes/pie.md %} here.\n",
    }
    target, _ = moved(tmp_path, "jekyll", files)
    text = (target / "articles" / "a.md").read_text()
    assert "Its address is /articles/pie/ here." in text
    assert "import-source" not in text


def test_the_day_in_an_address_of_jekyll_is_that_of_its_zone(tmp_path: Path) -> None:
    files = {
        "_config.yml": "title: T\ntimezone: Europe/Berlin\n",
        "_posts/2024-01-02-a.md": "---\ntitle: A\ndate: 2024-01-02 23:30:00 +0000\n---\n\nA.\n",
        "_posts/2024-01-02-b.md": "---\ntitle: B\ndate: 2024-01-02 23:30:00\n---\n\nB.\n",
    }
    articles = load_now(moved(tmp_path, "jekyll", files)[0]).articles()
    assert articles["articles/a.md"].aliases == ("/2024/01/03/a.html", "/2024/01/02/a.html")
    assert articles["articles/b.md"].aliases == ("/2024/01/02/b.html",)


def test_a_link_to_nothing_leads_below_the_path_of_the_old_site(tmp_path: Path) -> None:
    files = {
        "mkdocs.yml": "site_name: T\nsite_url: https://e.org/docs/\n",
        "docs/index.md": "# T\n\nSee [a](guide/gone/) and [b](/docs/gone/).\n",
    }
    target, _ = moved(tmp_path, "mkdocs-material", files)
    text = (target / "articles" / "home.md").read_text()
    assert "[a](https://e.org/docs/guide/gone/) and [b](https://e.org/docs/gone/)" in text


def test_a_figure_keeps_title_caption_and_source(tmp_path: Path) -> None:
    figure = '{{< figure src="https://e.org/q.png" alt="A" title="T" caption="C" attr="Ada" >}}'
    files = {"hugo.toml": 'title = "Notes"\n', "content/posts/a.md": post("A") + f"\n{figure}\n"}
    target, _ = moved(tmp_path, "hugo", files)
    assert '![A](https://e.org/q.png "T: C (Ada)")' in (target / "articles" / "a.md").read_text()


def test_a_series_with_its_part_in_a_table_is_one(tmp_path: Path) -> None:
    files = {
        "a.md": post("A", series="{name: Rel, part: 4}"),
        "b.md": post("Bb", series="{title: Rel, order: 2}"),
    }
    articles = load_now(moved(tmp_path, "markdown", files)[0]).articles()
    found = {one.slug: (one.series.name, one.series.part) for one in articles.values() if one.series}
    assert found == {"a": ("Rel", 4), "b": ("Rel", 2)}
