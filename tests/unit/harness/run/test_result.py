"""The record of a run, made without a cluster of what its phases returned."""

import pytest

from harness.cluster.state import Restart
from harness.config.load_plan import PlannedCall
from harness.errors import ServiceFailed
from harness.faults import registry
from harness.faults.injection import InjectionTimes
from harness.load.result import RequestResult
from harness.record.models import Answer, Check, Outcomes
from harness.run.result import Drained, FinalState, PhaseResults, create_result
from tests.unit.harness.record import example
from tests.unit.harness.run import measured
from tests.unit.harness.run.measured import STARTED, UNIX_AHEAD_S

MISSING = Check(
    name="accepted events that are not in Presto", status="fail", expected="0", actual="2"
)


class TestValidRun:
    def test_has_its_figures(self) -> None:
        record = create_result(measured.run(group="before"))

        assert (record.status, record.reasons, record.group) == ("valid", (), "before")
        assert record.duration_s == 60
        assert record.throughput is not None
        assert record.throughput.accepted_per_s == 100 / 10
        assert record.throughput.queryable_per_s == pytest.approx(100 / 15)
        assert record.drain_s == 5
        assert record.latency_ms.http is not None
        assert record.latency_ms.http.max == 20
        assert (record.latency_ms.committed_unknown, record.latency_ms.committed_negative) == (3, 1)
        assert record.cost is not None
        assert record.cost.kafka_bytes_per_event == 200
        assert record.cost.parquet_bytes_per_event == 50
        assert record.metrics["queryable_per_s"] == record.throughput.queryable_per_s
        assert (record.fault, record.restarts) == (None, ())

    def test_has_the_starts_with_the_cpu_time_of_the_provisioning(self) -> None:
        (startup,) = create_result(measured.run()).startup.items()

        assert startup[0] == "web"
        assert (startup[1].ready_s, startup[1].cpu_s) == (1.5, 0.33)

    def test_counts_kept_events_to_no_figure_of_its_own(self) -> None:
        record = create_result(measured.run(results=measured.results(accepted_before=40)))

        assert record.counts is not None
        assert record.counts.accepted == 100
        assert record.throughput is not None
        assert record.throughput.accepted_per_s == 60 / 10
        assert record.cost is not None
        # Sizes are of all events that are there.
        assert record.cost.kafka_bytes_per_event == 200
        assert record.cost.events_per_cpu_s == pytest.approx(60 / 41.63)

    def test_that_accepted_nothing_has_no_cost(self) -> None:
        record = create_result(
            measured.run(results=measured.results(verified=measured.verified(accepted=0)))
        )

        assert record.status == "valid"
        assert record.cost is None


class TestInvalidRun:
    def test_has_each_reason_in_the_order_of_the_phases_and_no_throughput(self) -> None:
        answer = Answer(query="1", columns=(), rows=(), differences=("row 1 is another",))
        record = create_result(
            measured.run(
                results=measured.results(
                    load=measured.load(reasons=("3 requests failed",)),
                    drained=Drained(None, "The drain did not end within 60 s."),
                    verified=measured.verified(100, MISSING, missing=2),
                    answers=[answer],
                ),
                clock_readings=[(0.0, 0), (1.0, -3_599_000)],
            )
        )

        assert record.status == "invalid"
        assert record.reasons[:3] == (
            "3 requests failed",
            "The drain did not end within 60 s.",
            "accepted events that are not in Presto: 2 instead of 0",
        )
        assert "row 1 is another" in record.reasons[3]
        assert record.reasons[4].startswith("times the clock was set: 1 (back by 3,600.0 s")
        assert (record.throughput, record.cost, record.drain_s) == (None, None, None)
        assert record.counts is not None
        assert record.counts.missing == 2
        assert record.checks[0] == MISSING
        assert record.checks[-1].name == "times the clock was set"
        assert record.answers == (answer,)


class TestRunThatWasEnded:
    def test_in_the_drain_keeps_the_load(self) -> None:
        error = ServiceFailed("kafka has died.", why="exit code 1")
        record = create_result(
            measured.run(
                results=PhaseResults(load=measured.load(), final=FinalState(None, ())),
                error=error,
            )
        )

        assert record.status == "error"
        assert record.reasons == (str(error),)
        assert record.load == example.load()
        assert record.latency_ms.http is not None
        assert record.latency_ms.committed is None
        assert (record.counts, record.throughput, record.cost, record.drain_s) == (None,) * 4
        # The answers were not asked for, and so not checked.
        assert [check.name for check in record.checks] == ["times the clock was set"]

    def test_at_once_has_its_error_after_the_other_reasons(self) -> None:
        error = ServiceFailed("presto has died.")
        results = measured.results(verified=measured.verified(100, MISSING), answers=None)

        record = create_result(measured.run(results=results, error=error))

        assert record.status == "error"
        assert record.reasons == (
            "accepted events that are not in Presto: 2 instead of 0",
            str(error),
        )

    @pytest.mark.parametrize("results", [PhaseResults(), measured.results()])
    def test_by_ctrl_c_is_aborted(self, results: PhaseResults) -> None:
        record = create_result(measured.run(results=results, error=KeyboardInterrupt()))

        assert (record.status, record.reasons) == ("aborted", ("interrupted",))
        assert record.throughput is None


class TestFaultRun:
    FAULT = registry.find("kafka")
    INJECTED = STARTED + 12
    DIED = Restart(service="kafka", died=STARTED + 12.5, exit_code=-9, ready=STARTED + 17)

    def results(self, *restarts: Restart) -> PhaseResults:
        call = PlannedCall("/login", 1, "login", "login")
        slow = RequestResult(call, *3 * (STARTED + 13,), STARTED + 14.5, True, "503")
        again = RequestResult(call, *3 * (STARTED + 16,), STARTED + 16.5, True, "200")
        outcomes = Outcomes(**{**dict.fromkeys(Outcomes.model_fields, 0), "answered_503": 1})
        load = example.load().model_copy(update={"outcomes": outcomes})
        commits = [round((STARTED + second + UNIX_AHEAD_S) * 1000) for second in (11, 18.5, 19)]
        return measured.results(
            load=measured.load(slow, again, record=load, reasons=("1 answered with 503",)),
            verified=measured.verified(100, presto=101, in_doubt=1),
            final=FinalState([(time_ms, 1) for time_ms in commits], restarts),
        )

    def test_is_valid_where_the_promise_was_kept(self) -> None:
        fault = InjectionTimes(self.FAULT, self.INJECTED, STARTED + 15)

        record = create_result(measured.run(fault=fault, results=self.results(self.DIED)))

        # What was answered in the outage is checked, and is no reason by itself.
        assert (record.status, record.reasons) == ("valid", ())
        assert record.fault is not None
        assert (record.fault.name, record.fault.promised) == ("kafka", True)
        assert (record.fault.injected_s, record.fault.undone_s) == (12, 15)
        assert record.fault.slowest_503_s == 1.5
        assert record.fault.in_doubt_arrived == 1
        # Until the pause between two commits ended.
        assert record.fault.recovery_s == pytest.approx(18.5 - 12)
        (restart,) = record.restarts
        assert (restart.service, restart.died_s, restart.away_s) == ("kafka", 12.5, 4.5)
        names = [check.name for check in record.checks]
        assert names[0].startswith("answers with 503 after more than")
        assert names[-2:] == ["the fault came about, and ended", "times the clock was set"]

    def test_whose_fault_ended_nothing_is_not_valid(self) -> None:
        # A restart of an earlier run on the same cluster.
        earlier = Restart(service="kafka", died=STARTED - 5, exit_code=-9, ready=STARTED - 1)
        fault = InjectionTimes(self.FAULT, self.INJECTED, None)

        record = create_result(measured.run(fault=fault, results=self.results(earlier)))

        assert record.reasons == ("the fault came about, and ended: nothing instead of kafka",)
        assert record.restarts == ()

    def test_whose_fault_did_not_come_about_has_no_recovery(self) -> None:
        fault = InjectionTimes(self.FAULT, None, None)

        record = create_result(measured.run(fault=fault, results=self.results()))

        assert record.status == "invalid"
        assert record.fault is not None
        assert (record.fault.injected_s, record.fault.recovery_s) == (None, None)

    def test_that_ended_in_the_load_keeps_the_moment(self) -> None:
        fault = InjectionTimes(self.FAULT, self.INJECTED, STARTED + 13)
        error = ServiceFailed("kafka has died.")

        record = create_result(measured.run(fault=fault, results=PhaseResults(), error=error))

        assert record.status == "error"
        assert record.fault is not None
        assert record.fault.injected_s == 12
        assert (record.fault.slowest_503_s, record.fault.in_doubt_arrived) == (None, None)
        assert record.fault.recovery_s is None

    def test_whose_commits_are_not_known_has_no_recovery(self) -> None:
        fault = InjectionTimes(self.FAULT, self.INJECTED, None)
        results = measured.results(load=self.results().load, final=FinalState(None, (self.DIED,)))

        record = create_result(measured.run(fault=fault, results=results))

        assert record.fault is not None
        assert record.fault.recovery_s is None
