"""What was used, by service and in all."""

import time
from collections.abc import Callable
from subprocess import Popen
from typing import Any

import pytest

from harness.cgroup.group import Count, TreeCounts, Whole
from harness.monitor import meter, tree
from harness.monitor.cgroup_counters import CgroupCounters
from harness.monitor.meter import CpuSnapshot, Meter, ServiceUsage

Start = Callable[[], Popen[str]]
Tell = Callable[[Popen[str], object], str]

MB = 1_000_000


def test_cpu_counts_from_the_meter_s_start(serve: Start, tell: Tell) -> None:
    web, kafka = serve(), serve()
    sessions = {"web": web.pid, "kafka": kafka.pid}
    tell(web, 0.2)
    watched = Meter(sessions)

    tell(kafka, 0.1)
    usages = watched.sample(sessions, loading=True, pss=False)

    assert usages["web"].cpu_s < 0.05
    assert 0.08 <= usages["kafka"].cpu_s < 0.15
    assert usages["web"].pids == (web.pid,)


def test_a_mark_tells_what_was_used_since_an_earlier_one() -> None:
    earlier = CpuSnapshot(10.0, {"web": 1.5, "kafka": 0.25})
    later = CpuSnapshot(12.0, {"web": 4.0, "kafka": 0.25, "load_tool": 0.5})

    assert later.since(earlier) == {"web": 2.5, "kafka": 0.0, "load_tool": 0.5}


def test_a_service_that_is_started_again_goes_on_from_its_sum(serve: Start, tell: Tell) -> None:
    before = serve()
    watched = Meter({"web": before.pid})
    tell(before, 0.2)
    watched.sample({"web": before.pid}, loading=True, pss=False)
    before.kill()
    before.wait()
    assert watched.sample({"web": before.pid}, loading=True, pss=False)["web"].pids == ()

    after = serve()
    tell(after, 0.1)
    watched.sample({"web": after.pid}, loading=True, pss=False)

    assert 0.28 <= watched.resources().services["web"].cpu_s < 0.45


def test_a_worker_that_was_killed_stays_charged(serve: Start, tell: Tell) -> None:
    web = serve()
    sessions = {"web": web.pid}
    watched = Meter(sessions)
    tell(web, "fork")
    before = watched.sample(sessions, loading=True, pss=False)["web"]

    tell(web, "reap")
    after = watched.sample(sessions, loading=True, pss=False)["web"]

    assert len(before.pids) == 2
    assert after.pids == (web.pid,)
    assert 0.13 <= before.cpu_s <= after.cpu_s < 0.25


def test_the_load_tool_is_charged_even_when_nobody_saw_it(tool: Start, tell: Tell) -> None:
    watched = Meter({})
    unseen = tool()
    tell(unseen, 0.1)
    unseen.kill()
    unseen.wait()
    seen = tool()
    tell(seen, 0.1)
    watched.sample({}, loading=True, pss=True)
    tell(seen, 0.1)
    seen.kill()
    seen.wait()
    watched.sample({}, loading=True, pss=True)

    resources = watched.resources()

    assert resources.load_tool is not None
    assert 0.28 <= resources.load_tool.cpu_s < 0.6
    assert resources.load_tool.rss_peak_bytes > MB
    assert resources.total.cpu_s == pytest.approx(resources.load_tool.cpu_s)


def test_peaks_stay_and_the_peak_of_the_sum_is_no_sum_of_peaks(serve: Start, tell: Tell) -> None:
    first, second = serve(), serve()
    watched = Meter({"first": first.pid, "second": second.pid})
    sessions = {"first": first.pid}
    tell(first, "grow")
    watched.sample(sessions, loading=True, pss=True)
    first.kill()
    first.wait()
    tell(second, "grow")
    watched.sample({"second": second.pid}, loading=True, pss=True)

    resources = watched.resources()

    peaks = [usage.pss_peak_bytes or 0 for usage in resources.services.values()]
    assert set(resources.services) == {"first", "second"}
    assert min(peaks) > 40 * MB
    assert 40 * MB < (resources.total.pss_peak_bytes or 0) < sum(peaks) - 30 * MB


def test_the_total_is_without_the_harness(serve: Start, tell: Tell) -> None:
    web = serve()
    sessions = {"web": web.pid}
    watched = Meter(sessions)
    tell(web, 0.1)
    end = time.thread_time() + 0.15
    while time.thread_time() < end:
        pass

    usages = watched.sample(sessions, loading=True, pss=True)
    resources = watched.resources()

    assert resources.harness is not None
    assert resources.harness.cpu_s >= 0.13
    assert resources.total.cpu_s == usages["web"].cpu_s == meter.sum_usages(usages).cpu_s
    assert resources.total.pss_peak_bytes == usages["web"].pss_bytes
    assert meter.sum_usages(usages).pids == (web.pid,)


def test_cores_are_cpu_time_by_time(serve: Start, tell: Tell) -> None:
    web = serve()
    before = time.monotonic()
    watched = Meter({"web": web.pid})
    tell(web, 0.1)
    watched.sample({"web": web.pid}, loading=True, pss=False)

    total = watched.resources().total

    assert total.cpu_cores_mean >= total.cpu_s / (time.monotonic() - before) > 0


def test_pss_is_null_where_it_was_not_measured(serve: Start) -> None:
    web = serve()
    watched = Meter({"web": web.pid})

    usages = watched.sample({"web": web.pid}, loading=True, pss=False)

    assert usages["web"].pss_bytes is None
    assert usages["web"].rss_bytes > MB
    assert watched.resources().total.pss_peak_bytes is None
    assert watched.resources().services["web"].pss_peak_bytes is None


def test_a_sum_is_not_known_where_a_part_is_not(
    serve: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, kafka = serve(), serve()
    sessions = {"web": web.pid, "kafka": kafka.pid}
    watched = Meter(sessions)
    monkeypatch.setattr(
        tree, "read_pss_bytes", lambda process: None if process.pid == kafka.pid else 5 * MB
    )

    usages = watched.sample(sessions, loading=True, pss=True)

    assert usages["web"].pss_bytes == 5 * MB
    assert usages["kafka"].pss_bytes is None
    assert meter.sum_usages(usages).pss_bytes is None


def test_the_sum_of_nothing_is_zero() -> None:
    assert meter.sum_usages({}) == ServiceUsage(pids=(), cpu_s=0, rss_bytes=0, pss_bytes=0)


def test_kernel_s_counts_stand_beside_our_own(serve: Start, tell: Tell) -> None:
    web = serve()
    sessions = {"web": web.pid}
    groups: list[Any] = [None]
    watched = Meter(sessions, CgroupCounters(lambda: groups[0]))
    groups[0] = Told()
    watched.sample(sessions, loading=True, pss=False)
    begin = watched.snapshot()
    watched.sample(sessions, loading=True, pss=False)

    resources = watched.resources(begin, watched.snapshot())

    assert resources.total.cgroup_cpu_s == 3
    assert resources.services["web"].cgroup_cpu_s == 2
    assert resources.services["web"].cgroup_memory_peak_bytes == 20
    # It is outside.
    assert resources.harness is not None
    assert resources.harness.cgroup_cpu_s is None
    assert resources.harness.cgroup_memory_peak_bytes is None


class Told:
    """A cgroup whose whole uses 3 s of CPU between two samples, and its one leaf 2 s."""

    kind = "cgroup-v1"

    def __init__(self) -> None:
        self.samples = 0

    def read(self) -> TreeCounts:
        self.samples += 1
        whole = Whole(3.0 * self.samples, 10, 10 * self.samples, 5, 0.0)
        leaf = Count(2.0 * self.samples, 10, 10 * self.samples)
        return TreeCounts(whole, {"web": leaf}, {"web": 0})
