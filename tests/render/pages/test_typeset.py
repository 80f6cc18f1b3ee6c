"""What is drawn and numbered beside the words: perspectives, horizons, notes, the axis of time, text directives."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote

import pytest

from services.render.languages.interface import ENGLISH
from services.render.pages.html_rewrite import top_level
from services.render.pages.typeset.body import set_body
from services.render.pages.typeset.fragments import MAX_PASSAGES, text_directive
from services.render.pages.typeset.letters import EXTENDED_A, FURTHER, GREEK, LATIN_1, SYMBOLS, further_fonts
from services.render.pages.typeset.perspective import (
    HEAD,
    MAX_FRAMES,
    View,
    article_view,
    series_view,
    vanishing_point,
)
from services.render.pages.typeset.timeline import WIDTH, build_axis
from tests.conftest import ROOT

STATIC = ROOT / "services/render/pages/static"


def widths(view: View) -> list[float]:
    """The widths of the frames, widest first."""
    found = [re.fullmatch(r"M(\S+) \S+H(\S+)V\S+H\S+z", frame.path) for frame in view.frames]
    return sorted((float(one[2]) - float(one[1]) for one in found if one), reverse=True)


def test_a_frame_is_as_deep_as_the_minutes_of_reading_before_it() -> None:
    view = series_view("reliability", (14, 28, 5), None, HEAD)
    assert widths(view) == pytest.approx([HEAD.width, HEAD.width / 2, HEAD.width / 4], abs=0.3)


def test_the_current_part_is_drawn_last_over_the_others() -> None:
    view = series_view("reliability", (11, 11, 11), 1, HEAD, (1, 2, 3))
    assert [frame.is_here for frame in view.frames] == [False, False, True]
    assert view.frames[-1].label == "2"


@pytest.mark.parametrize("here", [None, 0, 11, 23])
def test_a_long_series_shows_its_ends_and_the_parts_around_the_current_one(here: int | None) -> None:
    view = series_view("long", (10,) * 24, here, HEAD, tuple(range(1, 25)))
    assert len(view.frames) <= MAX_FRAMES
    assert sum(frame.is_here for frame in view.frames) == (0 if here is None else 1)
    assert widths(view)[0] == pytest.approx(HEAD.width, abs=0.2)
    labels = [float(frame.y) for frame in view.frames if frame.label]
    assert all(abs(one - other) >= 12 for one in labels for other in labels if one != other), "numbers overlap"


def test_the_vanishing_point_belongs_to_the_series_and_is_low() -> None:
    points = {vanishing_point(slug) for slug in ("kubernetes", "reliability", "securepay", "ü")}
    assert len(points) == 4
    assert all(0.2 <= across <= 0.8 and 0.6 <= down <= 0.8 for across, down in points)
    assert vanishing_point("reliability") == vanishing_point("reliability")


def test_an_article_alone_is_a_room_as_deep_as_it_is_long() -> None:
    short, long = article_view("a", 5, HEAD), article_view("a", 50, HEAD)
    assert widths(long)[-1] < widths(short)[-1]
    assert len(article_view("a", 10, HEAD, (0.0, 0.25, 0.5)).frames) == 4


def test_no_minutes_are_no_error() -> None:
    assert series_view("a", (0, 0), 1, HEAD).frames
    assert article_view("a", 0, HEAD, ()).frames


BODY = """<p>Before <sup class="footnote-ref"><a id="fnref:1" href="#fn:1">1</a></sup></p>
<div class="heading"><h2 id="one">One &amp; only</h2><a class="anchor" href="#one" aria-label="Link"></a></div>
<p>a b c d <a href="https://www.example.org/docs/page.html" rel="noopener">the <em>manual</em></a></p>
<ul>
<li><p>inside</p>
<div class="table"><table></table></div></li>
</ul>
<div class="table" role="region"><table><tr><td>x</td></tr></table></div>
<div class="heading"><h2 id="two">Two</h2><a class="anchor" href="#two" aria-label="Link"></a></div>
<div class="heading"><h3 id="three">Three</h3><a class="anchor" href="#three" aria-label="Link"></a></div>
<figure class="diagram"><div class="drawing"><svg><title>t</title></svg></div><figcaption>c</figcaption></figure>
<figure class="code"><figcaption>
<span class="verified">Verified</span> <span class="actions"></span></figcaption><pre><code>&lt;p&gt;
</code></pre></figure>
<section class="footnotes" role="doc-endnotes" aria-label="Footnotes">
<ol>
<li id="fn:1" class="footnote"><p>A note with a list:</p>
<ul>
<li>one</li>
</ul></li>
</ol>
</section>"""


def test_each_section_has_a_horizon_where_it_begins_and_ends() -> None:
    body = set_body(BODY)
    assert body.html.count('class="hz"') == 2
    assert [round(span.start, 3) for span in body.spans] == sorted(round(span.start, 3) for span in body.spans)
    assert body.spans[0].start == 0
    assert body.spans[-1].end == 1
    assert all(one.end == other.start for one, other in zip(body.spans, body.spans[1:], strict=False))


def test_figures_and_tables_of_the_text_are_numbered_and_those_inside_others_are_not() -> None:
    html = set_body(BODY).html
    assert re.findall(r'<span class="no">([^<]+)</span>', html) == ["Table 1", "Fig. 1"]


def test_a_note_follows_the_block_that_refers_to_it() -> None:
    html = set_body(BODY).html
    assert html.index('id="fnref:1"') < html.index('id="fn:1"') < html.index("One &amp; only")
    assert "<li>one</li>" in html
    assert "doc-endnotes" not in html
    assert html.count('id="fn:1"') == 1


def test_a_note_without_a_reference_is_kept() -> None:
    html = BODY.replace('href="#fn:1"', 'href="#elsewhere"')
    assert "A note with a list" in set_body(html).html


def test_references_are_links_off_the_site_with_their_place() -> None:
    (reference,) = set_body(BODY + BODY).references
    assert (reference.label, reference.place) == ("the manual", "example.org, page")


def test_nothing_of_the_text_is_lost() -> None:
    def words(html: str) -> list[str]:
        return sorted(re.findall(r"\w+", re.sub(r"<[^>]*>", " ", html)))

    added = sorted(["1", "1", "1", "Table", "Fig", "Wrap"])
    assert words(set_body(BODY).html) == sorted(words(BODY) + added)


@pytest.mark.parametrize(
    "html", ["", "text alone", "<p>a</p>", "<p>a<br>b</p>", "</p><p>unbalanced", "<pre></p></pre>"]
)
def test_a_body_without_sections_has_no_spans(html: str) -> None:
    body = set_body(html)
    assert body.spans == ()
    assert "".join(body.html.split()) == "".join(html.split())


def test_pieces_of_the_top_level_join_to_the_whole() -> None:
    pieces = top_level(BODY)
    assert "".join(pieces) == BODY
    starts = [piece.split(">")[0].split()[0] for piece in pieces]
    assert starts == ["<p", "<div", "<p", "<ul", "<div", "<div", "<div", "<figure", "<figure", "<section"]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://cwiki.apache.org/x/KIP-939%3A+Support+in+2PC", "cwiki.apache.org, KIP-939: Support in 2PC"),
        ("https://en.wikipedia.org/wiki/C%2B%2B", "en.wikipedia.org, C++"),
        ("https://example.org/c++/", "example.org, c++"),
        ("https://de.wikipedia.org/wiki/K%C3%B6ln", "de.wikipedia.org, Köln"),
        ("https://example.org/%E4", "example.org, %E4"),
        ("https://example.org/a%E2%80%AEb", "example.org, a%E2%80%AEb"),
        ("https://example.org/a%0Ab", "example.org, a%0Ab"),
    ],
)
def test_the_place_of_a_reference_is_readable(address: str, place: str) -> None:
    (reference,) = set_body(f'<p><a href="{address}">there</a></p>').references
    assert reference.place == place


def test_a_label_at_the_end_of_the_axis_stands_before_its_tick_only_where_it_has_no_room() -> None:
    axis = build_axis([date(2025, 9, 20), date(2026, 11, 14)], ENGLISH.month)
    assert [(tick.is_late, tick.is_last) for tick in axis.ticks[-3:]] == [(False, False), (True, False), (True, False)]
    axis = build_axis([date(2025, 9, 20), date(2026, 10, 3)], ENGLISH.month)
    assert axis.ticks[-1].is_last


def test_strokes_stand_at_their_dates_and_are_as_tall_as_the_reading_time() -> None:
    days = [date(2025, 1, 1), date(2025, 7, 2), date(2025, 12, 31)]
    axis = build_axis(days, ENGLISH.month)
    xs = [axis.x(day.toordinal()) for day in days]
    assert xs == sorted(xs)
    assert 0 < xs[0] < xs[-1] < WIDTH
    assert axis.strokes([(days[0], 5), (days[0], 9)]) == f"M{xs[0]} 34v-18"


@pytest.mark.parametrize("years", [0, 1, 5, 40])
def test_an_axis_has_few_ticks_however_long_it_is(years: int) -> None:
    axis = build_axis([date(2025 - years, 3, 1), date(2025, 9, 1)], ENGLISH.month)
    assert 1 <= len(axis.ticks) <= 6


def test_an_axis_of_one_day_or_none_is_no_error() -> None:
    assert build_axis([], ENGLISH.month).ticks == ()
    assert build_axis([date(2025, 3, 1)], ENGLISH.month).strokes([(date(2025, 3, 1), 4)])


def test_a_text_directive_has_the_words_and_their_context() -> None:
    snippet = (
        ("… that is the ", False),
        ("outbox", True),
        (" ", False),
        ("pattern", True),
        (", a well-known one", False),
    )
    directive = text_directive(snippet)
    assert directive == ":~:text=that%20is%20the-,outbox%20pattern,-%2C%20a%20well%2Dknown"
    assert unquote(directive).endswith("-, a well-known")


def test_a_text_directive_stays_short_and_is_absent_without_matches() -> None:
    assert text_directive((("nothing here", False),)) == ""
    many = tuple(piece for _ in range(9) for piece in (("a ", False), ("match", True)))
    assert text_directive(many).count("text=") == MAX_PASSAGES


def test_pages_ask_for_the_fonts_of_their_letters_alone() -> None:
    assert list(further_fonts("<p>plain</p>")) == []
    assert list(further_fonts("<p>\u201cquoted\u201d \u2013 and Zoë</p>")) == ["text-roman-latin1"]
    assert list(further_fonts("<p>2³² ≤ x</p><td>Núñez</td>")) == ["text-roman-latin1", "sans-latin1", "symbols"]
    assert list(further_fonts("<pre><code>ñ</code></pre><p><code>≤</code></p>")) == []
    assert set(further_fonts("<h1>Gökçe</h1>")) >= {"display-latin1", "text-roman-latin1"}
    assert "text-italic-ext" in further_fonts("<p><em>Łódź</em></p>")
    assert list(further_fonts("<p>漢字</p>")) == []


def test_every_range_of_letters_is_a_font_that_the_style_sheet_states() -> None:
    css = (STATIC / "site.css").read_text("utf-8")
    for name, letters in FURTHER.items():
        rule = re.search(rf'url\("{name}\.woff2"\).*?unicode-range: ([^;]+);', css)
        assert rule, name
        stated = [part.strip().removeprefix("U+").split("-") for part in rule[1].split(",")]
        covered = {code for part in stated for code in range(int(part[0], 16), int(part[-1], 16) + 1)}
        assert {ord(letter) for letter in letters} <= covered, name
        assert (STATIC / f"{name}.woff2").exists()
    ranges = (LATIN_1, EXTENDED_A, GREEK, SYMBOLS)
    assert len(frozenset().union(*ranges)) == sum(map(len, ranges)), "a letter has two sources"


@pytest.mark.parametrize("names", ["", '<span id="old"></span>', '\n<span id="a"></span><span id="b"></span>\n'])
def test_a_heading_with_further_names_is_a_section_as_well(names: str) -> None:
    html = f'<div class="heading">{names}<h2 id="x">X</h2></div>\n<p>words</p>'
    assert len(set_body(html).spans) == 2
    assert names.strip() in set_body(html).html


def test_an_empty_header_of_a_table_is_a_plain_cell() -> None:
    html = '<div class="table"><table><tr><th scope="col"></th><th scope="col">b</th></tr></table></div>'
    assert '<tr><td></td><th scope="col">b</th></tr>' in set_body(html).html


def test_a_note_of_the_text_is_no_footnote() -> None:
    html = '<aside class="admonition note" role="note"><p>Mind.</p></aside>'
    assert set_body(html).html == html
    assert "sidenote" in set_body(BODY).html
