"""Where a fault run kills the job, in a process that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streaming.fault import Fault

# Each commit says how far it came; the file of the fault is there from the second on.
COMMITS = """
import sys
from pathlib import Path
from streaming.fault import Fault, FaultyLog
from contract.commit_log import Commit
from tests.unit.streaming.fakes import MemoryFileSystem

class Files(MemoryFileSystem):
    def rename(self, source, target):
        super().rename(source, target)
        print("added", flush=True)

armed = Path(sys.argv[2])
log = FaultyLog(Files(), Fault(sys.argv[1], armed))
for sequence in range(3):
    print("renamed", flush=True)
    log.append(Commit(sequence, "t", 0, {}, ()), "/staging")
    print("logged", flush=True)
    armed.touch()
"""


def run(point: str, armed: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COMMITS, point, str(armed)],
        capture_output=True,
        text=True,
        check=False,
        # It kills its process group.
        start_new_session=True,
        env={"PYTHONPATH": ":".join(sys.path)},
        timeout=60,
    )


@pytest.mark.parametrize(
    ("point", "last"), [("renamed", ["renamed"]), ("logged", ["renamed", "added"])]
)
def test_strikes_at_its_point_once_it_may(tmp_path: Path, point: str, last: list[str]) -> None:
    armed = tmp_path / "a file:armed"
    ended = run(point, armed)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stdout.split() == ["renamed", "added", "logged", *last]
    # The job that is started next is spared.
    assert not armed.exists()


def test_spares_the_other_points(tmp_path: Path) -> None:
    ended = run("staged", tmp_path / "armed")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["renamed", "added", "logged"] * 3


def test_spares_the_job_until_its_file_is_there(tmp_path: Path) -> None:
    Fault("staged", tmp_path / "armed").pass_by("staged")
