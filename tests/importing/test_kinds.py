"""Each kind of site, with the constructs that its authors use most, arrives whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.check import check_content
from services.importing import Job, import_site
from services.importing.constructs.draft import find_fences
from services.importing.report import Result
from tests.importing.sites import SITES, write_site

NOW = datetime(2026, 1, 2, tzinfo=UTC)

#: What of the source must stand in which article. Each entry is one decision of the converters.
EXPECTED: dict[str, dict[str, tuple[str, ...]]] = {
    "hugo": {
        "articles/the-first/index.md": (
            "published: 2024-03-05T10:00:00+01:00\n",
            "updated: 2024-04-01\n",
            "- Queues\n- C#\n",
            "author: Ada\n",
            "- /2024/03/the-first/\n- /old/first.html\n",
            "summary: Work waits in a queue.\n",
            "## 4.4.1 / 2025\n",
            '![A queue](queue.png "Seen from above")',
            '![The queue again](queue.png "Again")',
            "[the second](/articles/second/#retries)",
            "[Watch on YouTube](https://www.youtube.com/watch?v=dQw4w9WgXcQ)",
            "[See on X](https://x.com/golang/status/1)",
            "!!! note\n    Mind the **gap**.\n",
            "Version 1.4.",
            '```go hl="1-3" numbers\n',
            "{{< not/a/shortcode >}}",
            "<!-- import: {{< unknown thing >}} -->",
        ),
        "articles/second/index.md": ("- Machine Learning\n", "![Beside](beside.png)", "- /2024/04/second-post/\n"),
        "articles/unfinished.md": ("draft: true\n",),
        "pages/about.md": ("title: About\n",),
        "site.toml": (
            'title = "Notes on queues"\n',
            'timezone = "Europe/Paris"\nheading_ids = "github"\n',
            'language = "en-GB"\n',
            'base_url = "https://blog.example.org"\n',
            'label = "Start"\nurl = "/"\n',
            'label = "About"\nurl = "/about/"\n',
        ),
    },
    "zola": {
        "articles/release-1-2.md": (
            "published: 2024-11-26\n",
            "authors:\n- Ada\n- Grace\n",
            "- /2024/11/26/Release-1.2/\n- /2024/11/26/Release-1.2.html\n",
            "[guide](/articles/guide/#first-steps)",
            "## What is new\n\n### Speed\n",
            "```rust\n",
            "[^1]: A little.",
            "<details><summary>More</summary>",
        ),
        "articles/guide.md": ("- Guides\n", "published: 2024-01-02\n"),
    },
    "jekyll": {
        "articles/hello-world.md": (
            "title: 'Hello: world'\n",
            "published: 2023-05-06T10:00:00+05:30\n",
            "- /travel notes/go/2023/05/06/hello-world.html\n",
            "- /first\n",
            "Intro with https://docs.example.org.",
            '```ruby\nputs "hi"\n```',
            "[repo](https://github.com/example/notes/issues) and [next](/articles/second/) and [about](/about/)",
            '<p class="hint">Read on</p>',
            "{{ literal }}",
            "## Setup {#install}\n",
            "### Raw heading\n",
            "Done 🎉\n",
            "<!-- import: {% for post in site.posts %}x{% endfor %} -->",
        ),
        "articles/second.md": ("title: Second\n", "- /special/\n", "[the first](/articles/hello-world/#install)"),
        "articles/idea.md": ("draft: true\n",),
        "pages/about.md": ("title: About\n",),
        "site.toml": ('author = "Ada"\n',),
    },
    "mkdocs-material": {
        "articles/install/index.md": (
            "name: Guide\n  part: 1\n",
            "- /guide/install/\n- /old/\n",
            "<kbd>Ctrl</kbd>+<kbd>C</kbd> 😄",
            '=== "pip"\n\n    ```bash\n    pip install notes\n    ```\n\n=== "uv"\n',
            '!!! note "Mind"\n    A **note**.',
            '??? note "Folded"\n    Inside.\n',
            '```yaml title="a.yml" hl="1-2" numbers noparse\n',
            "- one\n",
            "## Options {#opts}\n",
            "### Make `__init__()`\n",
            "See `run()`: it runs.\n",
            "Careful.\n",
            "![Logo](logo.png){width=100} and [use](/articles/use/#steps)",
        ),
        "articles/launch.md": (
            "title: We launch\nsummary: Today.\n",
            "published: 2024-02-03T10:00:00+00:00\nupdated: 2024-02-04\n",
            "author: Ada Lovelace\n",
            "- /blog/2024/02/03/we-launch/\n",
        ),
        "site.toml": ('label = "Guide"\nurl = "/articles/install/"\n',),
    },
    "docusaurus": {
        "articles/intro.md": (
            "- /docs/intro\n",
            "name: Start\n  part: 1\n",
            "## [Setup](/articles/setup/#run-it) {#go}\n",
            '!!! warning "Mind"\n    Keep `:::` in code.\n',
            '=== "npm"\n\n    ```bash\n    npm i\n    ```\n',
            '=== "Yarn"\n\n    Use yarn.\n',
            "A line<br>and another.",
            '```jsx title="src/App.js" hl="2" numbers\n',
            "Shared words.\n",
        ),
        "articles/setup.md": ("title: Setup\n", "Now inner.\n"),
        "articles/release/index.md": (
            "published: 2022-02-03\n",
            "author: Ada Lovelace\n",
            "- /blog/2022/02/03/release\n",
            "![Pixel](p.png)",
        ),
        "site.toml": ('title = "Docu notes"\n', 'label = "Docs"\nurl = "/articles/intro/"\n'),
    },
    "eleventy": {
        "articles/first.md": (
            "published: 2021-02-03\n",
            "tags:\n- web components\n",
            "- /writing/first/\n",
            "Hello world from Eleven notes.",
            "!!! warning\n    Careful.\n",
            '```js title="app.js" hl="1-2"\n',
            "```diff\n-a\n+b\n",
            "{{ kept }} *Added in v2.0* <!-- import: {{ unknown.thing }} -->",
            "[second](/articles/second/)",
            "<p>Part of Eleven notes</p>",
        ),
        "articles/second.md": ("[first](/articles/first/)",),
        "pages/about.md": ("title: About\n",),
        "site.toml": ('title = "Eleven notes"\nauthor = "Ada"\n',),
    },
    "astro": {
        "articles/home.md": ("- [One](/articles/one/): First\n- [Two](/articles/two/#deep)\n",),
        "articles/one/index.md": (
            "summary: The first guide\n",
            "name: Guides\n  part: 1\n",
            '!!! warning "Mind"\n    Words.',
            '=== "A"\n\n    First.\n\n\n=== "B"\n',
            "1. Do it.\n2. Done.\n",
            "- src\n  - index.js\n",
            '!!! tip "Know"\n    A tip.\n',
            '```js title="a.js" hl="1,3-4" ins="2"\n',
            "![Logo](logo.png)",
            "[two](/articles/two/)",
        ),
    },
    "pelican": {
        "articles/the-first/index.md": (
            "published: 2013-05-06T07:08:00+02:00\n",
            "summary: Short words.\n",
            "- python\n- Data Science\n",
            "- /blog/2013/05/the-first/\n",
            "## Closed heading\n",
            '![A pixel](p.png "A pixel")',
            "```python title=\"Say hello\"\nprint('hello')\n```",
            "`{{ x }}`",
            "Cost is $x^2$.",
            "[next](/articles/second/) and [root](/articles/second/)",
        ),
        "pages/about.md": ("- /pages/about.html\n",),
        "articles/other-post/index.md": (
            "published: 2013-07-08T09:10:00+02:00\n",
            "Some *words* with `code` and a [link](https://example.org) to [the first](/articles/the-first/).",
            "## Part\n",
            "```python numbers\nprint(1)\n```",
            "!!! note\n    Mind.\n",
            "![A pixel](p.png)",
            "1. one\n\n   - two\n",
            "```rst\n.. foreign:: x\n",
        ),
    },
    "markdown": {
        "articles/home.md": ("title: Field notes\n", "[one](/articles/one/)"),
        "articles/one/index.md": (
            "title: One\n",
            "[two](/articles/two/#whats-up)",
            "> [!WARNING]\n> Mind.\n",
            "![pic](pic.png)",
            "- [ ] todo\n",
        ),
        "articles/two.md": ("title: '{#if wrong}'\n", "[to one](/articles/one/)"),
        "articles/dated.md": ("published: 2021-11-30\n", "summary: Words without a heading.\n"),
    },
}  # fmt: skip
#: Marks of other dialects that no reader may meet in prose; ``{{`` is there where an author escaped it.
RAW = re.compile(
    r"\{%|\{\{<|^:::|^import .* from |</?[A-Z]\w+|\{:|:material-|:smile:|import-source:",
    re.MULTILINE,
)


def run(kind: str, folder: Path) -> Result:
    """Import the small site of ``kind``."""
    source = write_site(folder / "source", SITES[kind])
    return import_site(Job(kind, source, folder / "site", NOW))


@pytest.mark.parametrize("kind", SITES)
def test_constructs_of_each_kind_are_written_as_this_site_writes_them(kind: str, tmp_path: Path) -> None:
    run(kind, tmp_path)
    for name, pieces in EXPECTED[kind].items():
        text = (tmp_path / "site" / name).read_text("utf-8")
        for piece in pieces:
            assert piece in text, f"{name} lacks {piece!r}:\n{text}"


@pytest.mark.parametrize("kind", SITES)
def test_an_imported_site_passes_the_check(kind: str, tmp_path: Path) -> None:
    run(kind, tmp_path)
    assert [str(one) for one in check_content(tmp_path / "site") if one.severity == "error"] == []


@pytest.mark.parametrize("kind", SITES)
def test_nothing_of_another_dialect_is_left_in_the_prose(kind: str, tmp_path: Path) -> None:
    run(kind, tmp_path)
    found = [
        f"{path.name}: {match[0]}" for path in (tmp_path / "site").rglob("*.md") for match in RAW.finditer(prose(path))
    ]
    assert found == []


@pytest.mark.parametrize("kind", SITES)
def test_every_file_is_taken_or_reported(kind: str, tmp_path: Path) -> None:
    result = run(kind, tmp_path)
    reported = {one.path for one in result.findings.of("dropped")}
    written = (tmp_path / "site" / ".perspective-import.json").read_text("utf-8")
    documents = [name for name in SITES[kind] if name.endswith((".md", ".mdx", ".rst"))]
    included = {"docs/_part.mdx", "snippets/warn.md"}
    assert [name for name in documents if f'"{name}"' not in written and name not in reported | included] == []


@pytest.mark.parametrize("kind", SITES)
def test_auto_finds_the_kind(kind: str, tmp_path: Path) -> None:
    source = write_site(tmp_path / "source", SITES[kind])
    assert import_site(Job("auto", source, tmp_path / "site", NOW)).kind == kind


def test_nothing_of_the_source_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("pelican", tmp_path)
    assert list(tmp_path.rglob("executed")) == []


@pytest.mark.parametrize("kind", SITES)
def test_the_source_stays_as_it_is(kind: str, tmp_path: Path) -> None:
    run(kind, tmp_path)
    source = tmp_path / "source"
    after = {str(path.relative_to(source)): path.read_bytes() for path in source.rglob("*") if path.is_file()}
    before = {name: one if isinstance(one, bytes) else one.encode() for name, one in SITES[kind].items()}
    assert after == before


def test_report_names_each_place(tmp_path: Path) -> None:
    run("hugo", tmp_path)
    report = (tmp_path / "site" / "import-report.md").read_text("utf-8")
    assert "- `content/posts/first.md:42` `kept as a comment`" in report
    assert "Next: `perspective serve --content" in report


def prose(path: Path) -> str:
    """The text of an article without code and comments; of the report nothing."""
    if path.name == "import-report.md":
        return ""
    return "".join(_outside_code(path.read_text("utf-8")))


def _outside_code(text: str) -> Iterator[str]:
    at = 0
    for fence in find_fences(text):
        yield re.sub(r"<!--.*?-->|`[^`]*`", "", text[at : fence.start], flags=re.DOTALL)
        at = fence.end
    yield re.sub(r"<!--.*?-->|`[^`]*`", "", text[at:], flags=re.DOTALL)
