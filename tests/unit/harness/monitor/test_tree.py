"""Processes are told apart by session and descent."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from subprocess import Popen
from types import SimpleNamespace

import psutil
import pytest

from harness.monitor import tree
from harness.system.process import Identity, Stat

Start = Callable[[], Popen[str]]
Tell = Callable[[Popen[str], object], str]


def services(sessions: dict[str, int]) -> dict[int, str]:
    return {
        reading.process.pid: reading.service
        for reading in tree.read_processes(sessions, loading=True)
    }


def test_a_service_is_its_whole_session(serve: Start, tell: Tell) -> None:
    web, kafka = serve(), serve()
    child = int(tell(web, "fork"))

    found = services({"web": web.pid, "kafka": kafka.pid})

    assert {pid for pid, service in found.items() if service == "web"} == {web.pid, child}
    assert {pid for pid, service in found.items() if service == "kafka"} == {kafka.pid}
    assert found[os.getpid()] == "harness"


def test_an_orphan_still_belongs_to_its_service(serve: Start, tell: Tell) -> None:
    web = serve()
    child = int(tell(web, "fork"))
    web.kill()
    web.wait()

    readings = {r.process.pid: r for r in tree.read_processes({"web": web.pid}, loading=True)}
    assert readings[child].service == "web"
    assert readings[child].cpu_s >= 0.13


def test_children_of_ours_in_our_session_are_the_load_tool(tool: Start, tell: Tell) -> None:
    process = tool()
    child = int(tell(process, "fork"))

    found = services({})

    assert found[process.pid] == found[child] == "load_tool"
    assert found[os.getpid()] == "harness"


def test_a_child_that_has_not_executed_its_program_is_nobody_s() -> None:
    waiting, go = os.pipe()
    # Popen gives no hold on a child between fork and exec.
    child = os.fork()
    if child == 0:
        os.read(waiting, 1)
        os.execv("/bin/sleep", ["sleep", "60"])
    try:
        assert child not in services({})
        os.write(go, b".")
        while psutil.Process(child).name() != "sleep":
            pass
        assert services({})[child] == "load_tool"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(waiting)
        os.close(go)


def test_at_other_times_they_are_the_harness(tool: Start) -> None:
    process = tool()

    readings = {r.process.pid: (r.service, r.heir) for r in tree.read_processes({}, loading=False)}

    assert readings[os.getpid()] == ("harness", None)
    assert readings[process.pid] == ("harness", "harness")


def test_a_child_in_a_session_of_its_own_is_nobody_s_unless_named(serve: Start) -> None:
    other = serve()

    assert other.pid not in services({})
    assert services({"harness": other.pid})[other.pid] == "harness"


def test_who_is_charged_for_ended_children(serve: Start, tool: Start) -> None:
    web, supervisor, load_tool = serve(), serve(), tool()

    readings = tree.read_processes({"web": web.pid, "harness": supervisor.pid}, loading=True)
    heirs = {reading.process.pid: reading.heir for reading in readings}

    assert heirs[os.getpid()] == heirs[load_tool.pid] == "load_tool"
    assert heirs[web.pid] == "web"
    assert heirs[supervisor.pid] is None


def test_parents_come_before_their_children(serve: Start, tell: Tell) -> None:
    web = serve()
    child = int(tell(web, "fork"))

    pids = [reading.process.pid for reading in tree.read_processes({"web": web.pid}, loading=True)]

    assert pids.index(web.pid) < pids.index(child)


def test_they_are_read_in_that_order_also_where_pids_have_begun_anew(
    serve: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    low, high = serve().pid, serve().pid
    read = []

    def of(pid: int) -> Stat:
        read.append(pid)
        stat = Stat.from_pid(pid)
        oldest = Identity(pid=pid, started=1)
        return replace(stat, identity=oldest) if pid == high else stat

    monkeypatch.setattr(tree, "Stat", SimpleNamespace(from_pid=of))

    pids = [
        reading.process.pid
        for reading in tree.read_processes({"web": low, "kafka": high}, loading=True)
    ]

    assert pids.index(high) < pids.index(low)
    assert [pid for pid in read if pid in pids][-len(pids) :] == pids


def test_times_of_a_process_and_of_the_children_it_waited_for(serve: Start, tell: Tell) -> None:
    web = serve()
    tell(web, "fork")
    tell(web, "reap")
    tell(web, 0.1)

    (reading,) = [
        r for r in tree.read_processes({"web": web.pid}, loading=True) if r.service == "web"
    ]

    assert 0.08 <= reading.cpu_s < 0.25
    assert 0.13 <= reading.reaped_s < 0.25


def test_a_child_that_has_ended_and_is_not_waited_for_keeps_its_time(
    serve: Start, tell: Tell
) -> None:
    web = serve()
    child = int(tell(web, "fork"))
    psutil.Process(child).kill()

    readings = {
        reading.process.pid: reading
        for reading in tree.read_processes({"web": web.pid}, loading=True)
    }

    assert readings[child].cpu_s >= 0.13


def test_pss_counts_shared_pages_once(serve: Start, tell: Tell) -> None:
    web = serve()
    tell(web, "grow")
    child = int(tell(web, "fork"))
    readings = [
        r for r in tree.read_processes({"web": web.pid}, loading=True) if r.service == "web"
    ]

    pss = [tree.read_pss_bytes(reading.process) or 0 for reading in readings]

    # Both hold the same 40 MB.
    assert {reading.process.pid for reading in readings} == {web.pid, child}
    assert sum(reading.rss_bytes for reading in readings) > 80_000_000
    assert 40_000_000 < sum(pss) < 70_000_000


def test_pss_of_a_process_that_is_gone(serve: Start) -> None:
    web = serve()
    process = Identity.from_pid(web.pid)
    web.kill()
    web.wait()

    assert tree.read_pss_bytes(process) == 0


def test_pss_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: psutil.Process) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "memory_full_info", refuse)

    assert tree.read_pss_bytes(Identity.from_pid(os.getpid())) is None
