"""A server's certificate, by a handshake with a real one."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.engines import certificate
from tests.authority import Authority

HOST = "127.0.0.1"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who vouches for the server."""
    return Authority(tmp_path)


@contextmanager
def server(shown: Path) -> Iterator[int]:
    """The port of a server that shows a certificate to one client."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown)

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            context.wrap_socket(connection, server_side=True).close()

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_one_that_fits_has_no_fault(authority: Authority) -> None:
    with server(authority.certify("server", f"IP:{HOST}")) as port:
        assert certificate.fault(HOST, port, str(authority.ca)) is None


def test_that_of_another_host_does_not_fit(authority: Authority) -> None:
    with server(authority.certify("server", "DNS:kafka.example")) as port:
        fault = certificate.fault(HOST, port, str(authority.ca))
    assert fault is not None
    assert "mismatch" in fault


def test_that_of_another_authority_is_not_trusted(authority: Authority) -> None:
    with server(authority.certify("server", f"IP:{HOST}")) as port:
        fault = certificate.fault(HOST, port, None)
    assert fault is not None
    assert "issuer" in fault


def test_where_none_is_shown_there_is_nothing_to_say(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    assert certificate.fault(HOST, port, None) is None
    assert certificate.fault(HOST, port, str(tmp_path / "ca.pem")) is None
