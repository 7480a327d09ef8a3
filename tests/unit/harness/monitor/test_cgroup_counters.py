"""The kernel's counts over one run, by groups that count as they are told."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.cgroup import Group
from harness.cgroup.group import Count, TreeCounts, Whole
from harness.monitor import cgroup_counters
from harness.monitor.cgroup_counters import CgroupCounters


def count(cpu_s: float = 0, now: int = 0, peak: int | None = 0, anonymous: int = 0) -> Whole:
    return Whole(
        cpu_s=cpu_s,
        charged_bytes=now,
        charged_peak_bytes=peak,
        anonymous_bytes=anonymous,
        throttled_s=cpu_s / 10,
    )


def counts(whole: Whole, web: Count | None = None, kills: int = 0) -> TreeCounts:
    return TreeCounts(whole, {"web": web or whole}, {"web": kills})


class Told:
    """A cgroup that is there from the first counts on, and gone after the last."""

    kind = "cgroup-v1"

    def __init__(self, *answers: TreeCounts | OSError) -> None:
        self.answers = list(answers)
        self.resets = 0

    def read(self) -> TreeCounts:
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    def reset_peaks(self) -> None:
        self.resets += 1


def finder(told: Any) -> Callable[[], Group | None]:
    return lambda: told


def test_standing_cluster_counts_from_the_run_s_begin() -> None:
    told = Told(
        counts(count(cpu_s=100, now=500, peak=900), kills=3),
        counts(count(cpu_s=104, now=700, peak=900), kills=4),
    )
    watched = CgroupCounters(finder(told))
    watched.sample()

    assert told.resets == 1
    assert watched.kind == "cgroup-v1"
    assert cgroup_counters.cpu_s(watched.first, watched.last) == 4
    assert cgroup_counters.cpu_s(watched.first, watched.last, "web") == 4
    assert cgroup_counters.throttled_s(watched.first, watched.last) == pytest.approx(0.4)
    assert watched.oom_kills() == {"web": 1}


def test_cluster_of_the_run_s_own_counts_from_nothing() -> None:
    groups: list[Any] = [None]
    watched = CgroupCounters(lambda: groups[0])
    assert watched.sample() is None
    assert watched.kind is None

    groups[0] = Told(counts(count(cpu_s=2, now=500, peak=900), kills=1))
    watched.sample()

    assert cgroup_counters.cpu_s(watched.first, watched.last) == 2
    assert watched.charged_peak_bytes() == 900
    assert watched.oom_kills() == {"web": 1}
    assert groups[0].resets == 0


def test_peak_from_before_that_was_not_reached_again_is_not_the_run_s() -> None:
    told = Told(
        counts(count(now=500, peak=900), count(now=50, peak=90)),
        counts(count(now=700, peak=900), count(now=60, peak=95)),
        counts(count(now=600, peak=900), count(now=60, peak=95)),
    )
    watched = CgroupCounters(finder(told))
    watched.sample()
    watched.sample()

    assert watched.charged_peak_bytes() == 700
    # Of this one the kernel knows more than was seen.
    assert watched.charged_peak_bytes("web") == 95
    assert watched.charged_peak_bytes("kafka") is None


def test_peak_is_the_highest_look_where_the_kernel_keeps_none() -> None:
    told = Told(*(counts(count(now=now, peak=None, anonymous=now // 2)) for now in (4, 8, 6)))
    watched = CgroupCounters(finder(told))
    watched.sample()
    watched.sample()

    assert watched.charged_peak_bytes() == 8
    assert watched.anonymous_peak_bytes() == 4


def test_last_look_stays_when_the_cgroup_goes() -> None:
    before = counts(count(cpu_s=2))
    groups: list[Any] = [Told(before, before, FileNotFoundError("gone"))]
    watched = CgroupCounters(lambda: groups[0])

    samples = [(watched.sample(), watched.now) for _ in range(2)]
    groups[0] = None
    samples.append((watched.sample(), watched.now))

    assert samples == [(before, before.whole), (before, None), (before, None)]


def test_nothing_is_counted_without_a_cgroup() -> None:
    watched = CgroupCounters(lambda: None)

    assert watched.sample() is None
    assert watched.charged_peak_bytes() is None
    assert watched.anonymous_peak_bytes() is None
    assert watched.oom_kills() == {}
    assert cgroup_counters.cpu_s(None, None) is None
    assert cgroup_counters.throttled_s(None, None) is None
