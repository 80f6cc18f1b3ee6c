"""The export as files: what it writes, what it leaves alone, and what it refuses."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import brotli
import pytest
from click.testing import CliRunner

from services.cli.root import root
from services.exporting import ExportRefused, export_markdown
from services.exporting.static import ExportReport, StaticExport, export_site
from services.exporting.static.manifest import NAME
from services.exporting.static.names import Taken, clashes, file_name, problem_of, stub_name
from services.exporting.static.outputs import check_names
from services.exporting.static.redirects import Redirect
from services.exporting.static.rules import quoted_nginx, rule_files
from shared.content.problem import InvalidContent
from shared.web.settings import Settings
from tests.render.sites import BASE_URL, NOW


@pytest.fixture(autouse=True)
def related(monkeypatch: pytest.MonkeyPatch) -> None:
    """No index is built: nothing here depends on it."""
    monkeypatch.setattr("services.exporting.static.job.related_articles", lambda *_: {})


def export(content: Path, target: Path, *, is_compressed: bool = False, **settings: object) -> ExportReport:
    """One export as of the day of the tests."""
    chosen = Settings.model_validate({"content_dir": content, **settings})
    return export_site(StaticExport(target, chosen, is_compressed=is_compressed, now=NOW))


def files_in(folder: Path) -> dict[str, str]:
    """The digest of every file, by name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "index.html"),
        ("/tags/c++/", "tags/c++/index.html"),
        ("/page/2/", "page/2/index.html"),
        ("/feed.xml", "feed.xml"),
        ("/articles/x.md", "articles/x.md"),
    ],
)
def test_address_is_a_file_that_any_server_sends_for_it(path: str, name: str) -> None:
    assert file_name(path) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/old/outbox/", "old/outbox/index.html"),
        ("/old/outbox", "old/outbox/index.html"),
        ("/old/outbox.HTML", "old/outbox.HTML"),
        ("/v1.2", "v1.2/index.html"),
        ("/feed.rss", None),
        ("/index.php", None),
    ],
)
def test_old_address_gets_a_page_where_a_server_sends_html(path: str, name: str | None) -> None:
    assert stub_name(path) == name


@pytest.mark.parametrize("name", ["../x", "a/../b", "a//b", "", "/x", "a\x00b", "x" * 256, "a\\b", "a/."])
def test_names_that_lead_out_of_a_folder_or_fit_no_file_system_are_problems(name: str) -> None:
    assert problem_of(name)


def test_names_clash_that_differ_in_case_or_form_or_need_a_folder_where_a_file_is() -> None:
    assert clashes(["a/b.png", "A/B.png"]) == {"A/B.png": "a/b.png"}
    assert clashes(["a/b.png", "A/c.png"]) == {}
    assert clashes(["caf\u00e9", "cafe\u0301"]) == {"cafe\u0301": "caf\u00e9"}
    assert clashes(["old", "old/x"]) == {"old/x": "old"}
    assert clashes(["old/x", "old"]) == {"old": "old/x"}
    assert clashes(["a/b", "a/c", "ab"]) == {}
    taken = Taken(["Index.html"])
    assert taken.clash("index.html") == "Index.html"


def test_files_that_only_case_tells_apart_are_refused_by_name() -> None:
    with pytest.raises(ExportRefused, match=r"x/A\.png and x/a\.png differ only in case.*rename"):
        check_names(["x/a.png", "x/A.png"])


def test_export_has_every_kind_of_file(content: Path, tmp_path: Path) -> None:
    report = export(content, tmp_path / "out")
    names = files_in(tmp_path / "out").keys()
    wanted = {"index.html", "404.html", "page/2/index.html", "archive/index.html", "tags/c++/index.html"}
    wanted |= {"feed.xml", "rss.xml", "feed.json", "sitemap.xml", "robots.txt", "llms.txt", "articles/moved.md"}
    wanted |= {"articles/tail-latency/dot.png", "articles/moved/social.png", "favicon.ico", "opensearch.xml"}
    wanted |= {".nojekyll", "_redirects", "_headers", ".hosting/nginx.conf", ".hosting/Caddyfile", NAME}
    assert wanted <= names
    assert any(re.fullmatch(r"static/site\.[0-9a-f]{10}\.js", name) for name in names)
    assert any(name.endswith("w.webp") for name in names)
    assert report.files == len(names) - 1
    assert report.pages == sum(name.endswith("index.html") for name in names)


def test_drafts_and_articles_of_tomorrow_are_never_written(content: Path, tmp_path: Path) -> None:
    export(content, tmp_path / "out", drafts=True)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"An idea" not in everything
    assert b"Tomorrow" not in everything


def test_old_address_leads_on_without_script(content: Path, tmp_path: Path) -> None:
    report = export(content, tmp_path / "out", base_url="https://example.org/blog")
    stub = (tmp_path / "out" / "2019" / "old name" / "index.html").read_text()
    assert '<link rel="canonical" href="https://example.org/blog/articles/moved/">' in stub
    assert '<meta http-equiv="refresh" content="0; url=/blog/articles/moved/">' in stub
    assert '<a href="/blog/articles/moved/">A moved article &amp; more</a>' in stub
    assert "<script" not in stub
    assert "style=" not in stub
    # One has an ending that is sent as another type; the other is a page's own but for case.
    assert report.unled == ("/ARTICLES/tail-latency/", "/feed.rss")


def test_old_paths_of_the_site_lead_to_pages_files_and_other_sites(content: Path, tmp_path: Path) -> None:
    lines = ('"/index.xml" = "/feed.xml"', '"/all/" = "/archive/#year-2026"', '"/lab/" = "https://lab.example.org/"')
    with (content / "site.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["[redirects]", *lines, ""]))
    export(content, tmp_path / "out", base_url="https://example.org/blog")
    out = tmp_path / "out"
    assert (out / "index.xml").read_bytes() == (out / "feed.xml").read_bytes()
    page = (out / "all" / "index.html").read_text()
    assert '<link rel="canonical" href="https://example.org/blog/archive/#year-2026">' in page
    assert 'content="0; url=/blog/archive/#year-2026"' in page
    page = (out / "lab" / "index.html").read_text()
    assert '<link rel="canonical" href="https://lab.example.org/">' in page
    assert '<a href="https://lab.example.org/">https://lab.example.org/</a>' in page
    rules = (out / "_redirects").read_text().splitlines()
    assert "/blog/index.xml /blog/feed.xml 301!" in rules
    assert "/blog/lab/ https://lab.example.org/ 301!" in rules


def test_public_files_are_written_as_they_are(content: Path, tmp_path: Path) -> None:
    for name in ("CNAME", ".well-known/x.json"):
        (content / "public" / name).parent.mkdir(parents=True, exist_ok=True)
        (content / "public" / name).write_text(name)
    export(content, tmp_path / "out")
    export_markdown(content, tmp_path / "plain")
    for folder in (tmp_path / "out", tmp_path / "plain" / "public"):
        assert [(folder / name).read_text() for name in ("CNAME", ".well-known/x.json")] == [
            "CNAME",
            ".well-known/x.json",
        ]


def test_rules_name_every_old_address_for_every_host() -> None:
    new = "/blog/articles/new/"
    moved = [Redirect("/old name/", new, "New"), Redirect('/say"so$1', new, "New")]
    files = rule_files(moved, mount="/blog", is_https=True, is_compressed=True)
    assert files["_redirects"].decode().splitlines()[1:] == [
        "/blog/old%20name/ /blog/articles/new/ 301!",
        "/blog/old%20name /blog/articles/new/ 301!",
        "/blog/say%22so%241 /blog/articles/new/ 301!",
    ]
    nginx, caddy = files[".hosting/nginx.conf"].decode(), files[".hosting/Caddyfile"].decode()
    assert 'location = "/blog/old name" { return 301 "/blog/articles/new/"; }' in nginx
    assert r'location = "/blog/say\"so$1"' in nginx
    assert 'redir "/blog/old name/" "/blog/articles/new/" 301' in caddy
    assert "gzip_static on;" in nginx
    assert "precompressed br gzip" in caddy
    for text in (files["_headers"].decode(), nginx, caddy):
        assert "script-src 'self'" in text
        assert "max-age=31536000" in text
    assert quoted_nginx('a\\"b') == '"a\\\\\\"b"'


def test_second_export_changes_nothing_and_compressed_files_hold_the_same(content: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    export(content, target, is_compressed=True)
    before = files_in(target)
    again = export(content, target, is_compressed=True)
    assert (again.changes.written, again.changes.removed) == (0, 0)
    assert files_in(target) == before
    page = target / "index.html"
    assert gzip.decompress(page.with_suffix(".html.gz").read_bytes()) == page.read_bytes()
    assert brotli.decompress(page.with_suffix(".html.br").read_bytes()) == page.read_bytes()
    assert not list(target.rglob("*.png.gz"))


def test_article_with_an_error_is_left_out_and_named_or_refused_if_strict(content: Path, tmp_path: Path) -> None:
    (content / "articles" / "broken.md").write_text("---\ntitel: x\n---\n")
    report = export(content, tmp_path / "out")
    assert any("broken.md" in str(problem) for problem in report.problems)
    with pytest.raises(InvalidContent, match=r"broken\.md"):
        export(content, tmp_path / "strict", strict=True)
    assert not (tmp_path / "strict").exists()


def run(*arguments: object) -> tuple[int, str]:
    """The exit code and the output of a command."""
    result = CliRunner().invoke(root, ["export", *map(str, arguments)])
    return result.exit_code, result.output


def test_command_reports_what_it_wrote_and_what_needs_a_server(content: Path, tmp_path: Path) -> None:
    code, output = run(tmp_path / "out", "--content", content, "--compress")
    assert code == 0
    assert re.search(rf"\d+ pages, \d+ files for {BASE_URL}: .*out \(\d+ written, 0 removed, 0 unchanged", output)
    assert "2 old addresses need a redirect rule on the server" in output
    assert "/feed.rss" in output


def test_command_warns_of_an_address_that_only_this_machine_has(content: Path, tmp_path: Path) -> None:
    code, output = run(tmp_path / "out", "--content", content, "--base-url", "http://localhost:8080")
    assert code == 0
    assert "set base_url in site.toml, or give --base-url" in output


@pytest.mark.parametrize(
    "wrong",
    [("--base-url", "ftp://x"), ("--markdown", "--compress"), ("--markdown", "--base-url", "https://x.example")],
)
def test_wrong_arguments_write_nothing(content: Path, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    code, output = run(tmp_path / "out", "--content", content, *wrong)
    assert code in {1, 2}
    assert "Traceback" not in output
    assert not (tmp_path / "out").exists()


def test_refusal_is_one_line_and_exit_code_1(content: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    code, output = run(tmp_path / "full", "--content", content)
    assert code == 1
    assert output.startswith("Error: ")
    assert output.count("\n") == 1
