"""Fingerprints of the site's own files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import services.render
from services.render.sending.static_files import StaticFiles, load_static_files
from tests.render.sites import NOW


def load(directory: Path, **files: str) -> StaticFiles:
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (directory / f"{stem}.{suffix}").write_text(text)
    return load_static_files(directory, NOW)


def test_a_file_is_under_a_name_that_changes_with_its_content(tmp_path: Path) -> None:
    first = load(tmp_path, site_css="a{}").url("site.css")
    assert load(tmp_path, site_css="a{}").url("site.css") == first
    assert load(tmp_path, site_css="b{}").url("site.css") != first
    assert first.startswith("/static/site.")
    assert first.endswith(".css")


def test_files_used_by_a_style_sheet_are_fingerprinted_and_change_its_name(tmp_path: Path) -> None:
    css = "a{background:url('icon.svg')} b{background:url(#id)} c{background:url(data:x)}"
    files = load(tmp_path, site_css=css, icon_svg="<svg/>")
    body = files.answers[files.url("site.css")].variants["identity"].body.decode()
    assert f'url("{files.url("icon.svg").removeprefix("/static/")}")' in body
    assert "url(#id)" in body
    assert "url(data:x)" in body
    changed = load(tmp_path, icon_svg="<svg></svg>")
    assert changed.url("site.css") != files.url("site.css")


def test_a_module_names_one_that_it_loads_later_by_fingerprint(tmp_path: Path) -> None:
    files = load(tmp_path, a_js='import("./b.js");', b_js="export const b = 1;")
    body = files.answers[files.url("a.js")].variants["identity"].body.decode()
    assert files.url("b.js").replace("/static/", "./") in body


def test_files_that_are_only_imported_are_sent_inside_of_others(tmp_path: Path) -> None:
    files = load(
        tmp_path,
        a_js='import { b } from "./b.js";\nb();',
        b_js="export function b() {}",
        a_css='@import "b.css";\ni{}',
        b_css="b{}",
    )
    assert sorted(files.urls) == ["a.css", "a.js"]
    assert files.answers[files.url("a.css")].variants["identity"].body == b"b{}i{}"


def test_scripts_are_sent_without_comments(tmp_path: Path) -> None:
    source = '// Why.\nexport function a(b) {\n  return `${b}: // text`; /* how */\n}\nconst c = "/* nor this */";\n'
    files = load(tmp_path, a_js=source)
    body = files.answers[files.url("a.js")].variants["identity"].body.decode()
    assert body == 'export function a(b){return`${b}: // text`;}\nconst c="/* nor this */";'


@pytest.mark.parametrize(
    "script", sorted(Path(services.render.__file__).parent.glob("pages/static/**/*.js")), ids=lambda p: p.name
)
def test_no_template_literal_stands_in_another(script: Path) -> None:
    """The minifier reads none that do (as its manual states), and would take what follows for text."""
    assert re.findall(r"\$\{[^}`]*`", script.read_text("utf-8")) == []


def test_a_reference_to_nothing_is_an_error_that_names_both(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"site\.css refers to gone\.svg"):
        load(tmp_path, site_css="a{background:url(gone.svg)}")


def test_references_in_a_circle_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="circle"):
        load(tmp_path, c_js='import "./a.js";', a_js='import "./b.js";', b_js='import "./a.js";')
    with pytest.raises(ValueError, match="circle"):
        load(tmp_path, a_js='import("./b.js");', b_js='import("./a.js");')


def test_files_of_other_kinds_are_not_served(tmp_path: Path) -> None:
    files = load(tmp_path, LICENSE_txt="terms", site_css="a{}")
    assert list(files.urls) == ["site.css"]


def test_the_favicon_is_also_where_browsers_look_for_it(tmp_path: Path) -> None:
    files = load(tmp_path, favicon_ico="icon")
    assert files.answers["/favicon.ico"].variants["identity"].body == b"icon"


def test_a_file_that_is_opened_as_a_page_runs_and_loads_nothing(tmp_path: Path) -> None:
    files = load(tmp_path, icon_svg="<svg/>")
    headers = files.answers[files.url("icon.svg")].variants["identity"].headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "'self'" not in headers["Content-Security-Policy"]


def test_a_file_that_is_named_by_its_content_has_no_date(tmp_path: Path) -> None:
    files = load(tmp_path, icon_svg="<svg/>")
    assert "Last-Modified" not in files.answers[files.url("icon.svg")].variants["identity"].headers
