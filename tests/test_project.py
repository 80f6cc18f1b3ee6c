"""Locks, distributions and workflows agree with pyproject.toml and the tree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
WHOLE = "requirements.lock"
#: Each lock and the extras that it is resolved for.
LOCKS = {
    WHOLE: ("render", "search", "opensearch", "semantic", "telemetry", "dev", "bench"),
    "services/render/requirements.lock": ("render",),
    "services/search/requirements.lock": ("search", "opensearch"),
    "services/search/semantic/requirements.lock": ("semantic",),
    "shared/telemetry/requirements.lock": ("telemetry",),
}
SERVICES = ("render", "search")


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry of a lock: a release, when it is installed, and the files it may be."""

    name: str
    extras: frozenset[str]
    version: str
    marker: str
    hashes: frozenset[str]


def pins(lock: str) -> frozenset[Pin]:
    """The entries of a lock. Raises AssertionError for an invalid line."""
    found = []
    for entry in re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").strip()):
        lines = [line.strip() for line in entry.replace("\\\n", "\n").splitlines()]
        match = re.fullmatch(r"([a-z0-9-]+)(?:\[([a-z0-9,-]+)\])?==([^\s;]+)(?: ; (.+))?", lines[0])
        assert match, f"{lock}: {lines[0]}"
        rest = [line for line in lines[1:] if line and not line.startswith("#")]
        assert rest, f"{lock}: {lines[0]} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in rest), f"{lock}: {lines[0]}"
        found.append(
            Pin(match[1], frozenset((match[2] or "").split(",")) - {""}, match[3], match[4] or "", frozenset(rest))
        )
    return frozenset(found)


def wanted(extras: Iterable[str]) -> list[str]:
    """The requirements that pyproject.toml states, with these extras and the build back end."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = pyproject["project"]
    of_extras = [one for extra in extras for one in project["optional-dependencies"][extra]]
    return [*project["dependencies"], *of_extras, *pyproject["dependency-groups"]["build"]]


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_lock_has_every_requirement_in_a_release_that_fits(lock: str, extras: tuple[str, ...]) -> None:
    locked: dict[str, list[Pin]] = {}
    for pin in pins(lock):
        locked.setdefault(pin.name, []).append(pin)
    for requirement in wanted(extras):
        name, bounds = re.fullmatch(r"([\w-]+)([^;]*)(?:;.*)?", requirement).groups()  # type: ignore[union-attr] # fails the test
        assert name in locked, f"{lock}: {name} is not locked; run: make lock"
        for pin in locked[name]:
            assert all(fits(pin.version, bound) for bound in bounds.strip().split(",") if bound), f"{lock}: {pin}"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_the_extras_that_its_entries_ask_each_other_for(lock: str) -> None:
    """Pip before 23.3 does not accept the pin ``coverage`` for the requirement ``coverage[toml]``."""
    locked = {pin.name: pin for pin in pins(lock)}
    for name in locked:
        try:
            stated = metadata.distribution(name).requires or ()
        except metadata.PackageNotFoundError:  # of another platform
            continue
        for requirement in map(Requirement, stated):
            if requirement.extras and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                assert requirement.extras <= locked[canonicalize_name(requirement.name)].extras, (
                    f"{name}: {requirement}"
                )


@pytest.mark.parametrize("lock", [lock for lock in LOCKS if lock != WHOLE])
def test_locks_of_services_are_parts_of_the_whole(lock: str) -> None:
    assert pins(lock) - pins(WHOLE) == frozenset(), "run: make lock"


def test_services_lock_nothing_of_each_other_or_of_the_tests() -> None:
    names = {service: {pin.name for pin in pins(f"services/{service}/{WHOLE}")} for service in SERVICES}
    assert names["render"].isdisjoint({"whoosh-reloaded", "numpy", "pystemmer", "pytest", "mypy"})
    assert names["search"].isdisjoint({"jinja2", "pillow", "brotli", "pytest", "mypy"})


def test_build_requires_what_the_locks_hold() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert pyproject["build-system"]["requires"] == pyproject["dependency-groups"]["build"]


def test_distribution_ships_every_file_that_the_services_read() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shipped = {
        path
        for package, globs in pyproject["tool"]["setuptools"]["package-data"].items()
        for glob in globs
        for path in ROOT.joinpath(*package.split(".")).glob(glob)
    }
    present = {
        path
        for top in ("services", "shared")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".lock"} and not path.name.startswith(".")
    }
    assert present - shipped == set()


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without ``__init__.py`` is importable here but missing from the distribution."""
    folders = {path.parent for top in ("services", "shared", "tests") for path in (ROOT / top).rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


def compose() -> dict[str, Any]:
    """compose.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("service", SERVICES)
def test_containers_may_do_as_little_as_possible(service: str) -> None:
    config = compose()["services"][service]
    assert config["read_only"] is True
    assert config["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in config["security_opt"]
    assert config["restart"] == "unless-stopped"
    assert all(mount["read_only"] for mount in config["volumes"] if mount["type"] == "bind")
    assert {"mem_limit", "pids_limit", "logging", "stop_grace_period"} <= config.keys()


def test_search_is_reached_by_the_site_alone() -> None:
    config = compose()
    assert "ports" not in config["services"]["search"]
    assert [config["networks"][name]["internal"] for name in config["services"]["search"]["networks"]] == [True]


def test_render_does_not_wait_for_search() -> None:
    assert "depends_on" not in compose()["services"]["render"]


def test_images_start_from_the_stated_base_and_end_without_root() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    bases = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert bases - set(re.findall(r" AS (\S+)", text)) == {"${BASE}"}
    assert "\nARG BASE=python:3.13-slim\n" in text
    last_user = re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1]
    assert all(int(number) > 1000 for number in last_user.split(":"))
    for service in SERVICES:
        assert f"AS {service}\n" in text


def fits(version: str, bound: str) -> bool:
    """Whether a release satisfies one bound (``>=``, ``<`` or ``==``), by its numbers."""
    match = re.fullmatch(r"\s*(>=|==|<)\s*([\d.]+)\s*", bound)
    assert match, f"a bound this test does not know: {bound}"
    have, limit = numbers(version), numbers(match[2])
    return {">=": have >= limit, "==": have == limit, "<": have < limit}[match[1]]


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a release, for comparison."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


#: After a group, or after an expression that may be one.
_POSSESSIVE = re.compile(r"(?:[*+?]|\{\d*,?\d*\})\+")


def possessive_groups(source: str) -> list[int]:
    """The lines of ``source`` in which a string repeats a group, or an inserted expression, possessively."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            lines += [
                node.lineno for found in re.finditer(r"\)", node.value) if _POSSESSIVE.match(node.value, found.end())
            ]
        if isinstance(node, ast.JoinedStr):
            for before, after in pairwise(node.values):
                if isinstance(before, ast.FormattedValue) and isinstance(after, ast.Constant):
                    lines += [after.lineno] * bool(_POSSESSIVE.match(str(after.value)))
    return sorted(lines)


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python 3.11.0 to 3.11.4, which Debian 12 ships, match such a repetition wrongly, and some never end (gh-106052).

    An atomic group, ``(?>(?:a|b)*)``, is the same and right everywhere.
    """
    modules = [path for folder in ("services", "shared", "tools") for path in (ROOT / folder).rglob("*.py")]
    assert [f"{path}:{line}" for path in modules for line in possessive_groups(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("source", ['"(?:a|b)++"', '"(?:a|b){1,3}+"', 'f"{WORD}*+"', 'f"(?:{WORD} )?+"'])
def test_a_possessive_group_is_seen(source: str) -> None:
    assert possessive_groups(source) == [1]


@pytest.mark.parametrize("source", ['"[^a]*+(?>(?:a|b)*)"', 'f"{WORD}+"', '"(a)+ (b)*"'])
def test_other_repetitions_are_not(source: str) -> None:
    assert possessive_groups(source) == []


@pytest.mark.parametrize("tool", ["audit", "messages", "release"])
@pytest.mark.parametrize(("argument", "status"), [("--help", 0), ("--nonsense", 2)])
def test_a_tool_that_is_asked_for_help_does_nothing_else(tool: str, argument: str, status: int) -> None:
    command = [sys.executable, "-m", f"tools.{tool}", argument]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert (done.stdout + done.stderr).startswith("usage: ")
