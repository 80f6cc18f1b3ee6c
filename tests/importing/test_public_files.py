"""Files of the old site that no article uses: downloads keep their addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.importing import Job, import_site
from shared.content.folder.loader import load_now
from tests.importing.sites import PIXEL, write_site
from tests.importing.sites.files import Files

POST = "---\ntitle: A\ndate: 2024-01-02\n---\nThe [slides](/files/used.pdf) and ![it](/img/used.png).\n"
#: Of each kind: what makes it one, and its folder of files.
KINDS: dict[str, tuple[Files, str]] = {
    "hugo": ({"hugo.toml": 'baseURL = "https://example.org/"\n', "content/posts/a.md": POST}, "static"),
    "zola": (
        {
            "config.toml": 'base_url = "https://example.org"\n',
            "content/a.md": POST.replace("---", "+++").replace(": A", ' = "A"').replace("date:", "date ="),
        },
        "static",
    ),
    "docusaurus": (
        {"docusaurus.config.js": "export default {title: 'T', url: 'https://example.org'};\n", "blog/a.md": POST},
        "static",
    ),
    "astro": ({"astro.config.mjs": "export default {};\n", "src/content/blog/a.md": POST}, "public"),
}
KEPT = {".well-known/assetlinks.json", "CNAME", "files/talk.pdf", "google835082a209a5e072.html", "install"}
LEFT = {"css/a.css", "js/a.js", "img/logo.svg", "index.html", "fonts/a.woff2", "_headers", "favicon.ico", ".hidden"}


@pytest.mark.parametrize("kind", KINDS)
def test_downloads_that_no_article_uses_keep_their_addresses(kind: str, tmp_path: Path) -> None:
    files, folder = KINDS[kind]
    extra: Files = {f"{folder}/{name}": name for name in (*KEPT, *LEFT, "robots.txt")}
    used: Files = {f"{folder}/files/used.pdf": "%PDF-", f"{folder}/img/used.png": PIXEL}
    source = write_site(tmp_path / "source", {**files, **extra, **used})
    result = import_site(Job(kind, source, tmp_path / "content", datetime(2026, 1, 2, tzinfo=UTC)))
    public = tmp_path / "content" / "public"
    assert {path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file()} == KEPT
    assert (public / "files" / "talk.pdf").read_text() == "files/talk.pdf"
    told = {(one.outcome, one.path) for one in result.findings.found if one.construct == "file that no article uses"}
    assert told == {("carried", f"{folder}/{name}") for name in KEPT}
    assert ("dropped", f"{folder}/robots.txt", "the site serves /robots.txt itself") in {
        (one.outcome, one.path, one.note) for one in result.findings.found
    }
    assert {f"/{name}" for name in KEPT} <= load_now(tmp_path / "content").require().assets.keys()
