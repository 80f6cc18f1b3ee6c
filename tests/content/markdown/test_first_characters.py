"""The parser with shortcuts gives the tokens that markdown-it gives without them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination

from shared.content.markdown import dialect as module
from shared.content.markdown.dialect import dialect
from shared.content.markdown.quick.first_characters import UnknownRule, use_first_characters
from shared.content.markdown.quick.ordinary_text import use_ordinary_text
from shared.content.markdown.quick.plain_links import PlainLinks
from shared.content.markdown.text import PlainText, plain_text

ROOT = Path(__file__).parents[3]
SOURCES = sorted(
    path
    for folder in ("content/articles", "docs", "tests/content/golden", "tests/fixtures")
    for path in (ROOT / folder).rglob("*.md")
)
#: Pieces that begin, end or break constructs of Markdown.
# fmt: off
PIECES = (
    'word', 'two words', '*', '**', '_', '__', '`', '``', '```\n', '~~~\n', '~~', '~', '[', '](', ')', ']', '![',
    '<', '>', '<b>', '</b>', '<br/>', '<!--', '-->', '&amp;', '&', '\\', '\n', '\n\n', '  \n', '#', '# a\n',
    '## b {#c}\n', '- x\n', '* y\n', '+ z\n', '1. one\n', '2) two\n', '> quoted\n', '>', '---\n', '===\n',
    ': what it is\n', '~ or this\n', '    indented\n', '\t', '!!! note\n', '??? tip\n', '    inside\n', '[^1]',
    '[^1]: a note\n', '^[inline]', '{#id .cls}', '{', '}', 'https://example.org/a?b=c#d', '<https://x.org>',
    "[ref]: /url 'title'\n", '[ref]', 'www.', 'w', 'http://a.b', 'me@x.org', 'mailto:a@b.c', '$x$', '$$\n',
    '=== "Tab"\n', 'a_b_c', '2*3', '', ' a ', ' b ', '\n', '', '---', ':-:', '\n', '\xa0', '\u2028', 'é', '\x00',
    '[text](a/b.md#c)', '[`x`](y)', '[x](javascript:y)', '\r\n', '\r', '**bold**', '*slanted*', '**`x`**', ' ', '`a b`',
    '<a name="x">', '</a>', '\\[', '\\a', '[in]', '[]', '[ ]', '\\\n', ' \n', '_', '1',
    '-', '=', ':', '~', '!', '^', '|', '| a | b |\n', '|---|:-:|\n', '|\n',
)
# fmt: on


@pytest.fixture(scope="module")
def plain() -> MarkdownIt:
    """The dialect as the library parses it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PlainLinks", MarkdownIt)
        patch.setattr(module, "use_first_characters", lambda _parser: None)
        patch.setattr(module, "use_ordinary_text", lambda _parser: None)
        patch.setattr(module, "use_plain_ends", lambda _parser: None)
        return module.dialect.__wrapped__()


@pytest.mark.parametrize("count", [99, 100, 101, 300])
@pytest.mark.parametrize("line", ["#", "word", "- x", "> x", "***"])
@pytest.mark.parametrize("end", ["===", "---", ": what it is", "", "\n: what it is", "| a |\n|---|"])
def test_many_lines_without_an_empty_one_give_the_same_tokens(
    plain: MarkdownIt, count: int, line: str, end: str
) -> None:
    text = f"{line}\n" * count + end
    assert dialect().parse(text) == plain.parse(text)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_page_of_the_project_gives_the_same_tokens(plain: MarkdownIt, path: Path) -> None:
    text = path.read_text("utf-8")
    assert dialect().parse(text) == plain.parse(text)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_pages_give_the_same_tokens(plain: MarkdownIt, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 # test data
    lines = [line for path in SOURCES[:: max(1, len(SOURCES) // 15)] for line in path.read_text("utf-8").split("\n")]
    for _ in range(15):
        chosen = rng.sample(lines, 12)
        damaged = (rng.choice([line, line[:5], line[3:], f"    {line}", f"> {line}", ""]) for line in chosen)
        text = "\n".join(damaged)
        assert dialect().parse(text) == plain.parse(text), text


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_markdown_gives_the_same_tokens(plain: MarkdownIt, pieces: list[str]) -> None:
    text = "".join(pieces)
    assert dialect().parse(text) == plain.parse(text)


@given(st.text(st.sampled_from("aZ09/._~?=#:@%+,;$!*'-&()<> \\\nxn")), st.booleans())
def test_destinations_are_read_and_normalised_as_the_library_does(text: str, is_absolute: bool) -> None:
    url = f"https://{text}" if is_absolute else text
    parser = dialect()
    assert parser.normalizeLink(url) == MarkdownIt().normalizeLink(url)
    ours, theirs = parser.helpers.parseLinkDestination(url, 0, len(url)), parseLinkDestination(url, 0, len(url))
    assert (ours.ok, ours.pos, ours.str) == (theirs.ok, theirs.pos, theirs.str)


def test_a_rule_of_which_the_first_characters_are_not_known_is_an_error_at_once() -> None:
    parser = PlainLinks("commonmark")
    parser.inline.ruler.push("novelty", lambda _state, _silent: False)
    with pytest.raises(UnknownRule, match="novelty"):
        use_first_characters(parser)
    parser = PlainLinks("commonmark")
    parser.block.ruler.push("novelty", lambda _state, _line, _end, _silent: False)
    with pytest.raises(UnknownRule, match="novelty"):
        use_first_characters(parser)


def test_ordinary_text_needs_the_rules_that_it_replaces() -> None:
    with pytest.raises(LookupError, match="emphasis"):
        use_ordinary_text(MarkdownIt("commonmark").disable("emphasis"))


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_a_line_that_is_folded_at_once_is_the_one_folded_piece_by_piece(pieces: list[str]) -> None:
    for token in dialect().parse("".join(pieces)):
        line = PlainText()
        line.add_inline(token.children)
        assert plain_text(token.children) == line.text
