"""The row of a fault run."""

from typing import Any

import pytest

from harness.record import fault_record
from harness.record.models import InjectedFault, Outcomes, Result, ServiceRestart
from tests.unit.harness.record import example


def result(promised: bool = True, **changes: Any) -> Result:
    """A run in which Kafka was killed."""
    outcomes = Outcomes(
        answered_2xx=7_900,
        answered_503=30,
        answered_other=0,
        refused=20,
        reset=5,
        timed_out=1,
        unfinished=2,
        in_doubt=6,
    )
    return example.result(
        **{
            "fault": InjectedFault(
                name="kafka",
                text="kill -9 of Kafka",
                promised=promised,
                injected_s=40.0,
                undone_s=None,
                slowest_503_s=1.62,
                in_doubt_arrived=4,
                recovery_s=6.5,
            ),
            "restarts": (ServiceRestart(service="kafka", died_s=40.1, exit_code=-9, away_s=5.2),),
            "load": example.load().model_copy(update={"outcomes": outcomes}),
            "counts": example.counts(in_doubt=6),
            **changes,
        }
    )


def test_row_of_a_run_that_kept_the_promise() -> None:
    made = result()
    assert fault_record.create_fault_row(made) == fault_record.FaultRow(
        fault="kafka",
        text="kill -9 of Kafka",
        verdict="kept",
        run_id=made.run_id,
        accepted=42_452,
        missing=0,
        duplicate=0,
        in_doubt=6,
        in_doubt_arrived=4,
        answered_503=30,
        slowest_503_s=1.62,
        refused=20,
        reset=5,
        hung=3,
        restarts=("kafka",),
        recovery_s=6.5,
    )


def test_row_of_a_run_that_ended_before_it_was_counted() -> None:
    made = fault_record.create_fault_row(
        result(status="error", reasons=("Presto is gone",), counts=None, load=None)
    )
    assert made.verdict == "FAILED"
    assert made.why == ("Presto is gone",)
    assert made.accepted is made.missing is made.hung is None


@pytest.mark.parametrize(
    ("promised", "status", "counts", "verdict"),
    [
        (True, "valid", {}, "kept"),
        (True, "invalid", {"missing": 1}, "FAILED"),
        (False, "valid", {}, "kept"),
        (False, "invalid", {"missing": 1}, "measured"),
        (False, "invalid", {"missing": 1, "duplicate": 1}, "FAILED"),
        (False, "invalid", {"unexpected": 1}, "FAILED"),
        (False, "error", {}, "FAILED"),
    ],
)
def test_verdict(promised: bool, status: str, counts: dict[str, int], verdict: str) -> None:
    made = result(promised, status=status, counts=example.counts(**counts))
    assert fault_record.judge_promise(made) == verdict


def test_another_run_has_no_row() -> None:
    with pytest.raises(ValueError, match="is no fault run"):
        fault_record.create_fault_row(example.result())
