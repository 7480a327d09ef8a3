"""The latency of each request of an ab call, as far as ab's two files tell it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_latency_ms(percentiles: Path, requests: Path) -> NDArray[np.float64]:
    """Return the latency of each complete request of one call in milliseconds, ascending.

    ab knows each to the microsecond and tells it nowhere whole. Its file of `requests` (`-g`) has
    a line for each, sorted, but in whole milliseconds, rounded half up. Its file of `percentiles`
    (`-e`) has microseconds, but of 101 ranks only: percent i of n requests is the one at index
    int(0.5 + n * i / 100), from 0, and 100 the last (ApacheBench 2.3, ab.c, output_results). So
    the 101 are exact, as are all of a call of up to 100 requests; one in between is interpolated
    between them and kept within its own millisecond, which bounds its error by 1 ms. The error of
    a percentile over several calls has the same bound. Merging the 101 points alone would have
    none at the tails.
    """
    whole = np.sort(np.loadtxt(requests, delimiter="\t", skiprows=1, usecols=4, ndmin=1))
    _, points = np.loadtxt(percentiles, delimiter=",", skiprows=1, unpack=True)
    ranks = (0.5 + len(whole) * np.arange(101) / 100).astype(int)
    ranks[0], ranks[-1] = 0, len(whole) - 1
    # Where a call is short, ab reads past the end of its array for the last ranks before 100.
    told = ranks < len(whole)
    between: NDArray[np.float64] = np.interp(np.arange(len(whole)), ranks[told], points[told])
    return between.clip(whole - 0.5, whole + 0.5)
