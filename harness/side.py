"""One side of a check: a commit in a folder of its own, which runs its own code."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from harness import programs, turn, worktree
from harness.cluster import backend
from harness.config import PREFIX, RESERVED
from harness.errors import HarnessError, Inconclusive, InvalidRun
from harness.interrupts import deferred
from harness.record import store
from harness.record.checked import SideName
from harness.record.models import Result
from harness.venv import VirtualEnvironment

LOCK = "requirements.txt"
JARS = Path("harness", "cluster", "artifacts")
TICK_S = 0.5
END_S = 120.0


class Side:
    """The tree in `folder`; what it downloads is shared with `root` where both want the same."""

    def __init__(self, name: SideName, folder: Path, root: Path) -> None:
        self.name: SideName = name
        self.folder = folder
        self.results = folder / "results"
        if not (folder / LOCK).is_file():
            raise fault(name, f"There is no {LOCK} in {name}.", why="no harness can be run there")
        if _same(folder / JARS, root / JARS):
            (root / ".cache").mkdir(exist_ok=True)
            (folder / ".cache").symlink_to((root / ".cache").resolve())
        if (folder / LOCK).read_bytes() == (root / LOCK).read_bytes():
            self.python = Path(sys.executable)
        else:
            environment = VirtualEnvironment(folder)
            environment.ensure(programs.RUN)
            self.python = environment.python

    def run(self, arguments: Sequence[str], log: Path, tick: Callable[[], None]) -> Result:
        """One run on a cluster of its own, its words in `log`; `tick` is called meanwhile.

        Raises what `fault` makes where it leaves no record.
        """
        before = set(store.ids(self.results))
        code = self._execute(["bench", *arguments], log, tick)
        made = set(store.ids(self.results)) - before
        if not made:
            raise fault(
                self.name,
                f"A run of {self.name} has left no record.",
                why=f"its own `harness bench` ended with {code}",
                log=log,
            )
        return store.read(self.results / "runs" / made.pop())

    def keep(self, run_id: str, target: Path) -> None:
        """Moves a run's folder to where it stays."""
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self.results / "runs" / run_id, target)

    def _execute(self, arguments: Sequence[str], log: Path, tick: Callable[[], None]) -> int:
        """Runs a verb of this side's own harness; it ends in order when this process does.

        Returns its exit code.
        """
        # What was given to this verb is not for that one; settings are for both.
        given = {PREFIX + name for name in RESERVED}
        environment = {k: v for k, v in worktree.surroundings().items() if k not in given}
        with log.open("ab") as output:
            verb = subprocess.Popen(
                # The kernel tells it of our end, even by SIGKILL.
                [
                    *("setpriv", "--pdeathsig", "TERM", "--"),
                    *(str(self.python), "-m", "harness", *arguments),
                ],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )
        try:
            while True:
                try:
                    return verb.wait(TICK_S)
                except subprocess.TimeoutExpired:
                    tick()
        finally:
            # A second Ctrl-C is not to leave it behind in a folder that is about to go.
            with deferred():
                end(verb)


def fault(name: SideName, what: str, why: str, log: Path | None = None) -> HarnessError:
    """What is wrong with head is an InvalidRun; where it is base, there is nothing to compare with.

    That is Inconclusive: who changed head is not to blame.
    """
    return (InvalidRun if name == "head" else Inconclusive)(what, why=why, log=log)


def end(verb: subprocess.Popen[bytes]) -> None:
    """Ends a run that still goes on: in order, or else with its cluster's supervisor after it."""
    if verb.poll() is None:
        verb.send_signal(signal.SIGTERM)
        try:
            verb.wait(END_S)
        except subprocess.TimeoutExpired:
            verb.kill()
            verb.wait()


def sweep(folder: Path) -> None:
    """Ends what still runs in a side's folder, since the check or the run was killed.

    A run hears of its check's end by the kernel and ends in order, which is waited for; of a run
    that was killed itself, the cluster is ended.
    """
    lock = folder / ".work" / "lock"
    if lock.is_file():
        with turn.wait(lock, lambda: None):
            backend.of(folder, folder / ".work" / "cluster").close()


def _same(ours: Path, theirs: Path) -> bool:
    """Whether two folders hold the same files."""
    return _contents(ours) == _contents(theirs)


def _contents(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".xml", ".sha256")
    }
