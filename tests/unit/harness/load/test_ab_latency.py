"""Latencies from ab's two files, against files recorded from it and files written as it does."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.load import ab_latency

RECORDED = Path(__file__).parent / "recorded"
OUT_OF_BOUNDS_MS = 0.257


def write(folder: Path, micros: NDArray[np.int64]) -> tuple[Path, Path]:
    """Writes the files that ab would for requests that took `micros`, as ab.c does it."""
    times = np.sort(micros)
    count = len(times)
    lines = ["Percentage served,Time in ms"]
    for percent in range(101):
        rank = {0: 0, 100: count - 1}.get(percent, int(0.5 + count * percent / 100))
        value = times[rank] / 1000 if rank < count else OUT_OF_BOUNDS_MS
        lines.append(f"{percent},{value:.3f}")
    percentiles = folder / "ab.csv"
    percentiles.write_text("\n".join(lines) + "\n")
    lines = ["starttime\tseconds\tctime\tdtime\tttime\twait"]
    for time in times:
        whole = (time + 500) // 1000
        lines.append(f"Tue Nov 24 02:17:02 2026\t1795486622\t0\t{whole}\t{whole}\t{whole}")
    requests = folder / "ab.tsv"
    requests.write_text("\n".join(lines) + "\n")
    return percentiles, requests


def draw(seed: int, count: int) -> NDArray[np.int64]:
    generator = np.random.default_rng(seed)
    return (generator.lognormal(2.5, 0.8, count) * 1000).astype(np.int64)


@pytest.mark.parametrize("count", [1, 2, 12, 29, 67, 100])
def test_a_call_of_up_to_100_requests_is_exact(tmp_path: Path, count: int) -> None:
    micros = draw(count, count)

    read = ab_latency.read_latency_ms(*write(tmp_path, micros))

    np.testing.assert_allclose(read, np.sort(micros) / 1000, atol=1e-9)


@pytest.mark.parametrize("count", [101, 367, 5_827])
def test_a_longer_call_is_within_its_millisecond(tmp_path: Path, count: int) -> None:
    micros = draw(count, count)
    true = np.sort(micros) / 1000

    read = ab_latency.read_latency_ms(*write(tmp_path, micros))

    assert len(read) == count
    assert np.abs(read - true).max() < 1
    assert (np.diff(read) >= 0).all()
    ranks = [int(0.5 + count * percent / 100) for percent in range(1, 100)]
    np.testing.assert_allclose(read[ranks], true[ranks], atol=1e-9)
    np.testing.assert_allclose(read[[0, -1]], true[[0, -1]], atol=1e-9)


def test_microseconds_are_used_between_the_points(tmp_path: Path) -> None:
    micros = draw(7, 5_827)

    read = ab_latency.read_latency_ms(*write(tmp_path, micros))

    # Whole milliseconds alone are a quarter of one off in the mean.
    assert np.abs(read - np.sort(micros) / 1000).mean() < 0.05


@pytest.mark.parametrize(("name", "count"), [("single", 1), ("good", 12), ("many", 250)])
def test_files_of_the_real_ab(name: str, count: int) -> None:
    percentiles, requests = RECORDED / f"{name}.csv", RECORDED / f"{name}.tsv"
    points = dict(line.split(",") for line in percentiles.read_text().splitlines()[1:])
    whole = [int(line.split("\t")[4]) for line in requests.read_text().splitlines()[1:]]

    read = ab_latency.read_latency_ms(percentiles, requests)

    assert len(read) == count
    assert (read[0], read[-1]) == (float(points["0"]), float(points["100"]))
    assert np.abs(read - whole).max() <= 0.5
