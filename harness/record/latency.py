"""Latencies of every request and event: percentiles, and the curves of latency.csv."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.record.models import Latency, Percentiles

POINTS = (*range(100), 99.9, 99.99, 100)
"""The percentiles of a curve."""

Values = NDArray[np.float64] | NDArray[np.int64]


def summarize_latency(
    http: Values | None, committed: Mapping[str, Values] | None, committed_unknown: int | None
) -> Latency:
    """Return the record of both latencies, each None where it was not measured.

    `committed` has the latencies of the events by table, and `committed_unknown` counts the events
    that have none. All values are in milliseconds.
    """
    if committed is None:
        return Latency(http=compute_percentiles(http), committed=None)
    tables = {table: compute_percentiles(values) for table, values in committed.items()}
    every_event = _join(committed)
    return Latency(
        http=compute_percentiles(http),
        committed=compute_percentiles(every_event),
        committed_by_table={table: known for table, known in tables.items() if known},
        committed_unknown=committed_unknown,
        committed_negative=int((every_event < 0).sum()),
    )


def compute_percentiles(values: Values | None) -> Percentiles | None:
    """Return the exact percentiles of every value, in milliseconds, or None without a value."""
    if values is None or not len(values):
        return None
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return Percentiles(p50=p50, p95=p95, p99=p99, max=values.max())


def list_stages(http: Values | None, committed: Mapping[str, Values] | None) -> dict[str, Values]:
    """Return the values of each measured stage: HTTP, committed, and committed by table."""
    measured: dict[str, Values] = {}
    if http is not None:
        measured["http"] = http
    if committed is not None:
        measured["committed"] = _join(committed)
        measured |= {f"committed_{table}": values for table, values in committed.items()}
    return {stage: values for stage, values in measured.items() if len(values)}


def write_curves(path: Path, curves: Mapping[str, Values]) -> None:
    """Write the percentile curve of each stage over all its values, in milliseconds."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("stage", "percentile", "latency_ms"))
        for stage, values in curves.items():
            levels = np.percentile(values, POINTS)
            writer.writerows(
                (stage, f"{point:g}", f"{level:.3f}")
                for point, level in zip(POINTS, levels, strict=True)
            )


def _join(committed: Mapping[str, Values]) -> Values:
    """Return the latencies of the events of all tables."""
    return np.concatenate([np.empty(0, np.int64), *committed.values()])
