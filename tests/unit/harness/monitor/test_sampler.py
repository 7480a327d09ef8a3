"""Looks become rows, at fixed moments, and sums at the end."""

import csv
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import Popen
from types import SimpleNamespace
from typing import Any

import pytest

from harness.cgroup.group import TreeCounts, Whole
from harness.config.model import MonitorSettings
from harness.errors import Missing
from harness.monitor.cgroup_counters import CgroupCounters
from harness.monitor.sampler import COLUMNS, Sampler
from harness.monitor.series import Flow

Start = Callable[[], Popen[str]]
Tell = Callable[[Popen[str], object], str]

OFTEN = MonitorSettings(interval_s=0.05, pss_interval_s=0.15)
SELDOM = MonitorSettings(interval_s=100, pss_interval_s=100)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "processes.csv"


def started(
    targets: Callable[[], Mapping[str, int]],
    path: Path,
    intervals: MonitorSettings,
    origin: float,
    counters: CgroupCounters | None = None,
) -> Sampler:
    """A sampler at the begin of its block; `stop` ends it."""
    return Sampler(targets, path, intervals, origin, counters).__enter__()


def rows(path: Path, service: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["service"] == service]


def wait_for_the_end_of_the_thread() -> None:
    deadline = time.monotonic() + 10
    while any(t.name == "sampler" for t in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_rows_come_as_they_are_measured(serve: Start, path: Path) -> None:
    web = serve()
    samples = threading.Semaphore(0)
    origin = time.monotonic() - 10

    def targets() -> dict[str, int]:
        samples.release()
        return {"web": web.pid}

    sampler = started(targets, path, OFTEN, origin)
    before = time.monotonic() - origin
    sampler.enter("load")
    after = time.monotonic() - origin
    for _ in range(11):
        assert samples.acquire(timeout=10)

    seen = rows(path, "web")
    sampler.stop()

    assert path.read_text().splitlines()[0].split(",") == list(COLUMNS)
    assert len(seen) >= 8
    times = [float(row["elapsed_s"]) for row in seen]
    assert 10 <= times[0] < times[-1]
    assert times == sorted(times)
    assert {row["pids"] for row in seen} == {str(web.pid)}
    # How many samples come before the phase is the machine's affair.
    phases = [row["phase"] for row in seen]
    number = phases.count("")
    assert number >= 2
    assert phases == [""] * number + ["load"] * (len(seen) - number)
    assert times[number - 1] <= after + 0.001
    assert before - 0.001 <= times[number]
    assert all(int(row["rss_bytes"]) > 1_000_000 for row in seen)
    measured = [row for row in seen if row["pss_bytes"]]
    assert 2 <= len(measured) < len(seen)
    assert seen[0] in measured
    assert len(rows(path, "harness")) >= 8


def test_cpu_in_rows_never_falls_and_ends_in_the_sum(serve: Start, tell: Tell, path: Path) -> None:
    web = serve()
    sampler = started(lambda: {"web": web.pid}, path, OFTEN, time.monotonic())
    tell(web, 0.1)
    tell(web, "fork")
    tell(web, "reap")
    tell(web, 0.1)

    resources = sampler.stop()

    seen = [float(row["cpu_s"]) for row in rows(path, "web")]
    assert seen == sorted(seen)
    assert seen[0] < 0.05
    assert 0.3 <= seen[-1] < 0.5
    assert resources.services["web"].cpu_s == pytest.approx(seen[-1], abs=0.01)


def test_stop_takes_a_last_look_with_pss(serve: Start, tell: Tell, path: Path) -> None:
    web = serve()
    sampler = started(lambda: {"web": web.pid}, path, SELDOM, time.monotonic())
    tell(web, "grow")

    resources = sampler.stop()

    last = int(rows(path, "web")[-1]["pss_bytes"])
    assert last > 40_000_000
    assert resources.services["web"].pss_peak_bytes == last
    assert resources.total.pss_peak_bytes == last


def test_the_teardown_begins_with_a_look_with_pss(serve: Start, tell: Tell, path: Path) -> None:
    web = serve()
    sampler = started(lambda: {"web": web.pid}, path, SELDOM, time.monotonic())
    sampler.enter("report")
    tell(web, "grow")
    sampler.enter("teardown")
    web.kill()
    web.wait()

    resources = sampler.stop()

    assert [row["pss_bytes"] != "" for row in rows(path, "web")] == [True, False, True, True]
    assert (resources.services["web"].pss_peak_bytes or 0) > 40_000_000


def test_each_phase_ends_with_a_look(serve: Start, tell: Tell, path: Path) -> None:
    web = serve()
    sampler = started(lambda: {"web": web.pid}, path, SELDOM, time.monotonic())
    tell(web, 0.1)
    begin = sampler.enter("load")
    tell(web, 0.2)
    end = sampler.enter("drain")
    sampler.stop()

    seen = [(row["phase"], float(row["cpu_s"])) for row in rows(path, "web")]

    assert [phase for phase, _ in seen] == ["", "", "load", "drain"]
    used = [after - before for (_, before), (_, after) in itertools.pairwise(seen)]
    assert used == [pytest.approx(seconds, abs=0.05) for seconds in (0.1, 0.2, 0)]
    assert end.since(begin)["web"] == pytest.approx(used[1], abs=0.01)


def test_only_the_load_phase_has_a_load_tool(tool: Start, tell: Tell, path: Path) -> None:
    sampler = started(dict, path, SELDOM, time.monotonic())

    def call() -> None:
        process = tool()
        tell(process, 0.2)
        process.kill()
        process.wait()

    call()
    sampler.enter("load")
    call()
    sampler.enter("verify")
    call()
    last = tool()
    resources = sampler.stop()

    assert resources.load_tool is not None
    assert 0.18 <= resources.load_tool.cpu_s < 0.35
    assert resources.total.cpu_s == resources.load_tool.cpu_s
    # No sample has met it.
    assert (resources.load_tool.rss_peak_bytes, resources.load_tool.pss_peak_bytes) == (0, None)
    assert str(last.pid) in rows(path, "harness")[-1]["pids"].split()


def test_a_session_may_change_in_the_middle(serve: Start, tell: Tell, path: Path) -> None:
    first, second = serve(), serve()
    sessions = {"web": first.pid}
    sampler = started(lambda: sessions, path, SELDOM, time.monotonic())
    sessions["web"] = second.pid
    tell(second, 0.1)

    sampler.stop()

    assert [row["pids"] for row in rows(path, "web")] == [str(first.pid), str(second.pid)]


def test_missed_moments_and_its_own_cost_are_known(path: Path) -> None:
    samples = threading.Semaphore(0)

    def dawdle() -> dict[str, int]:
        samples.release()
        time.sleep(0.2)
        return {}

    sampler = started(dawdle, path, OFTEN, time.monotonic())
    for _ in range(4):
        assert samples.acquire(timeout=10)
    sampler.stop()

    # Each sample holds it up for four moments.
    done = sampler.sampling()
    assert done.interval_s == OFTEN.interval_s
    assert done.looks >= 4
    assert done.missed >= 3
    assert 0 < done.cpu_s < 1


def test_the_series_has_the_moments_the_first_and_the_last(path: Path) -> None:
    samples = threading.Semaphore(0)

    def targets() -> dict[str, int]:
        samples.release()
        return {}

    origin = time.monotonic() - 10
    sampler = started(targets, path, OFTEN, origin)
    before_ms = time.time() * 1_000
    sampler.enter("load")
    entered_s = time.monotonic() - origin
    for _ in range(8):
        assert samples.acquire(timeout=10)
    sampler.stop()

    seen = sampler.samples
    # One more was taken between the phases.
    assert sampler.sampling().looks == len(seen) + 1
    phases = [sample.phase for sample in seen]
    assert phases[0] == ""
    # On a busy machine a moment may pass before the phase is entered, and none afterwards.
    assert phases == sorted(phases)
    assert {sample.phase for sample in seen if sample.elapsed_s > entered_s} == {"load"}
    times = [sample.elapsed_s for sample in seen]
    assert 10 <= times[0] < times[-1] < 20
    assert times == sorted(times)
    for sample in seen[1:]:
        assert abs(sample.time_ms - before_ms - (sample.elapsed_s - 10) * 1_000) < 200
    assert all("harness" in sample.usages for sample in seen)


def test_an_interval_longer_than_the_run_leaves_two_looks(path: Path) -> None:
    sampler = started(dict, path, MonitorSettings(interval_s=3600), time.monotonic())
    sampler.enter("load")
    sampler.take_snapshot()
    resources = sampler.stop()

    assert len(sampler.samples) == 2
    assert (sampler.sampling().looks, sampler.sampling().missed) == (4, 0)
    assert resources.harness is not None
    assert resources.harness.pss_peak_bytes is not None


def test_events_and_the_cgroup_s_memory_are_asked_for(path: Path) -> None:
    flows = iter([Flow(4, 5)])
    charged = Whole(
        cpu_s=1, charged_bytes=9, charged_peak_bytes=9, anonymous_bytes=8, throttled_s=0
    )
    group: Any = SimpleNamespace(
        kind="cgroup-v1", read=lambda: TreeCounts(charged, {}, {}), reset_peaks=lambda: None
    )
    kernel = CgroupCounters(lambda: group)
    sampler = started(dict, path, SELDOM, time.monotonic(), kernel)
    sampler.follow(lambda: next(flows))
    sampler.enter("load")

    sampler.stop()

    assert [sample.flow for sample in sampler.samples] == [None, Flow(4, 5)]
    assert [sample.memory for sample in sampler.samples] == [charged, charged]


def test_phases_do_not_wait_for_a_kafka_that_is_asked(path: Path) -> None:
    asked, answered = threading.Event(), threading.Event()

    def flow() -> Flow:
        asked.set()
        assert answered.wait(10)
        return Flow(0, None)

    sampler = started(dict, path, OFTEN, time.monotonic())
    sampler.follow(flow)
    assert asked.wait(10)

    sampler.enter("load")
    assert [row["phase"] for row in rows(path, "harness")][-1] == ""
    answered.set()
    sampler.stop()

    assert sampler.samples[-1].phase == "load"


def test_nothing_runs_on_after_stop(path: Path) -> None:
    before = threading.enumerate()
    sampler = started(dict, path, OFTEN, time.monotonic())
    sampler.check()
    (thread,) = set(threading.enumerate()) - set(before)

    sampler.stop()

    assert not thread.is_alive()
    assert thread.daemon


def test_nothing_runs_before_the_block_and_after_it(path: Path) -> None:
    before = threading.enumerate()
    sampler = Sampler(dict, path, OFTEN, time.monotonic())
    assert threading.enumerate() == before
    with pytest.raises(LookupError), sampler:
        raise LookupError

    assert threading.enumerate() == before


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"processes\.csv cannot be written"):
        started(dict, tmp_path / "absent" / "processes.csv", OFTEN, time.monotonic())


def test_a_full_disk_is_told_to_who_asks_and_at_the_end(path: Path) -> None:
    sampler = started(dict, path, OFTEN, time.monotonic())
    path.unlink()
    path.symlink_to("/dev/full")
    wait_for_the_end_of_the_thread()
    sampler.enter("load")

    for told in (sampler.check, sampler.stop):
        with pytest.raises(Missing) as caught:
            told()

    assert "No space left on device" in caught.value.why


def test_what_targets_raises_is_raised_by_stop(path: Path) -> None:
    def targets() -> dict[str, int]:
        if threading.current_thread().name == "sampler":
            raise LookupError("no such cluster")
        return {}

    sampler = started(targets, path, OFTEN, time.monotonic())
    wait_for_the_end_of_the_thread()

    with pytest.raises(LookupError, match="no such cluster"):
        sampler.stop()
