"""Percentiles, medians over rounds, ratios, exponents."""

from __future__ import annotations

import pytest

from benchmarks.measuring.figures import Rounds, growth_exponent, median_ratio, percentile


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 10.0), (0.95, 19.0), (0.96, 20.0), (1.0, 20.0)])
def test_percentile_is_the_smallest_sample_that_covers_the_share(share: float, value: float) -> None:
    assert percentile([float(number) for number in range(20, 0, -1)], share) == value


def test_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


def test_a_query_takes_its_median_over_the_rounds_and_percentiles_are_over_queries() -> None:
    rounds = Rounds(((1.0, 2.0, 9.0), (80.0, 3.0, 9.0), (1.0, 90.0, 9.0)))
    assert rounds.of_queries() == [1.0, 3.0, 9.0]
    assert rounds.percentile(0.5) == 3.0
    assert rounds.percentile(0.95) == 9.0


def test_the_worst_query_is_slow_in_most_rounds_not_once() -> None:
    rounds = Rounds(((1.0, 5.0), (100.0, 5.0), (1.0, 5.0)))
    assert rounds.worst() == 5.0
    assert rounds.slowest_query() == 1


def test_ratios_are_taken_between_rounds_side_by_side() -> None:
    assert median_ratio([2.0, 20.0, 3.0], [1.0, 10.0, 1.0]) == 2.0


def test_ratios_leave_out_rounds_that_only_one_side_had() -> None:
    assert median_ratio([2.0, 2.0, 90.0], [1.0, 1.0]) == 2.0


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_growth_exponent_is_that_of_the_power(exponent: float) -> None:
    sizes = [1_000, 2_000, 4_000, 12_000]
    assert growth_exponent(sizes, [3.0 * size**exponent for size in sizes]) == pytest.approx(exponent)
