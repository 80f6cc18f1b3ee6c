"""The command that records answers: it never takes the record of a release away by accident."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from shared.version import VERSION
from tests.contract.recording import RECORDED, TARGETS, AlreadyReleased, load, main, record

RELEASED = "# Changes\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n- A change.\n"
ANSWERS = b"[]\n"


@pytest.mark.parametrize(
    ("argument", "code", "said"), [("--help", 0, "Usage:"), ("-h", 0, "--overwrite"), ("1.2.0", 2, "1.2.0")]
)
def test_help_and_unknown_arguments_record_nothing(argument: str, code: int, said: str) -> None:
    path = RECORDED / f"{VERSION}.json"
    before = path.stat()
    result = CliRunner().invoke(main, [argument])
    assert (result.exit_code, said in result.output) == (code, True)
    assert path.stat() == before


def test_the_record_of_a_release_is_replaced_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "1.2.0.json"
    path.write_bytes(ANSWERS)
    with pytest.raises(AlreadyReleased, match=r"1\.2\.0 is released.*--overwrite"):
        record(tmp_path, "1.2.0", RELEASED)
    assert path.read_bytes() == ANSWERS
    record(tmp_path, "1.2.0", RELEASED, is_overwriting=True)
    assert path.read_bytes() != ANSWERS


@pytest.mark.parametrize(("version", "has_record"), [("1.2.0", False), ("1.3.0", True)])
def test_a_release_without_a_record_and_a_version_to_come_are_recorded(
    tmp_path: Path, version: str, has_record: bool
) -> None:
    if has_record:
        (tmp_path / f"{version}.json").write_bytes(ANSWERS)
    assert {one.target for one in load(version, record(tmp_path, version, RELEASED).parent)} == set(TARGETS)
