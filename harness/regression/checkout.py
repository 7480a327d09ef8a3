"""One side of a check: a commit in a folder of its own, which runs its own code."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import HarnessError, Inconclusive, InvalidRun, ServiceFailed
from harness.record import store
from harness.record.check_record import SideName
from harness.record.models import Result
from harness.regression import worktree
from harness.system import locks, programs
from harness.system.signals import deferred
from harness.system.venv import VirtualEnvironment
from harness.verbs import VARIABLES

LOCK = "requirements.txt"
JARS = Path("harness", "cluster", "artifacts")
END_S = 120.0


class Side:
    """The tree in `folder`; what it downloads is shared with `root` where both want the same.

    `arguments` are those of its verb `bench`, whose words go to `log`.
    """

    def __init__(
        self, name: SideName, folder: Path, root: Path, arguments: Sequence[str], log: Path
    ) -> None:
        self.name: SideName = name
        self.folder = folder
        self.arguments = arguments
        self.log = log
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

    @contextmanager
    def bench(self) -> Iterator[subprocess.Popen[bytes]]:
        """A run by its own `harness bench`, under way; it is ended in order with the block."""
        # What was given to this verb is not for that one; settings are for both.
        environment = {k: v for k, v in worktree.surroundings().items() if k not in VARIABLES}
        with self.log.open("ab") as output:
            running = subprocess.Popen(
                # The kernel tells it of our end, even by SIGKILL.
                [
                    *("setpriv", "--pdeathsig", "TERM", "--"),
                    *(str(self.python), "-m", "harness", "bench", *self.arguments),
                ],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )
        try:
            yield running
        finally:
            # A second Ctrl-C is not to leave it behind in a folder that is about to go.
            with deferred():
                end(running)

    def collect(self, folder: Path, code: int) -> Result:
        """The run that `bench` has made, ending with `code`; its folder is moved into another.

        Raises what `fault` makes where it left no record.
        """
        made = store.list_runs(self.results)
        if not made:
            raise fault(
                self.name,
                f"A run of {self.name} has left no record.",
                why=f"its own `harness bench` ended with {code}",
                log=self.log,
            )
        folder.mkdir(parents=True, exist_ok=True)
        return store.read_result(Path(shutil.move(self.results / "runs" / made[-1], folder)))


def fault(name: SideName, what: str, why: str, log: Path | None = None) -> HarnessError:
    """What is wrong with head is an InvalidRun; where it is base, there is nothing to compare with.

    That is Inconclusive: who changed head is not to blame.
    """
    return (InvalidRun if name == "head" else Inconclusive)(what, why=why, log=log)


def end(running: subprocess.Popen[bytes]) -> None:
    """Ends a run that still goes on, in order where it heeds us."""
    if running.poll() is None:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(END_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def sweep(folder: Path) -> None:
    """Ends what still runs in a side's folder, by that side's own `harness down`.

    A run hears of its check's end by the kernel and ends in order, which is waited for. Raises
    ServiceFailed where a cluster does not end.
    """
    lock = folder / ".work" / "lock"
    if not lock.is_file():
        return
    with locks.wait_for(lock, lambda: None):
        pass
    own = VirtualEnvironment(folder).python
    ended = subprocess.run(
        [str(own if own.is_file() else sys.executable), "-m", "harness", "down"],
        cwd=folder,
        env=worktree.surroundings(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise ServiceFailed(f"The cluster in {folder} was not ended.", why=ended.stderr.strip())


def _same(ours: Path, theirs: Path) -> bool:
    """Whether two folders hold the same files."""
    return _contents(ours) == _contents(theirs)


def _contents(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".xml", ".sha256")
    }
