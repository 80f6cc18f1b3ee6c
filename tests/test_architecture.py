"""The rules of ARCHITECTURE.md about imports, checked for every module."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: Each library that shapes the output, and the one place that may import it.
ONE_PLACE = {
    "whoosh": "services.search.engine_whoosh.store",
    "markdown_it": "shared.content.markdown",
    "mdit_py_plugins": "shared.content.markdown",
    "latex2mathml": "shared.content.markdown.formulas",
    "jinja2": "services.render.pages",
    "babel": "services.render.languages",
    "Stemmer": "services.search.text.stemming",
    "opensearchpy": "services.search.engine_opensearch.cluster.connection",
    "onnxruntime": "services.search.semantic.encoder",
    "tokenizers": "services.search.semantic.encoder",
    "jgo": "services.search.semantic.fetching",
    "opentelemetry": "shared.telemetry.otlp",
}
#: Pure modules: nothing that does I/O may be imported in them.
PURE = (
    "shared.content.article",
    "shared.content.markdown",
    "shared.content.parsing.parse",
    "shared.content.slug",
    "shared.search.contract",
    "shared.search.parameters",
    "services.render.pages.contexts",
    "services.render.pages.feeds",
    "services.render.pages.listings",
    "services.search.text.tokens",
    "services.search.indexing.documents",
    "services.search.engine",
    "services.search.answering.parameters",
    "services.search.text.query",
    "services.search.schema",
    "services.search.reranking",
    "services.search.semantic.passages",
    "services.search.semantic.table",
    "services.search.semantic.fusion",
    "services.search.semantic.plain",
)
#: Interfaces of a declared dependency that it publishes as packages of their own.
COMES_WITH = {"aiohttp": {"yarl", "multidict"}, "jinja2": {"markupsafe"}, "pydantic": {"pydantic-core"}}
OUTSIDE = {"aiofiles", "aiohttp", "asyncio", "http", "socket", "subprocess", "threading", "watchfiles", "whoosh"}


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the module that has it, what it names, where, and whether it happens when the module is loaded."""

    importer: str
    name: str
    line: int
    is_at_start: bool = True

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.name}"


@lru_cache(maxsize=1)
def modules() -> dict[str, Path]:
    """Every module of the distribution, by its name."""
    paths = (path for top in ("services", "shared") for path in sorted((ROOT / top).rglob("*.py")))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


@lru_cache(maxsize=1)
def imports() -> tuple[Import, ...]:
    """Every import, those inside functions too; ``from x import y`` names x.y where that is a module."""
    return tuple(found for module, path in modules().items() for found in imports_of(module, path.read_text("utf-8")))


def imports_of(module: str, source: str) -> Iterator[Import]:
    """The imports that ``source`` has."""
    tree = ast.parse(source)
    later = {inner for node in ast.walk(tree) if is_later(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(module, alias.name, node.lineno, node not in later) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield Import(module, inner if inner in modules() else node.module, node.lineno, node not in later)


def is_later(node: ast.AST) -> bool:
    """Whether the code in ``node`` runs after its module was loaded, or never."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def is_within(name: str, package: str) -> bool:
    """Whether ``name`` is ``package`` or inside of it."""
    return name == package or name.startswith(f"{package}.")


def broken(importer: str, *forbidden: str) -> list[str]:
    """The imports inside ``importer`` of anything in ``forbidden``."""
    return [
        str(one)
        for one in imports()
        if is_within(one.importer, importer) and any(is_within(one.name, package) for package in forbidden)
    ]


def users_of(package: str) -> set[str]:
    """The modules outside of ``package`` that import anything in it."""
    return {one.importer for one in imports() if is_within(one.name, package) and not is_within(one.importer, package)}


def test_imports_are_seen_wherever_they_stand() -> None:
    source = "import a.b\ndef f():\n    from services.search import engine, nothing\n"
    assert list(imports_of("m", source)) == [
        Import("m", "a.b", 1),
        Import("m", "services.search.engine", 3, is_at_start=False),
        Import("m", "services.search", 3, is_at_start=False),
    ]


def test_shared_knows_no_service() -> None:
    assert broken("shared", "services") == []


def test_services_do_not_know_each_other() -> None:
    assert broken("services.render", "services.search") + broken("services.search", "services.render") == []


def test_services_do_not_know_the_command_line() -> None:
    assert broken("services.render", "services.cli") + broken("services.search", "services.cli") == []


@pytest.mark.parametrize(("library", "place"), ONE_PLACE.items())
def test_library_is_imported_in_one_place(library: str, place: str) -> None:
    importers = {one.importer for one in imports() if is_within(one.name, library)}
    assert importers, f"nothing imports {library}"
    assert [name for name in importers if not is_within(name, place)] == []


def test_engine_is_named_only_by_the_composition_root() -> None:
    assert users_of("services.search.engine_whoosh") == {"services.search.opening"}
    assert users_of("services.search.engine_opensearch") == {"services.search.opening", "services.search.second_stage"}


def test_the_code_shared_by_both_engines_imports_neither() -> None:
    assert users_of("services.search.arrays") > {"services.search.engine_whoosh.engine"}
    engines = ("services.search.engine_whoosh", "services.search.engine_opensearch")
    below = ("arrays", "indexing", "meaning", "text", "engine", "embedded", "schema")
    assert [one for package in below for one in broken(f"services.search.{package}", *engines)] == []


@pytest.mark.parametrize("module", PURE)
def test_core_is_pure(module: str) -> None:
    assert module in modules()
    assert broken(module, *OUTSIDE) == []


def test_second_stage_is_imported_only_where_it_is_installed() -> None:
    """``second_stage`` decides that; the command ``model`` is imported when it is run, and needs the extra."""
    inside = ("services.search.semantic", "services.search.engine_opensearch.semantic")
    users = [one for one in imports() if any(is_within(one.name, package) for package in inside)]
    outside = [one for one in users if not any(is_within(one.importer, package) for package in inside)]
    assert {one.importer for one in outside} == {"services.search.second_stage", "services.cli.model"}
    assert [str(one) for one in outside if one.is_at_start and one.importer != "services.cli.model"] == []


def test_opentelemetry_is_imported_only_where_traces_are_sent() -> None:
    users = [one for one in imports() if is_within(one.name, "shared.telemetry.otlp")]
    assert [(one.importer, one.is_at_start) for one in users] == [("shared.telemetry.starting", False)]


@pytest.mark.parametrize(
    ("package", "extras"),
    [
        ("shared", ()),
        ("services.agents", ()),
        ("services.cli", ("search",)),
        ("services.render", ("render",)),
        ("services.search", ("search", "opensearch")),
        ("services.search.semantic", ("search", "semantic")),
        ("shared.telemetry.otlp", ("telemetry",)),
    ],
)
def test_only_declared_dependencies_are_imported(package: str, extras: tuple[str, ...]) -> None:
    declared = dependencies(*extras)
    declared |= {part for name, parts in COMES_WITH.items() if name in declared for part in parts}
    distributions = metadata.packages_distributions()
    extras_alone = [name for name in ("services.search.semantic", "shared.telemetry.otlp") if name != package]
    for one in (one for one in imports() if is_within(one.importer, package)):
        if any(is_within(one.importer, inner) for inner in extras_alone):
            continue
        top = one.name.partition(".")[0]
        if top in sys.stdlib_module_names or top in {"services", "shared"}:
            continue
        assert declared.intersection(canonical(name) for name in distributions.get(top, [top])), f"{one}: not declared"


def test_every_declared_dependency_is_imported() -> None:
    """A dependency that nothing imports is weight and risk without use."""
    distributions = metadata.packages_distributions()
    tops = {one.name.partition(".")[0] for one in imports()}
    imported = {canonical(name) for top in tops for name in distributions.get(top, [])}
    assert dependencies("render", "search", "semantic", "opensearch", "telemetry") - imported == set()


def test_imports_have_no_circle() -> None:
    """In a cycle, the order of imports decides whether the program starts."""
    graph: dict[str, set[str]] = {module: set() for module in modules()}
    for one in imports():
        if one.is_at_start and one.name in graph and one.name != one.importer:
            graph[one.importer].add(one.name)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


ARROW = re.compile(r"^(?P<indent>(?:[│ ] {3})*)(?:[├└]─► )?(?P<name>[a-z_.]+)(?: .*)?$")


def picture() -> list[tuple[str, str]]:
    """The arrows of the picture in ARCHITECTURE.md: the importing module and the imported module or package."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    block = text.partition("```text\n")[2].partition("```")[0]
    return list(arrows(block))


def arrows(block: str) -> Iterator[tuple[str, str]]:
    """The (parent, child) pairs of a tree that is drawn with lines; ValueError for a line that is not part of one."""
    path: list[str] = []
    for line in filter(None, block.splitlines()):
        match = ARROW.match(line)
        if match is None:
            raise ValueError(line)
        depth = len(match["indent"]) // 4 + ("─►" in line)
        path[depth:] = [match["name"]]
        if depth:
            yield path[depth - 1], path[depth]


def against(drawn: list[tuple[str, str]], found: Iterable[Import]) -> list[str]:
    """The imports that lead from a name of the picture back to one above it."""
    above: dict[str, set[str]] = {}
    for upper, lower in drawn:
        above.setdefault(lower, set()).add(upper)
    for _ in above:
        for uppers in above.values():
            uppers.update(*(above.get(upper, ()) for upper in tuple(uppers)))
    return [
        str(one)
        for one in found
        for lower, uppers in above.items()
        if is_within(one.importer, lower) and any(is_within(one.name, upper) for upper in uppers)
    ]


def test_picture_is_read_as_a_tree() -> None:
    drawn = "a.b\n├─► c      what it gives\n│   └─► d\n└─► e\n\nf\n└─► c\n"
    assert list(arrows(drawn)) == [("a.b", "c"), ("c", "d"), ("a.b", "e"), ("f", "c")]
    with pytest.raises(ValueError, match="wrong"):
        list(arrows("a\n-- wrong\n"))


def test_each_arrow_of_the_picture_is_an_import() -> None:
    assert len(picture()) > 30
    known = {(one.importer, one.name) for one in imports()}
    missing = [
        (upper, lower)
        for upper, lower in picture()
        if lower not in modules()
        or not any(is_within(importer, upper) and is_within(name, lower) for importer, name in known)
    ]
    assert missing == []


def test_no_import_runs_against_the_picture() -> None:
    assert against(picture(), imports()) == []
    back = Import("shared.content.library", "services.render.handlers", 1)
    assert against(picture(), [back]) == [str(back)]


def dependencies(*extras: str) -> set[str]:
    """The names of what the project depends on, with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    return {canonical(re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]) for one in wanted}


def canonical(name: str) -> str:
    """A distribution's name as indexes write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
