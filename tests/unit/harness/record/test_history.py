"""The history holds every valid run once, and none that was withdrawn."""

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.errors import Missing, UsageError
from harness.record import history, store
from harness.record.metrics import METRICS
from harness.record.models import Git
from tests.unit.harness.compare import runs
from tests.unit.harness.record import example


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def ids(results: Path) -> list[str]:
    return [entry.run_id for entry in history.read_entries(results)]


def test_a_valid_run_is_a_row(tmp_path: Path) -> None:
    result = runs.make(3, 2600.0, group="before")
    runs.keep(tmp_path, [result])

    history.update_history(tmp_path)

    (row,) = table(tmp_path / "history.csv")
    assert row["time"] == "2026-11-24T02:03:00Z"
    assert row["run_id"] == result.run_id
    assert row["branch"].startswith("bench-")
    assert (row["commit"], row["dirty"]) == (result.environment.git.commit, "false")
    assert (row["host"], row["profile"], row["group"]) == ("ecb3aef9b10b", "bench", "before")
    assert row["config_sha256"] == result.environment.config_sha256
    assert float(row["queryable_per_s"]) == 2600.0
    assert float(row["cpu_s_per_1000_events.web"]) == result.metrics["cpu_s_per_1000_events.web"]


def test_columns_are_the_metrics_of_the_run_and_those_by_service_that_have_a_limit(
    tmp_path: Path,
) -> None:
    runs.keep(tmp_path, [runs.make(0)])
    history.update_history(tmp_path)

    columns = {*table(tmp_path / "history.csv")[0]} - {*history.ATTRIBUTES}

    of_services = {name for name in columns if "." in name}
    assert columns - of_services == {name for name, metric in METRICS.items() if metric.read}
    assert {name.partition(".")[0] for name in of_services} == {"cpu_s_per_1000_events"}


def test_what_was_not_measured_is_no_empty_cell(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0)])
    history.update_history(tmp_path)

    (row,) = table(tmp_path / "history.csv")
    assert row["throttled_s"] == "nan"
    assert history.read_entries(tmp_path)[0].figures["throttled_s"] is None


def test_an_entry_says_what_the_record_says(tmp_path: Path) -> None:
    result = runs.make(0)
    runs.keep(tmp_path, [result])
    history.update_history(tmp_path)

    (entry,) = history.read_entries(tmp_path)

    assert entry.time == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert entry.dirty is False
    assert all(result.metrics[name] == value for name, value in entry.figures.items())


def test_a_run_outside_a_checkout(tmp_path: Path) -> None:
    place = example.result().environment
    nowhere = place.model_copy(update={"git": Git(commit=None, dirty=None)})
    runs.keep(tmp_path, [runs.make(0, environment=nowhere)])
    history.update_history(tmp_path)

    (entry,) = history.read_entries(tmp_path)
    assert (entry.commit, entry.dirty) == ("", None)
    assert "unknown" in (tmp_path / "history.csv").read_text()
    # As it was written before.
    text = (tmp_path / "history.csv").read_text().replace("unknown", "false")
    (tmp_path / "history.csv").write_text(text)
    assert history.read_entries(tmp_path)[0].dirty is None


@pytest.mark.parametrize("status", ["invalid", "aborted", "error"])
def test_a_run_that_is_not_valid_has_no_row(tmp_path: Path, status: str) -> None:
    runs.keep(tmp_path, [runs.make(0), runs.make(1, status=status)])

    history.update_history(tmp_path)

    assert ids(tmp_path) == [runs.make(0).run_id]


def test_every_run_is_in_it_once_and_in_the_order_of_time(tmp_path: Path) -> None:
    for number in (4, 2, 3):
        runs.keep(tmp_path, [runs.make(number)])
        history.update_history(tmp_path)
        history.update_history(tmp_path)

    assert ids(tmp_path) == [runs.make(number).run_id for number in (2, 3, 4)]


def test_runs_that_it_missed_are_made_up_for(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(number) for number in range(3)])

    history.update_history(tmp_path)

    assert len(ids(tmp_path)) == 3


def test_a_row_outlives_its_folder(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0), runs.make(1)])
    history.update_history(tmp_path)
    store.find_run(tmp_path, runs.make(0).run_id).rename(tmp_path / "away")
    runs.keep(tmp_path, [runs.make(2)])

    history.update_history(tmp_path)

    assert len(ids(tmp_path)) == 3


def test_a_record_that_cannot_be_read_does_not_hinder_the_others(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0), runs.make(1)])
    (store.find_run(tmp_path, runs.make(0).run_id) / "result.json").write_text("{")

    history.update_history(tmp_path)

    assert ids(tmp_path) == [runs.make(1).run_id]


def test_it_says_whether_there_was_anything_to_enter(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0)])

    assert history.update_history(tmp_path) is True
    assert history.update_history(tmp_path) is False


def test_nothing_to_enter_writes_nothing(tmp_path: Path) -> None:
    history.update_history(tmp_path)

    assert history.read_entries(tmp_path) == []
    assert not (tmp_path / "history.csv").exists()


def test_new_metrics_are_new_columns_at_the_end(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0)])
    history.update_history(tmp_path)
    path = tmp_path / "history.csv"
    rows = table(path)
    # As it was before drain_s was measured, and when there was another figure.
    earlier = [{**row, "old_s": "1.5"} for row in rows]
    for row in earlier:
        del row["drain_s"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*earlier[0]])
        writer.writeheader()
        writer.writerows(earlier)
    runs.keep(tmp_path, [runs.make(1)])

    history.update_history(tmp_path)

    old, new = table(path)
    assert [*new][-2:] == ["old_s", "drain_s"]
    assert (old["drain_s"], old["old_s"]) == ("nan", "1.5")
    assert (float(new["drain_s"]), new["old_s"]) == (1.4713, "nan")
    assert {**old, **rows[0]} == {**rows[0], "old_s": "1.5"}


class TestWithdrawal:
    @pytest.fixture
    def results(self, tmp_path: Path) -> Path:
        runs.keep(tmp_path, [runs.make(number) for number in range(3)])
        history.update_history(tmp_path)
        return tmp_path

    def test_moves_the_row_with_the_reason(self, results: Path) -> None:
        rows = table(results / "history.csv")
        run = runs.make(1).run_id

        history.withdraw_runs(results, [run], "  a backup ran,\nat night ")

        assert table(results / "history.csv") == [rows[0], rows[2]]
        (moved,) = table(results / "withdrawn.csv")
        assert moved.pop("reason") == "a backup ran, at night"
        assert datetime.fromisoformat(moved.pop("withdrawn_utc")) <= datetime.now(UTC)
        assert moved == rows[1]
        assert history.read_withdrawals(results) == {run: "a backup ran, at night"}

    def test_is_told_with_its_reason_among_all(self, results: Path) -> None:
        figures = history.read_entries(results)[1].figures
        history.withdraw_runs(results, [runs.make(1).run_id], "a backup ran")

        every = history.read_all_entries(results)

        assert [entry.withdrawn for entry in every] == ["", "a backup ran", ""]
        assert every[1].figures == figures

    def test_is_lasting(self, results: Path) -> None:
        history.withdraw_runs(results, [runs.make(1).run_id], "a backup ran")

        history.update_history(results)

        assert ids(results) == [runs.make(0).run_id, runs.make(2).run_id]

    def test_of_several(self, results: Path) -> None:
        history.withdraw_runs(results, [runs.make(0).run_id], "one")
        history.withdraw_runs(results, [runs.make(1).run_id, runs.make(2).run_id], "two")

        assert ids(results) == []
        assert [*history.read_withdrawals(results).values()] == ["one", "two", "two"]

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_needs_a_reason(self, results: Path, reason: str) -> None:
        with pytest.raises(UsageError, match="The withdrawal has no reason"):
            history.withdraw_runs(results, [runs.make(1).run_id], reason)
        assert len(ids(results)) == 3

    def test_of_what_is_not_there_changes_nothing(self, results: Path) -> None:
        with pytest.raises(UsageError, match="Run other is not in the history"):
            history.withdraw_runs(results, [runs.make(1).run_id, "other"], "why not")
        assert len(ids(results)) == 3
        assert history.read_withdrawals(results) == {}

    def test_happens_once(self, results: Path) -> None:
        history.withdraw_runs(results, [runs.make(1).run_id], "a backup ran")

        with pytest.raises(UsageError, match="is withdrawn already") as caught:
            history.withdraw_runs(results, [runs.make(1).run_id], "again")
        assert caught.value.why == "the reason was: a backup ran"

    def test_that_was_killed_half_way_counts(
        self, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = (results / "history.csv").read_bytes()
        history.withdraw_runs(results, [runs.make(1).run_id], "a backup ran")
        (results / "history.csv").write_bytes(before)

        assert ids(results) == [runs.make(0).run_id, runs.make(2).run_id]


class TestFiles:
    @pytest.mark.parametrize("text", ["a,b\n1,2\n", "time,run_id\n", "\x00\n", '"\n'])
    def test_of_another_kind_are_left_alone(self, tmp_path: Path, text: str) -> None:
        runs.keep(tmp_path, [runs.make(0)])
        (tmp_path / "history.csv").write_text(text)

        with pytest.raises(UsageError, match=r"history\.csv"):
            history.update_history(tmp_path)
        assert (tmp_path / "history.csv").read_text() == text

    @pytest.mark.parametrize(
        ("column", "cell"),
        [("time", "yesterday"), ("time", "2026-11-24T10:00:00"), ("queryable_per_s", "fast")],
    )
    def test_with_a_broken_cell_name_its_row(self, tmp_path: Path, column: str, cell: str) -> None:
        runs.keep(tmp_path, [runs.make(0), runs.make(1)])
        history.update_history(tmp_path)
        rows = [*csv.DictReader((tmp_path / "history.csv").read_text().splitlines())]
        rows[1][column] = cell
        with (tmp_path / "history.csv").open("w") as file:
            writer = csv.DictWriter(file, [*rows[0]])
            writer.writeheader()
            writer.writerows(rows)

        with pytest.raises(UsageError, match="is no history of runs") as error:
            history.read_entries(tmp_path)
        assert error.value.why.startswith("row 2: ")
        assert cell in error.value.why

    def test_that_were_cut_off(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [runs.make(0)])
        history.update_history(tmp_path)
        text = (tmp_path / "history.csv").read_text()
        (tmp_path / "history.csv").write_text(text[:-100])

        with pytest.raises(UsageError, match="is no history of runs"):
            history.read_entries(tmp_path)

    def test_that_cannot_be_written(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [runs.make(0)])
        (tmp_path / ".history.csv.partial").symlink_to("/dev/full")

        with pytest.raises(Missing, match="results cannot be written"):
            history.update_history(tmp_path)
        assert history.read_entries(tmp_path) == []

    def test_are_written_by_one_at_a_time(self, tmp_path: Path) -> None:
        made = [runs.make(number) for number in range(8)]
        runs.keep(tmp_path, made)
        history.update_history(tmp_path)

        # The lock is of an open file, so that it keeps threads apart as it does processes.
        with ThreadPoolExecutor(len(made)) as pool:
            writers = [
                pool.submit(history.withdraw_runs, tmp_path, [run.run_id], "a test") for run in made
            ]
        for writer in writers:
            writer.result()

        assert history.read_withdrawals(tmp_path).keys() == {run.run_id for run in made}
        assert table(tmp_path / "history.csv") == []


class TestMarked:
    def test_run_is_in_no_history_unless_it_is_asked_for(self, tmp_path: Path) -> None:
        plain = runs.make(0)
        marked = runs.make(
            1, marks={"disturbed": "others used 9 %", "generator": "ab used 90 % of a core"}
        )
        runs.keep(tmp_path, [plain, marked])

        assert history.update_history(tmp_path)
        assert not history.update_history(tmp_path)

        assert [row["run_id"] for row in table(tmp_path / "history.csv")] == [plain.run_id]
        assert ids(tmp_path) == [plain.run_id]
        both = history.read_entries(tmp_path, marked=True)
        assert [entry.run_id for entry in both] == [plain.run_id, marked.run_id]
        assert [entry.marks for entry in both] == ["", "disturbed, generator"]
        assert both[1].marked == "others used 9 %; ab used 90 % of a core"
        assert both[1].figures["others_cpu_share"] == pytest.approx(1.2 / (2 * 27.32))
        assert history.read_marked(tmp_path) == both[1:]

    def test_run_alone_makes_no_history(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [runs.make(0, marks={"disturbed": "others used 9 %"})])

        assert history.update_history(tmp_path)

        assert not (tmp_path / "history.csv").exists()

    def test_run_is_not_to_be_withdrawn(self, tmp_path: Path) -> None:
        marked = runs.make(0, marks={"disturbed": "others used 9 %"})
        runs.keep(tmp_path, [marked])
        history.update_history(tmp_path)

        with pytest.raises(UsageError, match="is not in the history"):
            history.withdraw_runs(tmp_path, [marked.run_id], "a backup ran")

    def test_history_of_before_is_read(self, tmp_path: Path) -> None:
        """A history whose runs measured nothing of others has no columns of it."""
        runs.keep(tmp_path, [runs.make(0)])
        history.update_history(tmp_path)
        rows = table(tmp_path / "history.csv")
        names = [name for name in rows[0] if not name.endswith("_share")]
        lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
        (tmp_path / "history.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

        runs.keep(tmp_path, [runs.make(1)])
        history.update_history(tmp_path)

        old, new = history.read_entries(tmp_path)
        assert old.figures["others_cpu_share"] is None
        assert new.figures["others_cpu_share"] is not None
        assert (old.marks, new.marks) == ("", "")
