"""``perspective check`` and the look of a site."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_check_names_broken_templates_fonts_and_missing_files(run: Run, content: Path) -> None:
    (content / "site.toml").write_text('title = "T"\n[theme]\nlogo = "logo.svg"\n')
    templates = content / "theme" / "templates"
    templates.mkdir(parents=True)
    (content / "theme" / "own.woff2").write_bytes(b"no font")
    (templates / "listing.html").write_text("{% extends 'perspective/listing.html' %}\n{% block hero %}{% endfor %}\n")
    outcome = run("check")
    assert outcome.status == 1
    assert "content/theme/own.woff2:1: this is no woff2 file: save it in that format" in outcome.output
    assert "content/theme/templates/listing.html:2: " in outcome.output
    assert "content/site.toml:1: theme: content/theme/logo.svg is missing" in outcome.output


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("{{ page.nope }}", "ListingPage has no attribute 'nope'"),
        ('{% include "/etc/passwd" %}', "there is no template '/etc/passwd'"),
        ('{{ "".__class__ }}', "is unsafe"),
        ("{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}", "more than 500,000 turns"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "a macro calls itself without end"),
    ],
)
def test_check_names_what_fails_only_when_a_page_is_made(run: Run, content: Path, block: str, message: str) -> None:
    templates = content / "theme" / "templates"
    templates.mkdir(parents=True)
    source = "{% extends 'perspective/listing.html' %}\n{% block hero %}" + block + "{% endblock %}\n"
    (templates / "listing.html").write_text(source)
    outcome = run("check")
    assert outcome.status == 1
    assert "content/theme/templates/listing.html:2: " in outcome.output
    assert message in outcome.output


def test_check_of_a_theme_without_a_fault_is_silent(run: Run, content: Path) -> None:
    (content / "site.toml").write_text('title = "T"\n[theme]\naccent = "#0a6b3f"\n')
    assert "theme" not in run("check").output


def test_external_links_are_asked_for_only_on_request(run: Run, content: Path) -> None:
    article = content / "articles" / "outbox.md"
    article.write_text(article.read_text() + "\n[gone](http://127.0.0.1:1/)\n")
    assert "127.0.0.1:1" not in run("check").output
    assert run("check", "--external", "--ignore", r"127\.0").output == run("check").output
    wrong = run("check", "--external", "--ignore", "(")
    assert (wrong.status, "--ignore takes a regular expression" in wrong.errors) == (2, True)
