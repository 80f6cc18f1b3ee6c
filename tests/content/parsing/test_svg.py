from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.content.folder.asset import MAX_SVG_BYTES, parse_asset
from shared.content.markdown import BodyContext, parse_body
from shared.content.parsing.svg import NAMESPACE, parse_svg
from shared.content.problem import InvalidContent
from tests.content.samples import SVG


def test_a_valid_diagram_is_kept_as_it_is_but_for_its_ids() -> None:
    svg = parse_svg("d.svg", SVG, prefix="p:")
    assert (svg.refusals, svg.advice, svg.width, svg.height) == ((), (), 640, 120)
    for fragment in (
        'id="p:t"',
        'aria-labelledby="p:t p:d"',
        'href="#p:head"',
        'marker-end="url(#p:head)"',
        "a &lt; b",
    ):
        assert fragment in svg.markup
    before, after = ET.fromstring(SVG), ET.fromstring(svg.markup)  # noqa: S314 # our own text
    assert [one.tag for one in before.iter()] == [one.tag for one in after.iter()]
    assert [one.text for one in before.iter()] == [one.text for one in after.iter()]
    assert [one.get("class") for one in before.iter()] == [one.get("class") for one in after.iter()]


def test_two_prefixes_never_share_an_id() -> None:
    def ids(prefix: str) -> set[str]:
        markup = parse_svg("d.svg", SVG, prefix=prefix).markup
        return {one.get("id", "") for one in ET.fromstring(markup).iter()} - {""}  # noqa: S314 # our own text

    assert ids("diagram-1:")
    assert ids("diagram-1:").isdisjoint(ids("diagram-2:"))


ATTACKS = [
    "<script>x</script>",
    "<SCRIPT>x</SCRIPT>",
    '<rect onload="x"/>',
    '<rect style="fill:url(https://e.org)"/>',
    '<use href="data:image/svg+xml,x"/>',
    '<use href=" https://e.org"/>',
    '<rect fill="url( &quot;https://e.org&quot; )"/>',
    '<rect fill="URL(https://e.org)"/>',
    '<rect clip-path="url(//e.org#a)"/>',
    "<foreignObject/>",
    "<iframe/>",
    "<a/>",
    "<image/>",
    "<animate/>",
    "<set/>",
    '<html:b xmlns:html="http://www.w3.org/1999/xhtml"/>',
    '<g xml:base="https://e.org/"/>',
    "<?php x ?>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_that_runs_styles_or_fetches_is_rejected_on_its_line(attack: str) -> None:
    svg = parse_svg("d.svg", SVG.replace("</svg>", f"{attack}\n</svg>"))
    assert svg.markup == ""
    assert {problem.line for problem in svg.refusals} == {SVG.count("\n")}


def test_an_entity_is_refused_before_it_expands() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    svg = parse_svg("d.svg", f'{bomb}]>\n<svg xmlns="{NAMESPACE}"><text>&i;</text></svg>')
    assert [problem.line for problem in svg.refusals] == [1]


@given(st.text(alphabet=st.sampled_from("<>/=\"'&;#:() \nsvgrectusehrefonclickidtextscriptstyle[]!-?"), max_size=80))
def test_any_text_inside_is_refused_or_stays_harmless(text: str) -> None:
    svg = parse_svg("d.svg", SVG.replace("</svg>", f"{text}</svg>"), prefix="p:")
    if not svg.refusals:
        assert "<script" not in svg.markup
        assert " on" not in svg.markup.replace(" one", "").replace(" on ", "").split("<text", 1)[0]
        ET.fromstring(svg.markup)  # noqa: S314 # our own text


FOREIGN = {
    "a style": '<style>rect { fill: red }</style><rect width="9" height="9"/>',
    "xlink": '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a"/>',
    "metadata": "<metadata>drawn by a program</metadata>",
    "a script": "<script>alert(1)</script>",
    "a handler": '<rect onload="alert(1)" width="9" height="9"/>',
}


@pytest.mark.parametrize("inside", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_drawing_of_another_program_is_a_picture_and_never_set_into_the_page(inside: str) -> None:
    head = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n'
    text = f'{head}<svg xmlns="{NAMESPACE}" version="1.1" viewBox="0 0 9 9">{inside}</svg>'
    asset = parse_asset("articles/a/d.svg", "d.svg", Path("d.svg"), text.encode())
    assert asset.svg is None
    assert [problem.severity for problem in asset.problems] == ["warning"]
    body = parse_body("![D](d.svg)", BodyContext("articles/a/index.md", "/articles/a/", assets={"d.svg": asset}))
    assert '<img src="/articles/a/d.svg" alt="D"' in body.html
    assert "<svg" not in body.html


def test_a_large_drawing_is_a_picture() -> None:
    data = SVG.encode() + b"<!--" + b" " * MAX_SVG_BYTES + b"-->"
    asset = parse_asset("articles/a/d.svg", "d.svg", Path("d.svg"), data)
    assert asset.svg is None
    assert "at most 262,144 are set into a page" in asset.problems[0].message


@pytest.mark.parametrize("data", [b"", b"<html></html>", b" " * 300_000, b"<svg", SVG.encode("utf-16")])
def test_a_file_that_is_no_drawing_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidContent):
        parse_asset("articles/a/d.svg", "d.svg", Path("d.svg"), data)


@pytest.mark.parametrize(("name", "data"), [("p.png", b""), ("q.jpg", b"<html>"), ("r.webp", b"x" * 20)])
def test_a_file_that_is_no_picture_is_named(name: str, data: bytes) -> None:
    asset = parse_asset(f"articles/a/{name}", name, Path(name), data)
    assert ["this is not a picture" in problem.message for problem in asset.problems] == [True]
