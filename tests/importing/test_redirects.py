"""Old addresses of no document: feeds, lists and what redirected elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.check import check_content
from services.importing import Job, import_site
from services.importing.report import Result
from shared.content.parsing.site_config import parse_site
from tests.importing.sites import write_site
from tests.importing.sites.files import Files

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MKDOCS = """
site_name: Docs
plugins:
  - redirects: {redirect_maps: {old.md: 'https://elsewhere.example', older.md: a.md}}
"""
DOCUSAURUS = """
export default {title: 'Lib', url: 'https://example.org', baseUrl: '/', presets: [['classic',
  {docs: {routeBasePath: 'manual'}}]]};
"""
RULES = """
# Old guides
/start/*    /manual/set-up/:splat   301
/guide-of/* https://guides.example.org/old/:splat
/old-tags   /blog/tags              301!
/lost/      /nowhere/at/all/deeply/
/user/:id   /manual/setup
"""
#: By kind: the files of the old site, and the lines of the table.
REDIRECTS: dict[str, tuple[Files, tuple[str, ...]]] = {
    "hugo": (
        {
            "hugo.toml": 'baseURL = "https://example.org/notes/"\n',
            "content/posts/_index.md": "---\ntitle: Posts\n---\n",
            "content/posts/a.md": "---\ntitle: A\ndate: 2024-01-02\ncategories: [Go]\n---\nText.\n",
            "content/posts/index.xml.md": "---\ntitle: B\ndate: 2024-01-02\nurl: /posts/index.xml\n---\nText.\n",
        },
        (
            '"/categories/*" = "/tags/*"',
            '"/index.xml" = "/feed.xml"',
            '"/notes/categories/*" = "/tags/*"',
            '"/notes/index.xml" = "/feed.xml"',
            '"/notes/posts/" = "/"',
            '"/posts/" = "/"',
        ),
    ),
    "docusaurus": (
        {
            "docusaurus.config.js": DOCUSAURUS,
            "docs/setup.md": "---\nslug: /set-up\n---\n# Set up\n\nText.\n",
            "blog/2024-01-02-a.md": "---\ntitle: A\n---\nText.\n",
            "static/_redirects": RULES,
        },
        (
            '"/blog/" = "/"',
            '"/blog/archive/" = "/archive/"',
            '"/blog/atom.xml" = "/feed.xml"',
            '"/blog/feed.json" = "/feed.json"',
            '"/blog/rss.xml" = "/rss.xml"',
            '"/blog/tags/*" = "/tags/*"',
            '"/guide-of/" = "https://guides.example.org/old/"',
            '"/old-tags" = "/tags/"',
        ),
    ),
    "mkdocs-material": (
        {"mkdocs.yml": MKDOCS, "docs/a.md": "# A\n\nText.\n"},
        (
            '"/feed_json_created.json" = "/feed.json"',
            '"/feed_json_updated.json" = "/feed.json"',
            '"/feed_rss_created.xml" = "/rss.xml"',
            '"/feed_rss_updated.xml" = "/rss.xml"',
            '"/old/" = "https://elsewhere.example"',
        ),
    ),
}


def imported(kind: str, folder: Path) -> Result:
    source = write_site(folder / "source", REDIRECTS[kind][0])
    return import_site(Job(kind, source, folder / "content", NOW))


@pytest.mark.parametrize("kind", REDIRECTS)
def test_feeds_lists_and_redirects_of_the_old_site_lead_on(kind: str, tmp_path: Path) -> None:
    _, expected = REDIRECTS[kind]
    imported(kind, tmp_path)
    text = (tmp_path / "content/site.toml").read_text()
    assert tuple(text.partition("[redirects]\n")[2].splitlines()) == expected
    assert parse_site(text).redirects
    assert [str(one) for one in check_content(tmp_path / "content") if "redirect" in one.message] == []


def test_rule_of_a_host_that_cannot_be_carried_is_reported(tmp_path: Path) -> None:
    findings = imported("docusaurus", tmp_path).findings.found
    told = [
        (one.outcome, one.construct, one.path, one.line, one.note) for one in findings if "redirect" in one.construct
    ]
    rules = "static/_redirects"
    assert ("dropped", "redirect rule", rules, 7, "/user/:id   /manual/setup") in told
    assert ("dropped", "redirect to nothing", "configuration", 1, "/lost/ → /nowhere/at/all/deeply/") in told
    assert [one[:4] for one in told if one[0] == "converted"] == [
        ("converted", "redirect rule", rules, 3),
        ("converted", "redirect rule", rules, 4),
    ]
    assert "- /start/\n" in (tmp_path / "content/articles/set-up.md").read_text()
