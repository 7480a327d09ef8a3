"""The index as it is read."""

from dataclasses import replace
from typing import Any

import pytest

from harness.record.index import IndexedRun, ResultsIndex
from harness.report.pages import index_page
from tests.unit.harness.report import results
from tests.unit.harness.report.pages import test_fault_page

RUN = IndexedRun(
    run_id="20261124T020000Z-bench-000001",
    status="valid",
    why="",
    profile="bench",
    group="",
    commit="0123456789",
    dirty=True,
    figures={"queryable_per_s": 2700.4, "pss_peak_bytes": 2.0**30, "http_p99_ms": None},
    page="runs/20261124T020000Z-bench-000001/report.html",
)


def made(*runs: IndexedRun, **parts: Any) -> ResultsIndex:
    checks, faults, comparisons = (
        parts.get(name, ()) for name in ("checks", "faults", "comparisons")
    )
    return ResultsIndex(runs, checks, faults, comparisons, has_history=True)


@pytest.mark.parametrize(
    ("commit", "dirty", "shown"),
    [
        ("0123456789", True, "0123456+"),
        ("0123456789", False, "0123456"),
        ("0123456789", None, "0123456?"),
        ("", None, "unknown"),
    ],
)
def test_a_commit_that_is_not_known_is_said_to_be_so(
    commit: str, dirty: bool | None, shown: str
) -> None:
    assert index_page.format_commit(commit, dirty) == shown


def test_a_run_has_its_status_its_figures_and_its_page() -> None:
    section = index_page.create_index_page(made(RUN)).sections[0]

    (table,) = section.tables
    assert table.rows == (
        (RUN.run_id, "valid", "bench", "-", "0123456+", "2,700", "-", "-", "1,024", ""),
    )
    assert table.addresses == (RUN.page,)
    assert {*table.filters} <= {*table.headers}


def test_how_many_of_each_there_are() -> None:
    report = index_page.create_index_page(
        made(RUN, RUN, replace(RUN, status="withdrawn"), comparisons=("a..b",))
    )

    assert report.summary == "3 runs (2 valid, 1 withdrawn), 0 checks, 0 faults, 1 comparison."


def test_a_long_reason_is_cut_off() -> None:
    (table,) = index_page.create_index_page(made(replace(RUN, why="x" * 10_240))).sections[0].tables

    assert table.rows[0][-1] == "x" * (index_page.LONGEST - 1) + "…"


def test_checks_and_comparisons_lead_to_their_pages() -> None:
    check = results.checked()

    _, checks, _, comparisons = index_page.create_index_page(
        made(checks=(check,), comparisons=("a..b",))
    ).sections

    (table,) = checks.tables
    assert table.rows[0][:6] == (check.check_id, "regression", "bench", "a" * 7, "b" * 7, "6")
    assert table.addresses == (f"checks/{check.check_id}/check.html",)
    assert comparisons.tables[0].addresses == ("comparisons/a..b.html",)


def test_faults_are_counted_by_their_verdict_and_lead_to_their_page() -> None:
    made_of = test_fault_page.made(test_fault_page.KEPT, test_fault_page.KEPT, test_fault_page.LOST)

    (table,) = index_page.create_index_page(made(faults=(made_of,))).sections[2].tables

    assert dict(zip(table.headers, table.rows[0], strict=True)) == {
        "faults": made_of.faults_id,
        "profile": "faults",
        "kept": "2",
        "measured": "0",
        "FAILED": "1",
        "not run": "0",
        "took": "300.0 s",
    }
    assert table.addresses == (f"faults/{made_of.faults_id}/faults.html",)


def test_where_there_is_nothing_it_says_how_to_get_it() -> None:
    report = index_page.create_index_page(ResultsIndex((), (), (), (), has_history=False))

    assert report.links == ()
    assert report.summary == "0 runs, 0 checks, 0 faults, 0 comparisons."
    lines = [line for section in report.sections for line in section.lines]
    assert len(lines) == 4
    assert all("`make " in line for line in lines)
