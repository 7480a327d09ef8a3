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
from harness.config import Config
from harness.errors import Inconclusive
from harness.guard import over, sweep
from harness.progress import Stage
from harness.record import conditions, metrics
from harness.record.checked import PairOfRuns, SideName
from harness.record.conditions import Value
from harness.record.models import Result
from harness.side import Side, fault
from harness.worktree import Repository

SIDES: tuple[SideName, ...] = get_args(SideName)
# Pairs that were made otherwise have another noise, and are kept apart.
METHOD: dict[str, Value] = {"pairs": "duets of two standing clusters"}
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
        self.began = self.stood = time.monotonic()
        # Which side begins first, by some milliseconds, is drawn anew each time.
        self._random = random.SystemRandom()

    def in_time(self) -> bool:
        """Whether another pair would end in time, by how long those before have taken."""
        now = time.monotonic()
        pair_s = (now - self.stood) / self.made if self.made else 0
        return now - self.began + pair_s <= LONGEST_S

    def stand(self) -> None:
        """Starts both clusters, and loads both once: what is not compiled yet is another thing.

        Raises what `fault` makes where one does not start, and what `make` raises.
        """
        for name, code in self._both("up", SIDES, "starts both clusters").items():
            if code:
                why = f"its own `harness up` ended with {code}"
                log = self.sides[name].log
                raise fault(name, f"The cluster of {name} did not start.", why=why, log=log)
        self._runs(self.folder / "warm-up", SIDES, "warms both up")
        self.stood = time.monotonic()

    def make(self) -> PairOfRuns:
        """The next pair.

        Raises InvalidRun where the run of head is not valid, and Inconclusive where that of base
        is not, or where one was made under other conditions than those before.
        """
        order = self._random.sample(SIDES, 2)
        runs = self._runs(self.folder / "runs", order, f"pair {self.made + 1}")
        self.made += 1
        return PairOfRuns(
            first=order[0],
            base_run=runs["base"].run_id,
            head_run=runs["head"].run_id,
            base=metrics.values(runs["base"]),
            head=metrics.values(runs["head"]),
        )

    def _both(self, verb: str, order: Sequence[SideName], detail: str) -> dict[SideName, int]:
        """Has both sides obey a verb at once; with which code each has ended."""
        with ExitStack() as stack:
            running = {name: stack.enter_context(self.sides[name].begin(verb)) for name in order}
            while any(one.poll() is None for one in running.values()):
                self.stage.update(detail)
                time.sleep(TICK_S)
            return {name: one.returncode for name, one in running.items()}

    def _runs(self, folder: Path, order: Sequence[SideName], detail: str) -> dict[SideName, Result]:
        """A run of each at once, whose folders go to `folder`."""
        codes = self._both("bench", order, detail)
        return {name: self._run(name, folder, code) for name, code in codes.items()}

    def _run(self, name: SideName, folder: Path, code: int) -> Result:
        side = self.sides[name]
        result = side.collect(folder / name, code)
        if result.status != "valid":
            why = "; ".join(result.reasons)
            raise fault(name, f"A run of {name} is not valid.", why=why, log=side.log)
        self._check_alike(name, result)
        return result

    def _check_alike(self, name: SideName, result: Result) -> None:
        """A change of the load or the budget is no change of speed."""
        found = METHOD | conditions.of(result)
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
    commits: Mapping[SideName, str],
    work: Path,
    folder: Path,
    arguments: Mapping[SideName, Sequence[str]],
    stage: Stage,
) -> Iterator[Pairs]:
    """Pairs of two commits, whose trees and clusters are there meanwhile.

    `arguments` are those of each side's `up` and `bench`. Raises what `Side.stand` raises.
    """
    folders = trees(work)
    clear(work)
    with ExitStack() as stack:
        for name, tree in folders.items():
            stack.enter_context(repository.laid(commits[name], tree))
        stack.enter_context(over(list(folders.values()), folder / "guard.log"))
        pairs = Pairs(
            folder,
            [
                Side(name, tree, repository.root, arguments[name], folder / f"{name}.log")
                for name, tree in folders.items()
            ],
            stage,
        )
        pairs.stand()
        yield pairs


def clear(work: Path) -> None:
    """Ends the clusters of a check that was killed, and whose guard was too."""
    for tree in trees(work).values():
        sweep(tree)


def trees(work: Path) -> dict[SideName, Path]:
    """Where the trees of a check lie."""
    return {name: work / "check" / name for name in SIDES}


def arguments(
    profile: str, settings: Sequence[str], config: Config
) -> dict[SideName, tuple[str, ...]]:
    """The arguments of each side's verbs.

    Each has half of the budget's CPU, so that neither takes from the other what it needs itself.
    Head, which is of our own code and so has the ports of `config`, has them of its own.
    """
    half = f"--set=budget.vcpu={config.budget.vcpu / 2}"
    common = ("--profile", profile, *(f"--set={setting}" for setting in settings), half)
    apart = (f"--set={key}={port + APART}" for key, port in config.ports().items())
    return {"base": common, "head": (*common, *apart)}
