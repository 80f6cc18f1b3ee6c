"""Screen readers hear the same in Firefox and in Chromium: roles and names of both accessibility trees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.browser.accessibility.firefox import FIREFOX, Firefox, running_firefox
from tests.browser.conftest import IS_REQUIRED, Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

#: What a screen reader lists, jumps to or acts on.
ROLES = (
    "article",
    "banner",
    "button",
    "combobox",
    "complementary",
    "contentinfo",
    "dialog",
    "heading",
    "link",
    "listbox",
    "main",
    "navigation",
    "option",
    "region",
    "search",
    "searchbox",
    "table",
)
PAGES = ("/", "/?q=lighthouse", "/articles/every-feature/")
Tree = Counter[tuple[str, str]]


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """One Firefox for this module."""
    if not FIREFOX.exists():
        assert not IS_REQUIRED, f"a browser is required: {FIREFOX} is missing; apt-get install firefox-esr adds it"
        pytest.skip(f"{FIREFOX} is missing: apt-get install firefox-esr adds it")
    with running_firefox(tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox


def chromium_tree(visitor: Visitor) -> Tree:
    """How often each role and name is in Chromium's tree."""
    session = visitor.page.context.new_cdp_session(visitor.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    shown = [one for one in nodes if not one["ignored"] and one["role"]["value"] in ROLES]
    return Counter((one["role"]["value"], " ".join(one["name"]["value"].split())) for one in shown)


def differences(firefox: Firefox, tree: Tree) -> list[str]:
    """What Firefox has more or less often than ``tree`` says."""
    roles = Counter[str]()
    for (role, _), number in tree.items():
        roles[role] += number
    wanted: list[tuple[str, str | None, int]] = [(role, None, roles[role]) for role in ROLES]
    # The name of a link is its text: there are too many of them to ask for each.
    wanted += [(role, name, number) for (role, name), number in tree.items() if name and role != "link"]
    found = ((role, name, number, firefox.count(role, name)) for role, name, number in wanted)
    return [f"{role} {name!r}: {there} in Chromium, {here}" for role, name, there, here in found if there != here]


def test_a_page_with_other_headings_would_be_found(visitor: Visitor, firefox: Firefox) -> None:
    firefox.open(f"{visitor.base}/tags/")

    assert any(one.startswith("heading") for one in differences(firefox, chromium_tree(visitor)))


@pytest.mark.parametrize("path", PAGES)
def test_both_browsers_name_the_same_things_on_a_page(visit: Visit, firefox: Firefox, path: str) -> None:
    visitor = visit(path)
    firefox.open(visitor.base + path)

    assert differences(firefox, chromium_tree(visitor)) == []


def test_both_browsers_name_the_same_things_in_the_dialog(visit: Visit, firefox: Firefox) -> None:
    visitor = visit("/articles/lighthouse-3/")
    firefox.open(visitor.page.url)

    visitor.page.keyboard.press("/")
    visitor.page.wait_for_selector("dialog[open] #dialog-q")
    visitor.page.keyboard.type("lighthouse")
    visitor.page.wait_for_selector("dialog [aria-busy=false] .hit")
    firefox.type("/")
    firefox.wait_for("dialog[open] #dialog-q")
    firefox.type("lighthouse")
    firefox.wait_for("dialog [aria-busy=false] .hit")

    tree = chromium_tree(visitor)
    assert differences(firefox, tree) == []
    assert sum(number for (role, _), number in tree.items() if role == "heading") > 5
