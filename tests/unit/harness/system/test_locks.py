from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import Missing
from harness.system import locks
from harness.system.paths import ROOT

# Until it is killed, or this process has ended.
HOLD = """
import sys
from pathlib import Path
from harness.system import locks
with locks.held(Path(sys.argv[1]), "bench"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work" / "lock"


def test_second_is_told_who_holds_it_and_for_what(path: Path) -> None:
    with locks.held(path, "bench"), pytest.raises(Missing) as held, locks.held(path, "smoke"):
        pass
    assert f"`harness bench` runs as pid {os.getpid()}" in held.value.why


def test_is_free_afterwards(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locks.held(path, "bench"):
        raise ZeroDivisionError
    with locks.held(path, "smoke"):
        assert "harness smoke" in path.read_text()
        assert "bench" not in path.read_text()


def test_second_does_not_take_the_holders_name_away(path: Path) -> None:
    with locks.held(path, "bench"):
        for _ in range(2):
            with pytest.raises(Missing, match="Somebody else"), locks.held(path, "smoke"):
                pass
        assert "harness bench" in path.read_text()


def test_is_free_when_its_holder_is_killed(path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(path)]
    root = str(ROOT)
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Missing) as held, locks.held(path, "smoke"):
            pass
        assert f"pid {holder.pid}" in held.value.why
        holder.send_signal(signal.SIGKILL)
    with locks.held(path, "smoke"):
        assert f"pid {os.getpid()}\n" in path.read_text()


def test_is_not_inherited(path: Path) -> None:
    with (
        locks.held(path, "bench"),
        subprocess.Popen(["sleep", "600"], close_fds=False) as child,
    ):
        taken = [link.readlink() for link in Path(f"/proc/{child.pid}/fd").iterdir()]
        child.kill()
    assert path not in taken


def test_folder_is_its_users_alone(path: Path) -> None:
    with locks.held(path, "bench"):
        assert path.parent.stat().st_mode & 0o777 == 0o700
