"""Which runs may be compared."""

from typing import Any

import pytest

from harness.record import conditions
from tests.unit.harness.record import example


def test_runs_of_the_same_conditions_are_one_series() -> None:
    a = example.result()
    b = example.result(run_id="another", seed=7, drain_s=9.0, group="g")

    assert conditions.name_series(a) == conditions.name_series(b)
    assert conditions.name_series(a).startswith("bench-")


@pytest.mark.parametrize(
    "changes",
    [
        {"profile": "smoke"},
        {"backend": "compose"},
        {"load": None},
        {"load": example.load().model_copy(update={"connections": 32})},
        {"load": example.load().model_copy(update={"rate_per_s": 500.0})},
        {"budget": example.result().budget.model_copy(update={"vcpu": 4.0})},
    ],
)
def test_others_are_of_another(changes: dict[str, Any]) -> None:
    assert conditions.name_series(example.result(**changes)) != conditions.name_series(
        example.result()
    )


def test_a_closed_loop_has_no_rate() -> None:
    """So the series of runs from before there were rates keep their names."""
    assert "load.rate_per_s" not in conditions.read_conditions(example.result())
    assert "load.rate_per_s" not in conditions.read_conditions(example.result(load=None))


def test_events_that_were_there_before() -> None:
    kept = example.result(counts=example.counts(accepted=2 * example.EVENTS))

    assert conditions.read_conditions(kept)["earlier_events"] == example.EVENTS
    assert conditions.read_conditions(example.result())["earlier_events"] == 0
    assert conditions.read_conditions(example.result(status="invalid"))["earlier_events"] is None
