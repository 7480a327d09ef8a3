from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.system import turn

OTHER = """
import sys
from pathlib import Path
from harness.system import turn
with turn.wait(Path(sys.argv[1]), lambda: print("waits", flush=True)):
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
        with turn.wait(lock, lambda: noticed.append("waits")):
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

    with turn.wait(lock, notice):
        assert other.wait(timeout=10) == 0
    assert noticed == ["waits"]


def test_a_killed_holder_frees_it(lock: Path, other: subprocess.Popen[str]) -> None:
    assert said(other) == "holds"
    with turn.wait(lock, other.kill):
        assert other.wait(timeout=10) == -9
