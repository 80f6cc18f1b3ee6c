"""Whether the containers are tested, and one running stack for all their tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.running.processes import free_port
from tests.containers.engine import find_engine, missing
from tests.containers.stack import Stack


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Building images takes minutes, so these tests run only by marker, as in ``make compose-test``."""
    asked = "containers" in (config.getoption("markexpr") or "")
    of_containers = [item for item in items if item.get_closest_marker("containers")]
    if not of_containers or asked:
        return
    reason = missing({}, find_engine(config.rootpath.parent)) or "takes minutes: run make compose-test"
    for item in of_containers:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def stack(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Both services in containers, over a copy of the content that a test may edit."""
    engine = find_engine(root.parent)
    if reason := missing(os.environ, engine):
        pytest.skip(reason)
    assert engine is not None
    folder = tmp_path_factory.mktemp("stack")
    content = folder / "content"
    shutil.copytree(root / "content", content)
    open_to_others(folder)
    stack = Stack(engine, f"perspective-test-{os.getpid()}", root, content, folder / "env", free_port())
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


def open_to_others(folder: Path) -> None:
    """Temporary folders are private, but the user inside the containers must be able to read them."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for parent in folder.parents:
        if parent.name.startswith("pytest-"):
            parent.chmod(0o755)
