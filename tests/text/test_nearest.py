"""The guess of every "did you mean"."""

from __future__ import annotations

import pytest

from shared.text.nearest import nearest

KNOWN = ("published", "updated", "RENDER_PORT", "serve", "search")


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("publishd", "published"),
        ("PUBLISHED", "published"),
        ("render_prot", "RENDER_PORT"),
        ("serch", "search"),
        ("sevre", "serve"),
        ("toc", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_offered_where_one_is_alike(name: str, guess: str | None) -> None:
    assert nearest(name, KNOWN) == guess


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert nearest("search", ()) is None
