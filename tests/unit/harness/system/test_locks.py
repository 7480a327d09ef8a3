import os
import signal
import subprocess
import sys
from collections.abc import Iterator
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
with locks.hold(Path(sys.argv[1]), "bench"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work" / "lock"


def test_second_is_told_who_holds_it_and_for_what(path: Path) -> None:
    with locks.hold(path, "bench"), pytest.raises(Missing) as held, locks.hold(path, "smoke"):
        pass
    assert f"`harness bench` runs as pid {os.getpid()}" in held.value.why


def test_is_free_afterwards(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold(path, "bench"):
        raise ZeroDivisionError
    with locks.hold(path, "smoke"):
        assert "harness smoke" in path.read_text()
        assert "bench" not in path.read_text()


def test_second_does_not_take_the_holders_name_away(path: Path) -> None:
    with locks.hold(path, "bench"):
        for _ in range(2):
            with pytest.raises(Missing, match="Another verb"), locks.hold(path, "smoke"):
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
        with pytest.raises(Missing) as held, locks.hold(path, "smoke"):
            pass
        assert f"pid {holder.pid}" in held.value.why
        holder.send_signal(signal.SIGKILL)
    with locks.hold(path, "smoke"):
        assert f"pid {os.getpid()}\n" in path.read_text()


def test_is_not_inherited(path: Path) -> None:
    with (
        locks.hold(path, "bench"),
        subprocess.Popen(["sleep", "600"], close_fds=False) as child,
    ):
        taken = [link.readlink() for link in Path(f"/proc/{child.pid}/fd").iterdir()]
        child.kill()
    assert path not in taken


def test_folder_is_its_users_alone(path: Path) -> None:
    with locks.hold(path, "bench"):
        assert path.parent.stat().st_mode & 0o777 == 0o700


OTHER = """
import sys
from pathlib import Path
from harness.system import locks
with locks.wait_for(Path(sys.argv[1]), lambda: print("waits", flush=True)):
    print("holds", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    made = tmp_path / "lock"
    made.write_text("kept", encoding="utf-8")
    return made


@pytest.fixture
def other(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that takes its turn, and holds it until its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_nobody_waits_for_a_free_lock(lock: Path) -> None:
    noticed: list[str] = []
    for _ in range(2):
        with locks.wait_for(lock, lambda: noticed.append("waits")):
            pass
    assert noticed == []
    assert lock.read_text(encoding="utf-8") == "kept"


def test_who_comes_second_says_so_and_goes_on_after_the_first(
    lock: Path, other: subprocess.Popen[str]
) -> None:
    assert said(other) == "holds"
    noticed: list[str] = []

    def notice() -> None:
        noticed.append("waits")
        assert other.stdin is not None
        other.stdin.close()

    with locks.wait_for(lock, notice):
        assert other.wait(timeout=10) == 0
    assert noticed == ["waits"]


def test_a_killed_holder_frees_it(lock: Path, other: subprocess.Popen[str]) -> None:
    assert said(other) == "holds"
    with locks.wait_for(lock, other.kill):
        assert other.wait(timeout=10) == -9
