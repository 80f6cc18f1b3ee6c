from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.content.folder.picture_size import picture_size


def picture(kind: str, size: tuple[int, int], **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA" if options.pop("alpha", False) else "RGB", size).save(stream, kind, **options)
    return stream.getvalue()


CASES = {
    "png": picture("PNG", (320, 180)),
    "gif": picture("GIF", (320, 180)),
    "jpeg": picture("JPEG", (320, 180)),
    "progressive jpeg": picture("JPEG", (320, 180), progressive=True),
    "jpeg with a long comment": picture("JPEG", (320, 180), comment=b"x" * 60_000),
    "avif": picture("AVIF", (320, 180)),
    "lossy webp": picture("WEBP", (320, 180)),
    "lossless webp": picture("WEBP", (320, 180), lossless=True),
    "extended webp": picture("WEBP", (320, 180), exif=b"Exif\x00\x00", alpha=True),
}


@pytest.mark.parametrize("data", CASES.values(), ids=CASES.keys())
def test_the_size_is_read_from_the_first_bytes(data: bytes) -> None:
    assert picture_size(data) == (320, 180)


@pytest.mark.parametrize("data", CASES.values(), ids=CASES.keys())
def test_a_file_cut_short_anywhere_has_its_size_or_none(data: bytes) -> None:
    for end in range(min(len(data), 200)):
        assert picture_size(data[:end]) in {None, (320, 180)}


@given(st.binary(max_size=64), st.sampled_from([data[:20] for data in CASES.values()]))
def test_damaged_files_raise_nothing(data: bytes, start: bytes) -> None:
    for one in (data, start + data):
        size = picture_size(one)
        assert size is None or min(size) > 0


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"%PDF-1.7", b"\x00" * 40])
def test_anything_else_has_no_size(data: bytes) -> None:
    assert picture_size(data) is None
