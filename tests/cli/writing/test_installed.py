"""The wheel in an environment of its own, outside of the repository: what a stranger installs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.running.processes import free_port
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LOCKS = ("services/render/requirements.lock", "services/search/requirements.lock")
UP_S = 60


def environ(**changes: str) -> dict[str, str]:
    """The environment without what points at this checkout or its settings."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PERSPECTIVE_", "PYTHON", "VIRTUAL_"))
    }
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **changes}


def python(
    *arguments: str | Path, cwd: Path, executable: Path = Path(sys.executable)
) -> subprocess.CompletedProcess[str]:
    """Run Python to its end."""
    command = [executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=environ(), check=False, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that holds the wheel and what the services' locks name, and no more."""
    place = tmp_path_factory.mktemp("installed")
    source = place / "source"
    for name in ("services", "shared"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", place, ".")
    assert not (built := python(*build, cwd=source)).returncode, built.stderr
    shutil.rmtree(source)
    (wheel,) = place.glob("*.whl")
    assert not python("-m", "venv", place / "env", cwd=place).returncode
    commands = place / "env" / "bin"
    install = ("-m", "pip", "install", "--quiet")
    requirements = [argument for lock in LOCKS for argument in ("-r", str(ROOT / lock))]
    fetched = python(*install, "--require-hashes", *requirements, cwd=place, executable=commands / "python")
    if fetched.returncode and "CI" not in os.environ:
        pytest.skip(f"the locked packages cannot be fetched: {fetched.stderr[-300:]}")
    assert not fetched.returncode, fetched.stderr
    added = python(*install, "--no-deps", wheel, cwd=place, executable=commands / "python")
    assert not added.returncode, added.stderr
    return commands


def get(url: str) -> str:
    """What ``url`` answers; empty while nobody does."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - the site of this test
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        error.close()
        return ""
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return ""


def until(url: str, text: str) -> None:
    """Wait for ``text`` at ``url``."""
    deadline = time.monotonic() + UP_S
    while text not in (answer := get(url)):
        if time.monotonic() > deadline:
            pytest.fail(f"{url} without {text!r}: {answer[:300]}")
        time.sleep(0.2)


def test_installed_wheel_starts_a_site_from_nothing(installed: Path, tmp_path: Path) -> None:
    made = subprocess.run(
        [installed / "perspective", "init", "--title", "From a wheel"],
        cwd=tmp_path, env=environ(), check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (made.returncode, made.stderr) == (0, "")
    site, search = free_port(), free_port()
    command: list[str | Path] = [installed / "perspective", "serve", "--port", str(site), "--search-port", str(search)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environ(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as served:
        try:
            until(f"http://127.0.0.1:{site}/", "From a wheel")
            until(f"http://127.0.0.1:{site}/api/search?q=percentile", '"/articles/hello/')
            checked = subprocess.run(
                [installed / "perspective", "check", "--run"],
                cwd=tmp_path, env=environ(), check=False, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "No problems.")
        finally:
            served.terminate()
            served.wait(30)
