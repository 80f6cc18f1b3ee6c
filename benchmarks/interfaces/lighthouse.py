"""Lighthouse on the kinds of page, as a phone and as a desktop."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from benchmarks.interfaces.peers import ARTICLE

LIGHTHOUSE = "lighthouse@12"
PAGES = {"listing": "/", "article": ARTICLE, "results": "/?q=outbox"}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def scores(base: str, chromium: str) -> tuple[tuple[str, ...], ...]:
    """A row for each page and device: its name and the score (0 to 100) in each of CATEGORIES."""
    return tuple(
        (f"{name}, {device}", *(f"{score}" for score in _scores(base + path, chromium, device)))
        for name, path in PAGES.items()
        for device in ("phone", "desktop")
    )


def _scores(url: str, chromium: str, device: str) -> list[int]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", f"--output-path={report}"]
        command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
        command += ["--preset=desktop"] if device == "desktop" else []
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "CHROME_PATH": chromium})
        categories = json.loads(report.read_bytes())["categories"]
    return [round(100 * categories[name]["score"]) for name in CATEGORIES]
