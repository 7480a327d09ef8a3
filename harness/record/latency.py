"""Latencies of every request and event: their percentiles, and the curves of latency.csv."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.record.models import Latency, Percentiles
from harness.verify.parquet import Committed

COLUMNS = ("stage", "percentile", "latency_ms")
POINTS = (*range(100), 99.9, 99.99, 100)
"""The percentiles of a curve."""

Values = NDArray[np.float64] | NDArray[np.int64]


def summary(http: Values | None, committed: Committed | None) -> Latency:
    """The record of both latencies; each null where it was not measured."""
    if committed is None:
        return Latency(http=percentiles(http), committed=None)
    tables = {table: percentiles(values) for table, values in committed.by_table.items()}
    return Latency(
        http=percentiles(http),
        committed=percentiles(committed.latency_ms),
        committed_by_table={table: known for table, known in tables.items() if known},
        committed_unknown=committed.unknown,
        committed_negative=committed.negative,
    )


def percentiles(values: Values | None) -> Percentiles | None:
    """The exact percentiles of every value, in milliseconds; null where there is none."""
    if values is None or not len(values):
        return None
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return Percentiles(p50=p50, p95=p95, p99=p99, max=values.max())


def stages(http: Values | None, committed: Committed | None) -> dict[str, Values]:
    """The values of each stage that was measured: the committed ones in all, then by table."""
    found: dict[str, Values] = {}
    if http is not None:
        found["http"] = http
    if committed is not None:
        found["committed"] = committed.latency_ms
        found |= {f"committed_{table}": values for table, values in committed.by_table.items()}
    return {stage: values for stage, values in found.items() if len(values)}


def write(path: Path, curves: Mapping[str, Values]) -> None:
    """Writes the percentile curve of each stage over all its values, in milliseconds."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for stage, values in curves.items():
            levels = np.percentile(values, POINTS)
            writer.writerows(
                (stage, f"{point:g}", f"{level:.3f}")
                for point, level in zip(POINTS, levels, strict=True)
            )
