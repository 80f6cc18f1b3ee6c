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
    ("module", "arguments", "said"),
    [
        ("tools.fonts", "", "required: SOURCES, TARGET"),
        ("tools.fonts", "/nowhere /nowhere", "/nowhere: archivo/files/"),
        ("benchmarks", "--write CHANGELOG.md", "CHANGELOG.md: needs the lines"),
        ("benchmarks.face", "", "required: BASE"),
        ("benchmarks.face", "http://127.0.0.1:9 --content /nowhere", "/nowhere/relevance.toml: the judged queries"),
        ("benchmarks.face", "http://127.0.0.1:9", "http://127.0.0.1:9 does not answer"),
        ("benchmarks.face", "nowhere", "nowhere does not answer"),
        ("benchmarks.moving_in", "", "required: SITE"),
        ("benchmarks.servers.bare", "/nowhere 1", "/nowhere: there is no such file"),
        ("benchmarks.servers.search", "", "required: ENGINE, INDEX_DIR, PORT"),
        ("benchmarks.servers.collector", "", "required: PORT"),
        ("benchmarks.word_lists", "docs docs README.md", "docs/usr/share/dict/scowl does not exist"),
        ("benchmarks.relevance", "--archive docs", "'docs' is a directory"),
        ("benchmarks.relevance.pooling", "agreement /nowhere", "'/nowhere' does not exist"),
        ("tests.browser.screenshots", "nothing", "no shot is called nothing"),
    ],
)
def test_a_program_says_what_is_wrong_with_its_arguments(module: str, arguments: str, said: str) -> None:
    done = run(module, *arguments.split())
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("module", "arguments", "said"),
    [
        (
            "benchmarks.relevance",
            "--only site --alone --content /nowhere",
            "/nowhere/articles:1: there is no such folder",
        ),
        ("benchmarks.relevance.pooling", "record README.md README.md", "README.md:1: no passage of a pool"),
        ("benchmarks.relevance.pooling", "merge --content /nowhere", "/nowhere/articles:1: there is no such folder"),
    ],
)
def test_a_program_says_what_is_wrong_with_its_files(module: str, arguments: str, said: str) -> None:
    done = run(module, *arguments.split())
    assert done.returncode == 1
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
