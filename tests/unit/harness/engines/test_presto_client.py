"""A coordinator over HTTPS: who vouches for it, and who asks."""

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.engines import presto_client
from harness.engines.presto_client import PrestoClient, PrestoServer
from harness.errors import ServiceFailed
from tests.authority import Authority

PASSWORD = "planted"
COLUMNS = [{"name": "one", "type": "integer", "typeSignature": {}}]


class Coordinator(BaseHTTPRequestHandler):
    """It answers whoever gives the right password, and says under which headers it was asked."""

    asked: dict[str, str]

    def do_POST(self) -> None:
        type(self).asked = dict(self.headers)
        self.rfile.read(int(self.headers["Content-Length"]))
        right = base64.b64encode(f"bench:{PASSWORD}".encode()).decode()
        allowed = self.headers["Authorization"] == f"Basic {right}"
        self.send_response(200 if allowed else 401)
        self.end_headers()
        if allowed:
            body = {"id": "1", "columns": COLUMNS, "data": [[1]], "stats": {"state": "FINISHED"}}
            self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for the coordinator."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def address(authority: Authority) -> Iterator[str]:
    """Where the coordinator is."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.certify("presto", "IP:127.0.0.1"))
    with ThreadingHTTPServer(("127.0.0.1", 0), Coordinator) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def ask(server: PrestoServer) -> list[tuple[int]]:
    return PrestoClient(server).execute("SELECT 1", "SELECT 1")[1]


@pytest.mark.parametrize("engine", ["presto", "trino"])
def test_is_asked_over_https_with_a_password(
    address: str, authority: Authority, engine: str
) -> None:
    server = PrestoServer(
        *(address, "bench", True, PASSWORD, str(authority.ca)),
        engine="trino" if engine == "trino" else "presto",
        catalog="lake",
        schema="mine",
    )

    assert ask(server) == [(1,)]

    asked = {
        name.removeprefix(f"X-{engine.title()}-"): text for name, text in Coordinator.asked.items()
    }
    assert (asked["User"], asked["Catalog"], asked["Schema"]) == ("bench", "lake", "mine")
    assert asked["Time-Zone"] == "UTC"
    assert asked["Session"] == "lake.parquet_use_column_names=true"
    assert server.url == f"https://{address}"


def test_a_wrong_password_is_named_and_not_shown(address: str, authority: Authority) -> None:
    server = PrestoServer(address, "bench", True, "not it", str(authority.ca))
    with pytest.raises(ServiceFailed, match="401") as caught:
        ask(server)
    assert "not it" not in f"{caught.value}{server}"


def test_one_that_nobody_vouches_for_is_not_told_the_password(address: str) -> None:
    Coordinator.asked = {}
    with pytest.raises(ServiceFailed, match="CERTIFICATE_VERIFY_FAILED"):
        ask(PrestoServer(address, "bench", True, PASSWORD))
    assert Coordinator.asked == {}


def test_a_file_of_authorities_that_is_not_there_is_named(address: str, tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")
    with pytest.raises(ServiceFailed, match=f"invalid path: {missing}"):
        ask(PrestoServer(address, "bench", True, PASSWORD, missing))


@pytest.mark.parametrize("patience", [1, 5])
def test_one_that_hangs_is_an_error(monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
    monkeypatch.setattr(presto_client, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address, began = f"127.0.0.1:{deaf.getsockname()[1]}", time.monotonic()
        with pytest.raises(ServiceFailed, match="timed out"):
            ask(PrestoServer(address, "bench", patience=patience))
        assert time.monotonic() - began >= 0.1 * patience
