import os
import socket
from pathlib import Path

import pytest

from harness.cluster.services import service
from harness.cluster.services.service import NotReady
from harness.config.model import Config
from harness.errors import Missing
from tests.unit.harness.cluster import fakes
from tests.unit.harness.cluster.fakes import Script


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def claim(tmp_path: Path, port: int) -> None:
    context = fakes.create_context(tmp_path, tmp_path, Config(profile="bench"))
    fakes.kind(Script("one", port=port))(context).claim_ports()


class TestClaimPorts:
    def test_that_are_free(self, tmp_path: Path) -> None:
        port = free_port()
        claim(tmp_path, port)
        # Still free afterwards.
        socket.create_server(("127.0.0.1", port)).close()

    def test_that_was_just_given_back(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                accepted, _ = server.accept()
                # The side that closes first keeps the port in TIME_WAIT.
                accepted.close()
        claim(tmp_path, port)

    @pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
    def test_that_are_taken_name_their_holder(self, tmp_path: Path, address: str) -> None:
        with socket.create_server((address, 0)) as server:
            port = server.getsockname()[1]
            with pytest.raises(Missing) as taken:
                claim(tmp_path, port)
        assert taken.value.what == f"Port {port}, which one needs, is in use."
        assert f"pid {os.getpid()} " in taken.value.why
        assert 'SET="fake.port=…"' in taken.value.do
        assert taken.value.exit_code == 3


def test_connect_tells_whether_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        service.connect(port)
    with pytest.raises(NotReady, match=f"nothing listens on port {port} yet"):
        service.connect(port)


def test_write_makes_the_folders(tmp_path: Path) -> None:
    path = service.write(tmp_path / "one" / "two" / "a.properties", "ü=1\n")
    assert path.read_text(encoding="utf-8") == "ü=1\n"


def test_properties_are_lines() -> None:
    settings = {"a.b": 1, "path": "C:\\a folder", "flag": "true"}
    assert service.properties(settings) == "a.b=1\npath=C:\\\\a folder\nflag=true\n"


def test_properties_are_ascii() -> None:
    settings = {"path": "/tmp/bänch 1\n😀"}
    assert service.properties(settings) == "path=/tmp/b\\u00e4nch 1\\u000a\\ud83d\\ude00\n"
