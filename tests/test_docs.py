"""Documents are checked against the code: settings, commands, addresses, links and paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from pydantic.fields import FieldInfo

from services.cli.root import SUBCOMMANDS
from shared.content.parsing.front_matter import FrontMatter
from shared.content.slug import slugify
from shared.web.settings import FOREIGN_NAMES, PREFIX, Settings, variable_name

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
#: Variables that only compose.yaml reads.
OF_COMPOSE = {
    "PERSPECTIVE_PUBLISH": "127.0.0.1:8080",
    "PERSPECTIVE_BUILD_SEMANTIC": "1",
    "PERSPECTIVE_BUILD_TELEMETRY": "0",
    "PERSPECTIVE_RENDER_MEMORY": "512m",
    "PERSPECTIVE_SEARCH_MEMORY": "1g",
}
#: Settings fixed by the images: an operator cannot choose them inside a container.
FIXED_IN_CONTAINERS = {
    "PERSPECTIVE_HOST",
    "PERSPECTIVE_RENDER_PORT",
    "PERSPECTIVE_SEARCH_PORT",
    "PERSPECTIVE_INDEX_DIR",
    "PERSPECTIVE_SEMANTIC_MODEL",
    "PERSPECTIVE_CACHE_DIR",
    "PERSPECTIVE_CONTENT_DIR",
    "PERSPECTIVE_SEARCH_URL",
    "PERSPECTIVE_LIVE_RELOAD",
    "PERSPECTIVE_RENDER_MANAGEMENT_PORT",
    "PERSPECTIVE_SEARCH_MANAGEMENT_PORT",
    "PERSPECTIVE_MANAGEMENT_HOST",
}


def default_of(field: FieldInfo) -> str:
    """The default as a person writes it in a file of settings."""
    if field.default is None:
        return ""
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


DEFAULTS = {variable_name(name): default_of(field) for name, field in Settings.model_fields.items()} | OF_COMPOSE


def read(name: str) -> str:
    """The text of a file of the project."""
    return (ROOT / name).read_text("utf-8")


def test_authoring_has_a_row_for_every_key_of_the_front_matter() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", read("docs/authoring.md"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert set(FrontMatter.model_fields) - named == set()


def test_env_example_has_every_setting_with_its_default_and_no_other() -> None:
    assert dict(re.findall(rf"^#({PREFIX}\w+)=(.*)$", read(".env.example"), re.MULTILINE)) == DEFAULTS


def test_env_example_sets_nothing() -> None:
    """It is copied as it is: each value in it must be a choice of the person who copied it."""
    assert [line for line in read(".env.example").splitlines() if line and not line.startswith("#")] == []


def test_readme_has_every_setting_with_its_default_and_no_other() -> None:
    rows = re.findall(rf"^\| `({PREFIX}\w+)` \| (?:`([^`]*)`)? ?\|", read("README.md"), re.MULTILINE)
    assert dict(rows) == DEFAULTS


def test_documents_name_no_setting_that_does_not_exist() -> None:
    known = DEFAULTS.keys() | FOREIGN_NAMES
    for path in (*DOCUMENTS, ROOT / "compose.yaml", ROOT / "Dockerfile"):
        assert set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", path.read_text("utf-8"))) <= known, path


def test_compose_has_defaults_for_its_own_variables() -> None:
    used = re.findall(rf"\$\{{({PREFIX}\w+):-([^}}]+)\}}", read("compose.yaml"))
    assert {name: default for name, default in used if name in OF_COMPOSE} == OF_COMPOSE


def test_compose_passes_every_setting_that_is_an_operators_choice() -> None:
    services = yaml.safe_load(read("compose.yaml"))["services"]
    passed = {
        name for service in services.values() for name in service.get("environment", {}) if name.startswith(PREFIX)
    }
    assert passed | FIXED_IN_CONTAINERS == DEFAULTS.keys() - OF_COMPOSE.keys()


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_readme_shows_every_subcommand(name: str) -> None:
    assert f"`perspective {name}" in read("README.md")


def test_readme_shows_no_subcommand_that_does_not_exist() -> None:
    assert set(re.findall(r"`perspective ([a-z-]+)", read("README.md"))) == set(SUBCOMMANDS)


def test_readme_and_makefile_have_the_same_targets() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))
    shown = set(re.findall(r"`make ([a-z-]+)", read("README.md") + read("CONTRIBUTING.md")))
    assert shown <= targets
    assert targets - shown == {"help"} - shown


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in links(path.read_text("utf-8")):
        url = urlsplit(target)
        if url.scheme or target.startswith("/"):
            continue
        file = (path.parent / unquote(url.path)) if url.path else path
        assert file.exists(), f"{path.name}: {target}"
        if url.fragment:
            assert url.fragment in headings(file.read_text("utf-8")), f"{path.name}: {target}"


def test_paths_that_architecture_names_exist() -> None:
    named = re.findall(r"`((?:shared|services|tests|content|docs|benchmarks)/[\w./*-]*)`", read("ARCHITECTURE.md"))
    assert len(named) > 20
    assert [name for name in named if not any(ROOT.glob(name.rstrip("/")))] == []


def test_pictures_of_the_readme_have_a_text() -> None:
    texts = re.findall(r"!\[([^\]]*)\]\(", read("README.md"))
    assert len(texts) >= 3
    assert all(len(text) > 20 for text in texts)


def links(text: str) -> Iterator[str]:
    """The targets of links and pictures in Markdown, those in code left out."""
    prose = re.sub(r"```.*?```|~~~.*?~~~|`[^`\n]*`", "", text, flags=re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", prose)
    yield from re.findall(r"(?:src|href|srcset)=\"([^\"\s]+)\"", prose)


def headings(text: str) -> set[str]:
    """The anchors that a document's headings get on a code host."""
    return {slugify(re.sub(r"[`*]", "", heading)) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
