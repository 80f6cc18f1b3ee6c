# ruff: noqa: E501 - a picture in hexadecimal digits
"""Sites as files by path, and a picture for them."""

from __future__ import annotations

from pathlib import Path

#: The files of a site by path.
Files = dict[str, str | bytes]

#: A picture of one pixel, so that a site has one to carry.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082".replace(
        " ", ""
    )
)


def write_site(folder: Path, files: Files) -> Path:
    """The files below ``folder``, which is returned."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
