"""A checkout: a commit in a folder of its own, which runs its own code."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import HarnessError, Inconclusive, InvalidRun, ServiceFailed
from harness.record import check_record, models, store
from harness.system import locks, programs, signals, venv, verbs
from harness.system.child_environment import FIXED, HARNESS, create_environment

LOCK = "requirements.txt"
JARS = Path("harness", "cluster", "artifacts")
# Its own deadlines end a run, and this one a run that hangs: its settings are its own.
END_S = 600.0


class Checkout:
    """The commit in `folder`; it shares the downloads of `root` where both need the same.

    `arguments` are for its own `bench`, whose output goes to `log`.
    """

    def __init__(
        self,
        name: check_record.SideName,
        folder: Path,
        root: Path,
        arguments: Sequence[str],
        log: Path,
    ) -> None:
        self.name: check_record.SideName = name
        self.folder = folder
        # To each run of a pair the other is one of the others: harness.regression.duet judges them.
        # A base that is older than the setting refuses it.
        knows_others = "others_cpu_share" in _read(folder / "harness" / "config" / "model.py")
        self.arguments = (*arguments, *(["--set=marks.others_cpu_share=1"] if knows_others else []))
        self.log = log
        self.results = folder / "results"
        if not (folder / LOCK).is_file():
            raise create_error(
                name, f"There is no {LOCK} in {name}.", why="no harness can be run there"
            )
        if _contents(folder / JARS) == _contents(root / JARS):
            (root / ".cache").mkdir(exist_ok=True)
            (folder / ".cache").symlink_to((root / ".cache").resolve())
        if (folder / LOCK).read_bytes() == (root / LOCK).read_bytes():
            self.python = Path(sys.executable)
        else:
            environment = venv.VirtualEnvironment(folder)
            environment.ensure(programs.RUN)
            self.python = environment.python

    @contextmanager
    def start_bench(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start a run by its own `harness bench`; the run is ended in order with the block."""
        # The parameters of this verb are not for `bench`; settings are for both. An earlier commit
        # may fix no locale of its own.
        environment = {
            name: text
            for name, text in create_environment(HARNESS, FIXED).items()
            if name not in verbs.VARIABLES
        }
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
            with signals.deferred():
                end_run(running)

    def collect_run(self, folder: Path, code: int) -> models.Result:
        """Return the record of the run that ended with `code`, and move its folder to `folder`.

        Raises the error of `create_error` where it left no record.
        """
        made = store.list_runs(self.results)
        if not made:
            raise create_error(
                self.name,
                f"A run of {self.name} has left no record.",
                why=f"its own `harness bench` ended with {code}",
                log=self.log,
            )
        folder.mkdir(parents=True, exist_ok=True)
        return store.read_result(Path(shutil.move(self.results / "runs" / made[-1], folder)))


def create_error(
    name: check_record.SideName, what: str, why: str, log: Path | None = None
) -> HarnessError:
    """Return the error of a checkout: InvalidRun for head, Inconclusive for base.

    Without base there is nothing to compare with, and a change of head is not the cause.
    """
    return (InvalidRun if name == "head" else Inconclusive)(what, why=why, log=log)


def end_run(running: subprocess.Popen[bytes]) -> None:
    """End a run that goes on, by SIGTERM and after a deadline by SIGKILL."""
    if running.poll() is None:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(END_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def sweep_checkout(folder: Path) -> None:
    """Stop what still runs in the folder of a checkout, by its own `harness down`.

    The kernel tells a run of the end of its check, and the run ends in order: this waits for it.
    Raises ServiceFailed where a cluster does not stop.
    """
    lock = folder / ".work" / "lock"
    if not lock.is_file():
        return
    with locks.wait_for(lock, lambda: None):
        pass
    own = venv.VirtualEnvironment(folder).python
    ended = subprocess.run(
        [str(own if own.is_file() else sys.executable), "-m", "harness", "down"],
        cwd=folder,
        env=create_environment(HARNESS),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise ServiceFailed(
            f"The cluster in {folder} could not be stopped.", why=ended.stderr.strip()
        )


def _read(path: Path) -> str:
    """Return the text of a file, empty where there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _contents(folder: Path) -> dict[Path, bytes]:
    """Return the poms and sums of a folder by their paths in it."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".xml", ".sha256")
    }
