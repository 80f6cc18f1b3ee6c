"""A site in its own look: its files, its templates, and what happens when these are broken."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from services.render.pages import listings
from services.render.pages.parts import Look, Overrides
from services.render.pages.social import CardColours
from services.render.pages.templates import load_pages
from services.render.sending.static_files import load_static_files
from services.render.theming.cache import ThemeCache
from services.render.theming.own_files import MAX_FILE_BYTES, read_own_files
from services.render.theming.theme import Theme, build_theme
from shared.content.parsing.site_config import SiteConfig
from shared.content.parsing.theme_config import ThemeConfig
from tests.conftest import ROOT
from tests.privileges import unprivileged
from tests.render.conftest import Serve
from tests.render.sites import FILES, NOW, make_scope

PAGES = load_pages()
GREEN = ThemeConfig(accent="#0a6b3f", accent_dark="#6fd3a0", paper="#fbfaf5")


def themed(
    config: ThemeConfig, files: dict[str, bytes] | None = None, templates: dict[str, str] | None = None
) -> Theme:
    return build_theme(config, files or {}, templates or {}, FILES, NOW)


def front_page(theme: Theme) -> str:
    scope = replace(make_scope(), files=theme.files, look=theme.look, card=theme.card)
    return PAGES.render(listings.listing_page(scope)).decode()


def overridden(**templates: str) -> str:
    return front_page(themed(ThemeConfig(), templates={name.replace("_", "."): one for name, one in templates.items()}))


def test_site_without_a_theme_has_nothing_of_it() -> None:
    theme = themed(ThemeConfig())
    assert (theme.look, theme.card, theme.problems) == (Look(), CardColours(), ())
    assert theme.files.urls == FILES.urls


def test_colours_are_a_style_sheet_after_ours_and_colour_the_card() -> None:
    theme = themed(GREEN)
    url = theme.files.url("theme/theme.css")
    css = theme.files.answers[url].variants["identity"].body.decode()
    assert "--link:light-dark(#0a6b3f,#6fd3a0)" in css.replace(", ", ",").replace(": ", ":")
    page = front_page(theme)
    assert page.index(url) > page.index("/static/lists.css")
    assert '<meta name="theme-color" media="(prefers-color-scheme: light)" content="#fbfaf5">' in page
    assert (theme.card.paper, theme.card.point) == ("#fbfaf5", "#0a6b3f")


def test_logo_and_icon_stand_in_for_ours() -> None:
    files = {"logo.svg": b"<svg/>", "icon.png": b"\x89PNG\r\n\x1a\n"}
    page = front_page(themed(ThemeConfig(logo="logo.svg", icon="icon.png"), files))
    assert '<img class="logo" src="/static/theme/logo.' in page
    assert '<link rel="icon" href="/static/theme/icon.' in page
    assert "favicon.ico" not in page


def test_missing_file_is_named_and_ours_stays() -> None:
    theme = themed(ThemeConfig(logo="logo.svg", text_font="own.woff2"))
    assert [problem.message for problem in theme.problems] == [
        "theme: content/theme/logo.svg is missing or cannot be used: put the file there",
        "theme: content/theme/own.woff2 is missing or cannot be used: put the file there",
    ]
    assert '<svg class="logo"' in front_page(theme)


def test_own_fonts_are_loaded_in_place_of_ours() -> None:
    theme = themed(ThemeConfig(text_font="own.woff2", label_font="mono"), {"own.woff2": b"wOF2"})
    css = theme.files.answers[theme.files.url("theme/theme.css")].variants["identity"].body.decode()
    assert 'src:url("own.' in css
    page = front_page(theme)
    preloaded = [line for line in page.splitlines() if 'rel="preload"' in line]
    assert [line for line in preloaded if "text-roman.woff2" in line or "sans.woff2" in line] == []
    assert [line for line in preloaded if "display.woff2" in line]


def test_hero_footer_and_density_are_as_the_site_says() -> None:
    page = front_page(themed(ThemeConfig(hero_line="Come in", footer="Since 2026", density="compact")))
    assert '<p class="lead">Come in</p>' in page
    assert "Since 2026" in page
    bare = front_page(themed(ThemeConfig(hero=False)))
    assert 'class="hero sheet"' not in bare
    assert '<h1 class="visually-hidden">Field Notes</h1>' in bare


def test_style_sheet_that_refers_to_nothing_is_named_and_left_out() -> None:
    theme = themed(ThemeConfig(), {"a.css": b"a{background:url(gone.png)}", "b.css": b"b{color:var(--link)}"})
    (problem,) = theme.problems
    assert (problem.path, "gone.png" in problem.message) == ("theme/a.css", True)
    assert [url for url in theme.look.stylesheets if "/b." in url]


def test_template_overrides_one_block_and_keeps_the_rest() -> None:
    page = overridden(
        listing_html='{% extends "perspective/listing.html" %}{% block entry %}<p>{{ card.title }}</p>{% endblock %}'
    )
    assert "<p>Tail latency</p>" in page
    assert 'class="masthead' in page


def test_base_overrides_every_page_and_can_show_ours() -> None:
    page = overridden(
        base_html='{% extends "perspective/base.html" %}{% block footer %}<i>x</i>{{ super() }}{% endblock %}'
    )
    assert "<i>x</i>" in page
    assert 'class="colophon' in page


@pytest.mark.parametrize(
    "block",
    [
        "{{ page.nothing }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ page.__init__.__globals__ }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../site.toml' %}",
        "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}",
        "{{ range(10 ** 9) | list }}",
        "{{ 'x' * 999999999 }}",
        "{{ ('x' * 2000000) ~ ('x' * 2000000) ~ 1 }}" + "{% set s = 'x' * 2000000 %}{{ (s ~ s) ~ s }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{{ 1 / 0 }}",
    ],
)
def test_page_with_a_block_that_fails_is_made_with_ours(block: str, caplog: pytest.LogCaptureFixture) -> None:
    page = overridden(
        listing_html='{% extends "perspective/listing.html" %}\n{% block hero %}\n' + block + "{% endblock %}"
    )
    assert 'class="hero sheet"' in page
    assert "root:" not in page
    assert "theme/templates/listing.html:" in caplog.text


def test_template_that_extends_itself_ends() -> None:
    page = overridden(listing_html='{% extends "listing.html" %}')
    assert 'class="hero sheet"' in page


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "listing.html",
            "{% extends 'perspective/listing.html' %}\n{% block hero %}",
            "theme/templates/listing.html:2: ",
        ),
        ("listing.html", "{% for x in %}", "theme/templates/listing.html:1: "),
        ("listng.html", "", "theme/templates/listng.html:1: no template of ours has this name"),
        ("macros.html", "", "theme/templates/macros.html:1: no template of ours has this name"),
        (
            "listing.html",
            "\n{% extends 'perspective/listng.html' %}",
            "theme/templates/listing.html:2: there is no template 'perspective/listng.html'",
        ),
        ("base.html", "{{ x | nofilter }}", "theme/templates/base.html:1: "),
        (
            "article.html",
            "{% extends 'perspective/article.html' %}\n{% block article_head %}{% endblock %}",
            (
                "theme/templates/article.html:2: the template that this one extends has no block 'article_head', so it "
                "is never shown: did you mean 'article_header'?"
            ),
        ),
    ],
)
def test_broken_template_is_named_with_its_line(name: str, text: str, message: str) -> None:
    (problem,) = PAGES.check(Overrides(((name, text),)))
    assert str(problem).startswith(message)


def test_an_error_in_a_template_that_another_extends_is_named_with_its_file() -> None:
    broken = "{% extends 'perspective/base.html' %}\n{% block x %}"
    found = PAGES.check(Overrides((("base.html", broken), ("listing.html", "{% extends 'base.html' %}"))))
    assert {str(problem).partition(": ")[0] for problem in found} == {"theme/templates/base.html:2"}


def test_an_address_of_another_site_in_a_style_sheet_is_named() -> None:
    sheet = b"a {}\n@import url('https://e.org/f.css?b');\nb { background: url( //e.org/c.png ) }\n"
    assert [str(problem).partition(" is on")[0] for problem in themed(GREEN, {"own.css": sheet}).problems] == [
        "theme/own.css:2: warning: https://e.org/f.css?b",
        "theme/own.css:3: warning: //e.org/c.png",
    ]


def test_block_of_a_base_of_ones_own_and_one_inside_another_are_known() -> None:
    base = "{% extends 'perspective/base.html' %}\n{% block content %}{% block beside %}{% endblock %}{% endblock %}"
    listing = "{% extends 'base.html' %}\n{% block beside %}{% block inner %}{% endblock %}{% endblock %}"
    assert PAGES.check(Overrides((("base.html", base), ("listing.html", listing)))) == ()


def test_files_that_are_none_are_named_and_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "theme"
    (folder / "templates").mkdir(parents=True)
    (folder / "own.woff2").write_bytes(b"OTTO")
    (folder / "big.css").write_bytes(b" " * (MAX_FILE_BYTES + 1))
    (folder / "bad.css").write_bytes(b"\xff")
    (folder / "good.css").write_text("a{}")
    (folder / "notes.txt").write_text("not a theme's")
    (tmp_path / "secret.css").write_text("secret")
    (folder / "link.css").symlink_to(tmp_path / "secret.css")
    own = read_own_files(tmp_path)
    assert (list(own.files), own.templates, own.catalogues) == (["good.css"], {}, ())
    assert [problem.path for problem in own.problems] == ["theme/bad.css", "theme/big.css", "theme/own.woff2"]


def test_theme_is_kept_until_a_file_changes(tmp_path: Path) -> None:
    cache = ThemeCache(tmp_path, FILES, PAGES, lambda: NOW)
    first = cache.theme(SiteConfig())
    assert cache.theme(SiteConfig()) is first
    assert not cache.has_changed()
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme" / "own.css").write_text("a{}")
    assert cache.has_changed()
    assert cache.theme(SiteConfig()).look.stylesheets
    os.utime(tmp_path / "theme" / "own.css", ns=(1, 1))
    assert cache.has_changed()


def test_a_file_replaced_by_one_of_its_size_and_time_is_read(tmp_path: Path) -> None:
    own = tmp_path / "theme" / "own.css"
    own.parent.mkdir()
    own.write_text("a{}")
    cache = ThemeCache(tmp_path, FILES, PAGES, lambda: NOW)
    first = cache.theme(SiteConfig())
    new = own.with_name("new.tmp")
    new.write_text("b{}")
    os.utime(new, ns=(own.stat().st_atime_ns, own.stat().st_mtime_ns))
    new.replace(own)
    assert cache.has_changed()
    assert cache.theme(SiteConfig()).look.stylesheets != first.look.stylesheets


def test_a_folder_that_may_not_be_read_is_a_problem_until_it_may(tmp_path: Path) -> None:
    write_theme(tmp_path)
    cache = ThemeCache(tmp_path, FILES, PAGES, lambda: NOW)
    first = cache.theme(SiteConfig())
    for place, mode in (("theme", 0), ("theme", 0o600), ("theme/templates", 0)):
        (tmp_path / place).chmod(mode)
        with unprivileged():
            assert cache.has_changed()
            closed = cache.theme(SiteConfig())
            assert f"{tmp_path}/{place}:1: the folder cannot be read: Permission denied" in map(str, closed.problems)
            assert cache.theme(SiteConfig()) is closed
        (tmp_path / place).chmod(0o755)
        assert cache.has_changed()
        assert cache.theme(SiteConfig()).look == first.look


def test_a_theme_stays_while_the_content_folder_is_lost(tmp_path: Path) -> None:
    content = tmp_path / "content"
    write_theme(content)
    cache = ThemeCache(content, FILES, PAGES, lambda: NOW)
    first = cache.theme(SiteConfig())
    content.rename(tmp_path / "away")
    assert not cache.has_changed()
    assert cache.theme(SiteConfig()) is first
    (tmp_path / "away").rename(content)
    content.chmod(0)
    with unprivileged():
        assert not cache.has_changed()
        assert cache.theme(SiteConfig()) is first
    content.chmod(0o755)
    assert not cache.has_changed()


def test_own_catalogue_is_followed_and_its_faults_are_problems_of_the_theme(tmp_path: Path) -> None:
    cache = ThemeCache(tmp_path, FILES, PAGES, lambda: NOW)
    site = SiteConfig(language="de")
    assert cache.theme(site).catalogues.interface("de").gettext("Archive") == "Archiv"
    folder = tmp_path / "theme" / "locale"
    folder.mkdir(parents=True)
    (folder / "de.po").write_text(
        'msgid "Archive"\nmsgstr "Ablage"\n\nmsgid "Page %(page)s"\nmsgstr "Seite %(seite)s"\n'
    )
    assert cache.has_changed()
    theme = cache.theme(site)
    words = theme.catalogues.interface("de")
    assert (words.gettext("Archive"), words.gettext("Page %(page)s", page=2)) == ("Ablage", "Seite 2")
    (problem,) = theme.problems
    assert (problem.path, problem.line) == (f"{tmp_path}/theme/locale/de.po", 4)
    assert "%(seite)s is not a placeholder" in problem.message


def write_theme(content: Path) -> None:
    """A logo, an accent, and a template that cannot be compiled."""
    folder = content / "theme" / "templates"
    folder.mkdir(parents=True)
    (content / "theme" / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (folder / "error.html").write_text("{% broken %}")
    with (content / "site.toml").open("a") as file:
        file.write('\n[theme]\nlogo = "logo.svg"\naccent = "#0a6b3f"\n')


async def test_running_site_serves_its_own_files_and_names_what_is_broken(serve: Serve, content: Path) -> None:
    await asyncio.to_thread(write_theme, content)
    archive = content / "theme/templates/archive.html"
    await asyncio.to_thread(
        archive.write_text, "{% extends 'perspective/archive.html' %}{% block content %}{{ page.no }}{% endblock %}"
    )
    client = await serve()
    page = await (await client.get("/")).text()
    src = page.partition('<img class="logo" src="')[2].partition('"')[0]
    logo = await client.get(src)
    assert (logo.status, logo.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    problems = await (await client.get("/readyz")).text()
    assert "theme/templates/error.html:1: " in problems
    # The other compiles, and fails when a page is made.
    assert "(and 1 more)" in problems
    missing = await client.get("/nowhere/")
    assert missing.status == 404
    assert "Page not found" in await missing.text()


def test_every_url_of_a_theme_is_found_among_its_answers() -> None:
    ours = load_static_files(ROOT / "services/render/pages/static", NOW)
    theme = build_theme(GREEN, {"own.css": b"a{}"}, {}, ours, NOW)
    assert set(theme.look.stylesheets) <= set(theme.files.answers)
    assert set(ours.answers) <= set(theme.files.answers)
