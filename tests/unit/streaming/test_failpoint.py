"""A failpoint kills the job between two steps of a commit; here in a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streaming.failpoint import Failpoint

# Each change of a file is printed; the failpoint is armed from the second commit on.
COMMITS = """
import sys
from pathlib import Path
from contract.paths import STAGING
from contract.tables import EVENTS
from streaming.commit import Committer
from streaming.failpoint import Failpoint
from streaming.log import CommitLog
from streaming.recovery import Position
from tests.unit.streaming.fakes import MemoryFileSystem, MemoryStage

class Files(MemoryFileSystem):
    def rename(self, source, target):
        super().rename(source, target)
        print("logged" if target.endswith(".json") else "renamed", flush=True)

    def remove(self, path):
        super().remove(path)
        print("removed", flush=True)

armed = Path(sys.argv[2])
files = Files()
failpoint = Failpoint(sys.argv[1], armed)
committer = Committer(files, CommitLog(files), MemoryStage(files), "t", Position(0, {}), failpoint)
for offset in range(3):
    committer.commit([])
    committer.commit([(EVENTS, 0, offset)])
    armed.touch()
"""
COMMIT = ["removed", "renamed", "logged", "removed"]


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


@pytest.mark.parametrize(("point", "reached"), [("staged", 1), ("renamed", 2), ("logged", 3)])
def test_fires_at_its_point_once_it_is_armed(tmp_path: Path, point: str, reached: int) -> None:
    armed = tmp_path / "a file:armed"
    ended = run(point, armed)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stdout.split() == [*COMMIT, *COMMIT[:reached]]
    # The job that is started next is spared.
    assert not armed.exists()


def test_spares_the_other_points(tmp_path: Path) -> None:
    ended = run("elsewhere", tmp_path / "armed")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == COMMIT * 3


def test_spares_the_job_until_it_is_armed(tmp_path: Path) -> None:
    Failpoint("staged", tmp_path / "armed").reach("staged")
