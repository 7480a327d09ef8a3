"""CPU time is charged once to whom it belongs, whoever comes and goes."""

import pytest

from harness.monitor.account import CpuAccount
from harness.monitor.tree import ProcessReading
from harness.system.process import Identity


def reading(
    pid: int,
    cpu_s: float,
    reaped_s: float = 0,
    parent: int = 1,
    service: str = "web",
    heir: str | None = "web",
) -> ProcessReading:
    process = Identity(pid=pid, started=0)
    return ProcessReading(process, parent, service, heir, cpu_s, reaped_s, rss_bytes=0)


def test_what_was_used_before_the_first_reading_does_not_count() -> None:
    account = CpuAccount([reading(10, cpu_s=100, reaped_s=50)])

    account.update([reading(10, cpu_s=103, reaped_s=50)])

    assert account.cpu_s == {"web": 3}


def test_a_newcomer_counts_from_its_birth() -> None:
    account = CpuAccount([])

    account.update([reading(10, cpu_s=2, reaped_s=1)])

    assert account.cpu_s == {"web": 3}


def test_services_are_charged_apart() -> None:
    account = CpuAccount([])

    account.update([reading(10, 2), reading(20, 5, service="kafka", heir="kafka")])
    account.update([reading(10, 3), reading(20, 9, service="kafka", heir="kafka")])

    assert account.cpu_s == {"web": 3, "kafka": 9}


def test_an_ended_child_is_charged_once_with_its_last_moments() -> None:
    account = CpuAccount([reading(10, 0), reading(11, 4, parent=10)])
    account.update([reading(10, 1), reading(11, 6, parent=10)])

    # It used 0.5 s more, and its parent has waited for it.
    account.update([reading(10, 1, reaped_s=6.5)])

    assert account.cpu_s["web"] == pytest.approx(1 + 2 + 0.5)


def test_a_child_waited_for_late_is_not_charged_twice() -> None:
    account = CpuAccount([reading(10, 0), reading(11, 4, parent=10)])
    account.update([reading(10, 0), reading(11, 6, parent=10)])

    # It ended after its parent had been read.
    account.update([reading(10, 0)])
    assert account.cpu_s["web"] == pytest.approx(2)
    account.update([reading(10, 0, reaped_s=6.5)])

    assert account.cpu_s["web"] == pytest.approx(2.5)


def test_what_one_child_was_charged_is_taken_from_its_own_time_only() -> None:
    account = CpuAccount([reading(10, 0), reading(11, 4, parent=10)])
    account.update([reading(10, 0, reaped_s=5)])
    assert account.cpu_s["web"] == pytest.approx(1)

    account.update([reading(10, 0, reaped_s=8)])

    assert account.cpu_s["web"] == pytest.approx(1 + 3)


def test_a_child_that_nobody_waits_for_keeps_what_it_was_charged() -> None:
    account = CpuAccount([reading(10, 0), reading(11, 0, parent=1)])
    account.update([reading(10, 1), reading(11, 6, parent=1)])

    account.update([reading(10, 2)])

    assert account.cpu_s["web"] == 8


def test_children_between_two_readings_go_to_the_heir() -> None:
    account = CpuAccount([reading(10, 7, reaped_s=3, service="harness", heir="load_tool")])

    account.update([reading(10, 8, reaped_s=5, service="harness", heir="load_tool")])

    assert account.cpu_s == {"harness": 1, "load_tool": 2}


def test_children_without_an_heir_are_charged_to_nobody() -> None:
    account = CpuAccount([reading(10, 0, service="harness", heir=None)])

    account.update([reading(10, 1, reaped_s=50, service="harness", heir=None)])

    assert account.cpu_s == {"harness": 1}


def test_grandchildren_pass_through_their_parent() -> None:
    first = [reading(10, 0), reading(11, 0, parent=10), reading(12, 0, parent=11)]
    account = CpuAccount(first)
    account.update([reading(10, 0), reading(11, 1, parent=10), reading(12, 5, parent=11)])

    account.update([reading(10, 0), reading(11, 1, reaped_s=5.5, parent=10)])
    account.update([reading(10, 0, reaped_s=7)])

    assert account.cpu_s["web"] == pytest.approx(1 + 5.5 + 0.5)


def test_a_service_in_another_session_goes_on_from_its_sum() -> None:
    account = CpuAccount([reading(10, 30)])
    account.update([reading(10, 33)])

    account.update([reading(99, 2)])
    account.update([reading(99, 4)])

    assert account.cpu_s["web"] == 7
