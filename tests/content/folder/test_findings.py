"""What one process found in bodies is what another one reads, whatever happens to the file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from shared.content.folder.findings import Findings
from shared.content.problem import Problem

FAULT = Problem("articles/a.md", 3, "a fault\nof two lines", "warning")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "found.bodies"


def test_another_process_reads_what_was_added_once(path: Path) -> None:
    one, other = Findings(path), Findings(path)
    assert other.read_new() == {}
    one.add("a", (FAULT,))
    other.add("b", ())
    assert other.read_new() == {"a": (FAULT,), "b": ()}
    assert other.read_new() == {}
    one.add("c", ())
    assert other.read_new() == {"c": ()}


def test_a_line_that_is_damaged_or_cut_off_is_skipped(path: Path) -> None:
    findings = Findings(path)
    for digest in "abc":
        findings.add(digest, (FAULT,))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0].replace(b"fault", b"FAULT") + lines[1] + b"0 {}\n\n" + lines[2][:-5])
    assert findings.read_new() == {"b": (FAULT,)}


def test_a_line_is_read_when_it_is_whole(path: Path) -> None:
    Findings(path).add("a", (FAULT,))
    line, findings = path.read_bytes(), Findings(path)
    path.write_bytes(line[:10])
    assert findings.read_new() == {}
    path.write_bytes(line)
    assert findings.read_new() == {"a": (FAULT,)}


def test_unused_lines_are_removed_once_they_are_most_of_the_file(path: Path) -> None:
    findings = Findings(path)
    for digest in "abcde":
        findings.add(digest, ())
    findings.keep_only(["a", "b", "c"])
    assert set(Findings(path).read_new()) == set("abcde")
    findings.keep_only(["a", "x"])
    assert set(Findings(path).read_new()) == {"a"}
    findings.add("f", ())
    assert set(Findings(path).read_new()) == {"a", "f"}


def test_a_full_disk_keeps_the_file_and_leaves_nothing_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = Findings(path)
    for digest in "abcde":
        findings.add(digest, ())

    def fail(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", fail)
    findings.keep_only(["a"])
    assert set(findings.read_new()) == set("abcde")
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    findings = Findings(tmp_path / "missing" / "found.bodies")
    findings.add("a", ())
    findings.keep_only([])
    assert findings.read_new() == {}
    findings = Findings(tmp_path / "found.bodies")
    findings.add("a", (Problem("a.md", 1, "\ud800"),))
    findings.add("b", ())
    assert findings.read_new() == {"b": ()}
