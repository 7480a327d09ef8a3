"""Where services of this machine are reached."""

from pathlib import Path

from harness.cluster.backends.local import create_addresses
from harness.config import layers
from harness.engines.webhdfs import WebHdfs


def test_a_native_cluster_is_all_on_loopback_and_lets_everybody_in() -> None:
    to = create_addresses(
        layers.load_config("bench", ["kafka.port=9192"], environment={}), Path("ledger")
    )

    assert (to.web, to.kafka, to.topic) == ("127.0.0.1:5000", "127.0.0.1:9192", "menu_app_events")
    assert to.librdkafka_settings == to.kafka_python_settings == {}
    assert to.kafka_java_settings == {}
    assert to.presto.url == "http://127.0.0.1:8080"
    assert to.presto.schema == "default"
    assert isinstance(to.filesystem.client(), WebHdfs)
