"""``perspective publish`` and the record by which a moved page is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from services.cli.writing.publish import published_text
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[3]
DAY = date(2026, 6, 1)
DRAFT = "---\ntitle: A draft\nsummary: S.\ndraft: true\n---\n\nText.\n\n## The relay\n\nMore.\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\ntitle: T\ndraft: true\n---\ndraft: true\n", "---\ntitle: T\npublished: 2026-06-01\n---\ndraft: true\n"),
        ("---\ndraft: true\npublished: 2027-01-01\n---\n", "---\npublished: 2027-01-01\n---\n"),
        ("+++\ndraft = true\n[extra]\ndraft = 1\n+++\n", "+++\npublished = 2026-06-01\n[extra]\ndraft = 1\n+++\n"),
        ("---\r\ndraft: true\r\n---\r\nx\r\n", "---\r\npublished: 2026-06-01\r\n---\r\nx\r\n"),
        ("\ufeff---\ndraft: true\n---\n", "\ufeff---\npublished: 2026-06-01\n---\n"),
        ("---\nsummary: |\n  ---\ndraft: true\n---\n", "---\nsummary: |\n  ---\npublished: 2026-06-01\n---\n"),
        ("---\nextra:\n  draft: 1\ndraft: yes\n---\n", "---\nextra:\n  draft: 1\npublished: 2026-06-01\n---\n"),
    ],
)
def test_draft_gets_a_date_and_nothing_else_changes(before: str, after: str) -> None:
    assert published_text(before, DAY) == after


def test_chosen_date_replaces_the_one_that_stands_there() -> None:
    assert published_text("---\ndate: 2020-01-01\n---\n", DAY, is_chosen=True) == "---\npublished: 2026-06-01\n---\n"


def test_published_draft_is_shown_and_recorded(run: Run, content: Path) -> None:
    (content / "articles" / "idea.md").write_text(DRAFT)
    outcome = run("publish", "idea", "--date", "2026-01-02")
    assert (outcome.status, outcome.errors) == (0, "")
    assert "/articles/idea/ appears now" in outcome.output
    assert "the feeds" in outcome.output
    record = json.loads((content / "published.json").read_text())
    assert record["/articles/idea/"] == {"source": "articles/idea.md", "anchors": ["the-relay"]}


#: Publish with files of at most 64 bytes. The limit is lifted at the end: the process may have its coverage to write.
LIMITED = """
import resource, sys
from services.__main__ import main
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
try:
    main(["publish", "idea", "--content", sys.argv[1]])
finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
"""


def test_an_article_that_cannot_be_written_stays_as_it_was(content: Path) -> None:
    """As on a full disk."""
    article = content / "articles" / "idea.md"
    article.write_text(DRAFT)
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(content)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, "perspective: [Errno 27] File too large\n")
    assert article.read_text() == DRAFT
    assert [path.name for path in article.parent.iterdir() if path.name.startswith(".")] == []


def test_a_future_date_is_reported(run: Run, content: Path) -> None:
    (content / "articles" / "idea.md").write_text(DRAFT)
    assert "appears on 2999-01-01 00:00 UTC" in run("publish", "idea", "--date", "2999-01-01").output
    assert "/articles/idea/" not in json.loads((content / "published.json").read_text())


def test_draft_that_cannot_be_shown_stays_as_it_was(run: Run, content: Path) -> None:
    text = "---\nsummary: No title.\ndraft: true\n---\n\nText.\n"
    (content / "articles" / "idea.md").write_text(text)
    outcome = run("publish", "idea")
    assert outcome.status == 1
    assert "title is missing" in outcome.errors
    assert (content / "articles" / "idea.md").read_text() == text


@pytest.mark.parametrize(("slug", "message"), [("outbx", "did you mean 'outbox'?"), ("outbox", "is not a draft")])
def test_a_slug_that_is_no_draft_is_named(run: Run, content: Path, slug: str, message: str) -> None:
    outcome = run("publish", slug)
    assert (outcome.status, outcome.output) == (1, "")
    assert message in outcome.errors


@pytest.mark.parametrize("command", ["publish", "preview"])
def test_a_draft_that_cannot_be_read_is_not_said_to_be_missing(run: Run, content: Path, command: str) -> None:
    (content / "articles" / "idea.md").write_text("---\ntitle: An: idea\ndraft: true\n---\n\nText.\n")
    outcome = run(command, "idea")
    assert outcome.status == 1
    assert 'articles/idea.md:2: the front matter is not YAML: write title: "An: idea"' in outcome.errors


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "1.6.2026"])
def test_a_day_that_is_none_is_refused_with_an_example(run: Run, content: Path, day: str) -> None:
    outcome = run("publish", "outbox", "--date", day)
    assert (outcome.status, f"'{day}' is not a day of the calendar, as in 2026-06-01" in outcome.errors) == (2, True)


def test_moved_page_is_noticed_until_it_has_an_alias(run: Run, content: Path) -> None:
    run("publish")
    old, new = content / "articles" / "outbox.md", content / "articles" / "transactional.md"
    text = old.read_text()
    old.unlink()
    new.write_text(text)
    said = "/articles/outbox/ was published and is now /articles/transactional/: add aliases: [/articles/outbox/]"
    assert said in run("check").output
    new.write_text(text.replace("---\n", "---\naliases: [/articles/outbox/]\n", 1))
    assert said not in run("check").output


def test_page_that_is_gone_may_redirect_to_another(run: Run, content: Path) -> None:
    run("publish")
    (content / "articles" / "outbox.md").unlink()
    assert "/articles/outbox/ was published" in run("check").output
    with (content / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[redirects]\n"/articles/outbox/" = "/archive/"\n')
    assert "/articles/outbox/" not in run("check").output


def test_lost_anchor_is_noticed_until_its_heading_names_it(run: Run, content: Path) -> None:
    run("publish")
    path = content / "articles" / "outbox.md"
    text = path.read_text()
    path.write_text(text.replace("## The relay", "## The relays"))
    assert "add {#the-relays #the-relay} to its heading" in run("check").output
    path.write_text(text.replace("## The relay", "## The relays {#the-relays #the-relay}"))
    assert "lead to no section" not in run("check").output


def test_page_that_is_gone_is_a_warning_and_a_broken_record_an_error(run: Run, content: Path) -> None:
    run("publish")
    (content / "articles" / "latency.md").write_text(
        "---\ntitle: Other\nsummary: S.\npublished: 2025-01-01\nslug: x\n---\n"
    )
    assert "/articles/latency/ was published and is now /articles/x/" in run("check").output
    (content / "published.json").write_text("[]")
    outcome = run("check")
    assert outcome.status == 1
    assert "published.json:1: this is not a record of published pages" in outcome.output
