"""What a release and an audit reject; and workflows and hooks run the same commands as a person."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools import images
from tools.audit import judge
from tools.images import EMULATORS, Engine, Release, base_of, commands, emulated, left_out
from tools.release import refusals

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CHANGELOG = "# Changes\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n- A change.\n"


def test_a_version_in_the_changelog_is_released_from_a_clean_tagged_tree() -> None:
    assert list(refusals("1.2.0", CHANGELOG, "", "latest\nv1.2.0\n", {"1.1.0", "1.2.0"})) == []


@pytest.mark.parametrize(
    ("version", "status", "tags", "words"),
    [
        ("1.3.0", "", "v1.3.0\n", ["is not recorded", "CHANGELOG.md has no section"]),
        ("1.2", "", "v1.2\n", ["is not recorded", "CHANGELOG.md has no section"]),
        ("1.2.0", " M README.md\n", "v1.2.0\n", ["uncommitted changes"]),
        ("1.2.0", "", "v1.2.0-rc1\nv1.2\n", ["not tagged v1.2.0"]),
        ("1.2.0", "", "", ["not tagged v1.2.0"]),
        ("1x2.0", "?? new\n", "", ["uncommitted", "not tagged", "is not recorded", "CHANGELOG.md has no section"]),
    ],
)
def test_a_release_is_refused_with_every_reason(version: str, status: str, tags: str, words: list[str]) -> None:
    reasons = list(refusals(version, CHANGELOG, status, tags, {"1.2.0"}))
    assert len(reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, reasons, strict=True))


RELEASE = Release("1.2.0", "abc123", "python:3.13-slim@sha256:00")


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_an_image_is_built_for_both_architectures_on_a_base_with_digest(name: str) -> None:
    built = list(commands(Engine(name, ("linux/amd64", "linux/arm64")), RELEASE, "search"))
    (build,) = (command for command in built if "build" in command)
    assert build[build.index("--platform") + 1] == "linux/amd64,linux/arm64"
    assert build[build.index("--target") + 1] == "search"
    assert "BASE=python:3.13-slim@sha256:00" in build
    assert "org.opencontainers.image.revision=abc123" in build
    assert any("dist/perspective-search-1.2.0.oci.tar" in part for part in built[-1])


def test_a_list_of_images_that_an_earlier_run_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Podman 4 refuses to remove one with rmi, so that a second release on one machine failed."""
    ran: list[tuple[str, ...]] = []

    def run(command: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0, stdout="")

    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text("ARG BASE=python:3.13-slim\n")
    monkeypatch.setattr(images, "find_engine", lambda: Engine("podman", ("linux/amd64",)))
    monkeypatch.setattr(subprocess, "run", run)
    assert len(images.build_images("1.2.0", "abc123")) == 2
    removed = ran.index(("podman", "manifest", "rm", "perspective-render:1.2.0"))
    assert removed < ran.index(next(one for one in ran if one[:2] == ("podman", "build")))


def test_images_of_docker_carry_provenance_and_materials() -> None:
    (build,) = commands(Engine("docker", ("linux/amd64",)), RELEASE, "render")
    assert {"--provenance=mode=max", "--sbom=true"} <= set(build)


def test_a_build_that_is_impossible_here_is_named_with_a_remedy(tmp_path: Path) -> None:
    assert emulated("x86_64", tmp_path) == ("linux/amd64",)
    assert emulated("riscv64", tmp_path) == ()
    (tmp_path / EMULATORS["linux/arm64"]).touch()
    assert emulated("x86_64", tmp_path) == ("linux/amd64", "linux/arm64")
    assert list(left_out(Engine("podman", ("linux/amd64", "linux/arm64")))) == []
    (line,) = left_out(Engine("podman", ("linux/amd64",)))
    assert "linux/arm64" in line
    assert "qemu-user-static" in line
    (line,) = left_out(None)
    assert "neither Docker" in line


def test_the_base_of_the_images_is_named_once() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    base = base_of(dockerfile)
    assert dockerfile.count(base) == 1
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE).count("${BASE}") == 2
    with pytest.raises(ValueError, match="ARG BASE"):
        base_of("FROM scratch\n")


def test_a_known_vulnerability_fails_the_audit_and_is_named() -> None:
    known = {"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": []}
    output = json.dumps(
        {"dependencies": [{"name": "a", "version": "1.0", "vulns": [known]}, {"name": "b", "version": "1"}]}
    )
    verdict = judge(output, "")
    assert verdict.status == 1
    assert verdict.lines[0] == "a 1.0: PYSEC-1, fixed in 2.0"


def test_an_audit_without_a_finding_passes() -> None:
    assert (
        judge('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', "Found no vulnerabilities").status == 0
    )


def test_an_audit_that_reaches_no_database_says_that_it_was_skipped() -> None:
    verdict = judge("", "requests.exceptions.ConnectionError: HTTPSConnectionPool: Max retries exceeded")
    assert (verdict.status, verdict.lines[0].startswith("audit skipped")) == (0, True)


def test_an_audit_that_fails_otherwise_is_no_pass() -> None:
    assert judge("", "error: requirements.lock: no such file").status == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=[path.name for path in WORKFLOWS])
def test_workflows_run_targets_of_the_makefile_with_few_rights(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    wanted = {target for command in commands for target in re.findall(r"make ([a-z-]+)", command)}
    assert wanted
    assert wanted <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_the_workflow_of_changes_runs_what_ci_runs() -> None:
    targets = {
        name: set(re.findall(r"make ([a-z-]+)", (ROOT / name).read_text("utf-8")))
        for name in (".ci/run", ".github/workflows/ci.yml")
    }
    assert targets[".ci/run"] == targets[".github/workflows/ci.yml"]


def test_hooks_run_programs_of_the_environment() -> None:
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [hook["entry"].split()[0] for hook in local["hooks"]] == [".venv/bin/python"] * 3 + [".venv/bin/perspective"]


def test_hooks_leave_the_code_of_articles_alone(tmp_path: Path) -> None:
    """Pre-commit names each file, which overrides a plain exclusion."""
    lab = tmp_path / "content" / "labs" / "run.py"
    lab.parent.mkdir(parents=True)
    lab.write_text("import os\nprint( 1 )\n")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    for hook in local["hooks"][:2]:
        command = [sys.executable, *hook["entry"].split()[1:], "content/labs/run.py"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    assert lab.read_text() == "import os\nprint( 1 )\n"
