"""Compare base and head in pairs of runs until the figures settle which is slower."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from harness.compare import sequential, simulation
from harness.config.model import MarkSettings
from harness.errors import Inconclusive
from harness.record import conditions, metrics, noise_record, store
from harness.record.check_record import (
    CheckRecord,
    CheckStatus,
    Judgement,
    PairOfRuns,
    Rates,
    SideName,
)
from harness.regression.pairs import Pairs, open_pairs
from harness.regression.worktree import Repository
from harness.system.progress import Display


def judge_pairs(
    source: Pairs, *, marked: bool = False
) -> tuple[CheckStatus, list[list[PairOfRuns]]]:
    """Make pairs until they settle it or the time is up; return the status and the batches.

    A pair that is marked does not count, unless the `marked` ones are asked for. Raises
    Inconclusive where a metric that has a limit was not measured.
    """
    limits = sequential.list_limits()
    batches: list[list[PairOfRuns]] = [[]]

    def make_pair() -> sequential.Pair | None:
        made = source.make_pair()
        if made.marks and not marked:
            source.apart.append(made)
            return None
        batches[-1].append(made)
        return sequential.Pair(
            _select_limited(made.base, limits), _select_limited(made.head, limits)
        )

    status = sequential.run_check(limits, make_pair, source.has_time, lambda: batches.append([]))
    return status, batches


def _select_limited(
    values: Mapping[str, float | None], limits: Sequence[sequential.Limit]
) -> dict[str, float]:
    """Return the metrics that have limits; raise Inconclusive where one was not measured."""
    known = {limit.metric: value for limit in limits if (value := values[limit.metric]) is not None}
    if missing := [limit.metric for limit in limits if limit.metric not in known]:
        raise Inconclusive("What has a limit was not measured.", why=", ".join(missing))
    return known


def run_check(
    root: Path,
    work: Path,
    results: Path,
    revision: str,
    profile: str,
    arguments: Mapping[SideName, Sequence[str]],
    limits: MarkSettings,
    display: Display,
    *,
    marked: bool = False,
) -> CheckRecord:
    """Check the working tree of `root` against a commit, and write the record.

    `arguments` are for the `bench` of base and of head. A pair above `limits` is marked, and does
    not count unless the `marked` ones are asked for. Raises UsageError where there is no such
    commit, InvalidRun where a run of head is not valid, and Inconclusive where one of base is not.
    """
    repository = Repository(root)
    base, head = repository.find_commit(revision), repository.take_snapshot()
    differing = repository.list_differing(base, head)
    started, began = datetime.now(UTC), time.monotonic()
    check_id = store.create_run_id("check")
    folder = results / "checks" / check_id
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    status: CheckStatus = "fine"
    batches: list[list[PairOfRuns]] = [[]]
    apart: list[PairOfRuns] = []
    known: noise_record.Baseline | None = None
    if differing:
        with (
            display.stage("check") as stage,
            open_pairs(
                repository, {"base": base, "head": head}, work, folder, arguments, limits, stage
            ) as source,
        ):
            status, batches = judge_pairs(source, marked=marked)
            apart = source.apart
        if batches[0]:
            known = noise_record.find_baseline(
                results, conditions.name_conditions(source.conditions)
            )
    checked = CheckRecord(
        check_id=check_id,
        status=status,
        why="" if differing else "nothing that is measured differs",
        profile=profile,
        base_commit=base,
        head_commit=head,
        started_utc=started,
        duration_s=time.monotonic() - began,
        differing=tuple(differing),
        pairs=tuple(batches[0]),
        confirmation=tuple(batches[1]) if len(batches) > 1 else (),
        apart=tuple(apart),
        judgements=judge_metrics([pair for batch in batches for pair in batch]),
        rates=_rates(known),
    )
    store.write_file(folder / "check.json", checked.model_dump_json(indent=2) + "\n")
    return checked


def _rates(known: noise_record.Baseline | None) -> tuple[Rates, ...]:
    """Return how often a check is wrong on this host; empty without a baseline."""
    if known is None:
        return ()
    return simulation.simulate_slowdowns(simulation.select_noise(known), simulation.PROMISED)


def judge_metrics(pairs: Sequence[PairOfRuns]) -> tuple[Judgement, ...]:
    """Judge every metric that has a direction, over all pairs that have it on both sides."""
    names = dict.fromkeys(name for pair in pairs for name in (*pair.base, *pair.head))
    return tuple(made for name in names if (made := _judgement(name, pairs)) is not None)


def _judgement(name: str, pairs: Sequence[PairOfRuns]) -> Judgement | None:
    metric = metrics.METRICS[name.partition(".")[0]]
    base = [value for pair in pairs if (value := pair.base.get(name))]
    head = [value for pair in pairs if (value := pair.head.get(name))]
    if metric.better is None or not len(base) == len(head) == len(pairs):
        return None
    known = {limit.metric: limit for limit in sequential.list_limits()}.get(name)
    limit = known or sequential.Limit(name, metric.better == "higher", 1.0)
    harm = limit.harm(base, head)
    return Judgement(
        metric=name,
        base_median=median(base),
        head_median=median(head),
        harm=harm.value,
        low=harm.low,
        high=harm.high,
        limit=None if known is None else known.worse,
        outcome=None if known is None else known.judge(harm),
    )
