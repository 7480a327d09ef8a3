"""benchmark.json, as pytest-benchmark's own command reads it."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.record import benchmark
from harness.record.models import MarkName, Result
from tests.unit.harness.compare import runs
from tests.unit.harness.record import example


def stats(result: Result) -> dict[str, dict[str, Any]]:
    return {
        one["name"]: one["stats"]
        for one in json.loads(benchmark.render_benchmark(result))["benchmarks"]
    }


def test_a_rate_is_the_time_of_an_event() -> None:
    found = stats(runs.make(0, 2500.0))["queryable_per_s"]

    assert found["mean"] == found["min"] == found["max"] == found["median"] == 0.0004
    assert found["ops"] == pytest.approx(2500)
    assert (found["rounds"], found["iterations"], found["stddev"]) == (1, example.EVENTS, 0)


@pytest.mark.parametrize(
    ("name", "seconds", "iterations"),
    [
        ("drain_s", 1.4713, 1),
        ("http_p99_ms", 0.052871, 1),
        ("events_per_cpu_s", 41.63 / 42452, 42452),
        ("cpu_s_per_1000_events", 41.63 / 42452, 42452),
    ],
)
def test_times_are_in_seconds(name: str, seconds: float, iterations: int) -> None:
    found = stats(example.result())[name]

    assert found["data"] == [pytest.approx(seconds)]
    assert found["iterations"] == iterations


def test_marked_run_has_names_that_compare_with_no_other() -> None:
    marks: dict[MarkName, str] = {"disturbed": "others used 9 %", "generator": "ab used 90 %"}

    found = stats(example.result(marks=marks))

    assert {name.partition("[")[0] + "[disturbed][generator]" for name in found} == found.keys()
    assert found["drain_s[disturbed][generator]"]["data"] == [pytest.approx(1.4713)]


def test_what_is_no_time_or_was_not_measured_is_left_out() -> None:
    assert not {"pss_peak_bytes", "cpu_cores_mean", "throttled_s"} & stats(example.result()).keys()


def test_a_time_of_zero_has_no_rate() -> None:
    assert stats(example.result(drain_s=0.0))["drain_s"]["ops"] == 0


def test_a_rate_of_zero_has_no_time() -> None:
    assert "queryable_per_s" not in stats(runs.make(0, 0.0))


def test_pytest_benchmark_compares_two_runs(tmp_path: Path) -> None:
    for name, queryable_per_s in (("before", 2500.0), ("after", 2000.0)):
        text = benchmark.render_benchmark(runs.make(0, queryable_per_s))
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")

    said = subprocess.run(
        [
            *(sys.executable, "-m", "pytest_benchmark", "compare", "before.json", "after.json"),
            *("--columns=mean,ops,rounds,iterations", "--csv=table.csv"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said
    assert "benchmark 'queryable_per_s': 2 tests" in said.stdout
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["name"] == "queryable_per_s"]
    assert sorted(float(row["mean"]) for row in rows) == [0.0004, 0.0005]
    assert sorted(float(row["ops"]) for row in rows) == [pytest.approx(2000), pytest.approx(2500)]
