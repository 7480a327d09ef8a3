"""Fault runs in a table, and what a run's own page says of its fault."""

from datetime import UTC, datetime

from harness.record.fault_record import FaultRow, FaultsRecord, create_fault_row
from harness.record.models import ServiceRestart
from harness.report.pages import fault_page
from harness.report.render import terminal
from tests.unit.harness.record import example
from tests.unit.harness.record.test_fault_record import result

KEPT = create_fault_row(result())
NOT_RUN = FaultRow(fault="cpu", text="a quarter of the CPU", verdict="not run", why=("no cgroup",))
LOST = KEPT.model_copy(
    update={"fault": "web", "verdict": "FAILED", "missing": 2, "why": ("2 are missing",)}
)


def made(*rows: FaultRow) -> FaultsRecord:
    return FaultsRecord(
        faults_id="20261126T150000Z-faults-1a2b3c",
        profile="faults",
        requests=8_066,
        rate_per_s=200.0,
        started_utc=datetime(2026, 11, 26, 15, tzinfo=UTC),
        duration_s=300.0,
        rows=rows,
    )


def test_a_row_has_every_count_and_leads_to_its_run() -> None:
    events, requests = (
        fault_page.create_events_table([KEPT]),
        fault_page.create_requests_table([KEPT]),
    )
    assert dict(zip(events.headers, events.rows[0], strict=True)) == {
        "fault": "kafka",
        "promise": "kept",
        "accepted": "42,452",
        "missing": "0",
        "doubled": "0",
        "in doubt": "6",
        "came": "4",
        "recovered": "6.50 s",
    }
    assert events.addresses == (f"../../runs/{KEPT.run_id}/report.html",)
    assert dict(zip(requests.headers, requests.rows[0], strict=True)) == {
        "fault": "kafka",
        "503": "30",
        "slowest": "1.62 s",
        "refused": "20",
        "reset": "5",
        "hung": "3",
        "started again": "kafka",
    }
    for table in (events, requests):
        assert len(table.align) == len(table.headers)


def test_what_was_not_run_is_not_told_as_kept() -> None:
    report = fault_page.create_faults_page(made(KEPT, NOT_RUN))
    assert report.title.endswith(": 1 kept, 1 not run")
    assert report.reasons == ("cpu: not run, because no cgroup",)
    events, requests, _ = (section.tables[0] for section in report.sections)
    assert set(events.rows[1][2:]) == set(requests.rows[1][1:]) == {"-"}


def test_what_failed_is_told_with_its_reasons() -> None:
    (reason,) = fault_page.create_faults_page(made(LOST)).reasons
    assert reason.startswith("web: FAILED; 2 missing, 0 doubled, 6 in doubt; recovered after 6.5")
    assert reason.endswith("; 2 are missing")


def test_what_was_measured_is_no_failure() -> None:
    measured = LOST.model_copy(update={"verdict": "measured"})
    assert fault_page.create_faults_page(made(measured)).reasons == ()
    assert fault_page.describe_fault_run(measured).endswith("recovered after 6.50 s")


def test_a_long_reason_is_cut_off() -> None:
    long = LOST.model_copy(update={"why": ("x" * 300, "y", "z", "never told")})
    assert fault_page.describe_fault_run(long).endswith(f"; {'x' * 199}…; y; z")


def test_a_service_that_was_started_several_times() -> None:
    often = KEPT.model_copy(update={"restarts": ("streaming", "kafka", "streaming")})
    assert "2 streaming, kafka" in fault_page.create_requests_table([often]).rows[0]


def test_a_run_s_page_has_its_fault_and_each_restart() -> None:
    late = ServiceRestart(service="web", died_s=50.0, exit_code=None, away_s=None)
    fault, restarts = fault_page.create_fault_sections(result(restarts=(*result().restarts, late)))
    assert ("what breaks", "kill -9 of Kafka (kafka)") in fault.tables[0].rows
    assert ("recovered after", "6.50 s") in fault.tables[0].rows
    assert restarts.tables[0].rows == (
        ("kafka", "40.1", "SIGKILL", "5.20 s"),
        ("web", "50.0", "too late to be ready", "it died again"),
    )
    assert "SIGKILL" in terminal.render_section(restarts, 80)


def test_most_runs_have_neither() -> None:
    assert fault_page.create_fault_sections(example.result()) == ()
