"""Small processes to be watched."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from subprocess import Popen

import pytest

# Answers each line of its standard input. A number: burns so many seconds of CPU first. `fork`: a
# child of its own burns 0.15 s and answers; it stays until `reap`, which waits for its end.
SERVICE = """
import os, sys, time

def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass

for line in sys.stdin:
    word, answer = line.strip(), ""
    if word == "fork":
        theirs, ours = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            burn(0.15)
            os.write(ours[1], b"x")
            os.read(theirs[0], 1)
            os._exit(0)
        os.read(ours[0], 1)
        answer = child
    elif word == "reap":
        os.write(theirs[1], b"x")
        os.waitpid(child, 0)
    elif word == "grow":
        memory = bytearray(b"x" * 40_000_000)
    else:
        burn(float(word))
    print(answer, flush=True)
"""


@pytest.fixture
def serve() -> Iterator[Callable[[], Popen[str]]]:
    """Starts services, each in a session of its own; ends them."""
    started: list[Popen[str]] = []

    def start() -> Popen[str]:
        started.append(spawn(start_new_session=True))
        return started[-1]

    yield start
    end(started)


@pytest.fixture
def tool() -> Iterator[Callable[[], Popen[str]]]:
    """Starts load tools, each in our own session; ends them."""
    started: list[Popen[str]] = []

    def start() -> Popen[str]:
        started.append(spawn(start_new_session=False))
        return started[-1]

    yield start
    end(started)


def end(started: list[Popen[str]]) -> None:
    """Ends processes and their children, also where a parent is gone."""
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def spawn(start_new_session: bool) -> Popen[str]:
    process = Popen(
        [sys.executable, "-S", "-c", SERVICE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=start_new_session,
        # The leader of a session leads a group already.
        process_group=None if start_new_session else 0,
    )
    # Its own start is over once it has answered.
    say(process, 0)
    return process


@pytest.fixture
def tell() -> Callable[[Popen[str], object], str]:
    """Sends a line to a service, and returns its answer."""
    return say


def say(process: Popen[str], line: object) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()
