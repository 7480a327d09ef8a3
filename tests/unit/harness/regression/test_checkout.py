"""The runs of a checkout, with a harness in its folder that only does as it is told."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import HarnessError, Inconclusive, InvalidRun, ServiceFailed
from harness.record import environment
from harness.record.check_record import SideName
from harness.regression import checkout
from harness.regression.checkout import Checkout
from harness.regression.worktree import NOBODY
from harness.system.paths import ROOT
from tests.unit.harness.record import example

# It leaves a record, says what it was given, and ends as it is told.
HARNESS = """
import os, pathlib, shutil, signal, sys

def end(*_):
    pathlib.Path("ended").touch()
    sys.exit(130)

signal.signal(signal.SIGTERM, end)
names = sorted(name for name in os.environ if name.startswith(("BENCH_", "GIT_DIR")))
pathlib.Path("given").write_text(" ".join([*sys.argv[1:], *names]))
if pathlib.Path("result.json").exists():
    pathlib.Path("results/runs/run").mkdir(parents=True)
    shutil.copy("result.json", "results/runs/run/result.json")
if pathlib.Path("stuck").exists():
    sys.exit("it does not stop")
if pathlib.Path("slow").exists():
    signal.pause()
sys.exit(3)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The repository that a check was called in."""
    root = tmp_path / "root"
    (root / ".cache").mkdir(parents=True)
    shutil.copytree(ROOT / checkout.JARS, root / checkout.JARS)
    (root / checkout.LOCK).write_text("one\n")
    return root


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """A tree laid out for a checkout."""
    folder = tmp_path / "laid"
    shutil.copytree(root, folder, ignore=shutil.ignore_patterns(".cache"))
    (folder / "harness" / "__init__.py").touch()
    (folder / "harness" / "__main__.py").write_text(HARNESS, encoding="utf-8")
    return folder


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_is_that_of_the_folder_s_own_harness(
    root: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_BASE", "main")
    monkeypatch.setenv("BENCH_APP__PORT", "5001")
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    result = example.result()
    (folder / "result.json").write_text(result.model_dump_json())

    made = Checkout("head", folder, root, ["--profile", "smoke"], tmp_path / "log")
    with made.start_bench() as running:
        code = running.wait()
    assert made.collect_run(tmp_path / "kept", code) == result
    # Settings are for both sides, what was given to the check is not.
    assert (folder / "given").read_text() == "bench --profile smoke BENCH_APP__PORT"
    assert (tmp_path / "kept" / "run" / "result.json").exists()


@pytest.mark.parametrize(("name", "error"), [("base", Inconclusive), ("head", InvalidRun)])
def test_a_run_without_a_record(
    name: SideName, error: type[HarnessError], root: Path, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(error, match=f"A run of {name} has left no record") as raised:
        Checkout(name, folder, root, (), tmp_path / "log").collect_run(tmp_path / "kept", 3)
    assert raised.value.why == "its own `harness bench` ended with 3"
    assert raised.value.log == tmp_path / "log"


def test_a_base_from_before_there_was_a_lock(root: Path, folder: Path) -> None:
    (folder / checkout.LOCK).unlink()
    with pytest.raises(Inconclusive, match=r"no requirements\.txt in base"):
        Checkout("base", folder, root, (), folder / "log")


def test_caches_are_shared_where_both_want_the_same_jars(root: Path, folder: Path) -> None:
    Checkout("head", folder, root, (), folder / "log")
    assert (folder / ".cache").resolve() == root / ".cache"


def test_other_jars_have_a_cache_of_their_own(root: Path, folder: Path) -> None:
    (folder / checkout.JARS / "jars.sha256").write_text("others\n")
    Checkout("head", folder, root, (), folder / "log")
    assert not (folder / ".cache").exists()


def test_a_shared_cache_does_not_make_the_tree_dirty(root: Path, folder: Path) -> None:
    shutil.copy(ROOT / ".gitignore", folder)
    for arguments in (["init", "--quiet"], ["add", "-A"], ["commit", "--quiet", "-m", "1"]):
        subprocess.run(["git", "-C", folder, *arguments], check=True, env={**os.environ, **NOBODY})
    Checkout("head", folder, root, (), folder / "log")
    assert (folder / ".cache").is_symlink()
    assert environment.read_git(folder).dirty is False


def test_a_run_that_goes_on_ends_with_the_block(root: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "slow").touch()
    side = Checkout("head", folder, root, (), tmp_path / "log")
    with side.start_bench():
        wait_for((folder / "given").exists)
        assert not (folder / "ended").exists()
    assert (folder / "ended").exists()


def test_a_check_that_is_killed_ends_its_run_in_order(
    root: Path, folder: Path, tmp_path: Path
) -> None:
    (folder / "slow").touch()
    code = (
        "import sys; from pathlib import Path; from harness.regression.checkout import Checkout\n"
        "root, folder, log = map(Path, sys.argv[1:])\n"
        "with Checkout('head', folder, root, (), log).start_bench() as running: running.wait()"
    )
    check = subprocess.Popen(
        [sys.executable, "-c", code, root, folder, tmp_path / "log"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    wait_for((folder / "given").exists)
    check.send_signal(signal.SIGKILL)
    check.wait()
    wait_for((folder / "ended").exists)


@pytest.fixture
def started(folder: Path) -> Path:
    """A tree in which a cluster was started."""
    (folder / ".work").mkdir()
    (folder / ".work" / "lock").touch()
    return folder


def test_a_run_that_still_ends_is_waited_for_and_its_cluster_stopped(started: Path) -> None:
    (started / "harness" / "__main__.py").write_text(
        "import pathlib, sys; pathlib.Path('given').write_text(sys.argv[1])"
    )
    with (started / ".work" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sweeping = threading.Thread(target=checkout.sweep_checkout, args=(started,))
        sweeping.start()
        sweeping.join(0.2)
        assert sweeping.is_alive()
        assert not (started / "given").exists()
    sweeping.join(20)
    assert (started / "given").read_text() == "down"


def test_a_cluster_that_does_not_stop_is_told(started: Path) -> None:
    (started / "stuck").touch()
    with pytest.raises(ServiceFailed, match="could not be stopped") as raised:
        checkout.sweep_checkout(started)
    assert raised.value.why == "it does not stop"


def test_nothing_is_swept_where_nothing_was(tmp_path: Path) -> None:
    checkout.sweep_checkout(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
