"""The history as it is read."""

from pathlib import Path

import pytest

from harness.record import history
from harness.record.history import HistoryEntry
from harness.report.pages import history_page
from harness.report.render import charts
from harness.report.render.charts import Trace
from tests.unit.harness.compare import runs


def entries(results: Path, *queryable_per_s: float) -> list[HistoryEntry]:
    runs.keep(results, [runs.make(n, value) for n, value in enumerate(queryable_per_s)])
    history.update_history(results)
    return history.read_entries(results)


def row(made: list[HistoryEntry]) -> tuple[str, ...]:
    """The trend of events per second."""
    return (
        history_page.create_history_page([made], others=0, withdrawn=0)
        .sections[0]
        .tables[1]
        .rows[0]
    )


def test_medians_are_of_the_last_runs_and_of_those_before(tmp_path: Path) -> None:
    made = entries(tmp_path, 100, 100, 300, 200, 100, 400, 500, 600, 700, 800)

    title, bars, last, median, before = row(made)

    assert title == "events per second"
    assert bars == "▁▁▃▂▁▄▅▆▇█"
    assert (last, median, before) == ("800 events/s", "600 events/s", "100 events/s")


def test_too_few_runs_have_no_median(tmp_path: Path) -> None:
    assert row(entries(tmp_path, 100, 200, 300, 400))[-2:] == ("-", "-")
    assert row(entries(tmp_path / "more", 1, 2, 3, 4, 5, 6))[-2:] == ("4.0 events/s", "-")


def test_the_newest_runs_are_listed(tmp_path: Path) -> None:
    made = entries(tmp_path, *range(1000, 1025))

    report = history_page.create_history_page([made], others=3, withdrawn=2, marked=4)

    table = report.sections[0].tables[0]
    assert len(table.rows) == history_page.SHOWN
    assert table.rows[-1][:3] == (made[-1].run_id, "0123456", "7f83b16")
    assert "1,024" in table.rows[-1]
    assert report.sections[0].title == f"bench: 25 runs of {made[0].branch}"
    assert "3 of other conditions, 2 withdrawn, and 4 marked are not shown." in report.summary
    assert not {"group", "marks"} & {*table.headers}


def test_runs_of_a_group_have_its_name(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0), runs.make(1, group="after")])
    history.update_history(tmp_path)

    made = history.read_entries(tmp_path)
    table = history_page.create_history_page([made], 0, 0).sections[0].tables[0]

    place = table.headers.index("group")
    assert [row[place] for row in table.rows] == ["-", "after"]


def test_marked_runs_that_are_asked_for_have_their_word(tmp_path: Path) -> None:
    plain, marked = runs.make(0), runs.make(1, marks={"disturbed": "others used 9 %"})
    runs.keep(tmp_path, [plain, marked])
    history.update_history(tmp_path)

    made = history.read_entries(tmp_path, marked=True)
    table = history_page.create_history_page([made], 0, 0).sections[0].tables[0]

    place = table.headers.index("marks")
    assert [row[place] for row in table.rows] == ["-", "disturbed"]


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([None, None], ""),
        ([5.0, 5.0], "▄▄"),
        ([1.0, None, 2.0], "▁ █"),
        ([-1.0, 0.0, 1.0], "▁▅█"),
    ],
)
def test_sparkline(values: list[float | None], bars: str) -> None:
    assert history_page.draw_sparkline(values) == bars


def test_every_run_is_a_dot_and_the_median_moves_with_them(tmp_path: Path) -> None:
    made = entries(tmp_path, *range(1000, 1025))

    (figure,) = history_page.create_history_page([made], others=0, withdrawn=0).sections[0].figures

    svg = figure.draw()
    metrics = len(figure.table.headers) - 3
    assert svg.count('class="median"') == svg.count('class="mark"') == metrics > 1
    assert len(figure.table.rows) == 25


def test_the_medians_are_of_the_last_five(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Trace] = []

    def dots(_: object, traces: list[Trace], __: str) -> str:
        drawn.extend(traces)
        return ""

    monkeypatch.setattr(charts, "draw_dots", dots)
    made = entries(tmp_path, 1, 2, 3, 4, 10, 6)

    history_page.create_history_page([made], others=0, withdrawn=0).sections[0].figures[0].draw()

    assert [*drawn[0].values] == [1, 2, 3, 4, 10, 6]
    assert [*drawn[0].medians] == [None] * 4 + [3, 4]


def test_a_run_leads_to_its_page(tmp_path: Path) -> None:
    made = entries(tmp_path, 100, 200)
    address = f"runs/{made[1].run_id}/report.html"

    section = history_page.create_history_page([made], 0, 0, {made[1].run_id: address}).sections[0]

    assert section.tables[0].addresses == section.figures[0].table.addresses == ("", address)


def test_of_each_profile_the_series_of_its_newest_run(tmp_path: Path) -> None:
    host = runs.make(0).environment.host
    place = runs.make(0).environment.model_copy(
        update={"host": host.model_copy(update={"fingerprint": "another"})}
    )
    runs.keep(
        tmp_path,
        [
            runs.make(0, environment=place),
            runs.make(1),
            runs.make(2, profile="smoke"),
            runs.make(3),
        ],
    )
    history.update_history(tmp_path)
    every = history.read_entries(tmp_path)

    found = [
        [entry.run_id for entry in series] for series in history_page.select_newest_series(every)
    ]

    names = [runs.make(number).run_id for number in range(4)]
    assert found == [[names[1], names[3]], [names[2]]]
    assert history_page.select_newest_series(every, "smoke") == [[every[2]]]
    assert history_page.select_newest_series(every, "another") == []
