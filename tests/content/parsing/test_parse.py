from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.content.article import Cover, SeriesPart
from shared.content.folder.asset import parse_asset
from shared.content.folder.verified import VerifiedRun
from shared.content.parsing.inputs import ParseInputs
from shared.content.parsing.parse import parse_article
from shared.content.problem import InvalidContent
from tests.content.articles import article, page, source
from tests.content.samples import SVG

RUNS = "```python run\nprint(1)\n```\n\n```output\n1\n```"


def test_a_fault_of_the_parser_is_a_problem_of_that_article_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nobody foresaw it")

    monkeypatch.setattr("shared.content.parsing.parse.parse_body", fail)
    with pytest.raises(InvalidContent, match=r"articles/a\.md:1: .*ZeroDivisionError: nobody foresaw it"):
        parse_article("articles/a.md", source("a"))


def test_a_paragraph_that_became_a_heading_is_named() -> None:
    found = article("name", body=f"## {'word ' * 100}\n")
    assert any("is it a paragraph that begins with ##?" in problem.message for problem in found.body.problems)


def test_front_matter_becomes_the_article() -> None:
    found = article(
        "name",
        title='"An article"',
        published="2026-01-12T09:30:00+02:00",
        updated="2026-02-01",
        reviewed="2026-03-01",
        tags="[kafka, c++]",
        series="{name: Größe & Maß, part: 2}",
        aliases="[/old/]",
        cover="{src: a.png, alt: A}",
        featured="true",
        toc="false",
        extra="{level: 3}",
    )
    assert (found.title, found.slug, found.url) == ("An article", "name", "/articles/name/")
    assert found.published == datetime(2026, 1, 12, 7, 30, tzinfo=UTC)
    assert found.updated == datetime(2026, 2, 1, tzinfo=UTC)
    assert found.reviewed == datetime(2026, 3, 1, tzinfo=UTC)
    assert (found.tags, found.aliases, found.extra) == (("kafka", "c++"), ("/old/",), {"level": 3})
    assert found.series == SeriesPart("Größe & Maß", "grosse-mass", 2)
    assert found.cover == Cover("a.png", "A")
    assert (found.is_featured, found.has_toc, found.is_draft) == (True, False, False)


def test_yaml_and_toml_say_the_same() -> None:
    yaml = article("x", tags="[a]", series="{name: N, part: 1}", published="2026-01-12T09:30:00+02:00")
    toml = parse_article(
        "articles/x.md",
        '+++\ntitle = "T"\nsummary = "S"\npublished = 2026-01-12T09:30:00+02:00\ntags = ["a"]\n'
        'series = { name = "N", part = 1 }\n+++\n\nText.\n',
    )
    assert (yaml.title, yaml.summary, yaml.published, yaml.tags, yaml.series, yaml.body.html) == (
        toml.title,
        toml.summary,
        toml.published,
        toml.tags,
        toml.series,
        toml.body.html,
    )


def test_date_is_another_name_of_published() -> None:
    text = "---\ntitle: T\nsummary: S\ndate: 2026-01-12\n---\n"
    assert parse_article("articles/x.md", text).published == datetime(2026, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("articles/My Article.md", "my-article"),
        ("articles/folder-name/index.md", "folder-name"),
        ("pages/ueber.md", "ueber"),
    ],
)
def test_the_slug_comes_from_the_name_of_the_file_or_folder(path: str, slug: str) -> None:
    assert parse_article(path, source()).slug == slug


def test_a_chosen_slug_wins_over_the_name() -> None:
    assert article("name", slug="chosen").url == "/articles/chosen/"


def test_a_page_needs_neither_date_nor_summary() -> None:
    found = parse_article("pages/about.md", "---\ntitle: About\n---\n\nFirst words.\n")
    assert (found.url, found.published, found.summary, found.is_page) == ("/about/", None, "First words.", True)


def test_a_draft_borrows_title_and_summary_from_its_text() -> None:
    text = "---\ndraft: true\n---\n\n" + "word " * 120 + "\n\n## A heading\n"
    found = parse_article("articles/x.md", text)
    assert found.title == "A heading"
    assert found.summary == ("word " * 100).strip() + "…"
    assert len(found.summary) <= 501


def test_an_empty_draft_goes_by_the_name_of_its_file() -> None:
    found = parse_article("articles/an-idea.md", "---\ndraft: true\n---\n")
    assert (found.title, found.summary, found.body.sections, found.body.html) == ("an-idea", "", (), "")


def test_reading_time_counts_code_by_half() -> None:
    prose = " ".join(["word"] * 440)
    code = "```\n" + "\n".join(["word"] * 440) + "\n```"
    assert article("x", prose).reading_minutes == 2
    assert article("x", code).reading_minutes == 1
    assert article("x", f"{prose}\n\n{code}").reading_minutes == 3
    assert article("x", f"{prose}\n\n{code}").word_count == 880
    assert article("x", "").reading_minutes == 1


@pytest.mark.parametrize("sentence", ["東京の天気は晴れです。", "서울은오늘맑습니다하하", "今天北京的天气很好呀。"])
def test_reading_time_counts_chinese_japanese_and_korean_by_characters(sentence: str) -> None:
    assert len(sentence) == 11
    found = article("x", sentence * 200 + " Kafka")
    assert (found.word_count, found.reading_minutes) == (2201, 5)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing_but_the_digest() -> None:
    plain, windows = source("## A\n\ntext"), "\ufeff" + source("## A\n\ntext").replace("\n", "\r\n")
    one, other = parse_article("articles/x.md", plain), parse_article("articles/x.md", windows)
    assert (one.body.html, one.body.sections, one.lines) == (other.body.html, other.body.sections, other.lines)


def test_lines_of_links_and_samples_are_those_of_the_file() -> None:
    text = source("one\ntwo [a](/b/)\n\n```python run\n1\n```")
    found = parse_article("articles/x.md", text)
    lines = text.split("\n")
    assert "[a](/b/)" in lines[found.body.links[0].line - 1]
    assert lines[found.body.samples[0].line - 1].startswith("```python")


def test_the_digest_covers_text_source_files_and_runs() -> None:
    asset = parse_asset("articles/x/d.svg", "d.svg", Path("d.svg"), SVG.encode())
    other = parse_asset("articles/x/d.svg", "d.svg", Path("d.svg"), SVG.replace("One", "Two").encode())
    text = source(RUNS)
    sample = parse_article("articles/x/index.md", text).body.samples[0]
    run = VerifiedRun("python", "Python 3.11", "2026-01-01")
    articles = [
        parse_article("articles/x/index.md", text),
        parse_article("articles/y/index.md", text),
        parse_article("articles/x/index.md", text + " "),
        parse_article("articles/x/index.md", text, ParseInputs(assets={"d.svg": asset})),
        parse_article("articles/x/index.md", text, ParseInputs(assets={"d.svg": other})),
        parse_article("articles/x/index.md", text, ParseInputs(verified={sample.digest: run})),
    ]
    assert len({one.digest for one in articles}) == len(articles)
    # Which samples a source has is known after a parse: where it can have none, the record does not count.
    plain = source("We run it.\n\n```python\n1\n```")
    without = parse_article("articles/x/index.md", plain)
    assert parse_article("articles/x/index.md", plain, ParseInputs(verified={"0" * 64: run})).digest == without.digest


def test_a_verified_sample_carries_its_mark_until_it_changes() -> None:
    sample = article("x", RUNS).body.samples[0]
    record = {sample.digest: VerifiedRun("python", "Python 3.11", "2026-02-01")}
    marked = parse_article("articles/x.md", source(RUNS), ParseInputs(verified=record))
    assert 'title="Ran with Python 3.11 on 2026-02-01 and printed what is shown">Verified</span>' in marked.body.html
    for changed in (RUNS.replace("print(1)", "print(2)"), RUNS.replace("\n1\n", "\n2\n")):
        assert "Verified" not in parse_article("articles/x.md", source(changed), ParseInputs(verified=record)).body.html


def test_a_sample_is_void_when_an_earlier_block_of_its_group_changes() -> None:
    blocks = "```python run=g\nx = 1\n```\n\n```python run=g\nprint(x)\n```\n"
    first, second = article("x", blocks).body.samples
    changed = article("x", blocks.replace("x = 1", "x = 2")).body.samples
    assert first.digest != changed[0].digest
    assert second.digest != changed[1].digest
    assert second.code == changed[1].code


def test_pages_and_articles_may_share_a_slug() -> None:
    assert page("about").url != article("about").url


@pytest.mark.parametrize("written", ["<br>", "<br/>", "<br />"])
def test_a_line_break_is_one_however_it_is_written(written: str) -> None:
    found = article("x", f"one{written}two")
    assert found.body.html.count("<br>") == 1
    assert found.body.sections[0].blocks[0].text == "one two"


def test_a_definition_inside_a_footnote_is_its_text() -> None:
    nested = "1. " + "[^1]: 1. " * 20
    article = parse_article(
        "articles/x.md", f"---\ntitle: X\nsummary: S\npublished: 2026-01-01\n---\nSee.[^1]\n\n{nested}\n"
    )
    assert '<li id="fn:1" class="footnote">' in article.body.html
