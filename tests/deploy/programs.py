"""Programs of this machine that read the files in deploy/."""

from __future__ import annotations

import shutil

import pytest


def program(name: str) -> str:
    """The path of a program, or a skip that says how to add it."""
    path = shutil.which(name, path="/usr/bin:/usr/sbin:/usr/local/bin")
    if path is None:
        package = {"promtool": "prometheus", "systemd-analyze": "systemd"}.get(name, name)
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return path
