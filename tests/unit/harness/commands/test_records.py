"""The verbs that only read, on the records of runs that were told."""

from __future__ import annotations

import csv
import json
import os
import webbrowser
from pathlib import Path

import pytest

from harness.commands import records
from harness.compare.comparison import Comparison
from harness.errors import Inconclusive, Missing, UsageError
from harness.record import history
from tests.unit.harness.compare import runs


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder of the test's own."""
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


class TestReport:
    def test_makes_the_pages_anew_and_shows_the_run(
        self, results: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs.keep(results, [runs.make(0), runs.make(1)])
        folder = results / "runs" / runs.make(1).run_id

        records.report("latest")

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

        records.open_("latest~1")

        assert opened == [page.as_uri()]
        assert capsys.readouterr().out == f"{page}\n"
        assert (page.read_text(encoding="utf-8") == "as it was") is there

    def test_without_a_browser_it_says_where_it_is(
        self, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runs.keep(results, [runs.make(0)])
        monkeypatch.setattr(webbrowser, "open", lambda _: False)

        with pytest.raises(Missing, match=r"No browser opens here\.\n.*open .*report\.html"):
            records.open_("latest")


class TestCompare:
    def test_shows_every_form(self, results: Path, capsys: pytest.CaptureFixture[str]) -> None:
        runs.keep(results, [runs.make(0, 2000.0), runs.make(1, 3000.0)])
        said = {}
        for form in records.FORMS:
            records.compare("latest~1", "latest", form, anyway=False)
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
            records.compare("latest~1", "latest", "terminal", anyway=False)
        assert capsys.readouterr().out == ""

        records.compare("latest~1", "latest", "json", anyway=True)
        made = json.loads(capsys.readouterr().out)
        assert made["obstacles"] == ["profile: bench in A, smoke in B"]


class TestHistory:
    def test_is_that_of_the_newest_run_s_conditions(
        self, results: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs.keep(results, [runs.make(0, profile="smoke"), *map(runs.make, range(1, 4))])

        records.history(None)
        bench = capsys.readouterr().out
        records.history("smoke")
        smoke = capsys.readouterr().out

        assert "bench: 3 runs of bench-" in bench
        assert "1 of other conditions, and 0 withdrawn, are not shown." in " ".join(bench.split())
        assert "smoke: 1 run of smoke-" in smoke

    def test_without_a_run(self) -> None:
        with pytest.raises(UsageError, match="no valid run in the history"):
            records.history(None)

    def test_a_run_or_a_group_is_withdrawn(
        self, results: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs.keep(results, [runs.make(0), runs.make(1, group="g"), runs.make(2, group="g")])

        records.withdraw("g", "a backup ran")

        assert runs.make(1).run_id in capsys.readouterr().out
        assert history.withdrawn(results).keys() == {runs.make(n).run_id for n in (1, 2)}

    def test_a_run_is_withdrawn_whose_folder_is_gone(self, results: Path) -> None:
        runs.keep(results, [runs.make(0), runs.make(1)])
        history.update(results)
        gone = runs.make(0).run_id
        (results / "runs" / gone).rename(results / "away")

        records.withdraw(gone, "a backup ran")

        assert [*history.withdrawn(results)] == [gone]
