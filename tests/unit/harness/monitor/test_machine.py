"""The machine's own counters."""

import os
import socket
import subprocess
from pathlib import Path

import psutil
import pytest

from harness.monitor import machine


def test_what_goes_over_loopback_is_counted_once() -> None:
    before = machine.read_traffic().loopback_bytes
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = socket.create_connection(server.getsockname())
        receiver, _ = server.accept()
        with sender, receiver:
            sender.sendall(bytes(100_000))
            left = 100_000
            while left:
                left -= len(receiver.recv(left))

    after = machine.read_traffic().loopback_bytes

    assert before is not None
    assert after is not None
    assert after - before >= 100_000


def test_counters_never_fall() -> None:
    first, second = machine.read_traffic(), machine.read_traffic()

    assert (first.disk_read_bytes or 0) <= (second.disk_read_bytes or 0)
    assert (first.disk_written_bytes or 0) <= (second.disk_written_bytes or 0)


def test_a_machine_without_disks_or_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "disk_io_counters", lambda **_: None)
    monkeypatch.setattr(psutil, "net_io_counters", lambda **_: {})

    assert machine.read_traffic() == machine.Traffic(None, None, None)


# A machine whose second core is off; a tick is 0.01 s.
STAT = """\
cpu  600 60 240 9000 90 30 60 45 300 30
cpu0 400 40 200 4000 60 20 40 30 200 20
cpu2 200 20 40 5000 30 10 20 15 100 10
intr 23591189 0 0
ctxt 75938648
"""


def test_cores_by_what_they_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stat").write_text(STAT)
    monkeypatch.setattr(machine, "STAT", tmp_path / "stat")

    cores = machine.read_cores()

    # Idle and the wait for disks are no work; guests are in user and nice already.
    assert cores.keys() == {0, 2}
    assert cores[0].busy_s == pytest.approx(7.3)
    assert cores[0].interrupts_s == pytest.approx(0.6)
    assert cores[0].stolen_s == pytest.approx(0.3)
    assert cores[2].busy_s == pytest.approx(3.05)


def test_a_system_that_does_not_tell_of_its_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "STAT", tmp_path / "stat")

    assert machine.read_cores() == {}


def test_cores_of_this_machine_are_those_of_the_kernel() -> None:
    cores, whole = machine.read_cores(), psutil.cpu_times(percpu=True)

    assert len(cores) == len(whole)
    assert cores.keys() >= os.sched_getaffinity(0)
    assert all(times.busy_s > 0 for times in cores.values())


def test_a_process_may_run_where_its_cpuset_lets_it() -> None:
    one = min(os.sched_getaffinity(0))
    bound = ["taskset", "-c", str(one), "sleep", "60"]
    with subprocess.Popen(bound) as held, subprocess.Popen(["sleep", "60"]) as free:
        try:
            while Path(f"/proc/{held.pid}/comm").read_text() != "sleep\n":
                pass
            assert machine.find_cores([held.pid]) == {one}
            assert machine.find_cores([held.pid, free.pid]) == os.sched_getaffinity(0)
        finally:
            held.kill()
            free.kill()
    assert machine.find_cores([]) == machine.find_cores([held.pid]) == os.sched_getaffinity(0)
