"""Sites in other languages: an Arabic one is laid out from right to left, and scripts speak German on a German one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from benchmarks.running.processes import free_port
from tests.browser.running import running
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

ARABIC = """---
title: نمط صندوق الصادر
summary: معاملة واحدة وقاعدة بيانات واحدة.
published: 2026-01-12
tags: [الرسائل]
---

## الكتابة المزدوجة

نظامان وتغيير واحد مع `outbox`.

```python title="relay.py"
print("outbox")
```

## الناقل

نص.

## الترتيب

نص.
"""
GERMAN = """---
title: Der Ausgangskorb
summary: Eine Transaktion genügt.
published: 2026-01-12
tags: [Nachrichtenwarteschlangen]
---

```python
print("outbox")
```
"""
ARTICLE = "/articles/outbox/"


def serve(folder: Path, language: str, article: str) -> Iterator[str]:
    """A site of one article, without a search service; its address."""
    (folder / "articles").mkdir(parents=True)
    (folder / "site.toml").write_text(f'title = "Notes"\nlanguage = "{language}"\n')
    (folder / "articles" / "outbox.md").write_text(article)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = {"PERSPECTIVE_SEARCH_URL": f"http://127.0.0.1:{free_port()}"}
    arguments = ("render", "--content", str(folder), "--port", str(port))
    with running(arguments, f"{base}/", folder.parent / f"{language}.log", settings):
        yield base


@pytest.fixture(scope="module")
def arabic(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from serve(tmp_path_factory.mktemp("arabic") / "content", "ar", ARABIC)


@pytest.fixture(scope="module")
def german(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from serve(tmp_path_factory.mktemp("german") / "content", "de-AT", GERMAN)


@pytest.fixture
def visitors(browser: Browser) -> Iterator[list[Visitor]]:
    """The visitors of one test; at the end none of them may have a complaint."""
    made: list[Visitor] = []
    yield made
    complaints = [complaint for visitor in made for complaint in visitor.unexpected()]
    for visitor in made:
        visitor.page.context.close()
    assert complaints == []


def go(browser: Browser, made: list[Visitor], base: str, path: str, width: int = 1280) -> Visitor:
    """A visitor of ``path``."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    visitor = Visitor(context.new_page(), base)
    made.append(visitor)
    visitor.open(path)
    return visitor


def middle(one: Locator) -> float:
    """The horizontal middle of an element, in CSS pixels."""
    box = one.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def test_pages_in_arabic_are_laid_out_from_right_to_left(
    browser: Browser, visitors: list[Visitor], arabic: str
) -> None:
    page = go(browser, visitors, arabic, "/").page
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert middle(page.locator(".wordmark")) > middle(page.locator(".tools"))
    assert middle(page.locator("#q")) > middle(page.locator(".search-button"))
    assert middle(page.locator(".row-facts").first) > middle(page.locator(".row-words").first)
    page.goto(arabic + ARTICLE)
    assert middle(page.locator(".contents")) > middle(page.locator(".prose h2").first)
    assert page.locator("figure.code pre").evaluate("one => getComputedStyle(one).direction") == "ltr"
    assert page.locator(".prose p").first.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert page.locator("h1").evaluate("one => getComputedStyle(one).letterSpacing") in {"0px", "normal"}


def test_dialog_in_arabic_has_its_way_out_on_the_left(browser: Browser, visitors: list[Visitor], arabic: str) -> None:
    page = go(browser, visitors, arabic, ARTICLE).page
    page.locator("[data-open-search]").click()
    box, close = page.locator("#dialog-q"), page.locator("[data-close]")
    expect(box).to_be_focused()
    assert middle(close) < middle(box)
    assert middle(page.locator("dialog .search-box svg")) > middle(box)
    box.fill("صندوق")
    expect(page.locator("dialog .hit-title")).to_have_count(1)
    assert box.evaluate("one => getComputedStyle(one).textAlign") == "right"


@pytest.mark.parametrize("path", ["/", ARTICLE, "/tags/", "/archive/"])
def test_pages_in_arabic_fit_a_phone(browser: Browser, visitors: list[Visitor], arabic: str, path: str) -> None:
    page = go(browser, visitors, arabic, path, width=390).page
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("scrollX") == 0


def test_scripts_speak_the_language_of_the_site(browser: Browser, visitors: list[Visitor], german: str) -> None:
    page = go(browser, visitors, german, ARTICLE).page
    expect(page.locator("[data-scheme-button]")).to_have_accessible_name("Farbschema: System. Wechseln zu: Hell")
    expect(page.locator(".actions")).to_contain_text("Umbrechen")
    expect(page.locator(".copy")).to_have_attribute("lang", "de-AT")
    page.keyboard.press("/")
    expect(page.locator("dialog .hints")).to_contain_text("ohne dieses Wort")
    page.locator("#dialog-q").fill("Ausgangskorb")
    expect(page.locator("dialog .notice-degraded")).to_contain_text("Volltextsuche ist gerade nicht verfügbar")
    expect(page.locator("dialog [role=status]")).to_contain_text(
        "1 Artikel gefunden. Mit Enter öffnen Sie Der Ausgangskorb."
    )
    page.locator("#dialog-q").fill("xyz")
    expect(page.locator("dialog .no-results-heading")).to_have_text("Keine Ergebnisse für xyz")


def test_box_of_the_page_names_the_tab_in_the_language_of_the_site(
    browser: Browser, visitors: list[Visitor], german: str
) -> None:
    visitor = go(browser, visitors, german, "/")
    visitor.page.locator("#q").fill("Ausgangskorb")
    expect(visitor.page).to_have_title("Suche: Ausgangskorb · Notes")
    visitor.expected.append("Failed to load resource")
    visitor.page.context.set_offline(offline=True)
    visitor.page.locator("#q").fill("Transaktion")
    expect(visitor.page.locator(".notice-degraded")).to_contain_text("Die Suche ist nicht erreichbar.")
    expect(visitor.page.locator(".retry button")).to_have_text("Erneut versuchen")


@pytest.mark.parametrize(("width", "headings"), [(390, "auto"), (1280, "manual")])
def test_long_words_of_narrow_places_are_hyphenated(
    browser: Browser, visitors: list[Visitor], german: str, width: int, headings: str
) -> None:
    """By the style: not every browser has the patterns of each language."""
    page = go(browser, visitors, german, ARTICLE, width).page
    hyphens = "one => getComputedStyle(one).hyphens"
    assert page.locator("h1").evaluate(hyphens) == headings
    assert page.locator("figure.code code").evaluate(hyphens) == "manual"
    page.goto(f"{german}/tags/")
    assert page.locator(".tag-index .tag-name").evaluate(hyphens) == "auto"
    page.evaluate("document.documentElement.lang = 'en'")
    assert page.locator(".tag-index .tag-name").evaluate(hyphens) == "manual"
