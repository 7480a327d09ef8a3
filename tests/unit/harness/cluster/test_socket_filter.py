import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest

from harness.cluster import socket_filter
from tests.address import other_address, require_kernel_calls

# Answers whoever connects.
SERVER = """
import socket, sys
with socket.create_server((sys.argv[1], 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        with listener.accept()[0] as connection:
            connection.sendall(b"hello")
"""

Listen = Callable[[str], tuple[psutil.Process, int]]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Starts servers on an address; each one's process and port."""
    started = []

    def start(address: str) -> tuple[psutil.Process, int]:
        server = subprocess.Popen(
            [sys.executable, "-S", "-c", SERVER, address], stdout=subprocess.PIPE
        )
        started.append(server)
        assert server.stdout is not None
        return psutil.Process(server.pid), int(server.stdout.readline())

    yield start
    for server in started:
        server.kill()
        server.communicate()


def answer(address: str, port: int) -> bytes:
    with socket.create_connection((address, port), timeout=0.5) as connection:
        return connection.recv(5)


def test_a_wide_listener_is_shut_to_all_but_loopback(listen: Listen) -> None:
    require_kernel_calls()
    process, port = listen("0.0.0.0")
    assert [found for found, _ in socket_filter.find_open_listeners(process)] == [port]
    assert answer(other_address(), port) == b"hello"

    assert socket_filter.close_to_other_hosts([process]) == []

    with pytest.raises(TimeoutError):
        answer(other_address(), port)
    assert answer("127.0.0.1", port) == b"hello"


def test_one_on_loopback_needs_nothing(listen: Listen) -> None:
    process, port = listen("127.0.0.1")

    assert socket_filter.find_open_listeners(process) == []
    assert socket_filter.close_to_other_hosts([process]) == []
    assert answer("127.0.0.1", port) == b"hello"


def test_one_that_cannot_be_shut_is_named(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    process, port = listen("0.0.0.0")
    monkeypatch.setattr(socket_filter, "find_open_listeners", lambda _: [(port, 9999)])

    (line,) = socket_filter.close_to_other_hosts([process])
    # The second is the word of a container whose profile refuses the call itself.
    reasons = ("Bad file descriptor", "Operation not permitted")
    assert line in [f"port {port} stays open to other hosts: {reason}" for reason in reasons]


def test_a_process_that_has_ended_has_no_sockets(listen: Listen) -> None:
    process, _ = listen("0.0.0.0")
    process.kill()
    process.wait()

    assert socket_filter.close_to_other_hosts([process]) == []
