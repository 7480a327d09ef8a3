"""The guard, over folders whose harness only notes that it was told to stop its cluster."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import guard
from harness.errors import ServiceFailed

HARNESS = """
import pathlib, sys
pathlib.Path("given").write_text(" ".join(sys.argv[1:]))
if pathlib.Path("stuck").exists():
    sys.exit("it does not stop")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tree in which a cluster was started."""
    folder = tmp_path / "tree"
    (folder / "harness").mkdir(parents=True)
    (folder / "harness" / "__init__.py").touch()
    (folder / "harness" / "__main__.py").write_text(HARNESS, encoding="utf-8")
    (folder / ".work").mkdir()
    (folder / ".work" / "lock").touch()
    return folder


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_clusters_end_with_the_block(folder: Path, tmp_path: Path) -> None:
    with guard.over([folder], tmp_path / "log"):
        assert not (folder / "given").exists()
    assert (folder / "given").read_text() == "down"


def test_clusters_end_with_a_check_that_is_killed(folder: Path, tmp_path: Path) -> None:
    code = (
        "import signal, sys; from pathlib import Path; from harness import guard\n"
        "folder, log = map(Path, sys.argv[1:])\n"
        "with guard.over([folder], log): print(flush=True); signal.pause()"
    )
    arguments = [sys.executable, "-c", code, str(folder), str(tmp_path / "log")]
    with subprocess.Popen(arguments, cwd=guard.ROOT, stdout=subprocess.PIPE) as check:
        assert check.stdout is not None
        check.stdout.readline()
        check.send_signal(signal.SIGKILL)
    wait_for((folder / "given").exists)


def test_a_cluster_that_does_not_end_is_told(folder: Path, tmp_path: Path) -> None:
    (folder / "stuck").touch()
    log = tmp_path / "log"
    with pytest.raises(ServiceFailed, match="was not ended") as raised, guard.over([folder], log):
        pass
    assert raised.value.log == log
    assert "it does not stop" in log.read_text(encoding="utf-8")


def test_a_run_that_still_ends_is_waited_for(folder: Path) -> None:
    with (folder / ".work" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sweeping = threading.Thread(target=guard.sweep, args=(folder,))
        sweeping.start()
        sweeping.join(0.2)
        assert sweeping.is_alive()
        assert not (folder / "given").exists()
    sweeping.join(20)
    assert (folder / "given").exists()


def test_nothing_is_swept_where_nothing_was(tmp_path: Path) -> None:
    guard.sweep(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
