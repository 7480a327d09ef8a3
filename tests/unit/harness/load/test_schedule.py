"""The schedule sends the plan and nothing else, in an order and at times of the seed's."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config import load_plan, model
from harness.config.load_plan import PlannedCall
from harness.load import schedule
from harness.load.schedule import ScheduledRequest

SEEDS = st.integers(0, 2**63 - 1)
RATES = st.none() | st.floats(0.01, 1e6)
PLANS = st.lists(
    st.builds(
        lambda route, number, requests: PlannedCall(
            f"/{route}?{number}", requests, route, "a type"
        ),
        st.sampled_from(["login", "menu_search", "order_food"]),
        st.integers(0, 3),
        st.integers(1, 12),
    ),
    min_size=1,
    max_size=8,
)


def one_route(requests: tuple[ScheduledRequest, ...], route: str) -> list[str]:
    return [request.call.path for request in requests if request.call.route == route]


@given(PLANS, SEEDS, RATES)
def test_each_call_is_sent_as_often_as_planned(
    calls: list[PlannedCall], seed: int, rate: float | None
) -> None:
    sent = Counter(request.call for request in schedule.interleave(calls, seed, rate))

    planned: Counter[PlannedCall] = Counter()
    for call in calls:
        planned[call] += call.requests
    assert sent == planned


@given(PLANS, SEEDS, RATES)
def test_a_route_keeps_the_order_of_the_plan(
    calls: list[PlannedCall], seed: int, rate: float | None
) -> None:
    requests = schedule.interleave(calls, seed, rate)

    for route in {call.route for call in calls}:
        planned = [call.path for call in calls if call.route == route for _ in range(call.requests)]
        assert one_route(requests, route) == planned


@given(PLANS, SEEDS, RATES)
def test_a_seed_is_a_schedule(calls: list[PlannedCall], seed: int, rate: float | None) -> None:
    assert schedule.interleave(calls, seed, rate) == schedule.interleave(calls, seed, rate)


@given(PLANS, SEEDS, st.floats(0.01, 1e6))
def test_at_a_rate_requests_are_due_within_their_time(
    calls: list[PlannedCall], seed: int, rate: float
) -> None:
    due = [request.due_s for request in schedule.interleave(calls, seed, rate)]

    times = [time for time in due if time is not None]
    assert len(times) == len(due)
    assert all(before <= after for before, after in pairwise(times))
    assert times[0] >= 0
    assert times[-1] <= len(due) / rate


@given(PLANS, SEEDS)
def test_without_a_rate_they_are_due_at_any_time(calls: list[PlannedCall], seed: int) -> None:
    assert {request.due_s for request in schedule.interleave(calls, seed, None)} == {None}


def test_every_part_of_the_load_has_its_share_of_each_route() -> None:
    requests = schedule.interleave(load_plan.read_calls(model.LoadSettings()), 1, None)
    whole = Counter(request.call.route for request in requests)

    for start in range(0, len(requests), 5_000):
        part = requests[start : start + 5_000]
        shares = Counter(request.call.route for request in part)
        for route, number in whole.items():
            # Five standard deviations of a binomial share.
            share = number / len(requests)
            allowed = 5 * (share * (1 - share) / len(part)) ** 0.5
            assert shares[route] / len(part) == pytest.approx(share, abs=allowed)


def test_arrivals_are_those_of_a_poisson_process() -> None:
    """Of its gaps, a share of 1 / e is longer than the mean, and the deviation is the mean."""
    due = [
        request.due_s or 0.0
        for request in schedule.interleave(load_plan.read_calls(model.LoadSettings()), 1, 1000)
    ]
    gaps = [after - before for before, after in pairwise(due)]

    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(0.001, rel=0.001)
    assert deviation == pytest.approx(mean, rel=0.03)
    assert sum(gap > mean for gap in gaps) / len(gaps) == pytest.approx(0.3679, abs=0.01)


def test_another_seed_is_another_schedule() -> None:
    calls = load_plan.read_calls(model.LoadSettings(requests_per_call=3))

    assert schedule.interleave(calls, 1, None) != schedule.interleave(calls, 2, None)


def test_any_python_makes_the_same() -> None:
    requests = schedule.interleave(
        load_plan.read_calls(model.LoadSettings(requests_per_call=1)), 1, 10
    )

    assert [request.call.path for request in requests[:3]] == [
        "/post_review?review=The+food+was+amazing!",
        "/order_food?menu=Mexican",
        "/order_food?menu=Lebanese",
    ]
    assert [request.due_s for request in requests[:3]] == pytest.approx(
        [0.04083044000522686, 0.04834713588757552, 0.05517749639224909], rel=1e-12
    )


def test_the_file(tmp_path: Path) -> None:
    call = PlannedCall("/menu_search?menu=Thai", 1, "menu_search", "menu_search")

    schedule.write_schedule(
        tmp_path / "file", [ScheduledRequest(call, 1.5), ScheduledRequest(call, None)]
    )

    assert (tmp_path / "file").read_text() == (
        "1.500000\tmenu_search\t/menu_search?menu=Thai\n\tmenu_search\t/menu_search?menu=Thai\n"
    )
