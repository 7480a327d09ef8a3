"""The record of a host's noise, `results/baselines/<series>.json`: pairs of runs of equal code."""

import math
from collections.abc import Sequence
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from harness.errors import UsageError
from harness.record import check_record, models, store
from harness.record.conditions import Value

BASELINE_SCHEMA_VERSION = 1


class Noise(models.Record):
    """The pairs that the simulation draws from: the logarithm of head by base, by metric.

    `pair_s` is how long a pair takes.
    """

    pair_s: float
    pairs: tuple[dict[str, float], ...]


class Sitting(models.Record):
    """Pairs that were made one after another, of one commit."""

    sitting_id: str
    commit: str
    started_utc: AwareDatetime
    duration_s: float
    pairs: tuple[check_record.PairOfRuns, ...]


class Baseline(models.Record):
    """All pairs of equal code that were made under the same conditions, on one host."""

    schema_version: int = BASELINE_SCHEMA_VERSION
    series: str
    conditions: dict[str, Value]
    sittings: tuple[Sitting, ...]

    def noise(self, names: Sequence[str]) -> Noise:
        """Return the noise of some metrics, from the pairs that have them all.

        Raises UsageError where no pair has.
        """
        pairs = [pair for sitting in self.sittings for pair in sitting.pairs]
        ratios = [_ratios(pair, names) for pair in pairs]
        known = tuple(ratio for ratio in ratios if ratio is not None)
        if not known:
            raise UsageError(
                f"The baseline {self.series} has no pair.",
                why=f"no pair of runs has {', '.join(names)}",
                do="add pairs: make baseline",
            )
        total_s = sum(sitting.duration_s for sitting in self.sittings)
        return Noise(pair_s=total_s / len(pairs), pairs=known)


def locate_baseline(results: Path, series: str) -> Path:
    """Return the path of a series' baseline."""
    return results / "baselines" / f"{series}.json"


def find_baseline(results: Path, series: str) -> Baseline | None:
    """Read the baseline of a series; return None where there is none.

    Raises UsageError for another file.
    """
    there = locate_baseline(results, series)
    return read_baseline(there) if there.exists() else None


def read_baseline(there: Path) -> Baseline:
    """Read the baseline in a file; raise UsageError for another file."""
    try:
        return Baseline.model_validate_json(there.read_bytes(), strict=True)
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{there} is no baseline.",
            why=str(error),
            do=f"move it away: mv {there} {there}.old",
        ) from error


def write_baseline(results: Path, baseline: Baseline) -> None:
    """Write a baseline whole; raise Missing where that fails."""
    store.write_file(
        locate_baseline(results, baseline.series), baseline.model_dump_json(indent=2) + "\n"
    )


def _ratios(pair: check_record.PairOfRuns, names: Sequence[str]) -> dict[str, float] | None:
    ratios = {}
    for name in names:
        base, head = pair.base.get(name), pair.head.get(name)
        if not base or not head:
            return None
        ratios[name] = math.log(head / base)
    return ratios
