from __future__ import annotations

import pytest

from tests.content.articles import article


def problems(info: str, code: str = "a\nb\nc") -> list[str]:
    return [str(problem) for problem in article("a", f"```{info}\n{code}\n```").body.problems]


@pytest.mark.parametrize(
    "info",
    [
        'python title="a b.py" hl="1-2,3" run',
        "python run=group",
        "yaml noparse",
        "rust,ignore",
        "text hl=2",
        "js {1,3}",
        "js{2}",
        "{.python hl_lines='2 3' linenums=1}",
        'go {linenos=table,hl_lines=[1,"2-3"]}',
        "ts twoslash showLineNumbers",
        "diff-js",
    ],
)
def test_attributes_in_the_authoring_guide_are_understood(info: str) -> None:
    assert problems(info) == []


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("python tittle=x", "warning: code block: 'tittle' is not a known key: did you mean 'title'?"),
        ("python hl=4", 'hl="4" does not name lines of this block, as in hl="3-5,9"'),
        ("python hl=0", 'hl="0" does not name lines of this block, as in hl="3-5,9"'),
        ("python hl=first", 'hl="first" does not name lines of this block, as in hl="3-5,9"'),
        ("java run", "a java block cannot run: only python and sql do"),
    ],
)
def test_unknown_attributes_are_a_problem_on_the_line_of_the_fence(info: str, message: str) -> None:
    assert problems(info) == [f"articles/a.md:7: {message}"]


def test_an_unknown_language_is_a_warning() -> None:
    assert problems("nonsense") == ["articles/a.md:7: warning: 'nonsense' is not a language that can be coloured"]


def test_output_belongs_to_the_sample_right_before_it() -> None:
    right = "```python run\nprint(1)\n```\n\n```output\n1\n```\n\n"
    apart = "```python run\nprint(2)\n```\n\nText.\n\n```output\n2\n```\n"
    found = article("a", right + apart)
    assert [sample.expected_output for sample in found.body.samples] == ["1\n", None]
    assert found.body.html.count('<div class="sample">') == 1
    assert found.body.html.count('<figure class="code output"') == 2


def test_languages_are_lower_case_and_the_group_is_of_runs_alone() -> None:
    found = article("a", "```Python run=g\n1\n```\n\n```YAML\na: 1\n```")
    assert [(one.language, one.group, one.is_runnable) for one in found.body.samples] == [
        ("python", "g", True),
        ("yaml", None, False),
    ]
