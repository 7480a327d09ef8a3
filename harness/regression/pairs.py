"""Pairs of runs of two commits, each in a tree of its own, for checks and baselines."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import get_args

from harness.compare import comparison
from harness.compare.sequential import LONGEST_S
from harness.config.model import Config
from harness.errors import Inconclusive
from harness.record import conditions, metrics
from harness.record.check_record import PairOfRuns, SideName
from harness.record.conditions import Value
from harness.record.models import Result
from harness.regression.checkout import Side, fault, sweep
from harness.regression.worktree import Repository
from harness.system.progress import Stage

SIDES: tuple[SideName, ...] = get_args(SideName)
# Pairs that were made otherwise have another noise, and are kept apart.
METHOD: dict[str, Value] = {"pairs": "duets"}
# From the ports of base to those of head. Both stay below those that Linux gives to callers.
APART = 10_000
TICK_S = 0.5


class Pairs:
    """Makes pairs of runs, whose folders it keeps in `folder`."""

    def __init__(self, folder: Path, sides: Sequence[Side], stage: Stage) -> None:
        self.folder = folder
        self.sides = {side.name: side for side in sides}
        self.stage = stage
        self.made = 0
        # Those of the first run, and so of all.
        self.conditions: dict[str, Value] = {}
        self.began = time.monotonic()
        # Which side begins first, by some milliseconds, is drawn anew each time.
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
        codes = self._both(order)
        runs = {name: self._run(name, code) for name, code in codes.items()}
        self.made += 1
        return PairOfRuns(
            first=order[0],
            base_run=runs["base"].run_id,
            head_run=runs["head"].run_id,
            base=metrics.read_metrics(runs["base"]),
            head=metrics.read_metrics(runs["head"]),
        )

    def _both(self, order: Sequence[SideName]) -> dict[SideName, int]:
        """Has both sides run at once; with which code each has ended."""
        with ExitStack() as stack:
            running = {name: stack.enter_context(self.sides[name].bench()) for name in order}
            while any(one.poll() is None for one in running.values()):
                self.stage.update(f"pair {self.made + 1}")
                time.sleep(TICK_S)
            return {name: one.returncode for name, one in running.items()}

    def _run(self, name: SideName, code: int) -> Result:
        side = self.sides[name]
        result = side.collect(self.folder / "runs" / name, code)
        if result.status != "valid":
            why = "; ".join(result.reasons)
            raise fault(name, f"A run of {name} is not valid.", why=why, log=side.log)
        self._check_alike(name, result)
        return result

    def _check_alike(self, name: SideName, result: Result) -> None:
        """A change of the load or the budget is no change of speed."""
        found = METHOD | conditions.read_conditions(result)
        self.conditions = self.conditions or found
        unlike = comparison.find_differences([self.conditions], [found])
        if unlike:
            raise Inconclusive(
                f"A run of {name} was made under other conditions than the one before.",
                why="; ".join(f"{one.field}: {one.a[0]} before, {one.b[0]} now" for one in unlike),
                do="give both the same load and budget, by --set where their profiles differ",
            )


@contextmanager
def between(
    repository: Repository,
    commits: Mapping[SideName, str],
    work: Path,
    folder: Path,
    arguments: Mapping[SideName, Sequence[str]],
    stage: Stage,
) -> Iterator[Pairs]:
    """Pairs of two commits, which lie in `work` meanwhile.

    `arguments` are those of each side's `bench`.
    """
    folders = {name: work / "check" / name for name in SIDES}
    with ExitStack() as trees:
        for name, tree in folders.items():
            sweep(tree)
            trees.enter_context(repository.laid(commits[name], tree))
            trees.callback(sweep, tree)
        sides = [
            Side(name, tree, repository.root, arguments[name], folder / f"{name}.log")
            for name, tree in folders.items()
        ]
        yield Pairs(folder, sides, stage)


def arguments(
    profile: str, settings: Sequence[str], config: Config
) -> dict[SideName, tuple[str, ...]]:
    """The arguments of each side's `bench`.

    Each has half of the budget's CPU, so that neither takes from the other what it needs itself.
    Head, which is of our own code and so has the ports of `config`, has them of its own.
    """
    half = f"--set=budget.vcpu={config.budget.vcpu / 2}"
    common = ("--profile", profile, *(f"--set={setting}" for setting in settings), half)
    apart = (f"--set={key}={port + APART}" for key, port in config.ports().items())
    return {"base": common, "head": (*common, *apart)}
