"""A run whose phases ask no service: what is kept of it, and what stands in the way of that."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.commands import measurement
from harness.config import layers
from harness.errors import InvalidRun, Missing
from harness.record import store
from harness.run import phases
from harness.run.run import Run
from harness.system import paths
from harness.system.progress import Stage

CONFIG = layers.load_config("smoke", environment={})
HOUR_NS = 3600 * 10**9

Phase = Callable[[Run, Stage], None]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder of the test's own, and a cluster's folder where none is up."""
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(paths, "WORK", tmp_path)
    (tmp_path / "cluster" / "logs").mkdir(parents=True)
    (tmp_path / "cluster" / "logs" / "web.log").write_text("started\n", encoding="utf-8")
    return tmp_path / "results"


def measure(monkeypatch: pytest.MonkeyPatch, phase: Phase = lambda *_: None) -> Run:
    """Makes a run that has this phase in the place of its load, and no other."""
    monkeypatch.setattr(phases, "PHASES", {"load": phase})
    monkeypatch.setattr(phases, "teardown", lambda _: None)
    return measurement.measure(CONFIG, keep=False)[0]


def left(results: Path) -> list[str]:
    """What there is of runs, hidden or not."""
    return sorted(path.name for path in results.glob("runs/*"))


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The kernel refuses to write a file beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_is_kept_whole(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = measure(monkeypatch)

    assert left(results) == [one.run_id]
    assert store.read_result(results / "runs" / one.run_id).status == "valid"


@pytest.mark.parametrize("size", [0, 20, 100, 1000, 3000])
def test_no_space_ends_it_and_leaves_nothing(
    size: int, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Missing, match="cannot be written"), largest_file(size):
        measure(monkeypatch)

    assert left(results) == []
    assert not (results / "latest").is_symlink()


@pytest.mark.parametrize("whole", [True, False])
def test_a_folder_that_is_removed_ends_it_and_leaves_nothing(
    whole: bool, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(run: Run, _: Stage) -> None:
        shutil.rmtree(results if whole else run.folder)
        # As the load tools do, which write beside the sampler.
        (run.folder / "load").mkdir()

    with pytest.raises(Missing, match="cannot be written") as caught:
        measure(monkeypatch, remove)

    assert "No such file or directory" in caught.value.why
    assert left(results) == []


def test_a_phase_tells_a_removed_folder_from_other_files(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(run: Run, _: Stage) -> None:
        (run.folder.parent / "another").read_text()

    with pytest.raises(FileNotFoundError, match="another"):
        measure(monkeypatch, read)

    assert left(results) == []


def test_a_clock_that_is_set_back_is_told_and_durations_stay(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, began = time.time_ns, time.monotonic()

    def set_back(*_: object) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: real() - HOUR_NS)

    one = measure(monkeypatch, set_back)

    took_s = time.monotonic() - began
    result = store.read_result(results / "runs" / one.run_id)
    assert result.status == "invalid"
    assert result.throughput is None
    (reason,) = result.reasons
    assert reason.startswith("times the clock was set: 1 (back by 3,600.0 s, seen after ")
    assert 0 <= result.phases[0].duration_s <= result.duration_s <= took_s
    with pytest.raises(InvalidRun, match="not valid"):
        one.raise_for_status()
