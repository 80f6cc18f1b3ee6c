"""Choose a slug for each document, the same in every run. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from anyascii import anyascii

from shared.content.slug import MAX_SLUG_CHARS, RESERVED_PAGE_SLUGS, slugify

#: The largest number of folder names before a slug; beyond, a number makes it unique.
_MAX_FOLDERS = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """The preferred name of a document.

    ``chosen`` by its author, else the last of ``names``, made unique by those before it. A translation yields to the
    document that it translates.
    """

    path: str
    names: Sequence[str]
    chosen: str = ""
    is_page: bool = False
    is_translation: bool = False


def to_slug(text: str) -> str:
    """A slug in ASCII: other letters are transliterated; "" if nothing is left."""
    return slugify(text) if text.isascii() else slugify(anyascii(text))


def choose_slugs(wishes: Iterable[Wish], settled: Mapping[str, str], taken: Iterable[str] = ()) -> dict[str, str]:
    """The place (``articles/SLUG`` or ``pages/SLUG``) of each path.

    ``settled`` are the places of an earlier run, which are kept. ``taken`` are places of others. All documents that
    want the same slug get the name of their folder in front, so that none depends on the order (but one that the others
    translate keeps its own); a number makes the rest unique.
    """
    places: dict[str, str] = {}
    used = set(taken)
    open_wishes: list[Wish] = []
    for wish in wishes:
        place = settled.get(wish.path)
        if place is not None and place not in used:
            places[wish.path] = place
            used.add(place)
        else:
            open_wishes.append(wish)
    wanted = _wanted(open_wishes, used)
    for wish in sorted(open_wishes, key=lambda wish: wish.is_translation):
        place = candidate = wanted[wish.path]
        number = 1
        while candidate in used:
            number += 1
            candidate = f"{place[: MAX_SLUG_CHARS - 6]}-{number}"
        places[wish.path] = candidate
        used.add(candidate)
    return places


def _wanted(wishes: Sequence[Wish], used: Set[str]) -> dict[str, str]:
    """The preferred place of each path: with as many folders in front as it takes to be unique."""
    depth = {wish.path: 1 for wish in wishes}
    wanted: dict[str, str] = {}
    for _ in range(_MAX_FOLDERS):
        wanted = {wish.path: _place(wish, depth[wish.path]) for wish in wishes}
        counts = Counter(wanted.values())
        originals = Counter(wanted[wish.path] for wish in wishes if not wish.is_translation)
        clashing = [
            wish
            for wish in wishes
            if (place := wanted[wish.path]) in used
            or (counts[place] > 1 and (wish.is_translation or originals[place] > 1))
        ]
        longer = [wish for wish in clashing if _place(wish, depth[wish.path] + 1) != wanted[wish.path]]
        if not longer:
            break
        for wish in longer:
            depth[wish.path] += 1
    return wanted


def _place(wish: Wish, depth: int) -> str:
    folder = "pages" if wish.is_page else "articles"
    slug = _slug(wish, depth)
    if wish.is_page and slug in RESERVED_PAGE_SLUGS:
        slug = f"{slug}-page"
    return f"{folder}/{slug}"


def _slug(wish: Wish, depth: int) -> str:
    own = to_slug(wish.chosen) or to_slug(wish.names[-1] if wish.names else "")
    if own == "index":
        # articles/index.md would be an article named after its folder.
        own = to_slug(wish.names[-2]) if len(wish.names) > 1 else "home"
    own = own or f"article-{hashlib.sha256(wish.path.encode()).hexdigest()[:8]}"
    before = [slug for slug in map(to_slug, wish.names[:-1]) if slug]
    parts = [*before[max(0, len(before) - depth + 1) :], own] if depth > 1 else [own]
    return "-".join(parts)[:MAX_SLUG_CHARS].strip("-")
