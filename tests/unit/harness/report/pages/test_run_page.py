"""A run's page: in which order, from which figures, and what odd records make of it."""

from pathlib import Path

import pytest

from harness.record import curves
from harness.record.models import Result
from harness.report.pages import run_page
from harness.report.render import html
from harness.report.render.document import Figure, Report
from tests.unit.harness.record import example, folders
from tests.unit.harness.report import odd, reports


def read(tmp_path: Path, result: Result, seconds: int = 40) -> Report:
    folder = folders.lay(tmp_path / "run", result, seconds)
    return run_page.create_run_page(result, curves.read_curves(folder), run_page.list_files(folder))


def figures(report: Report) -> dict[str, Figure]:
    return {figure.title: figure for section in report.sections for figure in section.figures}


def test_the_verdict_comes_first() -> None:
    report = reports.of_run(example.result(status="invalid", reasons=("why", "and why")))

    assert report.title == "Run 20261124T020000Z-bench-1a2b3c: INVALID"
    assert report.reasons == ("why", "and why")
    assert report.summary == (
        "Profile bench, backend native, seed 1; began 2026-11-24 02:00:00 UTC, took 58.2 s."
    )


def test_the_sections_in_their_order() -> None:
    titles = [section.title for section in reports.of_run(example.result()).sections]

    assert titles == [
        *("Headline", "Count ladder", "What to look at next", "Phases", "Events over time"),
        *("Budget", "Resources", "Latency", "Start-up", "Cost", "Load", "Sampling", "Checks"),
        *("Answers", "Environment", "Files and logs"),
    ]


def test_the_charts_of_a_whole_run_each_with_its_data(tmp_path: Path) -> None:
    found = figures(read(tmp_path, example.result()))

    assert [*found] == [
        *("Rungs of the ladder", "Phases on the run's clock", "Sent, accepted, committed"),
        *("CPU by service", "Memory by service", "Percentiles of latency"),
        *("Start-up by service", "CPU per 1,000 events, by service"),
    ]
    for figure in found.values():
        assert figure.table.rows
        assert {len(row) for row in figure.table.rows} == {len(figure.table.headers)}
        assert len(figure.table.align) == len(figure.table.headers)
        assert 'class="mark"' in figure.draw()
    assert "kafka" in found["CPU by service"].table.headers
    assert "harness" not in found["CPU by service"].table.headers
    assert len(found["CPU by service"].table.rows) == 39
    assert "4,000 at the most" in found["Sent, accepted, committed"].caption


def test_no_table_is_there_twice(tmp_path: Path) -> None:
    report = read(tmp_path, example.result())

    for section in report.sections:
        every = [*section.tables, *(figure.table for figure in section.figures)]
        assert len({*map(str, every)}) == len(every)


def test_one_missing_event_is_drawn_and_said() -> None:
    whole = figures(reports.of_run(example.result()))["Rungs of the ladder"]
    counts = example.counts(presto=42_451, missing=1)
    lacking = figures(reports.of_run(example.result(counts=counts)))["Rungs of the ladder"]

    assert "none anywhere" in whole.caption
    assert 'class="change"' not in whole.draw()
    assert "-1 from Parquet to Presto" in lacking.caption
    assert lacking.draw().count('class="change"') == 1
    assert lacking.table.rows[-1] == ("Presto", "42,451", "-1")


@pytest.mark.parametrize("seconds", [0, 1])
def test_of_less_than_two_looks_nothing_is_drawn_over_time(tmp_path: Path, seconds: int) -> None:
    report = read(tmp_path, example.result(), seconds)

    assert not {"CPU by service", "Sent, accepted, committed"} & figures(report).keys()
    (over_time,) = (s for s in report.sections if s.title == "Events over time")
    assert over_time.lines == (run_page.FEW,)


def test_of_two_looks_something_is(tmp_path: Path) -> None:
    found = figures(read(tmp_path, example.result(), seconds=2))

    assert 'class="mark"' in found["CPU by service"].draw()


def test_the_logs_are_a_click_away(tmp_path: Path) -> None:
    links = read(tmp_path, example.result()).sections[-1].links

    addresses = [link.address for link in links]
    assert addresses[0] == "latency.csv"
    assert {"result.json", "series.csv", "logs/web.log", "logs/streaming.log"} <= {*addresses}
    assert not [
        address for address in addresses if address.startswith(("/", "report.", "analysis."))
    ]


@pytest.mark.parametrize("name", odd.RECORDS)
def test_odd_records_have_a_page(tmp_path: Path, name: str) -> None:
    record = odd.RECORDS[name]
    folder = folders.lay(tmp_path / "run", record.result, record.seconds)
    report = run_page.create_run_page(
        record.result, curves.read_curves(folder), run_page.list_files(folder)
    )

    page = html.render_report(report)

    assert "<script" not in page
    assert record.words in page
    assert len(page) < 1_000_000


def test_every_part_that_was_not_measured_says_so() -> None:
    page = reports.of_run(odd.RECORDS["nothing"].result)

    sections = {section.title: section for section in page.sections}
    for title in ("Count ladder", "Resources", "Start-up", "Load", "Latency", "Checks", "Answers"):
        assert sections[title].lines[0].endswith(": the run ended before.")
