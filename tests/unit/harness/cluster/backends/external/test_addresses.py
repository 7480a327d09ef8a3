"""Where engines of others are reached."""

from pathlib import Path

import pytest

from harness.cluster.backends.external.addresses import create_addresses
from harness.config import layers
from harness.engines.s3 import S3
from harness.errors import Missing
from tests.unit.harness.config.test_external import ENVIRONMENT, PLANTED

LEDGER = Path("ledger")


def test_names_on_engines_of_others_carry_the_prefix() -> None:
    to = create_addresses(
        layers.load_config("bench", ["external.prefix=mine"], environment=ENVIRONMENT), LEDGER
    )

    assert to.topic == "mine_menu_app_events"
    assert to.filesystem.uri == "s3a://bucket/folder/mine"
    assert to.presto.schema == "mine"
    # The app is ours, and so is the load.
    assert to.web == "127.0.0.1:5000"


def test_clients_of_kafka_prove_who_they_are() -> None:
    settings = ["external.kafka.ca=/etc/ca.pem", "external.kafka.sasl_mechanism=PLAIN"]
    to = create_addresses(layers.load_config("bench", settings, environment=ENVIRONMENT), LEDGER)

    assert to.librdkafka_settings == {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": "/etc/ca.pem",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "bench",
        "sasl.password": PLANTED,
    }
    assert to.kafka_python_settings == {
        "security_protocol": "SASL_SSL",
        "ssl_cafile": "/etc/ca.pem",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "bench",
        "sasl_plain_password": PLANTED,
    }
    jaas = to.kafka_java_settings["sasl.jaas.config"]
    assert jaas == (
        "org.apache.kafka.common.security.plain.PlainLoginModule required"
        ' username="bench" password="007 \'planted\\" \\\\secret";'
    )
    assert to.kafka_java_settings["ssl.truststore.location"] == "/etc/ca.pem"


def test_no_secret_shows_in_words() -> None:
    to = create_addresses(layers.load_config("bench", environment=ENVIRONMENT), LEDGER)

    assert to.filesystem.secrets == {"fs.s3a.access.key": PLANTED, "fs.s3a.secret.key": PLANTED}
    assert to.presto.password == PLANTED
    assert "planted" not in repr(to)
    assert isinstance(to.filesystem.client(), S3)


def test_a_password_that_is_not_given_is_asked_for() -> None:
    without = {name: text for name, text in ENVIRONMENT.items() if "KAFKA__PASSWORD" not in name}
    with pytest.raises(Missing, match="BENCH_EXTERNAL__KAFKA__PASSWORD") as caught:
        create_addresses(layers.load_config("bench", environment=without), LEDGER)
    assert caught.value.exit_code == 3


def test_a_slow_machine_s_clients_are_patient() -> None:
    settings = ["deadlines.start_s=1200"]
    to = create_addresses(layers.load_config("bench", settings, environment=ENVIRONMENT), LEDGER)
    assert to.presto.patience == to.filesystem.patience == to.patience == 10
    # Engines elsewhere have names that this machine must look up.
    assert to.hosts is None
