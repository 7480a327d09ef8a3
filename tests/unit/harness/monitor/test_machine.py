"""The machine's own counters."""

import socket

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
