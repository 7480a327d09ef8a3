"""Running another program to its end: its output into a log, its progress onto the screen."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol


class Tell(Protocol):
    """Takes what is being done now, and how much of how much is done where that is known."""

    def __call__(self, detail: str, done: int | None = None, total: int | None = None) -> None:
        """Shows it."""


def run(
    command: Sequence[str | Path],
    log: Path,
    heard: Callable[[str], None],
    environment: Mapping[str, str],
) -> int:
    """The exit code of `command`; each line it prints is appended to `log` and given to `heard`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            heard(line.rstrip("\n"))
    return process.returncode
