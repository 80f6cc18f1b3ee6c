"""Programs for maintainers explain their arguments, and refuse wrong ones with a reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAIN = 'if __name__ == "__main__":'
#: ``python -m`` names a package by its folder.
PROGRAMS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for folder in ("tools", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if path.name != "stock_whoosh.py"  # run by an environment of its own, where only Whoosh is
    if not path.name.startswith("test_") and MAIN in path.read_text("utf-8")
)


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a program does with ``arguments``."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("module", PROGRAMS)
def test_help_says_how_a_program_is_called_and_starts_nothing(module: str) -> None:
    done = run(module, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.lower().startswith("usage: ")


@pytest.mark.parametrize(
    ("status", "module", "arguments", "said"),
    [
        (2, "tools.fonts", "", "required: SOURCES, TARGET"),
        (2, "tools.fonts", "/nowhere /nowhere", "/nowhere: archivo/files/"),
        (2, "benchmarks", "--write CHANGELOG.md", "CHANGELOG.md: needs the lines"),
        (2, "benchmarks.interfaces", "", "required: BASE"),
        (
            2,
            "benchmarks.interfaces",
            "http://127.0.0.1:9 --content /nowhere",
            "/nowhere/relevance.toml: the judged queries",
        ),
        (2, "benchmarks.interfaces", "http://127.0.0.1:9", "http://127.0.0.1:9 does not answer"),
        (2, "benchmarks.interfaces", "nowhere", "nowhere does not answer"),
        (2, "benchmarks.moving_in", "", "required: SITE"),
        (2, "benchmarks.servers.bare", "/nowhere 1", "/nowhere: there is no such file"),
        (2, "benchmarks.servers.search", "", "required: ENGINE, INDEX_DIR, PORT"),
        (2, "benchmarks.servers.collector", "", "required: PORT"),
        (2, "benchmarks.word_lists", "docs docs README.md", "docs/usr/share/dict/scowl does not exist"),
        (2, "benchmarks.relevance", "--archive docs", "'docs' is a directory"),
        (2, "benchmarks.relevance.pooling", "agreement /nowhere", "'/nowhere' does not exist"),
        (2, "tests.browser.screenshots", "nothing", "no shot is called nothing"),
        (1, "benchmarks.relevance", "--only site --alone --content /nowhere", "/nowhere/articles:1: there is no such"),
        (1, "benchmarks.relevance.pooling", "record README.md README.md", "README.md:1: no passage of a pool"),
        (1, "benchmarks.relevance.pooling", "merge --content /nowhere", "/nowhere/articles:1: there is no such folder"),
    ],
)
def test_a_program_says_what_is_wrong(status: int, module: str, arguments: str, said: str) -> None:
    """Exit status 2 is about its arguments, 1 about the files that they name."""
    done = run(module, *arguments.split())
    assert done.returncode == status
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
