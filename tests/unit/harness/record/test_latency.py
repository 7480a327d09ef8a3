"""Percentiles and curves over every value."""

import csv
from pathlib import Path

import numpy as np

from harness.record import latency
from harness.record.models import Latency, Percentiles

NONE = np.empty(0, np.int64)
HTTP = np.arange(10_001) / 10
COMMITTED = {"events": np.array([-2, 100, 500]), "orders": np.array([300])}


def test_percentiles_are_exact() -> None:
    assert latency.compute_percentiles(HTTP) == Percentiles(
        p50=500.0, p95=950.0, p99=990.0, max=1000.0
    )


def test_no_value_has_no_percentile() -> None:
    assert latency.compute_percentiles(NONE) is None
    assert latency.compute_percentiles(None) is None


def test_the_committed_latency_in_all_and_by_table() -> None:
    record = latency.summarize_latency(HTTP, COMMITTED, 3)

    assert record.http is not None
    assert record.committed is not None
    assert (record.committed.p50, record.committed.max) == (200, 500)
    assert {table: p.max for table, p in record.committed_by_table.items()} == {
        "events": 500,
        "orders": 300,
    }
    assert (record.committed_unknown, record.committed_negative) == (3, 1)


def test_a_table_without_an_event_has_no_latency() -> None:
    record = latency.summarize_latency(None, {"events": np.array([5]), "orders": NONE}, 0)

    assert list(record.committed_by_table) == ["events"]
    assert (record.http, record.committed_unknown, record.committed_negative) == (None, 0, 0)


def test_what_was_not_measured_is_null() -> None:
    assert latency.summarize_latency(None, None, None) == Latency(http=None, committed=None)
    assert latency.list_stages(None, None) == {}


def test_a_curve_for_each_stage_with_a_value() -> None:
    empty = {"events": np.array([5]), "orders": NONE}

    assert list(latency.list_stages(HTTP, COMMITTED)) == [
        "http",
        "committed",
        "committed_events",
        "committed_orders",
    ]
    assert list(latency.list_stages(NONE, empty)) == ["committed", "committed_events"]


def test_curves_go_from_the_least_to_the_most(tmp_path: Path) -> None:
    path = tmp_path / "latency.csv"

    latency.write_curves(path, latency.list_stages(HTTP, COMMITTED))

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    http = {r["percentile"]: r["latency_ms"] for r in rows if r["stage"] == "http"}
    assert list(http) == [*map(str, range(100)), "99.9", "99.99", "100"]
    assert [http[p] for p in ("0", "50", "99.9", "99.99", "100")] == [
        "0.000",
        "500.000",
        "999.000",
        "999.900",
        "1000.000",
    ]
    least = [r["latency_ms"] for r in rows if (r["stage"], r["percentile"]) == ("committed", "0")]
    assert least == ["-2.000"]
    assert len(rows) == 4 * 103
