"""The prose of docstrings and comments: wrapped at the full width, in the words that engineers use."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: The folders whose prose is held to these rules.
CLEAN = ("benchmarks", "services", "shared", "tests", "tools")
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md", "docs/decisions")
MAX_COLUMNS = 120
BANNED = re.compile(
    r"\b(?:so many|it is looked at|is looked at|is told|are told|was told|is asked whether|is away|anew|whoever"
    r"|mend(?:ed)?|what is wrong with"
    r"|said aloud|at hand|lies beside|of a row|whose turn it is|works? out|worked out"
    r"|how fast|(?:is|are) looked for|looked at|most alike|articles? like (?:an|one)|(?:its|their) kin|one's own"
    r"|tak(?:es?|en) off|took off|for want of|one behind the other|beside each other|(?:is|are) said"
    r"|what came of|the surest|what else|leads on)\b",
    re.IGNORECASE,
)
#: A line that begins one of these is not part of a paragraph: a list, a table, a heading, a quotation, a doctest.
OWN_LINE = re.compile(r"^(?:[-*+|>#=]|\d+\. |``?\S+``? {2,}|\w+ {2,}|.*\S {2,}\S|.*(?:─|│|►))")
SENTENCE_END = re.compile(r"[.:;!?][\")'`*_]*$")


@dataclass(frozen=True, slots=True)
class Text:
    """One docstring or run of comments: its lines as in the file, the first at ``line``."""

    line: int
    lines: tuple[str, ...]


def texts(source: str) -> Iterator[Text]:
    """The docstrings of ``source``, and its runs of comment lines without the signs before them."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node
        ):
            string = node.body[0]
            yield Text(string.lineno, tuple(lines[string.lineno - 1 : string.end_lineno]))
    run: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or not token.line.lstrip().startswith("#"):
            continue
        if run and (token.start[0] != run[-1][0] + 1 or token.start[1] != indent_of(run[-1][1])):
            yield Text(run[0][0], tuple(line for _, line in run))
            run = []
        run.append((token.start[0], token.line.rstrip()))
    if run:
        yield Text(run[0][0], tuple(line for _, line in run))


def indent_of(line: str) -> int:
    """The columns of white space before ``line``."""
    return len(line) - len(line.lstrip())


def early_breaks(text: Text) -> Iterator[int]:
    """The lines that end in mid-sentence although the next word would have fitted."""
    for offset, (line, after) in enumerate(zip(text.lines, text.lines[1:], strict=False)):
        content, following = (re.sub(r'^(?:#:? ?|r?""")', "", one.strip()) for one in (line, after))
        if not content or not following or following == '"""' or indent_of(line) != indent_of(after):
            continue
        if SENTENCE_END.search(content) or OWN_LINE.match(content) or OWN_LINE.match(following):
            continue
        word = following.split(maxsplit=1)[0]
        if len(line.rstrip()) + 1 + len(word) <= MAX_COLUMNS:
            yield text.line + offset


SUPPRESSION = re.compile(r"# *(noqa: [A-Z0-9, ]*[A-Z0-9]|type: ignore\[[a-z, -]+\])(.*)$")


def unexplained(source: str) -> Iterator[int]:
    """The lines that silence a checker without a reason: beside it, above it, or at the same code one line above."""
    explained = ""
    for number, line in enumerate(source.splitlines(), 1):
        found = SUPPRESSION.search(line)
        if line.lstrip().startswith("#"):
            explained = "any"
        elif found is None:
            explained = ""
        elif found[2].strip() or explained in {"any", found[1]}:
            explained = found[1]
        else:
            yield number


def python_files() -> list[Path]:
    """The files of CLEAN."""
    paths = [ROOT / one for one in CLEAN]
    return [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]


def documents() -> list[Path]:
    """The files of DOCUMENTS."""
    paths = [ROOT / one for one in DOCUMENTS]
    return [file for path in paths for file in (sorted(path.glob("*.md")) if path.is_dir() else [path])]


def test_a_line_that_ends_early_is_found() -> None:
    docstring = (
        'def f():\n    """Do it.\n\n    One line that ends\n    early. And\n\n    - a list\n      of two\n    """\n'
    )
    assert [line for text in texts(docstring) for line in early_breaks(text)] == [4]
    comment = "#: One line that ends\n#: early.\nX = 1\n# Done.\n# More.\n"
    assert [line for text in texts(comment) for line in early_breaks(text)] == [1]
    full = f'"""Do it.\n\n{"a" * 110} {"b" * 8}\ncc dd.\n"""\n'
    assert [line for text in texts(full) for line in early_breaks(text)] == []


def test_lines_are_not_broken_in_mid_sentence() -> None:
    assert [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files()
        for text in texts(path.read_text("utf-8"))
        for line in early_breaks(text)
    ] == []


def test_a_suppression_without_its_reason_is_found() -> None:
    source = (
        "a  # noqa: S1\nb  # noqa: S1 - safe\nc  # noqa: S1\nd\ne  # type: ignore[misc]\n# why\nf  # noqa: S1, S2\n"
    )
    assert list(unexplained(source)) == [1, 5]


def test_each_suppression_has_its_reason() -> None:
    assert [
        f"{path.relative_to(ROOT)}:{line}" for path in python_files() for line in unexplained(path.read_text("utf-8"))
    ] == []


def test_docstrings_and_comments_use_the_usual_words() -> None:
    assert [
        f"{path.relative_to(ROOT)}:{text.line}: {found[0]}"
        for path in python_files()
        for text in texts(path.read_text("utf-8"))
        if (found := BANNED.search(" ".join(line.strip(" #:") for line in text.lines)))
    ] == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.stem)
def test_documents_use_the_usual_words(path: Path) -> None:
    assert BANNED.findall(re.sub(r"\s+", " ", path.read_text("utf-8"))) == []
