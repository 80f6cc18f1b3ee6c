"""Code of real files in articles: by region and lines, from inside alone, and followed when the file changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.agents.markdown_version import article_markdown
from shared.content.folder.loader import LoadResult, load_now
from shared.content.markdown.code import includes
from shared.content.markdown.code.includes import NoSuchPart, find_includes, part_of, write_out
from shared.content.parsing.site_config import parse_site
from shared.content.problem import InvalidContent
from tests.content.articles import source

CODE = """\
import os

class Relay:
    # region send
    def send(self) -> None:
        # --8<-- [start:inner]
        os.write(1, b"x")
        # --8<-- [end:inner]
    # endregion

# ANCHOR: tail
print("region of interest")
# ANCHOR_END: tail
"""


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("send", 'def send(self) -> None:\n    os.write(1, b"x")\n'),
        ("inner", 'os.write(1, b"x")\n'),
        ("tail", 'print("region of interest")\n'),
        ("L1", "import os\n"),
        ("L3-L5", "class Relay:\n    def send(self) -> None:\n"),
        ("3-5", "class Relay:\n    def send(self) -> None:\n"),
    ],
)
def test_a_part_is_a_region_or_lines_without_marks_and_indent(part: str, expected: str) -> None:
    assert part_of(CODE, part) == expected
    assert part_of(CODE.replace("\n", "\r\n"), part) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("//#region a\nx\n//#endregion\n", "a"),
        ("<!-- #region a -->\nx\n<!-- #endregion a -->\n", "a"),
        ("#pragma region a\nx\n#pragma endregion\n", "a"),
        ("-- docregion a\nx\n-- enddocregion a\n", "a"),
        ("// tag::a[]\nx\n// end::a[]\n", "a"),
        ("/* ANCHOR: a */\nx\n/* ANCHOR_END: a */\n", "a"),
        ('# region "a"\nx\n# endregion\n', "a"),
        ("# region of interest\nx\n# [start:of] is not the end\n# endregion\n", "of"),
    ],
)
def test_regions_are_marked_in_the_comments_of_any_language(text: str, name: str) -> None:
    assert "x" in part_of(text, name)
    assert "region" not in part_of(text, name)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("sent", "there is no region 'sent': did you mean 'send'?"),
        ("zzz", "its regions are inner, send, tail"),
        ("L9-L3", "the file has 13"),
        ("L99", "there are no lines L99: the file has 13"),
    ],
)
def test_a_part_that_is_not_there_is_named(part: str, message: str) -> None:
    with pytest.raises(NoSuchPart) as caught:
        part_of(CODE, part)
    assert message in str(caught.value)


def test_comments_that_are_no_marks_stay() -> None:
    assert part_of("# region of interest\nx = 1\n", "") == "# region of interest\nx = 1\n"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    for name, text in {
        "site.toml": 'title = "T"\n',
        "labs/relay.py": CODE,
        "articles/a.md": source('```python include="labs/relay.py#send" title="relay.py"\n```'),
        "articles/b/index.md": source("> - ```py include='./own.py'\n>   ```"),
        "articles/b/own.py": "own = 1\n",
        "articles/c.md": source("Plain."),
        "pages/about.md": source('````md\n```python include="nothing.py"\n```\n````'),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def shown(result: LoadResult, name: str) -> str:
    return result.articles()[f"articles/{name}"].body.html.replace("<span>", "").replace("</span>", "")


def code_of(result: LoadResult, name: str) -> list[str]:
    sections = result.articles()[f"articles/{name}"].body.sections
    return [block.text for section in sections for block in section.blocks if block.kind == "code"]


def test_an_article_shows_code_of_a_file_and_search_indexes_it(content: Path) -> None:
    result = load_now(content)
    assert result.problems == ()
    assert code_of(result, "a.md") == ['def send(self) -> None:\n    os.write(1, b"x")']
    assert code_of(result, "b/index.md") == ["own = 1"]
    assert "relay.py" in result.articles()["articles/a.md"].body.html
    markdown = article_markdown(result.require(), "https://e.org", result.articles()["articles/a.md"]).decode()
    assert '```python title="relay.py"\ndef send(self) -> None:\n    os.write(1, b"x")\n```' in markdown


@pytest.mark.parametrize("touched", [None, frozenset({"labs/relay.py"}), frozenset({"articles/c.md"})])
def test_an_edit_of_the_file_is_an_edit_of_the_article(content: Path, touched: frozenset[str] | None) -> None:
    before = load_now(content)
    assert load_now(content, before, touched=touched) is before
    (content / "labs" / "relay.py").write_text(CODE.replace('b"x"', 'b"other"'))
    after = load_now(content, before, touched=touched)
    assert code_of(after, "a.md") == ['def send(self) -> None:\n    os.write(1, b"other")']
    assert before.articles()["articles/a.md"].digest != after.articles()["articles/a.md"].digest
    assert before.articles()["articles/c.md"] is after.articles()["articles/c.md"]
    # A reader who has the page still open gets the version that it was made of.
    assert code_of(before, "a.md") == ['def send(self) -> None:\n    os.write(1, b"x")']


def test_a_region_that_goes_keeps_the_last_good_article_until_it_is_back(content: Path) -> None:
    before = load_now(content)
    (content / "labs" / "relay.py").write_text("print()\n")
    broken = load_now(content, before)
    assert [f"{one.path}:{one.line}: {one.message}" for one in broken.problems] == [
        f"{content}/articles/a.md:7: include='labs/relay.py': there is no region 'send': it has none"
    ]
    assert code_of(broken, "a.md") == code_of(before, "a.md")
    (content / "labs" / "relay.py").write_text(CODE)
    assert load_now(content, broken).problems == ()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("labs/nothing.py", "there is no such file in the content folder"),
        ("../secret.txt", "there is no such file"),
        ("labs/../../secret.txt", "it lies outside: move it, or declare its folder in site.toml"),
        ("labs/link.py", "it lies outside"),
        ("labs/round.py", "it cannot be read: Too many levels of symbolic links"),
        ("/etc/passwd", "write a path below the content folder"),
        ("labs", "it is not a file"),
        ("labs/.env", "names that begin with a dot are not shown"),
        ("labs/hidden.py", "names that begin with a dot are not shown"),
        ("labs/large.py", "it has more than 1,048,576 bytes"),
        ("labs/long.py", "has 200,000 characters, and 100,000 are shown: name a region"),
        ("labs/binary.bin", "it is not text"),
        ("articles/a.md", "an article cannot include itself"),
        ("", "write a path below the content folder"),
    ],
)
def test_only_text_inside_is_included_and_all_else_is_a_problem_of_the_line(
    content: Path, written: str, message: str
) -> None:
    (content.parent / "secret.txt").write_text("secret")
    labs = content / "labs"
    (labs / "link.py").symlink_to(content.parent / "secret.txt")
    (labs / "round.py").symlink_to(labs / "round.py")
    (labs / ".env").write_text("KEY=1")
    (labs / "hidden.py").symlink_to(labs / ".env")
    (labs / "large.py").write_text("x" * 1_100_000)
    (labs / "long.py").write_text("x" * 200_000)
    (labs / "binary.bin").write_bytes(b"a\0b")
    (content / "articles" / "a.md").write_text(source(f'Text.\n\n```python include="{written}"\n```'))
    result = load_now(content)
    assert [(one.path, one.line) for one in result.problems] == [(f"{content}/articles/a.md", 9)]
    assert message in result.problems[0].message
    assert "articles/c.md" in result.articles()


def test_a_declared_folder_outside_is_read_and_declaring_it_is_enough(content: Path) -> None:
    outside = content.parent / "src" / "app.py"
    outside.parent.mkdir()
    outside.write_text("app = 1\n")
    (content / "articles" / "a.md").write_text(source('```python include="app.py"\n```'))
    before = load_now(content)
    assert "there is no such file in the content folder" in before.problems[0].message
    (content / "site.toml").write_text('title = "T"\ninclude_roots = ["../src"]\n')
    after = load_now(content, before, touched=frozenset({"site.toml"}))
    assert (after.problems, code_of(after, "a.md")) == ((), ["app = 1"])
    outside.write_text("app = 2\n")
    assert code_of(load_now(content, after), "a.md") == ["app = 2"]


@pytest.mark.parametrize("root", ["", ".", "/", "//"])
def test_the_whole_machine_cannot_be_declared(root: str) -> None:
    with pytest.raises(InvalidContent, match="is not a folder beside the content"):
        parse_site(f'title = "T"\ninclude_roots = ["{root}"]\n')


def test_own_lines_of_such_a_block_are_a_warning(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source('```python include="labs/relay.py#tail"\nold\n```'))
    result = load_now(content)
    found = result.articles()["articles/a.md"].body.problems
    assert [(one.line, one.severity) for one in found] == [(7, "warning")]
    assert code_of(result, "a.md") == ['print("region of interest")']


def test_included_code_is_written_out_for_readers_of_the_markdown() -> None:
    body = '> 1. ```py include="a.py" hl="1"\n>    ```\n\nText.\n\n~~~{.py include="b.py"}\n~~~\n'
    found = write_out(body, {"a.py": "x\n\n```\n", "b.py": "y\n"})
    assert found == '> 1. ````py hl="1"\n>    x\n>\n>    ```\n>    ````\n\nText.\n\n~~~{.py}\ny\n~~~\n'


@pytest.mark.parametrize("fence", ["```", "~~~~", "   ```", "> ```", "- ```"])
def test_a_fence_that_includes_is_found_wherever_it_may_stand(fence: str) -> None:
    body = f'The word include.\n\n{fence}python title="x" include="a.py#b"\n'
    assert [(one.written, one.line) for one in find_includes(body, 5)] == [("a.py#b", 7)]


def test_a_text_that_only_says_include_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(includes, "dialect", None)
    assert find_includes("# include\n\n```cpp\n#include <vector>\n```\n\n`#include`\n", 1) == ()
