"""Where services of this machine are reached."""

import socket
from pathlib import Path

import pytest

from harness.cluster.backends.local import create_addresses
from harness.cluster.services import java
from harness.config import layers
from harness.engines.webhdfs import WebHdfs
from tests.unit.harness.cluster import fakes


def test_a_native_cluster_is_all_on_loopback_and_lets_everybody_in() -> None:
    to = create_addresses(
        layers.load_config("bench", ["kafka.port=9192"], environment={}), Path("cluster")
    )

    assert (to.web, to.kafka, to.topic) == ("127.0.0.1:5000", "127.0.0.1:9192", "menu_app_events")
    assert to.librdkafka_settings == to.kafka_python_settings == {}
    assert to.kafka_java_settings == {}
    assert to.presto.url == "http://127.0.0.1:8080"
    assert to.presto.schema == "default"
    assert isinstance(to.filesystem.client(), WebHdfs)


def test_a_slow_machine_s_clients_are_patient() -> None:
    config = layers.load_config("bench", ["deadlines.start_s=1200"], environment={})
    to = create_addresses(config, Path("cluster"))
    assert to.presto.patience == to.filesystem.patience == to.patience == 10
    assert to.create_kafka_client(5).timeout_s == 50


def test_virtual_machines_resolve_the_machine_s_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "nowhere")
    config = layers.load_config("bench", environment={})
    (file,) = (
        Path(flag.partition("=")[2])
        for flag in java.lean(fakes.create_context(tmp_path, tmp_path, config))
        if flag.startswith("-Djdk.net.hosts.file=")
    )
    java.write_hosts(file)
    assert file.read_text(encoding="utf-8") == "127.0.0.1 localhost nowhere\n"
