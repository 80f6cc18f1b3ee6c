"""The labs beside the articles run where their programs are, and do what their transcripts say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

LABS = Path(__file__).parents[2] / "content" / "labs"
NAMES = sorted(path.parent.name for path in LABS.glob("*/run.py"))
#: What a lab exits with where the machine lacks a program, which it names.
MISSING = 3


def run(name: str, *arguments: str) -> str:
    """What a lab prints. Skips where its programs are missing."""
    ended = subprocess.run(
        [sys.executable, str(LABS / name / "run.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if ended.returncode == MISSING:
        pytest.skip(f"{name}: {ended.stderr.strip()}")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def transcript(name: str) -> str:
    found = re.search(r"^```text\n(.*?)^```$", (LABS / name / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found, f"{name}/README.md shows no transcript"
    return found[1]


def without_versions(text: str) -> str:
    return re.sub(r"(PostgreSQL|buf|OpenSSL|Python) [\d.]+[^\n]*", r"\1", text).strip()


@pytest.mark.parametrize("name", NAMES)
def test_each_lab_says_what_it_needs_how_to_run_it_and_how_to_clean_up(name: str) -> None:
    readme = (LABS / name / "README.md").read_text("utf-8")
    assert f"content/labs/{name}/run.py" in readme
    assert f"[{name}]({name}/README.md)" in (LABS / "README.md").read_text("utf-8")
    if name != "plots":
        for heading in ("## Install", "## Run", "## Expected", "## Clean up"):
            assert heading in readme
        assert re.search(r"\d{1,2} November 2026", readme)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "plots"])
def test_an_article_refers_to_each_lab(name: str) -> None:
    articles = (LABS.parent / "articles").glob("*/index.md")
    assert any(f"content/labs/{name}`" in article.read_text("utf-8") for article in articles)


@pytest.mark.parametrize("name", ["postgresql-isolation", "protobuf-breaking"])
def test_a_lab_prints_its_transcript_again(name: str) -> None:
    assert without_versions(run(name)) == without_versions(transcript(name))


def test_nobody_gets_in_without_a_valid_certificate_and_an_accepted_name() -> None:
    said = {line[:38].strip(): line[38:].strip() for line in run("spiffe-mtls").splitlines()[1:]}
    assert said.keys() == {line[:38].strip() for line in transcript("spiffe-mtls").splitlines()[1:]}
    accepted = {who for who, answer in said.items() if answer == "202"}
    assert accepted == {"gateway", "old connection, expired since"}
    assert said["fraud, a valid workload"].startswith("403")


def test_lanes_keep_the_order_and_a_high_water_mark_misses_what_commits_late() -> None:
    race, rows, lanes = run("outbox-relay").splitlines()[1:]
    assert race.endswith(": 0")
    assert " 200 published" in rows
    assert re.search(r" 200 published .* 0 twice, +0 of 40 prescriptions out of order", lanes)


def test_a_table_grows_only_while_a_report_is_open_and_vacuum_does_not_shrink_it(tmp_path: Path) -> None:
    said = run("postgresql-bloat", "--rounds", "20", "--every", "10", "--csv", str(tmp_path / "bloat.csv"))
    after = [int(size.replace(",", "")) for size in re.findall(r"after VACUUM.* ([\d,]+) KiB", said)]
    rows = [line.split(",") for line in (tmp_path / "bloat.csv").read_text("utf-8").splitlines()[1:]]
    first, last = rows[0], rows[-1]
    assert int(last[1]) <= 3 * int(first[1])
    assert int(last[2]) > 15 * int(first[2])
    assert after[0] == int(last[2])
    assert after[1] == int(first[2])


def test_a_deadline_that_is_passed_on_stops_the_slow_service() -> None:
    worked = [int(ms) for ms in re.findall(r"patients .* worked +(\d+) ms", run("grpc-deadlines"))]
    assert worked[0] >= 900
    assert worked[1] < worked[0]


def test_only_a_limited_group_is_throttled() -> None:
    said = run("cpu-quota", "--seconds", "2")
    busy = said.splitlines()[2:5]
    throttled = {line.split()[0]: int(line.split()[2]) for line in busy}
    assert throttled["200m"] > 0
    assert throttled["1000m"] <= 1
    none = next(line for line in said.splitlines() if line.strip().startswith("none"))
    assert none.split()[1] == "0"


def test_the_curves_are_those_of_the_samples() -> None:
    ended = subprocess.run(
        [sys.executable, str(LABS / "plots" / "run.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


#: Titles of the manifests in the article on Kubernetes, and the article's blocks.
MANIFESTS: dict[str, str] = dict(
    re.findall(
        r'^```yaml title="([a-z]+\.yaml)"\n(.*?)^```$',
        (LABS.parent / "articles" / "kubernetes-resources-exercises" / "index.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
)
#: The version that the article is written for.
KUBERNETES = "1.35"


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_manifests_of_the_exercises_are_the_article_s_and_valid(name: str) -> None:
    lab = LABS / "kubernetes-exercises"
    assert (lab / name).read_text("utf-8") == MANIFESTS[name]
    assert f"kubectl apply -f {name}" in (lab / "run.sh").read_text("utf-8")
    for manifest in yaml.safe_load_all(MANIFESTS[name]):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_the_script_of_the_exercises_is_a_shell_script_that_says_that_it_was_not_run() -> None:
    lab = LABS / "kubernetes-exercises"
    subprocess.run(["sh", "-n", str(lab / "run.sh")], check=True)
    assert "not run here" in (lab / "README.md").read_text("utf-8").lower()
    assert "not run here" in (LABS / "README.md").read_text("utf-8")
