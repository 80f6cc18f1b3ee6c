"""A token of an operator."""

from __future__ import annotations

from pathlib import Path

import pytest

TOKEN = "a token of sufficient length"  # noqa: S105 - of these tests


@pytest.fixture
def is_repeating() -> bool:
    """The fast path, as in the service; the normal one calls the same code."""
    return True


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """The file of the token."""
    path = tmp_path / "insight.token"
    path.write_text(f"{TOKEN}\n")
    return path
