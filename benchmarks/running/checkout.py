"""A checkout of this project with the environment that its services and benchmarks run in."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import ToolMissing
from benchmarks.running.processes import ROOT
from shared.web.settings import PREFIX


@dataclass(frozen=True, slots=True)
class Checkout:
    """A directory with the source, the interpreter of its environment, and the commit as people write it."""

    path: Path
    python: Path
    name: str

    def known(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Those of ``settings`` (names without prefix) that its services know: they refuse unknown ones."""
        known = set(re.findall(rf"\b{PREFIX}(\w+)=", (self.path / ".env.example").read_text(encoding="utf-8")))
        return {name: value for name, value in settings.items() if name in known}


#: The checkout that this module belongs to.
THIS = Checkout(ROOT, Path(sys.executable), "this checkout")


def open_checkout(path: Path) -> Checkout:
    """The checkout at ``path``. Raises ToolMissing if its source or its environment is not there."""
    root = path.resolve()
    python = root / ".venv" / "bin" / "python"
    for needed in (root / "benchmarks" / "corpus.py", root / ".env.example", python):
        if not needed.exists():
            raise ToolMissing(
                f"{needed} does not exist: name a checkout of this project in which `make .venv/.developing` has run"
            )
    return Checkout(root, python, commit_of(root) or root.name)


def commit_of(path: Path) -> str:
    """The abbreviated commit of a checkout, with ``-dirty`` after changes; empty where Git knows none."""
    command = ["git", "-C", str(path), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
