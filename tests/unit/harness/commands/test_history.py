from pathlib import Path

import pytest

from harness.commands import history as verb
from harness.errors import Missing, UsageError
from harness.record import history
from tests.unit.harness.compare import runs


def test_is_that_of_the_newest_run_s_conditions(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.keep(results, [runs.make(0, profile="smoke"), *map(runs.make, range(1, 4))])

    verb.print_history(None, marked=False)
    bench = capsys.readouterr().out
    verb.print_history("smoke", marked=False)
    smoke = capsys.readouterr().out

    assert "bench: 3 runs of bench-" in bench
    assert "1 of other conditions, 0 withdrawn, and 0 marked are not shown." in " ".join(
        bench.split()
    )
    assert "smoke: 1 run of smoke-" in smoke


def test_without_a_run() -> None:
    with pytest.raises(UsageError, match="no valid run in the history"):
        verb.print_history(None, marked=False)


def test_a_run_or_a_group_is_withdrawn(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs.keep(results, [runs.make(0), runs.make(1, group="g"), runs.make(2, group="g")])

    verb.withdraw_runs("g", "a backup ran")

    assert runs.make(1).run_id in capsys.readouterr().out
    assert history.read_withdrawals(results).keys() == {runs.make(n).run_id for n in (1, 2)}


def test_a_run_is_withdrawn_whose_folder_is_gone(results: Path) -> None:
    runs.keep(results, [runs.make(0), runs.make(1)])
    history.update_history(results)
    gone = runs.make(0).run_id
    (results / "runs" / gone).rename(results / "away")

    verb.withdraw_runs(gone, "a backup ran")

    assert [*history.read_withdrawals(results)] == [gone]


def test_what_cannot_be_written_is_shown(
    results: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.keep(results, [runs.make(0)])
    history.update_history(results)
    request.getfixturevalue("read_only")
    verb.print_history(None, marked=False)
    said = capsys.readouterr()
    assert "bench: 1 run of bench-" in said.out
    assert "History:" not in said.out
    assert said.err == "The results cannot be written.\n"


@pytest.mark.parametrize("columns", ["80", "100"])
def test_marked_runs_are_shown_where_they_are_asked_for(
    results: Path,
    columns: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    runs.keep(results, [runs.make(0, marks={"disturbed": "others used 9 %"})])

    with pytest.raises(UsageError) as refused:
        verb.print_history(None, marked=False)
    verb.print_history(None, marked=True)

    assert refused.value.why == "1 are marked: MARKED=1 shows them"
    said = capsys.readouterr().out
    assert "bench: 1 run of bench-" in said
    assert "disturbed" in said


def test_a_file_in_the_place_of_the_results_is_told_once(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results.touch()
    with pytest.raises(Missing) as refused:
        verb.print_history(None, marked=False)
    assert refused.value.why == f"{results} is no folder"
    assert capsys.readouterr() == ("", "")


def test_history_goes_on_where_a_folder_is_in_the_place_of_its_page(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.keep(results, [runs.make(0)])
    (results / "index.html").mkdir(parents=True)
    verb.print_history(None, marked=False)
    said = capsys.readouterr()
    assert "bench: 1 run of bench-" in said.out
    assert said.err.startswith("The results cannot be written.\n")


@pytest.mark.parametrize(
    ("name", "then"),
    [
        (history.HISTORY, "`make history` makes it anew"),
        (history.MARKED, "`make history` makes it anew"),
        (history.WITHDRAWN, "withdraw its runs again"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(results: Path, name: str, then: str) -> None:
    runs.keep(results, [runs.make(0, marks={"disturbed": "others used 9 %"}), runs.make(1)])
    path = results / name
    path.write_text("damaged\n", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        verb.print_history(None, marked=False)
    assert refused.value.what == f"{path} is no history of runs."
    assert refused.value.do == f"mend it, or move it away (then {then}): mv {path} {path}.old"
    path.rename(f"{path}.old")
    verb.print_history(None, marked=False)
