"""A baseline: the noise of this host, from pairs of runs of one and the same code."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.compare import sequential
from harness.config.model import MarkSettings
from harness.errors import Inconclusive
from harness.record import check_record, conditions, noise_record, store
from harness.regression.pairs import open_pairs
from harness.regression.worktree import Repository
from harness.system.progress import Display


def record_sitting(
    root: Path,
    work: Path,
    results: Path,
    arguments: Mapping[check_record.SideName, Sequence[str]],
    limits: MarkSettings,
    display: Display,
    *,
    marked: bool = False,
) -> noise_record.Baseline:
    """Make pairs of the working tree of `root` with itself, and add them to the baseline.

    There are as many as a check may make, in the time that it may take. Each is kept as soon as it
    is made: an interrupt loses none. `arguments` are for the `bench` of each. A pair is marked
    above `limits`: it is not kept, unless those that are `marked` are asked for. Raises the errors
    of `Pairs.make_pair`.
    """
    repository = Repository(root)
    commit = repository.take_snapshot()
    sitting_id, started, began = (
        store.create_run_id("baseline"),
        datetime.now(UTC),
        time.monotonic(),
    )
    folder = results / "baselines" / sitting_id
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    made: list[check_record.PairOfRuns] = []
    kept: noise_record.Baseline | None = None
    with (
        display.stage("baseline") as stage,
        open_pairs(
            repository, {"base": commit, "head": commit}, work, folder, arguments, limits, stage
        ) as source,
    ):
        while len(made) < sequential.MOST and source.has_time():
            pair = source.make_pair()
            if pair.marks and not marked:
                source.apart.append(pair)
                continue
            made.append(pair)
            sitting = noise_record.Sitting(
                sitting_id=sitting_id,
                commit=commit,
                started_utc=started,
                duration_s=time.monotonic() - began,
                pairs=tuple(made),
            )
            kept = _add(results, source.conditions, sitting)
    if kept is None:
        raise Inconclusive(
            "There was no time for a pair that counts.",
            why="; ".join(mark for pair in source.apart for mark in pair.marks),
            do="run it again where less else is going on" if source.apart else "",
        )
    return kept


def _add(
    results: Path, under: dict[str, conditions.Value], sitting: noise_record.Sitting
) -> noise_record.Baseline:
    """Write a sitting, as far as it is, to the baseline of its conditions, and return that."""
    series = conditions.name_conditions(under)
    before = noise_record.find_baseline(results, series)
    earlier = before.sittings if before else ()
    others = tuple(one for one in earlier if one.sitting_id != sitting.sitting_id)
    added = noise_record.Baseline(series=series, conditions=under, sittings=(*others, sitting))
    noise_record.write_baseline(results, added)
    return added
