"""Interleaved rounds."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

from benchmarks.measuring.rounds import Subject, interleave, one_core


def noting(name: str, seen: list[str]) -> Callable[[], None]:
    """Work that only says that it was done."""
    return lambda: seen.append(name)


def test_every_round_measures_every_subject_and_turns_their_order() -> None:
    seen: list[str] = []
    found = interleave({name: Subject([noting(name, seen)]) for name in "ab"}, rounds=2, warm_up=1)
    assert seen == ["b", "a", "a", "b", "b", "a"]  # the first two are warm-up
    assert {name: len(rounds.samples) for name, rounds in found.items()} == {"a": 2, "b": 2}


def test_a_slow_subject_takes_part_in_its_first_rounds_alone() -> None:
    seen: list[str] = []
    subjects = {"quick": Subject([noting("quick", seen)] * 3), "slow": Subject([noting("slow", seen)], rounds=1)}
    found = interleave(subjects, rounds=4, warm_up=0)
    assert [len(times) for times in found["quick"].samples] == [3, 3, 3, 3]
    assert seen.count("slow") == len(found["slow"].samples) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process on a core")
def test_one_core_is_given_back() -> None:
    before = os.sched_getaffinity(0)
    with one_core() as core:
        assert os.sched_getaffinity(0) == {core}
    assert os.sched_getaffinity(0) == before
