"""Groups of runs: on which cluster, under which name, how they end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.commands import bench
from harness.errors import (
    HarnessError,
    Inconclusive,
    InvalidRun,
    ServiceFailed,
    UsageError,
)
from harness.record.curves import Curves
from harness.record.models import RunStatus
from harness.report.pages.run_folder import RunPages
from harness.run import setup
from tests.unit.harness.compare import runs


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

    def measure(self, _: object, keep: bool, group: str | None) -> tuple[Ended, RunPages]:
        assert not keep
        error = self.endings[len(self.groups)]
        self.groups.append(group)
        if isinstance(error, Inconclusive):
            result = runs.make(len(self.groups), marks={"disturbed": error.why})
            return Ended(error), RunPages(Path("report.html"), result, Curves())
        status: RunStatus = "valid"
        if error is not None:
            status = "invalid" if isinstance(error, InvalidRun) else "error"
        result = runs.make(len(self.groups), status=status, reasons=(str(error),))
        return Ended(error), RunPages(Path("report.html"), result, Curves())

    @contextmanager
    def share_cluster(self, _: object) -> Iterator[None]:
        self.clusters += 1
        yield


def create_bench(monkeypatch: pytest.MonkeyPatch, *endings: BaseException | None) -> Bench:
    made = Bench(*endings)
    monkeypatch.setattr(bench, "measure", made.measure)
    monkeypatch.setattr(bench, "share_cluster", made.share_cluster)
    monkeypatch.setattr(setup, "ensure", lambda *_: None)
    return made


class TestGroup:
    def test_is_made_on_one_cluster_under_one_name(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = create_bench(monkeypatch, None, None, None)

        bench.run("bench", (), keep=False, repeat=3, group="before")

        assert made.groups == ["before"] * 3
        assert made.clusters == 1
        said = capsys.readouterr().out
        assert f"Run 2 of 3, {runs.make(2).run_id}: VALID, 2,700 events/s\n" in said
        assert "Group before: 3 of 3 runs valid\n" in said

    def test_has_a_name_in_any_case(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = create_bench(monkeypatch, None, None)

        bench.run("bench", (), keep=False, repeat=2, group=None)

        (name,) = {*made.groups}
        assert name is not None
        assert name.startswith("bench-2")

    def test_goes_on_after_a_run_that_is_not_valid_and_tells_at_the_end(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = create_bench(monkeypatch, None, InvalidRun("2 events are missing"), None)

        with pytest.raises(InvalidRun, match="1 of 3 runs of the group are not valid") as caught:
            bench.run("bench", (), keep=False, repeat=3, group="before")

        assert len(made.groups) == 3
        assert caught.value.why == runs.make(2).run_id
        said = capsys.readouterr().out
        assert f"- {runs.make(2).run_id} is not valid: 2 events are missing" in said

    def test_goes_on_after_a_marked_run_that_counts_for_nothing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = create_bench(monkeypatch, None, Inconclusive("marked", "others used 9 %"), None)

        with pytest.raises(Inconclusive, match="1 of 3 runs of the group are marked disturbed:"):
            bench.run("bench", (), keep=False, repeat=3, group="before")

        assert len(made.groups) == 3
        said = capsys.readouterr().out
        marked = runs.make(2).run_id
        # At once, and again below the figures of the other two.
        assert f"Run 2 of 3, {marked}: VALID, DISTURBED, 2,700 events/s\n" in said
        assert "  disturbed: others used 9 %\nRun 3 of 3" in said
        assert "Group before: 3 of 3 runs valid, 1 of them marked\n" in said
        assert f"- {marked} is left out: disturbed: others used 9 %" in said

    def test_run_that_is_not_valid_counts_for_more_than_a_mark(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create_bench(monkeypatch, Inconclusive("marked", "others"), InvalidRun("2 are missing"))

        with pytest.raises(InvalidRun):
            bench.run("bench", (), keep=False, repeat=2, group="before")

    @pytest.mark.parametrize("error", [ServiceFailed("kafka has died"), KeyboardInterrupt()])
    def test_ends_with_what_else_goes_wrong_and_shows_what_there_is(
        self,
        error: HarnessError | KeyboardInterrupt,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        made = create_bench(monkeypatch, None, error, None)

        with pytest.raises(type(error)):
            bench.run("bench", (), keep=False, repeat=3, group="before")

        assert len(made.groups) == 2
        assert "Group before: 1 of 2 runs valid\n" in capsys.readouterr().out

    def test_starts_empty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = create_bench(monkeypatch)

        with pytest.raises(UsageError, match="start empty"):
            bench.run("bench", (), keep=True, repeat=2, group=None)
        assert made.groups == []

    def test_has_a_name_of_its_own(self, results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made = create_bench(monkeypatch)
        runs.keep(results, [runs.make(0, group="before")])

        with pytest.raises(UsageError, match="group 'before' already"):
            bench.run("bench", (), keep=False, repeat=1, group="before")
        assert made.groups == []
