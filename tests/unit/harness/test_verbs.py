"""Groups of runs, and the verbs that need records alone."""

from __future__ import annotations

import csv
import json
import os
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import config, setup, verbs
from harness.cluster.native import NativeCluster
from harness.compare.comparison import Comparison
from harness.errors import (
    HarnessError,
    Inconclusive,
    InvalidRun,
    Missing,
    ServiceFailed,
    UsageError,
)
from harness.record import history
from harness.record.curves import Curves
from harness.record.models import RunStatus
from harness.report.pages import Pages
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


class TestReport:
    def test_makes_the_pages_anew_and_shows_the_run(
        self, results: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs.keep(results, [runs.make(0), runs.make(1)])
        folder = results / "runs" / runs.make(1).run_id

        verbs.report("latest")

        shown = capsys.readouterr().out
        assert shown.startswith(f"Run {folder.name}: VALID\n")
        assert f"Report: {os.path.relpath(folder / 'report.html')}\n" in shown
        assert folder.name in (folder / "report.html").read_text(encoding="utf-8")
        assert folder.name in (folder / "report.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("there", [False, True])
    def test_is_opened_in_the_browser(
        self,
        results: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        there: bool,
    ) -> None:
        runs.keep(results, [runs.make(0), runs.make(1)])
        page = results / "runs" / runs.make(0).run_id / "report.html"
        if there:
            page.write_text("as it was", encoding="utf-8")
        opened: list[str] = []

        def open_(address: str) -> bool:
            opened.append(address)
            return True

        monkeypatch.setattr(webbrowser, "open", open_)

        verbs.open_("latest~1")

        assert opened == [page.as_uri()]
        assert capsys.readouterr().out == f"{page}\n"
        assert (page.read_text(encoding="utf-8") == "as it was") is there

    def test_without_a_browser_it_says_where_it_is(
        self, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runs.keep(results, [runs.make(0)])
        monkeypatch.setattr(webbrowser, "open", lambda _: False)

        with pytest.raises(Missing, match=r"No browser opens here\.\n.*open .*report\.html"):
            verbs.open_("latest")


class TestCompare:
    def test_shows_every_form(self, results: Path, capsys: pytest.CaptureFixture[str]) -> None:
        runs.keep(results, [runs.make(0, 2000.0), runs.make(1, 3000.0)])
        said = {}
        for form in verbs.FORMS:
            verbs.compare("latest~1", "latest", form, anyway=False)
            said[form] = capsys.readouterr().out

        assert said["terminal"].startswith("latest compared with latest~1\n")
        assert said["markdown"].startswith("# latest compared with latest\\~1\n")
        made = Comparison.model_validate_json(said["json"])
        assert (made.rows[0].metric, made.rows[0].ratio) == ("queryable_per_s", 1.5)
        rows = [*csv.DictReader(said["csv"].splitlines())]
        assert [row["metric"] for row in rows] == [row.metric for row in made.rows]
        assert (rows[0]["ratio"], rows[0]["low"]) == ("1.5", "")

    def test_refuses_and_does_not_print(
        self, results: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs.keep(results, [runs.make(0), runs.make(1, profile="smoke")])

        with pytest.raises(Inconclusive, match="not to be compared"):
            verbs.compare("latest~1", "latest", "terminal", anyway=False)
        assert capsys.readouterr().out == ""

        verbs.compare("latest~1", "latest", "json", anyway=True)
        made = json.loads(capsys.readouterr().out)
        assert made["obstacles"] == ["profile: bench in A, smoke in B"]


class TestHistory:
    def test_is_that_of_the_newest_run_s_conditions(
        self, results: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs.keep(results, [runs.make(0, profile="smoke"), *map(runs.make, range(1, 4))])

        verbs.history(None)
        bench = capsys.readouterr().out
        verbs.history("smoke")
        smoke = capsys.readouterr().out

        assert "bench: 3 runs of bench-" in bench
        assert "1 of other conditions, and 0 withdrawn, are not shown." in " ".join(bench.split())
        assert "smoke: 1 run of smoke-" in smoke

    def test_without_a_run(self) -> None:
        with pytest.raises(UsageError, match="no valid run in the history"):
            verbs.history(None)

    def test_a_run_or_a_group_is_withdrawn(
        self, results: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs.keep(results, [runs.make(0), runs.make(1, group="g"), runs.make(2, group="g")])

        verbs.withdraw("g", "a backup ran")

        assert runs.make(1).run_id in capsys.readouterr().out
        assert history.withdrawn(results).keys() == {runs.make(n).run_id for n in (1, 2)}

    def test_a_run_is_withdrawn_whose_folder_is_gone(self, results: Path) -> None:
        runs.keep(results, [runs.make(0), runs.make(1)])
        history.update(results)
        gone = runs.make(0).run_id
        (results / "runs" / gone).rename(results / "away")

        verbs.withdraw(gone, "a backup ran")

        assert [*history.withdrawn(results)] == [gone]


def test_what_killed_verbs_have_left_is_swept_up_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(verbs, "WORK", tmp_path / "work")
    monkeypatch.setattr(verbs, "CLUSTER", tmp_path / "work" / "cluster")
    swept: list[Path] = []
    monkeypatch.setattr(NativeCluster, "sweep", lambda one: swept.append(one.folder))

    with verbs.at_work("bench"):
        assert swept == [tmp_path / "work" / "cluster", setup.rehearsal_folder(tmp_path / "work")]
