from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.content.slug import anchorize, is_anchor, is_slug, slugify, tag_url, take_anchor


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("The client's P95", "the-clients-p95"),
        ("Größe & Maß", "grosse-mass"),
        ("C++ and .NET", "c-and-net"),
        ("  --a__b--  ", "a-b"),
        ("漢字", ""),
        ("x" * 300, "x" * 120),
    ],
)
def test_a_slug_is_lower_case_ascii_joined_by_hyphens(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.text())
def test_slugify_returns_a_slug_or_nothing(text: str) -> None:
    slug = slugify(text)
    assert slug == "" or is_slug(slug)
    assert slugify(slug) == slug


@pytest.mark.parametrize("text", ["", "A", "a--b", "-a", "a-", "a b", "a_b", "a/b", "x" * 121, "ä"])
def test_anything_else_is_not_a_slug(text: str) -> None:
    assert not is_slug(text)


@given(st.text())
def test_every_heading_has_an_anchor_that_an_author_could_have_chosen(text: str) -> None:
    anchor = anchorize(text)
    assert is_anchor(anchor)
    assert ":" not in anchor


@given(st.lists(st.sampled_from(["a", "a-2", "a-3", "b"])))
def test_unique_anchors_are_unique(anchors: list[str]) -> None:
    taken: dict[str, int] = {}
    given = [take_anchor(anchor, taken) for anchor in anchors]
    assert len(set(given)) == len(anchors)
    assert all(one == anchor or one.startswith(f"{anchor}-") for one, anchor in zip(given, anchors, strict=True))


def test_equal_anchors_are_numbered_from_two() -> None:
    taken: dict[str, int] = {}
    assert [take_anchor("a", taken) for _ in range(3)] == ["a", "a-2", "a-3"]


def test_a_tag_is_quoted_in_its_address() -> None:
    assert tag_url("c++") == "/tags/c%2B%2B/"
    assert tag_url("c#") == "/tags/c%23/"
