import pytest

from harness.verify import checks, clock

NOON_MS = 1_795_694_400_000


def readings(*offsets_s: float) -> list[clock.Reading]:
    """A reading a second, at which the clock was so far from where it had begun."""
    return [
        (10.0 + second, NOON_MS + round((second + offset_s) * 1000))
        for second, offset_s in enumerate(offsets_s)
    ]


@pytest.mark.parametrize(
    "offsets_s", [(), (0,), (0, 0.0005, 0.001), (0, 0.9, 0), (0, 0, -0.9, 0)], ids=str
)
def test_a_clock_that_is_slewed_was_not_set(offsets_s: tuple[float, ...]) -> None:
    assert clock.check(readings(*offsets_s)).status == "pass"


def test_a_clock_that_was_set_back_makes_the_run_not_valid() -> None:
    check = clock.check(readings(0, 0, -3600, -3600))

    assert checks.list_reasons([check]) == (
        "times the clock was set: 1 (back by 3,600.0 s, seen after 12.0 s) instead of 0",
    )


def test_each_time_is_told() -> None:
    check = clock.check(readings(0, -1, 59.5))

    assert check.actual == (
        "2 (back by 1.0 s, seen after 11.0 s, forward by 60.5 s, seen after 12.0 s)"
    )


def test_a_suspended_machine_has_its_clock_set_forward() -> None:
    assert "forward by 600.0 s" in clock.check(readings(0, 600)).actual
