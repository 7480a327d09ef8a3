"""The runs of a group, taken together."""

import pytest

from harness.compare import group
from harness.compare.group import Group, MetricSpread
from harness.record.metrics import HEADLINE
from tests.unit.harness.compare import runs


def figure(made: Group, name: str = "queryable_per_s") -> MetricSpread:
    (found,) = (one for one in made.figures if one.metric == name)
    return found


def test_median_extremes_and_spread() -> None:
    made = group.summarize("g", [runs.make(n, v) for n, v in enumerate((2000.0, 2100.0, 2050.0))])

    assert made.runs == tuple(runs.make(number).run_id for number in range(3))
    assert made.not_valid == {}
    assert [one.metric for one in made.figures] == [metric.name for metric in HEADLINE]
    found = figure(made)
    assert (found.runs, found.median, found.smallest, found.largest) == (3, 2050, 2000, 2100)
    assert found.spread == pytest.approx(100 / 2050)


@pytest.mark.parametrize(("largest", "too_wide"), [(2190.0, False), (2230.0, True)])
def test_too_wide_is_wider_than_the_limit(largest: float, too_wide: bool) -> None:
    made = group.summarize("g", [runs.make(0, 2000.0), runs.make(1, largest)])

    assert figure(made).too_wide is too_wide


def test_without_a_limit_nothing_is_too_wide() -> None:
    made = group.summarize("g", [runs.make(0), runs.make(1, drain_s=99.0)])

    found = figure(made, "drain_s")
    assert found.spread is not None
    assert found.spread > 1
    assert found.too_wide is None


def test_runs_that_are_not_valid_are_named_and_have_no_part() -> None:
    fault = runs.make(1, status="invalid", reasons=("2 events are missing",), drain_s=99.0)

    made = group.summarize("g", [runs.make(0), fault])

    assert made.not_valid == {fault.run_id: ("2 events are missing",)}
    assert (figure(made).runs, figure(made).spread) == (1, None)
    assert figure(made, "drain_s").largest == runs.make(0).drain_s


def test_no_valid_run() -> None:
    made = group.summarize("g", [runs.make(0, status="aborted", reasons=("interrupted",))])

    found = figure(made)
    assert (found.runs, found.median, found.smallest, found.largest) == (0, None, None, None)
    assert (found.spread, found.too_wide) == (None, None)


def test_a_spread_about_zero_is_none() -> None:
    made = group.summarize("g", [runs.make(0, drain_s=0.0), runs.make(1)])

    assert figure(made, "drain_s").spread is None
