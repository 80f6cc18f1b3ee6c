"""The benchmark of one checkout beside an older one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import InvalidMeasurement, ToolMissing
from benchmarks.__main__ import main
from benchmarks.against.compare import Pair, alternate, report
from benchmarks.against.worker import Sample, working
from benchmarks.running.checkout import THIS, open_checkout
from benchmarks.running.services import Service

SCRIPT = """\
import os, sys
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "end":
        sys.exit(3)
    print('{"seconds": 2.0, "processor_s": 1.0}', flush=True)
"""


def noting(name: str, seen: list[str]) -> Callable[[], Sample]:
    """Work that notes that it was done."""

    def run() -> Sample:
        seen.append(name)
        return Sample(1.0, 1.0)

    return run


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that answers every line but ``end``; the corpora are somewhere."""
    (tmp_path / "articles-rust-blog.tar.xz").touch()
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_each_round_measures_both_and_the_one_that_is_first_alternates() -> None:
    seen: list[str] = []
    found = alternate({"page": noting("before", seen)}, {"page": noting("now", seen)}, 2, lambda _text: None)
    assert seen == ["now", "before", "before", "now", "now", "before"]  # the first two are warm-up
    assert [(pair.time, pair.processor) for pair in found["page"]] == [(1.0, 1.0)] * 2


def test_the_ratio_is_the_median_of_the_rounds_and_more_than_a_twentieth_slower_fails() -> None:
    pairs = {
        "page": [Pair(Sample(1.0, 1.0), Sample(now, 0.5)) for now in (1.0, 1.04, 9.0)],
        "edit": [Pair(Sample(1.0, 0.0), Sample(now, 0.5)) for now in (1.0, 1.06, 1.08)],
    }
    found = report(pairs, "now ÷ before")
    assert [(one.work, one.value, one.is_met) for one in found.verdicts] == [
        ("page", 1.04, True),
        ("edit", 1.06, False),
    ]
    assert found.tables[0].rows[0] == ("page", "1,000", "1,040", "1.04", "1.00 to 9.00", "0.5", "0.5 to 0.5")


def test_a_worker_answers_each_piece_of_work_and_its_end_is_reported(script: Path) -> None:
    with working(THIS, script) as worker:
        assert worker.run("words") == Sample(2.0, 1.0)
        with pytest.raises(InvalidMeasurement, match="this checkout ended with exit code 3"):
            worker.run("end")


def test_services_of_an_older_checkout_get_only_the_settings_that_they_know(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("#PERSPECTIVE_SEARCH_PORT=8081\n#PERSPECTIVE_INDEX_DIR=\n", encoding="utf-8")
    older = replace(THIS, path=tmp_path)
    service = Service("search", tmp_path, tmp_path, {"SEARCH_CACHE_BYTES": "0"}, checkout=older)
    own = {name for name in service.environ() if name.startswith("PERSPECTIVE_")}
    assert own == {"PERSPECTIVE_SEARCH_PORT", "PERSPECTIVE_INDEX_DIR"}


def test_this_checkout_knows_every_setting_that_services_are_started_with(tmp_path: Path) -> None:
    service = Service("search", tmp_path, tmp_path, {"SEARCH_CACHE_BYTES": "0"}, management_port=1)
    own = set(service.environ())
    assert {"PERSPECTIVE_SEARCH_CACHE_BYTES", "PERSPECTIVE_SEMANTIC", "PERSPECTIVE_SEARCH_MANAGEMENT_PORT"} <= own


@pytest.mark.parametrize("missing", ["benchmarks/corpus.py", ".env.example", ".venv/bin/python"])
def test_a_directory_that_cannot_be_measured_is_refused_with_what_it_lacks(tmp_path: Path, missing: str) -> None:
    for name in {"benchmarks/corpus.py", ".env.example", ".venv/bin/python"} - {missing}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(ToolMissing, match=missing):
        open_checkout(tmp_path)


@pytest.mark.parametrize("other", [("--only", "queries"), ("--write", "page.md")])
def test_it_is_not_mixed_with_the_benchmarks_beside_other_engines(tmp_path: Path, other: tuple[str, str]) -> None:
    (tmp_path / "page.md").touch()
    arguments = [other[0], other[1].replace("page.md", str(tmp_path / "page.md")), "--against", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "--against measures what both checkouts have" in result.output


def test_a_checkout_has_its_own_interpreter(tmp_path: Path) -> None:
    for name in ("benchmarks/corpus.py", ".env.example", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = open_checkout(tmp_path)
    assert found.python == tmp_path.resolve() / ".venv" / "bin" / "python" != Path(sys.executable)
