"""The end of a check's clusters: a process that waits for the check's own end, and ends them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness import turn, worktree
from harness.errors import ServiceFailed
from harness.interrupts import deferred
from harness.venv import VirtualEnvironment

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def over(folders: Sequence[Path], log: Path) -> Iterator[None]:
    """Ends the clusters in the folders with the block, or with this process, even by SIGKILL.

    Raises ServiceFailed where one does not end; the guard's words are in `log`.
    """
    with log.open("ab") as output:
        guard = subprocess.Popen(
            [sys.executable, "-m", "harness.guard", *map(str, folders)],
            cwd=ROOT,
            # The kernel closes it with us.
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            # Ctrl-C is not for it.
            start_new_session=True,
        )
    try:
        yield
    finally:
        with deferred():
            guard.communicate()
            if guard.returncode:
                raise ServiceFailed("A cluster of the check was not ended.", log=log)


def sweep(folder: Path) -> None:
    """Ends the cluster in a side's folder by that side's own `harness down`.

    A run that was killed with its check ends in order, and is waited for. Raises ServiceFailed
    where the cluster does not end.
    """
    work = folder / ".work"
    if not (work / "lock").is_file():
        return
    one_at_a_time = work / "sweep"
    one_at_a_time.touch()
    with turn.wait(one_at_a_time, lambda: None):
        with turn.wait(work / "lock", lambda: None):
            pass
        down(folder)


def down(folder: Path) -> None:
    """Says `down` to the harness in a folder; raises ServiceFailed where that fails."""
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


def main(folders: Sequence[Path]) -> None:
    """Waits for the end of who started it, then ends the clusters."""
    sys.stdin.read()
    for folder in folders:
        sweep(folder)


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
