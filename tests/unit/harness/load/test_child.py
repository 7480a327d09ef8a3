"""A child is timed, charged, ended at its deadline, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.load import child
from harness.system.paths import ROOT
from tests.processes import find_running
from tests.unit.harness import seccomp

SOON = 0.2


class HaltError(Exception):
    """What a tick raises."""


def pid_in(path: Path, within_s: float = 5) -> int:
    """The pid that a shell has written to a file by now, or soon."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().endswith("\n"):
            return int(path.read_text())
        time.sleep(0.01)
    raise AssertionError(f"nothing was written to {path}")


def run(folder: Path, script: str, deadline_s: float = 30) -> child.Ended:
    return child.run(
        ["sh", "-c", script],
        folder / "out",
        folder / "err",
        lambda: None,
        time.monotonic() + deadline_s,
    )


def test_output_and_exit_code(tmp_path: Path) -> None:
    ended = run(tmp_path, "echo said; echo wrong >&2; exit 7")

    assert (ended.code, ended.overdue) == (7, False)
    assert (tmp_path / "out").read_text() == "said\n"
    assert (tmp_path / "err").read_text() == "wrong\n"


def test_kernel_that_refuses_pidfds(tmp_path: Path) -> None:
    script = (
        "import time; from pathlib import Path; from harness.load import child;"
        f"folder = Path({str(tmp_path)!r});"
        "print(child.run(['sh', '-c', 'exit 7'], folder / 'out', folder / 'err', lambda: None,"
        " time.monotonic() + 30).code)"
    )
    ended = seccomp.run_refused(seccomp.PIDFD_OPEN, [sys.executable, "-c", script])
    assert (ended.stdout, ended.stderr) == ("7\n", "")


def test_times_and_cpu(tmp_path: Path) -> None:
    before = time.monotonic()
    burn = "import time\nwhile time.process_time() < 0.2: pass"

    ended = child.run(
        [sys.executable, "-c", burn], tmp_path / "out", tmp_path / "err", lambda: None, before + 30
    )

    assert 0.2 <= ended.cpu_s < 2
    assert before <= ended.started < ended.ended - 0.2
    assert ended.ended <= time.monotonic()


def test_a_deadline_kills(tmp_path: Path) -> None:
    ended = run(tmp_path, "exec sleep 60", deadline_s=SOON)

    assert (ended.code, ended.overdue) == (-signal.SIGKILL, True)
    assert ended.ended - ended.started < 5


def test_what_a_tick_raises_ends_the_child(tmp_path: Path) -> None:
    def tick() -> None:
        raise HaltError

    with pytest.raises(HaltError):
        child.run(
            ["sh", "-c", f"echo $$ > '{tmp_path}/pid'; exec sleep 60"],
            tmp_path / "out",
            tmp_path / "err",
            tick,
            time.monotonic() + 30,
        )

    assert not psutil.pid_exists(pid_in(tmp_path / "pid"))


def test_the_child_dies_with_a_harness_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from harness.load import child\n"
        "folder = Path(sys.argv[1])\n"
        "sleeper = ['sh', '-c', f\"echo $$ > '{folder}/pid'; exec sleep 60\"]\n"
        "child.run(sleeper, folder / 'out', folder / 'err', lambda: None, time.monotonic() + 60)\n"
    )
    root = ROOT
    harness = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], env={**os.environ, "PYTHONPATH": str(root)}
    )
    sleeper = psutil.Process(pid_in(tmp_path / "pid"))

    harness.kill()
    harness.wait()

    deadline = time.monotonic() + 5
    while find_running([sleeper]):
        assert time.monotonic() < deadline, "it outlives the harness"
        time.sleep(0.01)
