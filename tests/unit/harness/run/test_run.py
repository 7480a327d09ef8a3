"""A run that ends in its provisioning, on a standing cluster that it refuses."""

import os
import pkgutil
import shutil
import sys
import time
from pathlib import Path

import pytest

from app.ledger import Ledger
from harness.cluster.backends.backend import Backend
from harness.cluster.backends.local import LocalBackend
from harness.cluster.state import State
from harness.commands import bench
from harness.commands.cluster import get_cluster
from harness.config import layers
from harness.errors import (
    HarnessError,
    Inconclusive,
    InternalError,
    InvalidRun,
    Missing,
    OverBudget,
    ServiceFailed,
)
from harness.monitor.series import Flow
from harness.record import latency, store
from harness.run.run import FinishedRun, Run, execute
from harness.system import paths
from harness.system.process import Identity
from harness.system.progress import Display
from tests.unit.harness.record import example
from tests.unit.harness.run import measured
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


def execute_run() -> FinishedRun:
    """Execute a run in its folder; no page is made of it."""
    run_id = store.create_run_id("smoke")
    with store.begin_run(paths.RESULTS, run_id) as folder:
        run = Run(run_id=run_id, config=CONFIG, cluster=get_cluster(CONFIG), folder=folder)
        return execute(run, Display())


class OddError(Exception):
    """What nobody foresees."""


# Where it is raised, and the phase that has failed then, if it is one.
PLACES = {
    "harness.run.phases.provision": "provision",
    "harness.run.observers.Observers.check_empty": "provision",
    "harness.run.phases.send_load": "load",
    "harness.run.phases.drain": "drain",
    "harness.run.phases.verify": "verify",
    "harness.run.phases.ask_queries": "report",
    "harness.run.observers.Observers.read_commits": "teardown",
    "harness.monitor.sampler.Sampler.stop": None,
    "harness.run.verdict.judge": None,
    "harness.run.run.create_result": None,
    "harness.monitor.series.write_rows": None,
    "harness.record.latency.write_curves": None,
}


class TestFaultOfOurs:
    @pytest.fixture
    def closed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Backend]:
        """The real run on no cluster, whose phases return what they do; the clusters closed."""
        monkeypatch.setattr(paths, "RESULTS", tmp_path / "results")
        monkeypatch.setattr(paths, "WORK", tmp_path)
        returned = measured.results()
        phases: dict[str, object] = {
            "provision": returned.ready_s,
            "send_load": returned.load,
            "drain": returned.drained,
            "verify": returned.verified,
            "ask_queries": returned.answers,
        }
        for name, value in phases.items():
            monkeypatch.setattr(f"harness.run.phases.{name}", lambda *_, value=value, **__: value)
        observers: dict[str, object] = {
            "check_empty": None,
            "read_ledger": Ledger(),
            "create_flow_reader": lambda: Flow(0, None),
            "read_commits": [],
        }
        for name, value in observers.items():
            monkeypatch.setattr(
                f"harness.run.observers.Observers.{name}", lambda _, value=value: value
            )
        monkeypatch.setattr(LocalBackend, "topic_bytes", lambda *_: 20_000)
        # No service has used any CPU time.
        monkeypatch.setattr("harness.record.cost.compute_cost", lambda *_: None)
        closed: list[Backend] = []

        def close(cluster: Backend) -> None:
            closed.append(cluster)

        monkeypatch.setattr(Backend, "close", close)
        return closed

    def test_run_is_valid_without(self, closed: list[Backend]) -> None:
        finished = execute_run()
        assert (finished.result.status, finished.error) == ("valid", None)
        assert len(closed) == 1

    @pytest.mark.parametrize("place", PLACES)
    def test_is_kept_and_ends_the_cluster(
        self, place: str, closed: list[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        where, _, name = place.rpartition(".")
        real = getattr(pkgutil.resolve_name(where), name)
        # The record is made once more, without what hinders it.
        raised = iter([OddError("odd")])

        def fail(*arguments: object, **named: object) -> object:
            if error := next(raised, None):
                raise error
            return real(*arguments, **named)

        monkeypatch.setattr(place, fail)

        finished = execute_run()

        assert len(closed) == 1
        assert left(tmp_path / "results") == [finished.result.run_id]
        result = store.read_result(tmp_path / "results" / "runs" / finished.result.run_id)
        assert result.status == "error"
        assert "OddError: odd" in result.reasons[-1]
        statuses = {phase.name: phase.status for phase in result.phases}
        failed = PLACES[place]
        assert [name for name, status in statuses.items() if status == "failed"] == (
            [failed] if failed else []
        )
        assert "teardown" in statuses
        # What the phases before it have measured is in the record.
        assert (result.load is None) == (failed in ("provision", "load"))
        assert (result.counts is None) == (failed in ("provision", "load", "drain", "verify"))
        trace = tmp_path / "results" / "runs" / result.run_id / "logs" / "harness.log"
        assert "OddError: odd" in trace.read_text()
        with pytest.raises(InternalError) as caught:
            finished.raise_for_status()
        assert caught.value.exit_code == 70

    def test_record_that_cannot_be_made_has_what_is_sure(
        self, closed: list[Backend], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = latency.summarize_latency

        def fail(http: object, committed: object, unknown: object) -> object:
            if http is not None:
                raise OddError("odd")
            return real(None, None, None)

        monkeypatch.setattr("harness.record.latency.summarize_latency", fail)
        finished = execute_run()
        assert finished.result.status == "error"
        assert "OddError: odd" in finished.result.reasons[-1]
        assert finished.result.load is None
        assert len(finished.result.phases) == 6

    def test_pages_that_cannot_be_made_leave_a_valid_record(
        self, closed: list[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OddError("odd")

        monkeypatch.setattr("harness.report.pages.run_page.create_run_page", fail)
        with pytest.raises(OddError):
            bench.measure(CONFIG, keep=False)
        (run_id,) = left(tmp_path / "results")
        assert store.read_result(tmp_path / "results" / "runs" / run_id).status == "valid"

    def test_exit_of_a_library_is_one(
        self, closed: list[Backend], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def leave(*_: object, **__: object) -> None:
            sys.exit(1)

        monkeypatch.setattr("harness.run.phases.drain", leave)
        finished = execute_run()
        assert isinstance(finished.error, InternalError)
        assert len(closed) == 1


class TestRaiseForStatus:
    def test_nothing_for_a_run_that_is_fine(self) -> None:
        FinishedRun(example.result(), None).raise_for_status()

    def test_error_comes_first(self) -> None:
        result = example.result(status="aborted", reasons=("interrupted",))
        with pytest.raises(KeyboardInterrupt):
            FinishedRun(result, KeyboardInterrupt()).raise_for_status()

    def test_reasons_of_an_invalid_run(self) -> None:
        result = example.result(status="invalid", reasons=("2 events are missing", "late"))
        with pytest.raises(InvalidRun, match="not valid") as caught:
            FinishedRun(result, None).raise_for_status()
        assert caught.value.why == "2 events are missing; late"

    @pytest.mark.parametrize("error", [None, ServiceFailed("web has died.")])
    def test_budget_comes_before_reasons_and_services(self, error: HarnessError | None) -> None:
        over = example.result().budget.model_copy(update={"within": False})
        reasons = ("2 events are missing",)
        result = example.result(status="invalid", reasons=reasons, budget=over)
        with pytest.raises(OverBudget):
            FinishedRun(result, error).raise_for_status()
        with pytest.raises(InvalidRun if error is None else ServiceFailed):
            FinishedRun(result, error).raise_for_validity()

    def test_budget_that_was_not_kept(self) -> None:
        over = example.result().budget.model_copy(update={"within": False})
        with pytest.raises(OverBudget, match="over budget"):
            FinishedRun(example.result(budget=over), None).raise_for_status()

    def test_budget_comes_before_marks(self) -> None:
        over = example.result().budget.model_copy(update={"within": False})
        marked = example.result(marks={"disturbed": "others used 9 %"}, budget=over)

        with pytest.raises(OverBudget):
            FinishedRun(marked, None).raise_for_status()

    def test_marks_are_named_with_what_to_do(self) -> None:
        marks = {"disturbed": "others used 9 %", "generator": "ab used 90 % of a core"}

        with pytest.raises(Inconclusive) as caught:
            FinishedRun(example.result(marks=marks), None).raise_for_status()

        error = caught.value
        assert error.exit_code == 7
        assert error.what == (
            "The run is valid, and marked disturbed and generator: left out of history and"
            " comparisons."
        )
        assert error.why == "disturbed: others used 9 %; generator: ab used 90 % of a core"
        assert 'SET="marks.others_cpu_share=0.2"' in error.do
        assert "load.rate_per_s" in error.do

    def test_warm_up_is_not_judged_by_marks(self) -> None:
        marks = {"disturbed": "others used 9 %"}
        FinishedRun(example.result(marks=marks), None).raise_for_validity()
