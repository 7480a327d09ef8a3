"""Which valid runs are marked, and what is said of them."""

from typing import Any

import pytest

from harness.config.model import MarkSettings
from harness.record.models import Lateness, Load, Percentiles, Resources
from harness.run import marks
from tests.unit.harness.record import example

LIMITS = MarkSettings()


def used(share: float) -> Resources:
    resources = example.resources()
    assert resources.others is not None
    others = resources.others.model_copy(update={"share": share, "cpu_s": share * 2 * 27.32})
    return resources.model_copy(update={"others": others})


def sent(*, late: float | None = 0.0, generator: float | None = 0.0, **changes: Any) -> Load:
    begun = Percentiles(p50=0.4, p95=9.0, p99=12.0, max=2_000.0)
    lateness = late is not None and Lateness(
        begun_ms=begun, bound_ms=10.0, late_share=late, generator_share=generator
    )
    return example.load().model_copy(update={"lateness": lateness or None, **changes})


def test_example_has_no_mark() -> None:
    assert marks.find_marks(LIMITS, example.load(), example.resources()) == {}


def test_limits_are_not_yet_above_them() -> None:
    at = sent(generator=0.01, cpu_share=0.8)

    assert marks.find_marks(LIMITS, at, used(0.05)) == {}


def test_others_disturb() -> None:
    assert marks.find_marks(LIMITS, sent(), used(0.183)) == {
        "disturbed": "others used 18.3 % of the CPU time of 2 cores, 10.0 s in 27.3 s (stolen by"
        " the hypervisor 0.4 s, interrupts 0.5 s); the limit is 5.0 %"
    }


def test_generator_that_begins_late_by_itself() -> None:
    late = sent(late=0.3, generator=0.023)

    assert marks.find_marks(LIMITS, late, used(0.0)) == {
        "generator": "2.3 % of the requests were begun more than 10 ms late though a connection and"
        " their route were free; the limit is 1.0 %"
    }


def test_lateness_of_the_system_is_no_mark() -> None:
    assert marks.find_marks(LIMITS, sent(late=0.9, generator=0.0), used(0.0)) == {}


def test_generator_that_has_no_cpu_to_spare() -> None:
    # More than a core is a matter of two clocks.
    busy = sent(cpu_share=1.004)

    assert marks.find_marks(LIMITS, busy, used(0.0)) == {
        "generator": "ab used 100.0 % of a core; the limit is 80.0 %"
    }


def test_both_marks_and_both_reasons() -> None:
    found = marks.find_marks(LIMITS, sent(generator=0.5, cpu_share=0.9), used(0.5))

    assert [*found] == ["disturbed", "generator"]
    assert found["generator"].count("; the limit is") == 2


@pytest.mark.parametrize("load", [None, sent(late=None, cpu_share=None), sent(generator=None)])
def test_what_was_not_measured_is_no_mark(load: Load | None) -> None:
    unknown = example.resources().model_copy(update={"others": None})

    for resources in (None, unknown):
        assert marks.find_marks(LIMITS, load, resources) == {}


def test_limits_can_be_off_or_nothing() -> None:
    worst = sent(generator=1.0, cpu_share=1.004), used(1.0)
    off = MarkSettings(others_cpu_share=1, generator_late_share=1, generator_cpu_share=1)
    strict = MarkSettings(others_cpu_share=0, generator_late_share=0, generator_cpu_share=0)

    assert marks.find_marks(off, *worst) == {}
    assert [*marks.find_marks(strict, sent(generator=0.001), used(0.001))] == [
        *("disturbed", "generator")
    ]
    # Nobody else used anything: no limit is below that.
    assert "disturbed" not in marks.find_marks(strict, sent(), used(0.0))


def test_error_of_a_group_names_each_run_s_reason_and_each_remedy_once() -> None:
    results = [example.result(marks={"disturbed": f"others used {n} %"}) for n in (9, 8)]

    error = marks.create_error("2 of 5 runs of the group are marked", results)

    assert error.what.startswith("2 of 5 runs of the group are marked disturbed: left out")
    assert "disturbed: others used 9 %" in error.why
    assert "disturbed: others used 8 %" in error.why
    assert error.do == marks.REMEDIES["disturbed"]
