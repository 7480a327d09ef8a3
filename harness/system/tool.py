"""Running another program to its end: its output into a log, its progress onto the screen."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol


class Tell(Protocol):
    """A function that shows a step, and how much of it is done where that is known."""

    def __call__(self, detail: str, done: int | None = None, total: int | None = None) -> None:
        """Show it."""


def run(
    command: Sequence[str | Path],
    log: Path,
    heard: Callable[[str], None],
    environment: Mapping[str, str],
) -> int:
    """Run a command; append each line it prints to `log`, give it to `heard`; return the code.

    `environment` is the whole of its environment.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            heard(line.rstrip("\n"))
    return process.returncode
