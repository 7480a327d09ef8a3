"""The harness's own work after a whole load of 42,452 events, and on its record."""

import random
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from app.ledger import Ledger
from app.route import ROUTES
from harness.config import load_plan, model
from harness.report.pages import results_folder
from harness.report.render import markdown
from harness.verify import contents, count_ladder, expected_answers, expected_events, parquet
from harness.verify.count_ladder import Observed
from harness.verify.expected_events import Events
from harness.verify.parquet import StoredFile
from tests.unit.harness.record import example
from tests.unit.harness.report import reports, results
from tests.unit.harness.verify import stored

EVENTS = 42_452
CALLS = load_plan.read_calls(model.LoadSettings())


@pytest.fixture(scope="module")
def events() -> Events:
    """The events of a bench."""
    return expected_events.plan_events(CALLS, seed=1)


@pytest.fixture(scope="module")
def files(events: Events) -> list[StoredFile]:
    """The tables' files that hold them."""
    return stored.files(events.values())


@pytest.fixture(scope="module")
def ledger_of_all(events: Events) -> Ledger:
    """The ledger in which all were accepted."""
    began = {
        event_id: made["description"] if ROUTES[event_id.rpartition("-")[0]].argument else None
        for event_id, made in events.items()
    }
    return Ledger(began, {*began})


def test_planned_events(benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(expected_events.plan_events, CALLS, 1)) == EVENTS


def test_events_of_the_ledger(
    benchmark: BenchmarkFixture, ledger_of_all: Ledger, events: Events
) -> None:
    assert benchmark(expected_events.recreate_begun, ledger_of_all, 1) == events


def test_ladder(
    benchmark: BenchmarkFixture, ledger_of_all: Ledger, files: list[StoredFile]
) -> None:
    rows = parquet.list_rows(files)
    from_presto = random.Random(1).sample(rows, len(rows))
    observed = Observed(
        sent=count_ladder.count_by_type(ledger_of_all.accepted),
        failed=0,
        ledger=ledger_of_all,
        kafka=EVENTS,
        parquet=rows,
        messages=EVENTS,
        presto=from_presto,
        presto_dead_letters=0,
        undated=0,
    )
    reconciliation = benchmark(count_ladder.reconcile, observed, judge_load=True)
    assert {check.status for check in reconciliation.checks} == {"pass"}


def test_contents_of_every_row(
    benchmark: BenchmarkFixture, files: list[StoredFile], events: Events
) -> None:
    assert benchmark(contents.check, files, events).status == "pass"


def test_expected_answers(benchmark: BenchmarkFixture, events: Events) -> None:
    every = tuple(events.values())

    def answer() -> list[int]:
        return [len([*question.answer(every)]) for question in expected_answers.QUESTIONS.values()]

    assert len(benchmark(answer)) == 12


def test_report_of_a_record(benchmark: BenchmarkFixture) -> None:
    def render() -> str:
        return markdown.render_report(reports.of_run(example.result()))

    assert benchmark(render).startswith("# Run ")


def test_pages_of_hundreds_of_runs(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    results.fill(tmp_path, 500)

    # Without the flag, the history page would be written in the first round alone.
    benchmark(results_folder.refresh_pages, tmp_path, is_withdrawn=True)

    assert (tmp_path / "index.html").is_file()
