"""Pairs of runs of two commits, each in a tree of its own, for checks and baselines."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import get_args

from harness.compare import comparison
from harness.compare.sequential import LONGEST_S
from harness.errors import Inconclusive
from harness.progress import Stage
from harness.record import conditions, metrics
from harness.record.checked import PairOfRuns, SideName
from harness.record.conditions import Value
from harness.record.models import Result
from harness.side import Side, fault, sweep
from harness.worktree import Repository

SIDES: tuple[SideName, ...] = get_args(SideName)


class Pairs:
    """Makes pairs of runs, whose folders and words it keeps in `folder`."""

    def __init__(
        self, folder: Path, sides: Sequence[Side], arguments: Sequence[str], stage: Stage
    ) -> None:
        self.folder = folder
        self.sides = {side.name: side for side in sides}
        self.arguments = arguments
        self.stage = stage
        self.made = 0
        # Those of the first run, and so of all.
        self.conditions: dict[str, Value] = {}
        self.began = time.monotonic()
        # Which side goes first is drawn anew each time: a machine that warms up, or tires, must
        # not favour one of them.
        self._random = random.SystemRandom()

    def in_time(self) -> bool:
        """Whether another pair would end in time, by how long those before have taken."""
        elapsed_s = time.monotonic() - self.began
        return elapsed_s + (elapsed_s / self.made if self.made else 0) <= LONGEST_S

    def make(self) -> PairOfRuns:
        """The next pair.

        Raises InvalidRun where the run of head is not valid, and Inconclusive where that of base
        is not, or where one was made under other conditions than those before.
        """
        order = self._random.sample(SIDES, 2)
        runs = {name: self._run(name) for name in order}
        self.made += 1
        return PairOfRuns(
            first=order[0],
            base_run=runs["base"].run_id,
            head_run=runs["head"].run_id,
            base=metrics.values(runs["base"]),
            head=metrics.values(runs["head"]),
        )

    def _run(self, name: SideName) -> Result:
        side, log = self.sides[name], self.folder / f"{name}.log"

        def tick() -> None:
            self.stage.update(f"pair {self.made + 1}, {name}")

        result = side.run(self.arguments, log, tick)
        side.keep(result.run_id, self.folder / "runs" / name / result.run_id)
        if result.status != "valid":
            why = "; ".join(result.reasons)
            raise fault(name, f"A run of {name} is not valid.", why=why, log=log)
        self._check_alike(name, result)
        return result

    def _check_alike(self, name: SideName, result: Result) -> None:
        """A change of the load or the budget is no change of speed."""
        found = conditions.of(result)
        self.conditions = self.conditions or found
        unlike = comparison.differences([self.conditions], [found])
        if unlike:
            raise Inconclusive(
                f"A run of {name} was made under other conditions than the one before.",
                why="; ".join(f"{one.field}: {one.a[0]} before, {one.b[0]} now" for one in unlike),
                do="give both the same load and budget, by --set where their profiles differ",
            )


@contextmanager
def between(
    repository: Repository,
    commits: dict[SideName, str],
    work: Path,
    folder: Path,
    arguments: Sequence[str],
    stage: Stage,
) -> Iterator[Pairs]:
    """Pairs of two commits, which lie in `work` meanwhile; `arguments` are those of `bench`."""
    folders = {name: work / "check" / name for name in SIDES}
    with ExitStack() as trees:
        for name in SIDES:
            sweep(folders[name])
            trees.enter_context(repository.laid(commits[name], folders[name]))
            trees.callback(sweep, folders[name])
        sides = [Side(name, folders[name], repository.root) for name in SIDES]
        yield Pairs(folder, sides, arguments, stage)
