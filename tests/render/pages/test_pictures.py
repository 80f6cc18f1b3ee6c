"""Pictures in every size, and the pictures that stand for articles."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from services.render.pages.pictures import _reduced, picture_sizes, render_size, responsive_pictures
from services.render.pages.social import (
    BOLD,
    DISPLAY,
    HEIGHT,
    TITLE_SIZES,
    WIDTH,
    SocialCard,
    drawable,
    face_of,
    fit_facts,
    fit_title,
    point_of,
    render_social_card,
)
from shared.content.folder.asset import Asset, parse_asset

PATH = "/articles/x/my photo.png"
HTML = '<figure><img src="/articles/x/my%20photo.png" alt="A" width="1200" height="600"></figure>'


def make_asset(directory: Path, size: tuple[int, int], kind: str = "PNG", mode: str = "RGB") -> Asset:
    path = directory / f"my photo.{kind.lower()}"
    Image.new(mode, size, "teal").save(path, kind)
    return parse_asset(f"articles/x/{path.name}", path.name, path, path.read_bytes())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_whose_end_is_missing_is_sent_as_it_is(tmp_path: Path, kind: str) -> None:
    path = make_asset(tmp_path, (600, 300), kind).path
    path.write_bytes(path.read_bytes()[: 60 if kind != "JPEG" else 700])
    for size in picture_sizes(PATH, parse_asset(f"articles/x/{path.name}", path.name, path, path.read_bytes())):
        assert render_size(size) == path.read_bytes()


def test_no_size_is_made_of_another_picture_than_the_one_in_its_address(tmp_path: Path) -> None:
    (size,) = picture_sizes(PATH, make_asset(tmp_path, (300, 200)))
    make_asset(tmp_path, (300, 200), mode="L")
    with pytest.raises(FileNotFoundError):
        render_size(size)


def test_a_picture_is_offered_in_sizes_up_to_its_own(tmp_path: Path) -> None:
    sizes = picture_sizes(PATH, make_asset(tmp_path, (1200, 600)))
    assert [size.width for size in sizes] == [480, 960, 1200]
    assert len({size.path for size in sizes}) == 3


def test_a_small_picture_has_one_size(tmp_path: Path) -> None:
    assert [size.width for size in picture_sizes(PATH, make_asset(tmp_path, (300, 200)))] == [300]


def test_a_changed_picture_has_new_addresses(tmp_path: Path) -> None:
    before = picture_sizes(PATH, make_asset(tmp_path, (300, 200)))
    after = picture_sizes(PATH, make_asset(tmp_path, (300, 201)))
    assert before[0].path != after[0].path


def test_animations_and_unknown_formats_are_left_alone(tmp_path: Path) -> None:
    gif = make_asset(tmp_path, (300, 200), "GIF", "P")
    assert picture_sizes("/articles/x/a.gif", gif) == ()
    assert responsive_pictures('<img src="/articles/x/a.gif" alt="">', {"/articles/x/a.gif": gif}).startswith("<img")


def test_the_page_offers_every_size_and_keeps_the_original(tmp_path: Path) -> None:
    asset = make_asset(tmp_path, (1200, 600))
    html = responsive_pictures(HTML, {PATH: asset})
    assert html.count("<picture><source") == 1
    assert 'src="/articles/x/my%20photo.png"' in html
    for size in picture_sizes(PATH, asset):
        assert f"{size.url} {size.width}w" in html
        assert " " not in size.url


def test_pictures_that_are_not_known_are_left_alone() -> None:
    assert responsive_pictures(HTML, {}) == HTML


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "LA"])
def test_a_size_is_webp_of_that_width(tmp_path: Path, mode: str) -> None:
    asset = make_asset(tmp_path, (1200, 600), mode=mode)
    for size in picture_sizes(PATH, asset):
        with Image.open(io.BytesIO(render_size(size))) as picture:
            assert (picture.format, picture.size) == ("WEBP", (size.width, size.width // 2))


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "P"), ("PNG", "RGBA")])
def test_a_large_picture_is_made_small_before_it_is_copied(tmp_path: Path, kind: str, mode: str) -> None:
    narrow = picture_sizes(PATH, make_asset(tmp_path, (5000, 2500), kind, mode))[0]
    with Image.open(narrow.asset.path) as original:
        assert _reduced(original, narrow.width).width <= 4 * narrow.width
    assert Image.open(io.BytesIO(render_size(narrow))).size == (480, 240)


def test_a_large_picture_taken_upright_stays_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn a quarter clockwise
    path = tmp_path / "my photo.jpeg"
    Image.new("RGB", (4000, 2000), "teal").save(path, "JPEG", exif=exif)
    asset = parse_asset(f"articles/x/{path.name}", path.name, path, path.read_bytes())
    picture = Image.open(io.BytesIO(render_size(picture_sizes(PATH, asset)[0])))
    assert picture.height == 2 * picture.width


def test_a_transparent_picture_stays_transparent(tmp_path: Path) -> None:
    path = tmp_path / "glass.png"
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(path)
    asset = parse_asset("articles/x/glass.png", "glass.png", path, path.read_bytes())
    with Image.open(io.BytesIO(render_size(picture_sizes(PATH, asset)[0]))) as picture:
        assert picture.convert("RGBA").getpixel((50, 50)) == (0, 0, 0, 0)


FACTS = (("Series", "Reliability"), ("Part", "2 of 3"), ("Published", "12 Jan 2026"), ("Length", "11 min, 2,653 words"))


def test_a_social_picture_has_the_size_that_cards_are_laid_out_for() -> None:
    card = SocialCard("The Transactional Outbox Pattern", "Field Notes", "reliability", (11, 11, 11), 1, FACTS)
    body = render_social_card(card)
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT))
        colours = picture.convert("RGB").getcolors()
        assert colours is not None
        assert len(colours) > 4
    assert render_social_card(card) == body
    assert len(body) < 60_000


def test_the_vanishing_point_keeps_its_colour() -> None:
    card = SocialCard("P95", "Field Notes", "reliability")
    with Image.open(io.BytesIO(render_social_card(card))) as picture:
        colour = picture.convert("RGB").getpixel(point_of(card))
    assert isinstance(colour, tuple)
    assert all(abs(part - wanted) < 8 for part, wanted in zip(colour, (0xBD, 0x33, 0x15), strict=True))


def test_the_parts_of_one_series_have_their_vanishing_point_in_one_place() -> None:
    first, last = (SocialCard("P95", "Field Notes", "reliability", (5, 9, 7), here) for here in (0, 2))
    assert point_of(first) == point_of(last) != point_of(SocialCard("P95", "Field Notes", "kubernetes"))
    assert render_social_card(first) != render_social_card(last)


def test_a_title_is_in_the_site_s_own_face_unless_letters_are_missing_there() -> None:
    assert face_of("Résumé: queues, 95 %") == DISPLAY
    assert face_of("Ελληνικά и кириллица") == BOLD


@pytest.mark.parametrize(
    "title", ["", "P95", "Word " * 60, "Unbreakable" * 30, "Ελληνικά и кириллица", "\U0001f418 שלום", "a\nb\tc"]
)
def test_any_title_is_drawn(title: str) -> None:
    assert render_social_card(SocialCard(title, "Site", facts=(("Series", "x" * 300), ("Part", "1 of 3")))).startswith(
        b"\x89PNG"
    )


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Queues, 95 %", "Queues, 95 %"),
        ("\U0001f680 Shipping \U0001f525 fast \u2764\ufe0f", "Shipping fast"),
        ("\u05e9\u05dc\u05d5\u05dd", ""),
        ("\u30ad\u30e5\u30fc of messages", ""),
    ],
)
def test_a_title_is_shown_without_signs_that_no_font_has_and_not_at_all_without_letters(title: str, shown: str) -> None:
    assert drawable(title) == shown


def test_the_picture_of_a_title_that_cannot_be_drawn_shows_the_name_of_the_site() -> None:
    assert render_social_card(SocialCard("\u05e9\u05dc\u05d5\u05dd", "Field Notes")) == render_social_card(
        SocialCard("Field Notes", "Field Notes")
    )


def test_a_title_that_is_too_long_ends_after_a_word() -> None:
    last = fit_title("Thoughts " * 60)[1][-1]
    assert last == "Thoughts Thoughts …"


def test_the_strip_holds_whole_facts_and_none_that_cannot_be_drawn() -> None:
    facts = [
        ("Series", "Reliability"),
        ("Part", "x" * 300),
        ("Author", "\u05e9\u05dc\u05d5\u05dd"),
        ("Length", "11 min"),
    ]
    assert [label for _, label, _ in fit_facts(facts)] == ["Series", "Length"]
    xs = [x for x, _, _ in fit_facts(FACTS)]
    assert xs == sorted(set(xs))


def test_a_title_is_set_as_large_as_it_fits() -> None:
    assert fit_title("P95 latency") == (TITLE_SIZES[0], ("P95 latency",))
    size, lines = fit_title("A long title that goes on and on about the many ways in which queues fail " * 2)
    assert size < TITLE_SIZES[0]
    assert len(lines) <= 4


def test_a_title_that_never_fits_ends_in_an_ellipsis() -> None:
    size, lines = fit_title("Consequences " * 60)
    assert (size, len(lines)) == (TITLE_SIZES[-1], 4)
    assert lines[-1].endswith("…")
