"""Pairs of runs of two commits, each in a tree of its own, for checks and baselines."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import get_args

from harness.compare import comparison
from harness.compare.sequential import LONGEST_S
from harness.config.model import Config, MarkSettings
from harness.errors import Inconclusive
from harness.record import conditions, curves, metrics, models
from harness.record.check_record import PairOfRuns, SideName
from harness.regression import duet
from harness.regression.checkout import Checkout, create_error, sweep_checkout
from harness.regression.worktree import Repository
from harness.system.progress import Stage

SIDES: tuple[SideName, ...] = get_args(SideName)
# Pairs that were made otherwise have another noise, and are kept apart.
METHOD: dict[str, conditions.Value] = {"pairs": "duets"}
# From the ports of base to those of head. Both stay below those that Linux gives to callers.
APART = 10_000
TICK_S = 0.5


class Pairs:
    """A series of pairs of runs, whose folders are kept in `folder`, and marked above `limits`."""

    def __init__(
        self, folder: Path, checkouts: Sequence[Checkout], stage: Stage, limits: MarkSettings
    ) -> None:
        self.folder = folder
        self.limits = limits
        self.checkouts = {checkout.name: checkout for checkout in checkouts}
        self.stage = stage
        self.made = 0
        # Marked ones that do not count.
        self.apart: list[PairOfRuns] = []
        # Those of the first run, and so of all.
        self.conditions: dict[str, conditions.Value] = {}
        self.began = time.monotonic()
        # Which side begins first, by some milliseconds, is drawn anew each time.
        self._random = random.SystemRandom()

    def has_time(self) -> bool:
        """Return whether another pair would end in time, by the mean duration so far."""
        elapsed_s = time.monotonic() - self.began
        return elapsed_s + (elapsed_s / self.made if self.made else 0) <= LONGEST_S

    def make_pair(self) -> PairOfRuns:
        """Run base and head once, at the same time, and return the pair.

        Raises InvalidRun where the run of head is not valid, and Inconclusive where that of base
        is not, or where one was made under other conditions than those before.
        """
        order = self._random.sample(SIDES, 2)
        codes = self._both(order)
        runs = {name: self._run(name, code) for name, code in codes.items()}
        self.made += 1
        sides = {
            name: duet.Side(result, curves.read_curves(self._folder(name) / result.run_id))
            for name, result in runs.items()
        }
        return PairOfRuns(
            first=order[0],
            base_run=runs["base"].run_id,
            head_run=runs["head"].run_id,
            base=metrics.read_metrics(runs["base"]),
            head=metrics.read_metrics(runs["head"]),
            marks=duet.list_marks(sides, self.limits),
        )

    def _both(self, order: Sequence[SideName]) -> dict[SideName, int]:
        """Run both checkouts at once and return their exit codes."""
        with ExitStack() as stack:
            running = {
                name: stack.enter_context(self.checkouts[name].start_bench()) for name in order
            }
            while any(one.poll() is None for one in running.values()):
                self.stage.update(f"pair {self.made + 1}")
                time.sleep(TICK_S)
            return {name: one.returncode for name, one in running.items()}

    def _run(self, name: SideName, code: int) -> models.Result:
        checkout = self.checkouts[name]
        result = checkout.collect_run(self._folder(name), code)
        if result.status != "valid":
            why = "; ".join(result.reasons)
            raise create_error(name, f"A run of {name} is not valid.", why=why, log=checkout.log)
        self._check_alike(name, result)
        return result

    def _folder(self, name: SideName) -> Path:
        return self.folder / "runs" / name

    def _check_alike(self, name: SideName, result: models.Result) -> None:
        """Raise Inconclusive where load, budget or host differ from the runs before."""
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
def open_pairs(
    repository: Repository,
    commits: Mapping[SideName, str],
    work: Path,
    folder: Path,
    arguments: Mapping[SideName, Sequence[str]],
    limits: MarkSettings,
    stage: Stage,
) -> Iterator[Pairs]:
    """Lay out two commits in `work` for a block, and make pairs of their runs.

    `arguments` are for the `bench` of each; above `limits` a pair is marked.
    """
    folders = {name: work / "check" / name for name in SIDES}
    with ExitStack() as trees:
        for name, tree in folders.items():
            sweep_checkout(tree)
            trees.enter_context(repository.lay_out(commits[name], tree))
            trees.callback(sweep_checkout, tree)
        checkouts = [
            Checkout(name, tree, repository.root, arguments[name], folder / f"{name}.log")
            for name, tree in folders.items()
        ]
        yield Pairs(folder, checkouts, stage, limits)


def create_arguments(
    profile: str, settings: Sequence[str], config: Config
) -> dict[SideName, tuple[str, ...]]:
    """Return the arguments for the `bench` of base and of head.

    Each has half of the budget's CPU, so that neither slows the other. Head has the working tree's
    keys for ports, and so gets ports of its own.
    """
    half = f"--set=budget.vcpu={config.budget.vcpu / 2}"
    common = ("--profile", profile, *(f"--set={setting}" for setting in settings), half)
    apart = (f"--set={key}={port + APART}" for key, port in config.ports().items())
    return {"base": common, "head": (*common, *apart)}
