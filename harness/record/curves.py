"""The files beside a run's record: the series, the latency curves, the requests."""

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from harness.errors import UsageError

Values = list[float | None]


@dataclass(frozen=True)
class Curves:
    """The columns of series.csv by name, the percentiles of each stage, and what was sent when.

    A value of None was not measured. `latency_ms` has pairs of a percentile and its value;
    `begun` has the requests that began in each second of Unix time.
    """

    series: dict[str, Values] = field(default_factory=dict)
    latency_ms: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    begun: dict[int, int] = field(default_factory=dict)

    @cached_property
    def elapsed_s(self) -> list[float]:
        """Return the time of each sample in seconds since the run's start."""
        return [value or 0.0 for value in self.series.get("elapsed_s", [])]

    @cached_property
    def services(self) -> list[str]:
        """Return the names with a column of CPU time: services, load tool, harness."""
        return [name.removesuffix("_cpu_s") for name in self.series if name.endswith("_cpu_s")]

    def cores(self, service: str) -> list[float]:
        """Return the mean cores that a service used in each interval between two samples."""
        spent = [value or 0.0 for value in self.series[f"{service}_cpu_s"]]
        pairs = zip(pairwise(self.elapsed_s), pairwise(spent), strict=True)
        return [
            (after - before) / (end - start) if end > start else 0.0
            for (start, end), (before, after) in pairs
        ]

    def memory_bytes(self, service: str) -> list[float]:
        """Return the PSS of a service in each interval between two samples, read at its end.

        PSS is read in some samples only; between them RSS, which is read in all, is taken in the
        proportion that PSS had to it.
        """
        rss = np.array([value or 0.0 for value in self.series[f"{service}_rss_bytes"]])
        read = [
            (number, pss / rss[number])
            for number, pss in enumerate(self.series[f"{service}_pss_bytes"])
            if pss is not None and rss[number]
        ]
        if not read:
            return [0.0] * (len(rss) - 1)
        numbers, shares = zip(*read, strict=True)
        scaled = rss * np.interp(np.arange(len(rss)), numbers, shares)
        return [float(value) for value in scaled[1:]]

    def sent(self) -> list[tuple[float, int]]:
        """Return pairs of seconds since the run's start and the requests begun by then."""
        if not self.begun or not self.elapsed_s:
            return []
        start = (self.series["time_ms"][0] or 0.0) / 1000 - self.elapsed_s[0]
        seconds = range(min(self.begun), max(self.begun) + 2)
        sums = np.cumsum([0, *(self.begun.get(second, 0) for second in seconds)])
        return [
            (second - start, int(number)) for second, number in zip(seconds, sums, strict=False)
        ]


def read_curves(folder: Path) -> Curves:
    """Read the curves of a run's folder; a missing file gives empty ones.

    Raises UsageError for a file that is not the harness's.
    """
    try:
        return Curves(
            _columns(_rows(folder / "series.csv")),
            _latency(_rows(folder / "latency.csv")),
            _begun(folder / "load"),
        )
    except (ValueError, LookupError, TypeError, csv.Error) as error:
        raise UsageError(f"The curves in {folder} cannot be read.", why=str(error)) from error


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _columns(rows: Sequence[dict[str, str]]) -> dict[str, Values]:
    names = [name for name in rows[0] if name != "phase"] if rows else []
    return {name: [float(row[name]) if row[name] else None for row in rows] for name in names}


def _latency(rows: Sequence[dict[str, str]]) -> dict[str, list[tuple[float, float]]]:
    curves: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        curves[row["stage"]].append((float(row["percentile"]), float(row["latency_ms"])))
    return dict(curves)


def _begun(folder: Path) -> dict[int, int]:
    """Count the requests in the load tools' files by the second of Unix time of their begin."""
    seconds: Counter[int] = Counter()
    for path in (*folder.glob("ab-*.tsv"), *folder.glob("outcomes.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        seconds.update(int(line.split("\t")[1]) for line in lines)
    return dict(seconds)
