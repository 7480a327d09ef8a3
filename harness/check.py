"""Base and head in pairs of runs, until the figures settle whether head is the slower."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import get_args

from harness.compare import sequential
from harness.compare.sequential import Batch, Limit, Pair
from harness.errors import Inconclusive, InvalidRun
from harness.progress import Display, Stage
from harness.record import metrics, store
from harness.record.checked import (
    Checked,
    CheckStatus,
    Judgement,
    Outcome,
    PairOfRuns,
    SideName,
)
from harness.record.metrics import METRICS
from harness.record.models import Result
from harness.side import Side
from harness.worktree import Repository

# No pair is begun that would end after this.
LONGEST_S = 25 * 60.0
SIDES: tuple[SideName, ...] = get_args(SideName)


def limits() -> list[Limit]:
    """The limits of the registry: a share that may be lost of what is good is 1 / (1 - share)."""
    return [
        Limit(
            metric.name,
            metric.better == "higher",
            1 / (1 - metric.limit) if metric.better == "higher" else 1 + metric.limit,
        )
        for metric in METRICS.values()
        if metric.limit is not None
    ]


class Check:
    """A check under way: the two sides, and the pairs of runs made so far."""

    def __init__(self, folder: Path, sides: Sequence[Side], arguments: Sequence[str]) -> None:
        self.folder = folder
        self.sides = {side.name: side for side in sides}
        self.arguments = arguments
        self.began = time.monotonic()
        self.batches: list[list[PairOfRuns]] = []
        # Which side goes first is drawn anew each time: a machine that warms up, or tires, must
        # not favour one of them.
        self._random = random.SystemRandom()

    def judge(self, stage: Stage) -> CheckStatus:
        """Makes batches of pairs; a regression that a second batch does not see is none."""
        first = self._batch(limits(), stage)
        if first.outcome is not Outcome.REGRESSION:
            return "fine" if first.outcome is Outcome.FINE else "inconclusive"
        second = self._batch(first.regressed, stage)
        return "regression" if second.outcome is Outcome.REGRESSION else "inconclusive"

    def _batch(self, limits: Sequence[Limit], stage: Stage) -> Batch:
        made: list[PairOfRuns] = []
        self.batches.append(made)

        def pair() -> Pair:
            made.append(self._pair(stage))
            names = [limit.metric for limit in limits]
            return Pair(_known(made[-1].base, names), _known(made[-1].head, names))

        return sequential.batch(limits, pair, self._in_time)

    def _pair(self, stage: Stage) -> PairOfRuns:
        order = self._random.sample(SIDES, 2)
        runs = {name: self._run(name, stage) for name in order}
        return PairOfRuns(
            first=order[0],
            base_run=runs["base"].run_id,
            head_run=runs["head"].run_id,
            base=metrics.values(runs["base"]),
            head=metrics.values(runs["head"]),
        )

    def _run(self, name: SideName, stage: Stage) -> Result:
        """A valid run of one side; raises InvalidRun for head, and Inconclusive for base."""
        side, number = self.sides[name], sum(map(len, self.batches)) + 1
        log = self.folder / f"{name}.log"

        def tick() -> None:
            stage.update(f"pair {number}, {name}", number - 1, sequential.MOST)

        result = side.run(self.arguments, log, tick)
        side.keep(result.run_id, self.folder / "runs" / name / result.run_id)
        if result.status != "valid":
            kind = InvalidRun if name == "head" else Inconclusive
            raise kind(f"A run of {name} is not valid.", why="; ".join(result.reasons), log=log)
        return result

    def _in_time(self) -> bool:
        elapsed_s = time.monotonic() - self.began
        pairs = sum(map(len, self.batches))
        return elapsed_s + (elapsed_s / pairs if pairs else 0) <= LONGEST_S


def run(
    root: Path,
    work: Path,
    results: Path,
    revision: str,
    profile: str,
    arguments: Sequence[str],
    display: Display,
) -> Checked:
    """Checks the working tree of `root` against a commit, and writes the record.

    `arguments` are those of the verb `bench`. Raises UsageError where there is no such commit,
    InvalidRun where a run of head is not valid, and Inconclusive where one of base is not.
    """
    repository = Repository(root)
    base, head = repository.commit(revision), repository.snapshot()
    differing = repository.differing(base, head)
    started, began = datetime.now(UTC), time.monotonic()
    check_id = store.new_id("check")
    folder = results / "checks" / check_id
    folder.mkdir(parents=True)
    batches: list[list[PairOfRuns]] = []
    status: CheckStatus = "fine"
    if differing:
        with ExitStack() as trees, display.stage("check") as stage:
            laid = {
                "base": trees.enter_context(repository.laid(base, work / "check" / "base")),
                "head": trees.enter_context(repository.laid(head, work / "check" / "head")),
            }
            sides = [Side(name, laid[name], root) for name in SIDES]
            check = Check(folder, sides, arguments)
            status, batches = check.judge(stage), check.batches
    checked = Checked(
        check_id=check_id,
        status=status,
        why="" if differing else "nothing that is measured differs",
        profile=profile,
        base_commit=base,
        head_commit=head,
        started_utc=started,
        duration_s=time.monotonic() - began,
        differing=tuple(differing),
        pairs=tuple(batches[0]) if batches else (),
        confirmation=tuple(batches[1]) if len(batches) > 1 else (),
        judgements=judgements([pair for batch in batches for pair in batch]),
    )
    (folder / "check.json").write_text(checked.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return checked


def judgements(pairs: Sequence[PairOfRuns]) -> tuple[Judgement, ...]:
    """Every metric that has a direction, over all pairs that have it on both sides."""
    names = dict.fromkeys(name for pair in pairs for name in (*pair.base, *pair.head))
    return tuple(made for name in names if (made := _judgement(name, pairs)) is not None)


def _judgement(name: str, pairs: Sequence[PairOfRuns]) -> Judgement | None:
    metric = METRICS[name.partition(".")[0]]
    base = [value for pair in pairs if (value := pair.base.get(name))]
    head = [value for pair in pairs if (value := pair.head.get(name))]
    if metric.better is None or not len(base) == len(head) == len(pairs):
        return None
    known = {limit.metric: limit for limit in limits()}.get(name)
    limit = known or Limit(name, metric.better == "higher", 1.0)
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


def _known(values: dict[str, float | None], names: Sequence[str]) -> dict[str, float]:
    return {name: value for name in names if (value := values[name]) is not None}
