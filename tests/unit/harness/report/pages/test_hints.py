"""Findings follow from the figures: other figures, other findings."""

from pathlib import Path

import pytest

from harness.record import curves
from harness.record.curves import Curves
from harness.record.models import Latency, Percentiles, Result
from harness.report.pages import hints
from tests.unit.harness.record import example, folders


def found(result: Result, measured: Curves | None = None) -> dict[str, hints.Hint]:
    return {one.name: one for one in hints.find_hints(result, measured or Curves())}


def test_the_service_that_costs_most() -> None:
    one = found(example.result())["CPU per 1,000 events"]

    assert (one.found, one.figure) == ("web", "0.422 s")
    assert "43 % of all" in one.look


def test_the_slowest_call_is_one_of_enough_requests() -> None:
    load = example.load()
    slow = {"/login": 3.0, "/post_rating?stars=2": 5.0}
    calls = tuple(
        call.model_copy(update={"duration_s": slow.get(call.path, call.duration_s)})
        for call in load.calls
    )

    one = found(example.result(load=load.model_copy(update={"calls": calls})))["slowest call"]

    assert (one.found, one.figure) == ("/login", "1,942 requests/s")


def test_of_interleaved_calls_none_is_slowest() -> None:
    load = example.load()
    calls = tuple(call.model_copy(update={"duration_s": None}) for call in load.calls)

    by_name = found(example.result(load=load.model_copy(update={"calls": calls})))

    assert "slowest call" not in by_name


@pytest.mark.parametrize(("mean", "words"), [(1.9, "CPU is the limit"), (1.2, "CPU is not the")])
def test_whether_cpu_is_the_limit(mean: float, words: str) -> None:
    used = example.resources()
    total = used.total.model_copy(update={"cpu_cores_mean": mean})

    result = example.result(resources=used.model_copy(update={"total": total}))

    assert words in found(result)["CPU of the budget"].look


def test_where_an_event_was_lost_comes_first() -> None:
    result = example.result(status="invalid", counts=example.counts(presto=42_451))

    first = hints.find_hints(result, Curves())[0]

    assert (first.found, first.figure) == ("from Parquet to Presto", "-1 events")
    assert "logs/presto.log" in first.look


def test_a_ladder_without_a_loss_is_no_finding() -> None:
    assert "count ladder" not in found(example.result())


@pytest.mark.parametrize(("p99", "told"), [(99.0, False), (101.0, True)])
def test_a_tail_is_one_of_five_times_the_median(p99: float, told: bool) -> None:
    http = Percentiles(p50=20.0, p95=30.0, p99=p99, max=200.0)

    result = example.result(latency_ms=Latency(http=http, committed=None))

    assert ("HTTP answers at p99" in found(result)) is told


def test_of_the_start_the_phases_and_the_memory_the_largest() -> None:
    by_name = found(example.result())

    assert by_name["longest start-up"].found == "presto"
    assert by_name["longest phase"].found == "provision"
    assert by_name["most memory"].found == "streaming"


def test_of_the_series_the_largest_lag_and_the_slowest_batch(tmp_path: Path) -> None:
    read = curves.read_curves(folders.lay(tmp_path / "run", example.result(), seconds=30))

    by_name = found(example.result(), read)

    assert by_name["largest lag"].figure == "4,000 events"
    slowest = by_name["slowest micro-batch"]
    assert (slowest.found, slowest.figure) == ("number 14, 6,000 events", "1.04 s")


def test_of_a_run_that_measured_nothing_there_is_none() -> None:
    result = example.result(
        status="error", phases=(), load=None, counts=None, resources=None, startup={}, cost=None,
        latency_ms=Latency(http=None, committed=None),
    )  # fmt: skip

    assert hints.find_hints(result, Curves()) == ()
    assert hints.create_hints_section(()).lines == ("Nothing was measured.",)
