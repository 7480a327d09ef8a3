"""Groups of runs, and the verbs that need records alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import config
from harness.cluster.backends.native import NativeCluster
from harness.commands import verbs
from harness.errors import (
    HarnessError,
    InvalidRun,
    ServiceFailed,
    UsageError,
)
from harness.record.curves import Curves
from harness.record.models import RunStatus
from harness.report.pages.run_folder import Pages
from harness.run import setup
from tests.unit.harness.compare import runs

CONFIG = config.load("bench", environment={})


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder of the test's own."""
    monkeypatch.setattr(verbs, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


class Ended:
    """A run that has ended."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

    def raise_for_status(self) -> None:
        if self.error is not None:
            raise self.error


class Bench:
    """The place of the cluster: it has runs end as it is told."""

    def __init__(self, *endings: BaseException | None) -> None:
        self.endings = [*endings]
        self.groups: list[str | None] = []
        self.clusters = 0

    def measure(self, _: object, keep: bool, group: str | None) -> tuple[Ended, Pages]:
        assert not keep
        error = self.endings[len(self.groups)]
        self.groups.append(group)
        status: RunStatus = "valid"
        if error is not None:
            status = "invalid" if isinstance(error, InvalidRun) else "error"
        result = runs.make(len(self.groups), status=status, reasons=(str(error),))
        return Ended(error), Pages(Path("report.html"), result, Curves())

    @contextmanager
    def one_cluster(self, _: object) -> Iterator[None]:
        self.clusters += 1
        yield


def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *endings: BaseException | None) -> Bench:
    made = Bench(*endings)
    monkeypatch.setattr(verbs, "measure", made.measure)
    monkeypatch.setattr(verbs, "one_cluster", made.one_cluster)
    monkeypatch.setattr(verbs, "WORK", tmp_path / "work")
    monkeypatch.setattr(setup, "ensure", lambda *_: None)
    return made


class TestGroup:
    def test_is_made_on_one_cluster_under_one_name(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = bench(monkeypatch, tmp_path, None, None, None)

        verbs.bench(CONFIG, keep=False, repeat=3, group="before")

        assert made.groups == ["before"] * 3
        assert made.clusters == 1
        said = capsys.readouterr().out
        assert f"Run 2 of 3, {runs.make(2).run_id}: VALID, 2,700 events/s\n" in said
        assert "Group before: 3 of 3 runs valid\n" in said

    def test_has_a_name_in_any_case(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        made = bench(monkeypatch, tmp_path, None, None)

        verbs.bench(CONFIG, keep=False, repeat=2, group=None)

        (name,) = {*made.groups}
        assert name is not None
        assert name.startswith("bench-2")

    def test_goes_on_after_a_run_that_is_not_valid_and_tells_at_the_end(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = bench(monkeypatch, tmp_path, None, InvalidRun("2 events are missing"), None)

        with pytest.raises(InvalidRun, match="1 of 3 runs of the group are not valid") as caught:
            verbs.bench(CONFIG, keep=False, repeat=3, group="before")

        assert len(made.groups) == 3
        assert caught.value.why == runs.make(2).run_id
        said = capsys.readouterr().out
        assert f"- {runs.make(2).run_id} is not valid: 2 events are missing" in said

    @pytest.mark.parametrize("error", [ServiceFailed("kafka has died"), KeyboardInterrupt()])
    def test_ends_with_what_else_goes_wrong_and_shows_what_there_is(
        self,
        error: HarnessError | KeyboardInterrupt,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        made = bench(monkeypatch, tmp_path, None, error, None)

        with pytest.raises(type(error)):
            verbs.bench(CONFIG, keep=False, repeat=3, group="before")

        assert len(made.groups) == 2
        assert "Group before: 1 of 2 runs valid\n" in capsys.readouterr().out

    def test_starts_empty(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        made = bench(monkeypatch, tmp_path)

        with pytest.raises(UsageError, match="start empty"):
            verbs.bench(CONFIG, keep=True, repeat=2, group=None)
        assert made.groups == []

    def test_has_a_name_of_its_own(
        self, results: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        made = bench(monkeypatch, tmp_path)
        runs.keep(results, [runs.make(0, group="before")])

        with pytest.raises(UsageError, match="group 'before' already"):
            verbs.bench(CONFIG, keep=False, repeat=1, group="before")
        assert made.groups == []


def test_what_killed_verbs_have_left_is_swept_up_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(verbs, "WORK", tmp_path / "work")
    monkeypatch.setattr(verbs, "CLUSTER", tmp_path / "work" / "cluster")
    swept: list[Path] = []
    monkeypatch.setattr(NativeCluster, "sweep", lambda one: swept.append(one.folder))

    with verbs.at_work("bench"):
        assert swept == [tmp_path / "work" / "cluster", setup.rehearsal_folder(tmp_path / "work")]
