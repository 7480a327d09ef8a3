"""What is said of a fault run."""

import numpy as np
import pytest

from harness.config.load_plan import PlannedCall
from harness.faults import outcome
from harness.load.result import LoadResult, RequestResult
from harness.record.models import Outcomes
from tests.unit.harness.record import example

CALL = PlannedCall("/login", 1, "login", "login")
INJECTED = 100.0


def result(ended: float, how: str, took_s: float = 0.1) -> RequestResult:
    return RequestResult(CALL, *3 * (ended - took_s,), ended, True, how)


def sent(*results: RequestResult, **outcomes: int) -> LoadResult:
    none = dict.fromkeys(Outcomes.model_fields, 0)
    load = example.load().model_copy(update={"outcomes": Outcomes(**{**none, **outcomes})})
    return LoadResult(load, lambda: np.empty(0), 0.0, 1.0, 0.0, (), results)


class TestAnswers:
    def test_that_are_as_promised(self) -> None:
        made = outcome.check_answers(
            sent(result(1, "503", took_s=2.0), result(2, "200", took_s=5), refused=3, reset=2)
        )
        assert [one.status for one in made] == ["pass"] * 4

    @pytest.mark.parametrize(
        ("results", "outcomes", "name"),
        [
            ([result(9, "503", took_s=2.01)], {}, "answers with 503 after more than 2 s"),
            ([], {"answered_other": 1}, "answers with another status than 200 or 503"),
            ([], {"timed_out": 1}, "requests that hung"),
            ([], {"unfinished": 1}, "requests that were never ended"),
        ],
    )
    def test_that_are_not(
        self, results: list[RequestResult], outcomes: dict[str, int], name: str
    ) -> None:
        made = outcome.check_answers(sent(*results, **outcomes))
        assert [(one.name, one.actual) for one in made if one.status == "fail"] == [(name, "1")]

    def test_slowest_503(self) -> None:
        slow = result(5, "503", took_s=1.5)
        assert outcome.slowest_503_s([result(1, "503"), slow, result(9, "200", 3)]) == 1.5
        assert outcome.slowest_503_s([result(1, "200")]) is None


def test_events_in_doubt_that_came() -> None:
    counts = example.counts(accepted=100, missing=2, duplicate=1, unexpected=3, presto=107)
    # 98 accepted ones, one of them twice, 3 that nobody expects: 5 are left.
    assert outcome.arrived(counts) == 5


class TestRecovery:
    def recovery_s(
        self,
        ready: tuple[float, ...] = (),
        results: tuple[RequestResult, ...] = (),
        commits: tuple[float, ...] = (),
    ) -> float:
        return outcome.recovery_s(INJECTED, ready, results, commits)

    def test_of_what_was_not_hurt(self) -> None:
        results = tuple(result(second, "200") for second in range(90, 120))
        commits = tuple(float(second) for second in range(90, 120))
        assert self.recovery_s((), results, commits) == 0

    def test_is_when_all_services_are_ready(self) -> None:
        assert self.recovery_s((104.0, 111.0, 107.0)) == 11

    def test_is_when_requests_are_accepted_again(self) -> None:
        told = ("200", 99), ("503", 102), ("200", 103), ("refused", 104), ("200", 106), ("200", 107)
        assert self.recovery_s(results=tuple(result(at, how) for how, at in told)) == 6

    def test_is_not_before_the_last_failure(self) -> None:
        assert self.recovery_s(results=(result(101, "200"), result(104, "reset"))) == 4

    def test_is_when_the_last_pause_between_commits_ends(self) -> None:
        # A pause before the fault is not its own, and 2 s are none.
        assert self.recovery_s(commits=(90.0, 95.0, 99.5, 112.0, 114.0, 115.0)) == 12

    def test_is_whatever_comes_last(self) -> None:
        results = (result(101, "refused"), result(105, "200"))
        assert self.recovery_s((108.0,), results, (99.0, 120.0)) == 20
