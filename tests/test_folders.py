"""The rules of ARCHITECTURE.md about folders: small, with docstrings that name what is in them; tests stand alone."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: The largest number of modules in one folder: more than this is a list that no reader takes in.
MAX_MODULES = 14
#: Folders at the top of a checkout that hold what was built, an environment among it.
BUILT = {"build", "dist"}


@lru_cache(maxsize=1)
def folders() -> dict[str, tuple[str, ...]]:
    """The modules of every folder of the checkout that has any, ``__init__`` among them; by the name of a package."""
    tops = [path for path in ROOT.glob("[!.]*") if path.is_dir() and path.name not in BUILT]
    found: dict[str, list[str]] = {}
    for file in sorted(file for top in tops for file in top.rglob("*.py")):
        found.setdefault(".".join(file.parent.relative_to(ROOT).parts), []).append(file.stem)
    return {folder: tuple(names) for folder, names in found.items()}


PACKAGES = sorted(folder for folder, names in folders().items() if "__init__" in names)


def rooms(package: str) -> set[str]:
    """The modules and packages directly inside ``package`` that its docstring names.

    Those of tests name what tests share. A test module says by its name what it tests, and nothing imports it.
    """
    inner = {name.rpartition(".")[2] for name in PACKAGES if name.rpartition(".")[0] == package}
    names = inner.union(folders()[package]) - {"__init__", "__main__", "conftest"}
    return {name for name in names if not name.startswith("test_")}


def test_every_folder_of_the_checkout_is_seen() -> None:
    assert {"benchmarks.cases", "services.search.text", "shared.web", "tests", "tools"} <= set(folders())
    assert "test_folders" in folders()["tests"]


def test_every_folder_of_modules_is_a_package() -> None:
    """Programs that articles quote are none: each runs by itself."""
    assert [name for name in folders() if name not in PACKAGES and name.partition(".")[0] != "content"] == []


@pytest.mark.parametrize("folder", sorted(folders()))
def test_folder_is_small_enough_to_read_as_a_list(folder: str) -> None:
    names = set(folders()[folder]) - {"__init__"}
    assert len(names) <= MAX_MODULES, sorted(names)


@pytest.mark.parametrize("package", PACKAGES)
def test_package_docstring_names_each_of_its_modules(package: str) -> None:
    """One line each: the module's name, then what it is for. Their order is the order in which data meets them."""
    text = ast.get_docstring(ast.parse(ROOT.joinpath(*package.split("."), "__init__.py").read_text("utf-8")))
    assert text, "say what the package is for"
    named = re.findall(r"^(\w+) {2,}\S", text, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == rooms(package)
    assert len({len(one) for one in re.findall(r"^\w+ {2,}(?=\S)", text, re.MULTILINE)}) <= 1, "align the column"


def imported_tests(source: str) -> list[str]:
    """The test modules that ``source`` imports, or imports from."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # What is imported may be a module itself: ``from tests.web import test_tls``.
            found += (node.module or "", *(f"{node.module or ''}.{alias.name}" for alias in node.names))
    return [name for name in found if is_test_module(name)]


def is_test_module(name: str) -> bool:
    """Whether ``name`` is that of a test module of this checkout."""
    package, _, module = name.rpartition(".")
    return module.startswith("test_") and (not package or module in folders().get(package, ()))


def test_an_import_of_a_test_module_is_seen() -> None:
    source = (
        "import tests.web.test_tls\nfrom tests.web import applications, test_tls\nfrom tests.web.test_tls import a\n"
    )
    assert imported_tests(source) == ["tests.web.test_tls"] * 3
    assert imported_tests("from aiohttp import test_utils\nfrom tests.web.applications import test_of\n") == []


def test_nothing_imports_from_a_test_module() -> None:
    """What several tests need is a module of its own: otherwise one runs the tests of another, or breaks with them."""
    sources = {
        f"{folder}.{name}": ROOT.joinpath(*folder.split("."), f"{name}.py")
        for folder, names in folders().items()
        for name in names
    }
    assert {name: found for name, path in sources.items() if (found := imported_tests(path.read_text("utf-8")))} == {}
