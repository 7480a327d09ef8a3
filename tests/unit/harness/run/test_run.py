"""A run that ends in its provisioning, on a standing cluster that it refuses."""

import os
import shutil
import time
from pathlib import Path

import pytest

from harness.cluster.state import State
from harness.commands import bench
from harness.config import layers
from harness.errors import InvalidRun, Missing, OverBudget
from harness.record import store
from harness.run.run import FinishedRun
from harness.system import paths
from harness.system.process import Identity
from tests.unit.harness.record import example
from tests.unit.harness.run.limits import largest_file

CONFIG = layers.load_config("smoke", environment={})


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder of the test's own, and a standing cluster with other settings."""
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(paths, "WORK", tmp_path)
    (tmp_path / "cluster" / "logs").mkdir(parents=True)
    (tmp_path / "cluster" / "logs" / "web.log").write_text("started\n", encoding="utf-8")
    other = layers.load_config("smoke", ["kafka.partitions=3"], environment={})
    this = Identity.from_pid(os.getpid())
    State(config=other.model_dump(mode="json"), owner=None, supervisor=this).save(
        tmp_path / "cluster"
    )
    return tmp_path / "results"


def left(results: Path) -> list[str]:
    """What there is of runs, hidden or not."""
    return sorted(path.name for path in results.glob("runs/*"))


def test_run_that_failed_is_kept_with_its_error(results: Path, tmp_path: Path) -> None:
    began = time.monotonic()

    finished, _ = bench.measure(CONFIG, keep=False)

    took_s = time.monotonic() - began
    assert left(results) == [finished.result.run_id]
    folder = results / "runs" / finished.result.run_id
    result = store.read_result(folder)
    assert result == finished.result
    assert result.status == "error"
    assert "[kafka]" in result.reasons[0]
    assert [(phase.name, phase.status) for phase in result.phases] == [
        ("provision", "failed"),
        ("teardown", "done"),
    ]
    assert 0 <= result.phases[0].duration_s <= result.duration_s <= took_s
    assert (folder / "logs" / "web.log").read_text() == "started\n"
    written = {path.name for path in folder.iterdir()}
    assert {"config.toml", "environment.json", "processes.csv", "series.csv"} <= written
    assert not {"latency.csv", "benchmark.json"} & written
    # It found the cluster, and leaves it.
    assert State.read(tmp_path / "cluster") is not None
    with pytest.raises(Missing, match=r"\[kafka\]"):
        finished.raise_for_status()


@pytest.mark.parametrize("size", [0, 20, 100, 1000, 3000])
def test_no_space_ends_it_and_leaves_nothing(size: int, results: Path) -> None:
    with pytest.raises(Missing, match="cannot be written"), largest_file(size):
        bench.measure(CONFIG, keep=False)

    assert left(results) == []
    assert not (results / "latest").is_symlink()


def test_removed_folder_ends_it_and_leaves_nothing(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(*_: object) -> None:
        shutil.rmtree(results)

    monkeypatch.setattr("harness.run.provisioning.check_same", remove)
    with pytest.raises(Missing, match="cannot be written"):
        bench.measure(CONFIG, keep=False)

    assert left(results) == []


class TestRaiseForStatus:
    def test_nothing_for_a_run_that_is_fine(self) -> None:
        FinishedRun(example.result(), None).raise_for_status()

    def test_error_comes_first(self) -> None:
        result = example.result(status="aborted", reasons=("interrupted",))
        with pytest.raises(KeyboardInterrupt):
            FinishedRun(result, KeyboardInterrupt()).raise_for_status()

    def test_reasons_come_before_the_budget(self) -> None:
        over = example.result().budget.model_copy(update={"within": False})
        reasons = ("2 events are missing", "late")
        result = example.result(status="invalid", reasons=reasons, budget=over)

        with pytest.raises(InvalidRun, match="not valid") as caught:
            FinishedRun(result, None).raise_for_status()

        assert caught.value.why == "2 events are missing; late"

    def test_budget_that_was_not_kept(self) -> None:
        over = example.result().budget.model_copy(update={"within": False})
        with pytest.raises(OverBudget, match="over budget"):
            FinishedRun(example.result(budget=over), None).raise_for_status()
