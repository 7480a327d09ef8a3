"""Two sets of runs beside each other: every metric with its ratio, and what else differs."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from harness.compare import statistics
from harness.errors import Inconclusive, UsageError
from harness.record import conditions, history, metrics, store
from harness.record.models import Record, Result, describe_marks
from harness.system import units

NONE = "-"

Verdict = Literal[
    "better",
    "worse",
    "differs",
    "no difference seen",
    "too few runs",
    "not comparable",
    "not measured",
]


class ComparedRuns(Record):
    """One side: what it was asked for by, its runs, and those left out, each with the reason.

    `figures` are the metrics of each of the runs, in their order. `marks` are those of runs that
    are not left out for them.
    """

    reference: str
    runs: tuple[str, ...]
    left_out: dict[str, str]
    figures: tuple[dict[str, float | None], ...]
    marks: dict[str, str]


class Difference(Record):
    """A field that is not the same in all runs: its values on each side."""

    field: str
    a: tuple[str, ...]
    b: tuple[str, ...]


class MetricComparison(Record):
    """One metric: both medians, over how many runs, and B's by A's with its interval.

    `differs` is the verdict on a metric of which neither direction is better. Where `comparable`
    is false, the runs were made under different conditions or are not all valid.
    """

    metric: str
    unit: str
    better: metrics.Better | None
    a: float | None
    a_runs: int
    b: float | None
    b_runs: int
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    comparable: bool


class Comparison(Record):
    """All of it; `obstacles` say why these runs should not have been compared.

    Each interval holds the true ratio with the probability `confidence`.
    """

    a: ComparedRuns
    b: ComparedRuns
    obstacles: tuple[str, ...]
    confidence: float = statistics.CONFIDENCE
    rows: tuple[MetricComparison, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one side, oldest first, and their configurations by key.

    Of the `obstacles`, asking for marked runs removes those of runs that are `refused`.
    """

    side: ComparedRuns
    results: tuple[Result, ...]
    configs: tuple[Mapping[str, object], ...]
    obstacles: tuple[str, ...]
    refused: tuple[str, ...]


def choose(results: Path, reference: str, *, marked: bool = False) -> Runs:
    """Return the runs that a reference means; of a group, those that count.

    Withdrawn runs do not, nor those that are `marked` unless they are asked for. Raises UsageError
    where it means none, and Inconclusive where every run of the group is left out.
    """
    folders = store.find_runs(results, reference)
    withdrawn = history.read_withdrawals(results)
    gone = {folder.name: withdrawn[folder.name] for folder in folders if folder.name in withdrawn}
    is_group = len(folders) > 1
    # One that is asked for by itself is not left out without a word, it is refused.
    left_out = {run: f"withdrawn: {why}" for run, why in gone.items()} if is_group else {}
    records = {f: store.read_result(f) for f in folders if f.name not in left_out}
    marks = {r.run_id: describe_marks(r.marks) for r in records.values() if r.marks}
    if is_group and not marked:
        left_out |= marks
        records = {f: record for f, record in records.items() if record.run_id not in marks}
    if not records and not marks:
        raise UsageError(f"Every run of the group {reference!r} is withdrawn.")
    if not records:
        raise Inconclusive(
            f"Every run of the group {reference!r} is left out.",
            why="\n       ".join(f"{run} is {why}" for run, why in left_out.items()),
            do="run it again; MARKED=1 counts those that are marked",
        )
    counted = tuple(records.values())
    return Runs(
        side=ComparedRuns(
            reference=reference,
            runs=tuple(record.run_id for record in counted),
            left_out=left_out,
            figures=tuple(map(metrics.read_metrics, counted)),
            marks={r.run_id: marks[r.run_id] for r in counted if r.marks},
        ),
        results=counted,
        configs=tuple(map(_config, records)),
        obstacles=tuple(_faults(counted, gone, {} if marked else marks)),
        refused=() if marked else tuple(r.run_id for r in counted if r.marks),
    )


def compare(a: Runs, b: Runs, anyway: bool) -> Comparison:
    """Compare B with A.

    Raises Inconclusive naming what stands against it, unless it is to be done `anyway`, and
    UsageError where a run is on both sides.
    """
    both = {*a.side.runs} & {*b.side.runs}
    if both:
        raise UsageError(f"The run {min(both)} is on both sides.")
    unlike = find_differences(
        [*map(conditions.read_conditions, a.results)], [*map(conditions.read_conditions, b.results)]
    )
    obstacles = (
        *a.obstacles,
        *b.obstacles,
        *(
            f"{one.field}: {' or '.join(one.a)} in A, {' or '.join(one.b)} in B"
            for one in unlike
            # A run that has none is not valid, which is said already.
            if len({*one.a, *one.b} - {NONE}) > 1
        ),
    )
    if obstacles and not anyway:
        raise Inconclusive(
            "These runs are not to be compared.",
            why="\n       ".join(obstacles),
            do=(
                f"count marked runs, too: make compare A={a.side.reference} B={b.side.reference}"
                " MARKED=1; or "
            )
            * bool(a.refused or b.refused)
            + "compare others, or say --anyway (make compare … ANYWAY=1)",
        )
    return Comparison(
        a=a.side,
        b=b.side,
        obstacles=obstacles,
        rows=tuple(_rows(a.side.figures, b.side.figures, not obstacles)),
        differences=find_differences([*map(_other, a.results)], [*map(_other, b.results)])
        + find_differences(a.configs, b.configs),
    )


def find_differences(
    a: Sequence[Mapping[str, object]], b: Sequence[Mapping[str, object]]
) -> tuple[Difference, ...]:
    """Return the keys whose values differ between or within the two, or are unknown.

    A missing key has no value.
    """
    keys = dict.fromkeys(key for one in (*a, *b) for key in one)
    found = (Difference(field=key, a=_values(a, key), b=_values(b, key)) for key in keys)
    return tuple(one for one in found if len({*one.a, *one.b}) > 1 or units.UNKNOWN in one.a)


def compare_metric(
    name: str, metric: metrics.Metric, a: Sequence[float], b: Sequence[float], comparable: bool
) -> MetricComparison:
    """One metric of both sides."""
    ratio = low = high = None
    if a and b and min(*a, *b) > 0:
        found = statistics.compare_medians(a, b)
        ratio, low, high = found.value, found.low, found.high
    return MetricComparison(
        metric=name,
        unit=metric.unit,
        better=metric.better,
        a=float(np.median(a)) if a else None,
        a_runs=len(a),
        b=float(np.median(b)) if b else None,
        b_runs=len(b),
        ratio=ratio,
        low=low,
        high=high,
        verdict=_verdict(metric.better, a, b, low, high),
        comparable=comparable,
    )


def _rows(
    a: Sequence[Mapping[str, float | None]],
    b: Sequence[Mapping[str, float | None]],
    comparable: bool,
) -> Iterator[MetricComparison]:
    """Return a row for every metric of the registry and of the services."""
    for name in dict.fromkeys(name for values in (*a, *b) for name in values):
        known_a, known_b = _known(a, name), _known(b, name)
        yield compare_metric(
            name, metrics.METRICS[name.partition(".")[0]], known_a, known_b, comparable
        )


def _known(values: Iterable[Mapping[str, float | None]], name: str) -> list[float]:
    return [value for one in values if (value := one.get(name)) is not None]


def _verdict(
    better: metrics.Better | None,
    a: Sequence[float],
    b: Sequence[float],
    low: float | None,
    high: float | None,
) -> Verdict:
    if not a or not b:
        return "not measured"
    if min(len(a), len(b)) < statistics.FEWEST_RUNS:
        return "too few runs"
    if low is None or high is None:
        # There is no ratio where one is 0.
        return "no difference seen" if len({*a, *b}) == 1 else "not comparable"
    if low <= 1 <= high:
        return "no difference seen"
    if better is None:
        return "differs"
    return "better" if (low > 1) == (better == "higher") else "worse"


def _faults(
    records: Iterable[Result], withdrawn: Mapping[str, str], marks: Mapping[str, str]
) -> Iterator[str]:
    for record in records:
        if record.run_id in marks:
            yield f"run {record.run_id} is marked {marks[record.run_id]}"
        if record.run_id in withdrawn:
            yield f"run {record.run_id} is withdrawn: {withdrawn[record.run_id]}"
        if record.status != "valid":
            yield f"run {record.run_id} is not valid ({record.status}): {'; '.join(record.reasons)}"


def _other(result: Result) -> dict[str, object]:
    """Return what may differ between comparable runs, and may be why their figures do."""
    place = result.environment
    return {
        "commit": place.git.commit or units.UNKNOWN,
        "dirty": units.UNKNOWN if place.git.dirty is None else place.git.dirty,
        **{f"host.{name}": value for name, value in place.host.model_dump().items()},
        **{f"versions.{name}": version for name, version in sorted(place.versions.items())},
    }


def _config(folder: Path) -> dict[str, object]:
    """Return the configuration of a run by key, as `config.load.concurrency`."""
    path = folder / "config.toml"
    try:
        return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")), "config"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read.", why=str(error)) from error


def _flat(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}.{key}")
        else:
            yield f"{prefix}.{key}", value


def _values(sides: Iterable[Mapping[str, object]], key: str) -> tuple[str, ...]:
    texts = (NONE if one.get(key) is None else str(one[key]) for one in sides)
    return tuple(dict.fromkeys(texts))
