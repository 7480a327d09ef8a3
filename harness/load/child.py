"""A child process that is waited for to the microsecond and does not outlive the harness."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.system.child_environment import TOOL, create_environment

TICK_S = 0.5

Wrap = Callable[[Sequence[str]], Sequence[str]]
"""Makes a command line another that ends up executing it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has ended: its exit code, or minus the signal, and the CPU time it used.

    `started` and `ended` are readings of time.monotonic in seconds; `overdue` tells that it was
    killed at its deadline.
    """

    code: int
    overdue: bool
    cpu_s: float
    started: float
    ended: float

    def how(self) -> str:
        """Return how it ended, in words."""
        if self.overdue:
            return "the time for the load ran out"
        return f"exit code {self.code}" if self.code >= 0 else signal.Signals(-self.code).name


def run(
    arguments: Sequence[str],
    stdout: Path,
    stderr: Path,
    tick: Callable[[], None],
    deadline: float,
) -> Ended:
    """Run a program to its end, and kill it at `deadline`, a reading of time.monotonic.

    `tick` is called every 0.5 s; what it raises ends the child first. setpriv makes the kernel
    kill the child when the thread that called this dies, even of SIGKILL. A process group of its
    own keeps a terminal's Ctrl-C from it, so that the harness alone says how it ends.
    """
    with stdout.open("wb") as out, stderr.open("wb") as error:
        started = time.monotonic()
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=error,
            env=create_environment(TOOL),
            process_group=0,
        )
    end = _End(process.pid)
    try:
        in_time = _wait(end, tick, deadline)
    finally:
        # Popen keeps no resource usage: the child is reaped here, and Popen told of it. Until then
        # no other process has its pid.
        os.kill(process.pid, signal.SIGKILL)
        if end.is_alive():
            end.join()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Ended(process.returncode, not in_time, cpu_s, started, end.time)


class _End(threading.Thread):
    """The thread that waits for a child's end, which it does not reap, and takes the time.

    A pidfd would do without a thread, but old kernels and some containers refuse it.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(name="end of a child")
        self.pid = pid
        self.time = 0.0

    def run(self) -> None:
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        self.time = time.monotonic()


def _wait(end: _End, tick: Callable[[], None], deadline: float) -> bool:
    """Wait for the end of a child; return False where the deadline came first."""
    end.start()
    while True:
        end.join(TICK_S)
        if not end.is_alive():
            return True
        if time.monotonic() >= deadline:
            return False
        tick()
