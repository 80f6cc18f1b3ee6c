"""The recipes of articles are made when somebody asks for them, and are there like all others."""

from __future__ import annotations

import pytest

from services.render.pages.templates import load_pages
from services.render.site.recipes import Recipes
from services.render.site.site import build_site
from tests.render.sites import make_scope


@pytest.fixture(scope="module")
def recipes() -> Recipes:
    return build_site(make_scope(), load_pages()).recipes


def test_article_has_a_page_a_markdown_version_and_a_card(recipes: Recipes) -> None:
    own = {path for path in recipes if path.startswith("/articles/transactional-outbox")}
    assert {"", ".md", "/social.png"} == {
        path.removeprefix("/articles/transactional-outbox").rstrip("/") for path in own
    }
    assert all(path in recipes for path in own)
    assert recipes["/articles/transactional-outbox.md"].content_type.startswith("text/markdown")


@pytest.mark.parametrize(
    "path",
    [
        "/articles/transactional-outbox",
        "/articles/transactional-outbox/.md",
        "/articles/transactional-outbox//",
        "/articles/transactional-outbox/social.png/",
        "/articles/nobody-wrote-this/",
        "/articles/nobody-wrote-this.md",
        "/articles//social.png",
        "/articles/",
        "",
    ],
)
def test_nothing_is_at_another_path(recipes: Recipes, path: str) -> None:
    assert path not in recipes
    assert recipes.get(path) is None


def test_every_path_is_named_once(recipes: Recipes) -> None:
    paths = list(recipes)
    assert len(paths) == len(set(paths)) == len(recipes)


def test_an_articles_own_recipe_comes_before_a_file_beside_it(recipes: Recipes) -> None:
    card, page = recipes["/articles/transactional-outbox/social.png"], recipes["/"]
    site = build_site(make_scope(), load_pages())
    article = site.scope.view.by_slug["transactional-outbox"]
    both = Recipes(
        {"/articles/transactional-outbox/social.png": page}, {article.slug: article}, {"/social.png": lambda _: card}
    )
    assert list(both) == ["/articles/transactional-outbox/social.png"]
    assert both["/articles/transactional-outbox/social.png"] is card
