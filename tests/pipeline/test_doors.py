"""What other hosts reach of a cluster: nothing."""

import os
import socket
from collections import Counter

import psutil
import pytest

from harness.cluster import socket_filter
from tests.address import other_address, require_kernel_calls
from tests.pipeline.repository import Repository

# How many listeners of a service have no setting for their address: Hive 2.3 has none, nor has
# Presto's server for its own Thrift calls, nor the JVM's local management agent, which it starts.
WIDE = {"metastore": 1, "presto": 2}


def of(process: psutil.Process, repository: Repository) -> str:
    """The service that a process belongs to."""
    state = repository.state()
    assert state is not None
    names = {session: name for name, session in state.sessions().items()}
    return names[os.getsid(process.pid)]


def ports(repository: Repository) -> set[int]:
    """Every port that a process of the cluster listens on."""
    return {
        connection.laddr.port
        for process in repository.sessions()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def test_services_listen_on_loopback_wherever_a_setting_exists(standing: Repository) -> None:
    wide = Counter(
        of(process, standing)
        for process in standing.sessions()
        for _ in socket_filter.find_open_listeners(process)
    )

    assert wide == WIDE


def test_no_port_answers_another_address(standing: Repository) -> None:
    require_kernel_calls()
    found, address = ports(standing), other_address()

    assert found > set(standing.ports())
    for port in sorted(found):
        with pytest.raises(OSError, match=r"refused|timed out"):
            socket.create_connection((address, port), timeout=0.5).close()


def test_its_own_host_comes_in(standing: Repository) -> None:
    for process in standing.sessions():
        for port, _ in socket_filter.find_open_listeners(process):
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
