"""What holds for any Markdown at all."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import example, given
from hypothesis import strategies as st

from shared.content.article import Heading
from tests.content.markdown_rules import PIECES, Balance, Page, parse

markdown = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=30).map("".join),
    st.text(max_size=200),
)


@given(markdown)
@example('<div id="a">\n\n## A\n')
@example("![x](d.svg)\n\n![x](d.svg)\n")
@example("## A {#a}\n\n## A\n\n## A {#a}\n")
def test_every_section_anchor_is_exactly_one_id_of_the_page(text: str) -> None:
    body = parse(text)
    ids = Page(body.html).ids
    assert len(ids) == len(set(ids))
    anchors = [section.anchor for section in body.sections if section.anchor]
    assert len(anchors) == len(set(anchors))
    assert set(anchors) <= set(ids)


@given(markdown)
@example("[x](javascript:alert(1)) ![x](data:text/html,x)")
@example('<a href="java&#10;script:x">x</a>')
@example('[x](y){onclick="a" style="b"}')
def test_nothing_that_runs_or_styles_survives(text: str) -> None:
    assert Page(parse(text).html).forbidden == []


@given(markdown)
def test_parsing_is_deterministic(text: str) -> None:
    assert parse(text) == parse(text)


@given(markdown)
def test_code_spans_lie_within_their_blocks_in_order(text: str) -> None:
    for section in parse(text).sections:
        for block in section.blocks:
            ends = [0]
            for start, end in block.code_spans:
                assert ends[-1] <= start < end <= len(block.text)
                ends.append(end)


@given(markdown)
def test_prose_is_one_line_and_never_empty(text: str) -> None:
    for section in parse(text).sections:
        assert section.heading == " ".join(section.heading.split())
        for block in section.blocks:
            assert block.text.strip()
            if block.kind == "prose":
                assert block.text == " ".join(block.text.split())


@given(markdown)
def test_the_heading_tree_holds_the_sections_in_order(text: str) -> None:
    body = parse(text)
    flat: list[tuple[str, str, int]] = []

    def walk(headings: Iterable[Heading]) -> None:
        for heading in headings:
            flat.append((heading.anchor, heading.text, heading.level))
            walk(heading.children)

    walk(body.headings)
    assert flat == [(one.anchor, one.heading, one.level) for one in body.sections if one.anchor]


@given(markdown)
def test_the_html_is_balanced(text: str) -> None:
    """Parsed and written again it is the same: a browser has nothing to repair."""
    assert Balance(parse(text).html).open_tags == []
