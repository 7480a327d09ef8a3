"""A child process that is waited for to the microsecond and does not outlive the harness."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

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
            process_group=0,
        )
    child = os.pidfd_open(process.pid)
    try:
        in_time = _wait(child, tick, deadline)
        ended = time.monotonic()
    finally:
        # Popen keeps no resource usage: the child is reaped here, and Popen told of it.
        signal.pidfd_send_signal(child, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        os.close(child)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Ended(process.returncode, not in_time, cpu_s, started, ended)


def _wait(child: int, tick: Callable[[], None], deadline: float) -> bool:
    """Wait for the end of the process of a pidfd; return False where the deadline came first."""
    poll = select.poll()
    poll.register(child, select.POLLIN)
    while not poll.poll(TICK_S * 1000):
        if time.monotonic() >= deadline:
            return False
        tick()
    return True
