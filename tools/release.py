"""Release this version: wheel, sdist and images in ``dist/``, and a test of the wheel in an empty environment.

Run by ``make release`` from the tag of the version. It refuses a tree with uncommitted changes, a commit without that
tag, a changelog without the version, and a version whose answers of search are not recorded.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Collection, Iterator
from pathlib import Path

from tools.images import build_images

RECORDED = Path("tests/contract/recorded")
LOCKS = ("services/render/requirements.lock", "services/search/requirements.lock")


def refusals(version: str, changelog: str, status: str, tags: str, recorded: Collection[str]) -> Iterator[str]:
    """Why ``version`` cannot be released.

    From the changelog, what ``git status --porcelain`` and ``git tag --points-at HEAD`` print, and the versions whose
    answers are ``recorded``.
    """
    if status.strip():
        yield "the tree has uncommitted changes: commit or remove them (git status)"
    if f"v{version}" not in tags.split():
        yield f"this commit is not tagged v{version}: git tag --sign v{version}"
    if version not in recorded:
        yield f"what search answers in {version} is not recorded: python -m tests.contract.recording"
    if not is_dated(version, changelog):
        yield f'CHANGELOG.md has no section "## [{version}] - YYYY-MM-DD": rename "Unreleased", or raise the version'


def is_dated(version: str, changelog: str) -> bool:
    """Whether ``changelog`` has a section of ``version`` with a date: it is released, or about to be."""
    return re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE) is not None


def build(dist: Path) -> Path:
    """Build wheel and sdist with the locked back end. Returns the wheel."""
    dist.mkdir(exist_ok=True)
    built = ""
    for hook in ("build_sdist", "build_wheel"):  # PEP 517; each in a process of its own, as front ends run them
        code = f"import sys; from setuptools import build_meta; print(build_meta.{hook}(sys.argv[1]))"
        built = run(sys.executable, "-c", code, str(dist), is_captured=True)
    return dist / built.strip().splitlines()[-1]


def try_wheel(wheel: Path) -> None:
    """Install ``wheel`` with the locked dependencies into an empty environment, write a site, and check it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        venv.create(place / "env", with_pip=True)
        python, command = place / "env/bin/python", place / "env/bin/perspective"
        pip = (str(python), "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check", "install")
        run(*pip, "--require-hashes", *(part for lock in LOCKS for part in ("-r", str(Path(lock).resolve()))))
        run(*pip, "--no-deps", str(wheel.resolve()))
        run(str(command), "--version", cwd=place)
        run(str(command), "init", "site", "--yes", cwd=place)
        run(str(command), "check", cwd=place / "site")
        run(str(command), "index", cwd=place / "site")


def run(*command: str, cwd: Path | None = None, is_captured: bool = False) -> str:
    """Run a command. Raises CalledProcessError."""
    output = subprocess.PIPE if is_captured else None
    done = subprocess.run(command, cwd=cwd, check=True, text=True, stdout=output)  # noqa: S603 - fixed commands
    return done.stdout or ""


def main() -> int:
    """Release, or print why not."""
    version = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]["version"]
    status = run("git", "status", "--porcelain", is_captured=True)
    tags = run("git", "tag", "--points-at", "HEAD", is_captured=True)
    recorded = {path.stem for path in RECORDED.glob("*.json")}
    reasons = list(refusals(version, Path("CHANGELOG.md").read_text("utf-8"), status, tags, recorded))
    if reasons:
        sys.stderr.write("".join(f"release refused: {reason}\n" for reason in reasons))
        return 1
    shutil.rmtree("build", ignore_errors=True)
    wheel = build(Path("dist"))
    try_wheel(wheel)
    images = build_images(version, run("git", "rev-parse", "HEAD", is_captured=True).strip())
    sys.stdout.write("".join(f"{name}\n" for name in (wheel, *images)))
    sys.stdout.write(f"{version} is built and tried; publish it: git push origin v{version}\n")
    return 0


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # --help must not start it
    sys.exit(main())
