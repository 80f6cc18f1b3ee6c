"""What an author writes and a page does not show is named with its line."""

from __future__ import annotations

import pytest

from shared.content.article import Body
from shared.content.markdown import BodyContext, parse_body


def parsed(text: str) -> Body:
    """The body ``text`` of an article."""
    return parse_body(text, BodyContext("articles/a.md", "/articles/a/"))


def warnings(text: str) -> list[str]:
    """The warnings about ``text``, each with its line and up to its advice."""
    return [f"{one.line}: {one.message.partition(': ')[0]}" for one in parsed(text).problems]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\n\n```py\nx\n", ["3: the block of code is never closed"]),
        ("- a\n\n  ```py\n  x\n\n- b", ["3: the block of code is never closed"]),
        ("> ```\n> x\n\na", ["1: the block of code is never closed"]),
        ("````md\n```\nx\n```\n", ["1: the block of code is never closed"]),
        ("```", ["1: the block of code is never closed"]),
        ("a\n\n<!-- b\n\nc", ["3: <!-- is never closed, so nothing below it is shown"]),
        ("> <!-- b\n> c\n\nd", ["1: <!-- is never closed, so nothing below it is shown"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| `x|y` | 2 |", ["4: this row has 3 cells, of which the table shows 2"]),
        ("> a | b\n> --|--\n> 1 | 2 | 3", ["3: this row has 3 cells, of which the table shows 2"]),
        ("a\n\n!!! note\nb", ["3: the note is empty"]),
        ('??? note "T"\n\nb', ["1: the note is empty"]),
        ("a\n\n[^1]: b\n", ["3: the footnote [^1] is not shown"]),
        (
            "a\n\n<details>\n<summary>b</summary>\n\nc",
            ["3: <details> is never closed, so the text below it is inside it"],
        ),
        ("a <b>c\n\n<div>\n<b>\n</div>", ["1: <b> is never closed, so the text below it is inside it"]),
        ("a\n[b]() c", ["2: the link has no address"]),
        ("a\n![b](https://e.org/c.png)", ["2: a picture of another site is not carried"]),
    ],
)
def test_what_is_written_and_not_shown_is_named(text: str, found: list[str]) -> None:
    assert warnings(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\nb[^c] d", ["2: a footnote without its text, shown as text ([^c])"]),
        ("a\n[b][c] d", ["2: a link without its address, shown as text ([b][c])"]),
        ("[b][]", ["1: a link without its address, shown as text ([b][])"]),
        ("![b](c d.png)", ["1: a link that cannot be read, shown as text (![b](c d.png))"]),
        ("![b](c.png =100x)", ["1: a link that cannot be read, shown as text (![b](c.png =100x))"]),
        ("| a | b |\n|---|\n| 1 | 2 |", ["2: a table that cannot be read, shown as text (|---|)"]),
        ("a ==b c== d", ["1: a marked text, shown as text (==b c==)"]),
    ],
)
def test_markdown_that_is_not_finished_is_named(text: str, found: list[str]) -> None:
    assert warnings(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "```py\nx\n```\n\n~~~\nx\n~~~~\n\n> ```\n> x\n> ```\n\n- ```\n  x\n  ```\n",
        '=== "T"\n\n    ```\n    x\n    ```\n\n!!! note\n\n    ```\n    x\n    ```\n',
        "<!-- a -->\n\n<!--\nb\n-->\n\n<p>a\n<br>\n<ul><li>b</ul>\n\n<details>\n\na\n\n</details>",
        "| a | b |\n|---|---|\n| 1 |\n| `x\\|y` | 2 |\n\na | b\n--|--\n1 | 2",
        "[a][b] [b] a[0][1] `[c][d]` \\[e][f] \\[g](h) [^1] \\[^2] `[^3]` a == b == c x==y==z\n\n[b]: /b/\n[^1]: c",
        "- a | b\n- --- | ---\n\nWhether | or -",
    ],
)
def test_what_is_finished_or_meant_as_text_is_not(text: str) -> None:
    assert not warnings(text)


def test_footnotes_without_blank_lines_between_them_are_two() -> None:
    html = parsed("a[^1] b[^2]\n\n[^1]: one\n    more\n[^2]: two\n").html
    assert '<li id="fn:1" class="footnote"><p>one\nmore' in html
    assert '<li id="fn:2" class="footnote"><p>two' in html


def test_blank_lines_do_not_end_a_note() -> None:
    html = parsed(
        "!!! note\n\n\n    ```\n    a\n\n\n    b\n    ```\n\n\n    !!! tip\n        c\n\n\n        d\n\n\ne"
    ).html
    assert "<code>a\n\n\nb\n</code>" in html
    assert "<p>c</p>\n<p>d</p>\n</aside>\n</aside>\n<p>e</p>" in html


def test_the_lines_of_links_in_raw_html_are_their_own() -> None:
    body = parsed("<div>\n<!-- a\nb -->\n<a href='/c/'>d</a>\n<iframe></iframe>\n</div>\n\na <!-- b\n--> [e](/e/)\n")
    assert [(one.target, one.line) for one in body.links] == [("/c/", 4), ("/e/", 9)]
    assert [one.line for one in body.problems] == [5]
