"""The index tells of every run, also of those that the history has not."""

from pathlib import Path

from harness.record import history, index, store
from tests.unit.harness.compare import runs


def test_every_run_is_in_it_with_its_status_in_a_word(tmp_path: Path) -> None:
    made = [
        runs.make(0),
        runs.make(1, group="before"),
        runs.make(2, status="invalid", reasons=("2 are\n  missing", "1 is lost")),
        runs.make(3),
    ]
    runs.keep(tmp_path, made)
    history.update_history(tmp_path)
    history.withdraw_runs(tmp_path, [made[0].run_id], "a backup ran")
    (tmp_path / "runs" / made[3].run_id / store.RESULT).write_text("{", encoding="utf-8")
    history.update_history(tmp_path)
    (tmp_path / "runs" / "another").mkdir()

    found = {run.run_id: run for run in index.read_index(tmp_path).runs}

    # The history keeps the figures of one whose record was spoilt later.
    statuses = {name: run.status for name, run in found.items()}
    expected = ["withdrawn", "valid", "invalid", "valid"]
    assert statuses == {
        "another": "unreadable",
        **{run.run_id: status for run, status in zip(made, expected, strict=True)},
    }
    assert found[made[0].run_id].why == "a backup ran"
    assert found[made[2].run_id].why == "2 are missing; 1 is lost"
    assert found[made[2].run_id].figures["queryable_per_s"] is None
    assert found[made[1].run_id].figures["queryable_per_s"] == 2700.0
    assert found[made[1].run_id].group == "before"
    assert found["another"].why


def test_marked_run_has_its_words_in_the_history_or_not(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0, marks={"disturbed": "others used 9 %"})])

    before = index.read_index(tmp_path).runs
    history.update_history(tmp_path)
    after = index.read_index(tmp_path).runs

    for (run,) in (before, after):
        assert (run.status, run.why) == ("valid, disturbed", "others used 9 %")
        assert run.figures["queryable_per_s"] == 2700.0


def test_the_newest_is_the_first(tmp_path: Path) -> None:
    made = [runs.make(0), runs.make(1, status="invalid"), runs.make(2)]
    runs.keep(tmp_path, made)
    history.update_history(tmp_path)

    found = [run.run_id for run in index.read_index(tmp_path).runs]

    assert found == [run.run_id for run in reversed(made)]


def test_a_run_whose_folder_is_gone_has_no_page(tmp_path: Path) -> None:
    made = [runs.make(number) for number in range(3)]
    runs.keep(tmp_path, made)
    history.update_history(tmp_path)
    folders = [tmp_path / "runs" / run.run_id for run in made]
    folders[0].rename(tmp_path / "away")
    (folders[1] / "report.md").write_text("", encoding="utf-8")
    for name in index.PAGES:
        (folders[2] / name).write_text("", encoding="utf-8")

    pages = [run.page for run in reversed(index.read_index(tmp_path).runs)]

    assert pages == [
        "",
        f"runs/{made[1].run_id}/report.md",
        f"runs/{made[2].run_id}/report.html",
    ]


def test_of_nothing_it_is_empty(tmp_path: Path) -> None:
    assert index.read_index(tmp_path) == index.ResultsIndex((), (), (), (), has_history=False)
