"""Front matter as authors of other tools write it: names, times, summaries, and what a message tells them to write."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.content.library import build_library
from shared.content.parsing.inputs import ParseInputs
from shared.content.parsing.parse import parse_article
from shared.content.parsing.site_config import SiteConfig, parse_site
from shared.content.problem import InvalidContent
from shared.content.rules import ParseRules
from shared.content.slug import tag_slug, tag_url
from tests.content.articles import article, source

QUOTES = 'write it in "quotes", because YAML and TOML read it as something else'


def problems(text: str) -> list[str]:
    """The messages about ``text`` as front matter of an article."""
    with pytest.raises(InvalidContent) as caught:
        parse_article("articles/a.md", f"---\n{text}\n---\n\nText.\n")
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "utc", "day"),
    [
        ("2026-01-12", "2026-01-11T23:00:00", "2026-01-12"),
        ("2026-07-12 00:30:00", "2026-07-11T22:30:00", "2026-07-12"),
        ("2026-07-12T00:30:00-08:00", "2026-07-12T08:30:00", "2026-07-12"),
        ("2026-07-12T23:30:00Z", "2026-07-12T23:30:00", "2026-07-13"),
    ],
)
def test_a_time_without_a_zone_is_meant_in_that_of_the_site(written: str, utc: str, day: str) -> None:
    inputs = ParseInputs(rules=ParseRules(timezone="Europe/Berlin"))
    found = parse_article("articles/a.md", source(published=written), inputs).published
    assert found is not None
    assert (found.astimezone(UTC).replace(tzinfo=None).isoformat(), found.date().isoformat()) == (utc, day)


def test_an_article_expires_after_it_is_published_though_the_clock_was_put_back() -> None:
    written = source(published="2026-10-25T02:45:00+02:00", expires="2026-10-25T02:15:00+01:00")
    found = parse_article("articles/a.md", written, ParseInputs(rules=ParseRules(timezone="Europe/Berlin")))
    assert found.is_visible(datetime(2026, 10, 25, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("/caf%C3%A9/", "/café/"),
        ("/2019/an%20old%20name", "/2019/an old name"),
        ("/what%3F/", "/what?/"),
        ("/100%/", "/100%/"),
    ],
)
def test_an_alias_copied_from_an_address_bar_is_the_path_that_it_encodes(written: str, path: str) -> None:
    assert article("a", aliases=f"[{written}]").aliases == (path,)


def test_an_alias_with_a_control_character_is_no_path() -> None:
    assert problems("title: T\ndate: 2026-01-01\naliases: [/a%0Ab/]") == [
        "4: aliases.0: '/a%0Ab/' is not a path of this site, as in /old/path/"
    ]


def test_a_site_without_a_zone_is_in_utc() -> None:
    assert article("a", published="2026-01-12 10:00:00").published == datetime(2026, 1, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
        ("", "write an IANA name, as in Europe/Berlin or UTC"),
        ("../../etc/passwd", "write an IANA name"),
        ("Europe", "not a time zone"),
    ],
)
def test_a_zone_that_is_none_is_named_with_the_nearest(zone: str, hint: str) -> None:
    with pytest.raises(InvalidContent) as caught:
        parse_site(f'title = "T"\ntimezone = "{zone}"\n')
    assert [problem.line for problem in caught.value.problems] == [2]
    assert hint in caught.value.problems[0].message


@pytest.mark.parametrize(
    ("label", "slug", "url"),
    [
        ("C#", "c#", "/tags/c%23/"),
        ("c++", "c++", "/tags/c%2B%2B/"),
        (".NET", ".net", "/tags/.net/"),
        ("ci/cd", "ci-cd", "/tags/ci-cd/"),
        ("Machine  Learning", "machine-learning", "/tags/machine-learning/"),
        ("R&D (2024)!", "r-d-2024", "/tags/r-d-2024/"),
        ("Ärger", "ärger", "/tags/%C3%A4rger/"),
        ("A\u0308rger", "ärger", "/tags/%C3%A4rger/"),
        ("İşlem", "işlem", "/tags/i%C5%9Flem/"),
        ("Iş\u0131k", "işik", "/tags/i%C5%9Fik/"),
        ("old--tag-", "old--tag-", "/tags/old--tag-/"),
        ("機械学習", "機械学習", "/tags/%E6%A9%9F%E6%A2%B0%E5%AD%A6%E7%BF%92/"),
        ("..", "", "/tags//"),
    ],
)
def test_a_tag_has_a_label_and_an_address(label: str, slug: str, url: str) -> None:
    assert (tag_slug(label), tag_url(label)) == (slug, url)
    assert tag_slug(slug) == slug


def test_tags_are_labels_and_authors_a_list() -> None:
    found = article("a", tags="[Machine Learning, 'C#', ci/cd, 2024]", authors="[Ada Writer, Ben Reader]")
    assert found.tags == ("Machine Learning", "C#", "ci/cd", "2024")
    assert found.authors == ("Ada Writer", "Ben Reader")
    assert article("a", author="Ada Writer").authors == ("Ada Writer",)


@pytest.mark.parametrize(
    ("keys", "key", "message"),
    [
        ("tags", "['C#']", "the tag 'c#' is written 'C#' in articles/a.md: use one spelling, they share an address"),
        ("authors", "[ADA]", "the author 'ada' is written 'ADA' in articles/a.md: use one spelling"),
    ],
)
def test_two_spellings_of_one_name_are_an_error_that_names_both(keys: str, key: str, message: str) -> None:
    articles = [article("a", **{keys: key}), article("b", **{keys: key.lower()})]
    with pytest.raises(InvalidContent) as caught:
        build_library(SiteConfig(), articles)
    assert [(one.path, one.line, one.message) for one in caught.value.problems] == [("articles/b.md", 5, message)]


def test_an_article_without_an_author_is_by_the_sites_author() -> None:
    alone, named = article("a"), article("b", authors="[Ada, Ben]")
    assert build_library(SiteConfig(author="Cleo"), [alone]).by_author == {}
    found = build_library(SiteConfig(author="Cleo"), [alone, named]).by_author
    assert {name: [one.slug for one in own] for name, own in found.items()} == {
        "Ada": ["b"],
        "Ben": ["b"],
        "Cleo": ["a"],
    }


OPENINGS = [
    ("First *paragraph* with [a link][x].\n\nSecond.\n\n[x]: /y", "First paragraph with a link.", "first paragraph"),
    ("![picture](x.png)\n\n## Heading\n\n- a list\n\nProse.", "Prose.", "first paragraph"),
    ("One.\n\nTwo.\n\n<!-- more -->\n\nThree.", "One. Two.", "excerpt mark"),
    ("One <!--truncate--> two.\n\nThree.", "One", "excerpt mark"),
    ("One.\n\n```html\n<!-- more -->\n```\n\nThree.", "One. Three.", "first paragraph"),
    (
        "TL;DR:\n\nQueues lose messages when they restart.\n\nMore.",
        "TL;DR: Queues lose messages when they restart.",
        "first paragraph",
    ),
    (
        "## Links\n\n- [An article](/x/) that is worth reading\n- another",
        "An article that is worth reading",
        "first paragraph",
    ),
    ("```python\nprint()\n```\n", "T", "first paragraph"),
]


@pytest.mark.parametrize(("body", "summary", "used"), OPENINGS)
def test_a_missing_summary_is_how_the_text_begins_and_a_warning(body: str, summary: str, used: str) -> None:
    found = parse_article("articles/a.md", f"---\ntitle: T\npublished: 2026-01-01\n---\n\n{body}\n")
    warned = [one for one in found.body.problems if "summary is missing" in one.message]
    assert found.summary == summary
    assert [(one.severity, used in one.message) for one in warned] == [("warning", True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: Rust: the book", ['2: the front matter is not YAML: write title: "Rust: the book"']),
        ("title: [Draft] Notes", ['2: the front matter is not YAML: write title: "[Draft] Notes"']),
        ('title: "Half', ['2: the front matter is not YAML: write title: "Half"']),
        ('title: "Half" said', ["2: the front matter is not YAML: write title: '\"Half\" said'"]),
        ("title: T\ntags:\n  - a: b: c", ['4: the front matter is not YAML: write - a: "b: c"']),
        ("tags:\n\t- a", ["3: the front matter is not YAML: a tab stands before the text: indent with blanks"]),
        (
            "title: T\ndate: 2026-01-01\ntags: [a, b\nslug: c",
            ["4: the front matter is not YAML: what begins here needs a comma between its parts and ] at its end"],
        ),
        ("title: é\nsummary: a\0b", ["3: the front matter is not YAML: remove the character U+0000"]),
        (
            f"title: T\ndate: 2026-01-01\nextra: {'[' * 30}{']' * 30}",
            ["4: the front matter is nested deeper than 20 levels"],
        ),
        ("title: T\ndate: 2026-01-01\nextra: &a [*a]", ["4: the front matter is nested deeper than 20 levels"]),
        ("date: 2026-01-01\ntitle: ''", ["3: title is empty: it takes text"]),
        ("title: T\npublished:", ["3: published is missing: add a date such as 2026-01-12, or draft: true"]),
        ("title: T\ndate: 2026-01-01\nslug: 2026-01-01", [f"4: slug: 2026-01-01 is not text: {QUOTES}"]),
        (
            "title: T\ndate: 2026-01-01\nlanguage: no",
            [f"4: language: false is not a language code, as in en or pt-BR: {QUOTES}"],
        ),
        ("title: T\ndate: 2026-01-01\naliases: [~]", ["4: aliases.0: nothing is not text"]),
        (
            "title = T",
            ["2: the front matter is not a table of keys: 'title = T' (TOML stands between two lines of +++)"],
        ),
        (
            "description: S\ntitle: T\ndate: 2026-01-01",
            ["2: 'description' is not a known key: it is called summary here"],
        ),
        ("title: T\nlastMod: x\ndate: 2026-01-01", ["3: 'lastMod' is not a known key: it is called updated here"]),
        ("title: T\npublishDate: 2026-01-01", ["3: 'publishDate' is not a known key: it is called published here"]),
        (
            "title: T\ndate: 2026-01-01\nauthor: [A, B]",
            ["4: author: several authors stand under authors: write authors: ['A', 'B']"],
        ),
    ],
)
def test_a_message_says_what_to_write(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title = T", "2: the front matter is not TOML: Invalid value: text stands in "),
        ('a = 1\na = "b"', "3: the front matter is not TOML: Cannot overwrite a value: the key is written twice"),
        ("title: T", "2: the front matter is not TOML: Expected '=' after a key in a key/value pair: write key = "),
        (
            "title = 'T'\npublished = 2026-02-30",
            "3: the front matter is not TOML: Invalid date or datetime: there is no ",
        ),
        (f"title = 'T'\nextra = {'[' * 30}{']' * 30}", "3: the front matter is nested deeper than 20 levels"),
    ],
)
def test_a_message_about_toml_says_what_to_write(text: str, expected: str) -> None:
    with pytest.raises(InvalidContent) as caught:
        parse_article("articles/a.md", f"+++\n{text}\n+++\n\nText.\n")
    (problem,) = caught.value.problems
    assert f"{problem.line}: {problem.message}".startswith(expected)
