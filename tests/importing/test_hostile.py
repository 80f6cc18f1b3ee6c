# ruff: noqa: E501 - the sources are text of other tools
"""An untrusted source: never executed, never leading out of itself, never ending an import in silence."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.check import check_content
from services.importing import ImportRefused, Job, import_site
from services.importing.conversion import Converted, convert
from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds import KINDS
from services.importing.metadata.table import read_metadata
from services.importing.reading.data_files import BadData, read_python, read_yaml
from services.importing.reading.front_matter import read_front_matter
from services.importing.report import Result
from tests.importing.sites import PIXEL, write_site

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def run(folder: Path, files: dict[str, str | bytes], kind: str = "auto") -> Result:
    """Import these files into ``folder/site``."""
    return import_site(Job(kind, write_site(folder / "source", files), folder / "site", NOW))


def notes(result: Result, outcome: str = "dropped") -> dict[str, str]:
    """What was said of each path."""
    return {one.path: f"{one.construct}: {one.note}" for one in result.findings.found if one.outcome == outcome}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "markdown"])
def test_a_source_of_another_kind_is_refused_with_what_was_looked_for(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=rf"is not of the kind {kind}: it looks for .*; it looks like markdown"):
        run(tmp_path, {"a.md": "# A\n"}, kind)
    assert not (tmp_path / "site").exists()


def test_a_source_that_is_missing_empty_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "archive.zip").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    for name, message in (("missing", "there is no folder"), ("archive.zip", "unpack it"), ("empty", "no known kind")):
        with pytest.raises(ImportRefused, match=message):
            import_site(Job("auto", tmp_path / name, tmp_path / "site", NOW))


def test_links_out_of_the_tree_are_reported_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret\n")
    (tmp_path / "secrets").mkdir()
    source = write_site(tmp_path / "source", {"a.md": "# A\n\nWords here.\n", "inner/b.md": "# B\n\nMore words.\n"})
    (source / "out.md").symlink_to(tmp_path / "secret.md")
    (source / "folder").symlink_to(tmp_path / "secrets")
    (source / "loop").symlink_to(source)
    (source / "same.md").symlink_to(source / "a.md")
    result = import_site(Job("auto", source, tmp_path / "site", NOW))
    assert sorted(path.name for path in (tmp_path / "site/articles").iterdir()) == ["a.md", "b.md", "same.md"]
    assert {"out.md", "folder", "loop"} <= notes(result).keys()


def test_pictures_includes_and_slugs_cannot_lead_out(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PIXEL)
    (tmp_path / "secret.txt").write_text("secret words")
    body = '![x](../../secret.png)\n\n![y](/../../secret.png)\n\n--8<-- "../../secret.txt"\n\n{% include ../../secret.txt %}\n'
    files: dict[str, str | bytes] = {
        "mkdocs.yml": "site_name: S\nsite_url: https://s.example.org\nmarkdown_extensions:\n  - pymdownx.snippets:\n      base_path: ['..', '/etc']\nplugins: [macros]\n",
        "docs/a.md": f"---\nslug: ../../evil\nurl: /../../evil\naliases: ['/../x/', '//evil.example.com/']\n---\n# A\n\n{body}",
    }
    run(tmp_path, files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.png", "secret.txt", "site", "source"]
    text = "".join(path.read_text("utf-8") for path in (tmp_path / "site/articles").rglob("*.md"))
    assert "secret words" not in text
    assert not [line for line in text.split("\n") if line.startswith("- ") and ".." in line]
    assert [path.name for path in (tmp_path / "site").rglob("*.png")] == []


def test_includes_that_go_round_in_a_circle_end(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_config.yml": "title: T\n",
        "_includes/a.md": "a {% include b.md %}",
        "_includes/b.md": "b {% include a.md %}",
        "_posts/2020-01-02-x.md": "---\ntitle: X\n---\nWords {% include a.md %}\n",
    }
    result = run(tmp_path, files)
    assert "{% include %}" in notes(result)["_posts/2020-01-02-x.md"]
    assert "import: {% include a.md %}" in (tmp_path / "site/articles/x.md").read_text("utf-8")


def test_tags_of_programs_in_yaml_mean_nothing() -> None:
    text = "a: !!python/object/apply:os.system ['touch executed']\nb: !ENV [HOME, x]\nc: !!python/name:os.system\n"
    assert read_yaml(text) == {"a": ["touch executed"], "b": ["x"], "c": ""}


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [1]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(9)),
        "a: &a {k: 1}\n"
        + "".join(f"x{n}: &x{n} {{<<: [{', '.join([f'*x{n - 1}' if n else '*a'] * 10)}]}}\n" for n in range(9)),
        "[" * 5000,
        "a: &a [*a]\n",
    ],
    ids=["aliases", "merges", "depth", "itself"],
)
def test_yaml_that_grows_without_end_is_refused_at_once(text: str) -> None:
    with pytest.raises(BadData):
        read_yaml(text)


def test_python_settings_are_literals_alone() -> None:
    assert read_python("import os\nA = 'x'\nB = os.getcwd()\nC = ('a', 1)\nD: str = 'y'\n") == {
        "A": "x",
        "C": ("a", 1),
        "D": "y",
    }
    with pytest.raises(BadData, match="not Python"):
        read_python("def (")


def test_names_that_differ_only_in_case_all_arrive(tmp_path: Path) -> None:
    picture = "![A](img/P.png) ![B](img/p.png)"
    files: dict[str, str | bytes] = {
        "Note.md": f"# One\n\n{picture}\n",
        "note.md": "# Two\n\nWords.\n",
        "NOTE/index.md": "# Three\n\nWords.\n",
        "img/P.png": PIXEL,
        "img/p.png": PIXEL + b"\0",
    }
    run(tmp_path, files)
    site = tmp_path / "site/articles"
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    assert len(names) == len({name.casefold() for name in names}) == 5
    titles = [path.read_text("utf-8").split("\n")[1] for path in site.rglob("*.md")]
    assert sorted(titles) == ["title: One", "title: Three", "title: Two"]


def test_files_that_cannot_be_read_do_not_stop_the_others(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "good.md": "# Good\n\nWords here.\n",
        "latin.md": "# Caf\xe9\n\nWords here.\n".encode("latin-1"),
        "wide.md": "# Wide\n\nWords here.\n".encode("utf-16"),
        "binary.md": b"\x00\x01\x02",
        "huge.md": "a" * (1024 * 1024 + 1),
        "pipe.md": "# Pipe\n",
    }
    source = write_site(tmp_path / "source", files)
    (source / "pipe.md").unlink()
    os.mkfifo(source / "pipe.md")
    result = import_site(Job("auto", source, tmp_path / "site", NOW))
    said = notes(result)
    assert "not text" in said["binary.md"]
    assert "1,048,577 bytes" in said["huge.md"]
    assert "special file" in said["pipe.md"]
    assert "title: Café" in (tmp_path / "site/articles/latin.md").read_text("utf-8")
    assert "title: Wide" in (tmp_path / "site/articles/wide.md").read_text("utf-8")


def test_front_matter_that_is_broken_is_read_line_by_line(tmp_path: Path) -> None:
    broken = "---\ntitle: A: B\ndate: 2020-01-02\ntags:\n  - one\n  - [two\n---\nWords here.\n"
    result = run(tmp_path, {"a.md": broken})
    text = (tmp_path / "site/articles/a.md").read_text("utf-8")
    assert "title: 'A: B'\n" in text
    assert "published: 2020-01-02\n" in text
    assert "read line by line" in notes(result, "converted")["a.md"] or result.findings.found


def test_raw_programs_do_not_reach_the_articles(tmp_path: Path) -> None:
    body = "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n![y](data:text/html,x)\n\n```python run\nimport os\n```\n"
    run(tmp_path, {"a.md": f"# A\n\n{body}"})
    text = (tmp_path / "site/articles/a.md").read_text("utf-8")
    assert "alert" not in text.replace("<!-- import: picture data:text/html,x -->", "")
    assert "```python\nimport os" in text, "a sample of somebody else must not be run by a check"
    assert [one for one in check_content(tmp_path / "site") if one.severity == "error"] == []


def test_names_in_other_scripts_and_dots_become_slugs(tmp_path: Path) -> None:
    run(
        tmp_path,
        {
            "Привет мир.md": "# A\n\nWords.\n",
            "v1.2.md": "# B\n\nWords.\n",
            "你好.md": "# C\n\nWords.\n",
            "___.md": "# D\n\nWords.\n",
        },
    )
    names = sorted(path.stem for path in (tmp_path / "site/articles").iterdir())
    assert names[1:] == ["nihao", "privet-mir", "v1-2"]
    assert names[0].startswith("article-")


@pytest.mark.slow
def test_a_large_archive_is_imported_whole(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"f{n % 100}/note-{n}.md": f"# Note {n}\n\nSee [next](note-{n + 100}.md) and [[note-{n - 1}]].\n"
        for n in range(2_000)
    }
    result = run(tmp_path, files)
    assert result.articles == 2_000


def converted(kind: str, text: str, *, is_mdx: bool = True) -> Converted:
    """The conversion of a document with this text."""
    document = Document("a.md", read_front_matter(text), {"title": "T"}, ("a",), ("/a/",), is_mdx=is_mdx)
    site = ForeignSite(kind, documents=[document], options={"snippets": ("",), "wiki_links": True})
    return convert(document, read_metadata(document.data, UTC, {}), site, lambda _: None, Findings())


@pytest.mark.parametrize(
    "piece",
    ["<script>", "<a name='x' ", '{{< a "', "{% ", "<A b={", 'import a from "b"\n', "[", "![", "](", "a_", "`", "<!--", ":::a\n", "[[", "-8<- '"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["hugo", "jekyll", "docusaurus", "mkdocs-material"])
def test_text_that_opens_without_end_is_converted_all_the_same(kind: str, piece: str) -> None:
    """Each of these took minutes once: work for every opening that looked through all the rest."""
    assert converted(kind, piece * 3_000).metadata.title == "T"


@pytest.mark.parametrize(
    ("kind", "start", "piece", "size"),
    [
        ("docusaurus", "<", "a", 1_000_000),
        ("docusaurus", "<h", " ", 1_000_000),
        ("docusaurus", "<img src='", " ", 1_000_000),
        ("docusaurus", "", "<p\n", 1_000_000),
        ("docusaurus", "", "<pre ", 1_000_000),
        ("docusaurus", "{#", "a", 1_000_000),
        ("docusaurus", "", "{/*", 1_000_000),
        ("docusaurus", "", "[", 1_000_000),
        ("docusaurus", "", ":::a{", 1_000_000),
        ("docusaurus", "", "{a}", 300_000),
        ("hugo", "", "{{< a >}}", 300_000),
        ("jekyll", "", "{{a}}", 300_000),
        ("jekyll", "", "{% raw %}", 300_000),
    ],
)
def test_time_of_a_conversion_grows_with_the_text_alone(kind: str, start: str, piece: str, size: int) -> None:
    """Seconds at most; the time of each grew with the square of the text, or faster."""
    text = start + piece * (size // len(piece))
    assert converted(kind, text).metadata.title == "T"


@pytest.mark.parametrize(
    ("kind", "opening", "closing"),
    [
        ("hugo", "{{% a %}}\n", "{{% /a %}}\n"),
        ("zola", "{% a() %}\n", "{% end %}\n"),
        ("jekyll", "{% if a %}\n", "{% endif %}\n"),
        ("jekyll", "{% a %}\n{% if a %}\n", "{% endif %}\n{% enda %}\n"),
        ("docusaurus", "<Tabs>\n", "</Tabs>\n"),
        ("docusaurus", "<A>\n", "</A>\n"),
        ("docusaurus", ":::note\n", ":::\n"),
    ],
)
@pytest.mark.parametrize("is_mdx", [True, False])
def test_constructs_in_each_other_hundreds_of_levels_deep_are_converted(
    kind: str, opening: str, closing: str, is_mdx: bool
) -> None:
    text = f"{opening * 400}Words inside.\n{closing * 400}\nWords behind.\n"
    text = converted(kind, text, is_mdx=is_mdx).draft.text
    assert text.index("Words inside.") < text.index("Words behind.")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("jekyll", "{% a %}\n{% b %}\n{{ page.unknown }}\n{% endb %}\n{% enda %}\n"),
        ("docusaurus", "<A>\n\n<B>\n\n<Note>Words.</Note>\n\n</B>\n\n</A>\n"),
    ],
)
def test_what_unknown_tags_hold_is_reported_once(kind: str, text: str) -> None:
    found = converted(kind, text, is_mdx=False).draft.findings.found
    assert [one.construct for one in found].count("{{ … }}" if kind == "jekyll" else "<Note>") == 1
