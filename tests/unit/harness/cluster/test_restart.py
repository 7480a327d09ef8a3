"""The policy: how often in a row, and after how long."""

from harness.cluster.restart import count_restarts, pause_s
from harness.cluster.state import Restart, State
from harness.config.model import RestartSettings

POLICY = RestartSettings(limit=8, steady_s=30, backoff_s=0.5, backoff_max_s=8)


def number(now: float, *restarts: tuple[str, float, float | None]) -> int:
    state = State(config={"backend": "native"}, owner=None)
    state.restarts = [
        Restart(service=name, died=died, exit_code=-9, ready=ready)
        for name, died, ready in restarts
    ]
    return count_restarts(state, "one", POLICY, now)


def test_a_row_is_of_one_service() -> None:
    assert number(100.0) == 0
    assert number(100.0, ("one", 90, 95), ("two", 96, 97)) == 1


def test_a_row_goes_on_until_the_service_stays() -> None:
    assert number(124.0, ("one", 90, 95)) == 1
    assert number(125.0, ("one", 90, 95)) == 0
    assert number(130.0, ("one", 50, 60), ("one", 89, 91), ("one", 110, 120)) == 3
    assert number(130.0, ("one", 50, 59), ("one", 89, 91), ("one", 110, 120)) == 2


def test_one_that_was_never_ready_is_in_the_row_however_long_it_took() -> None:
    assert number(1000.0, ("one", 100, None), ("one", 230, None), ("one", 360, None)) == 3


def test_pauses_double_up_to_the_longest() -> None:
    assert [pause_s(POLICY, before) for before in range(7)] == [0.5, 1, 2, 4, 8, 8, 8]
