"""The addresses of engines that other people run, from the section [external]."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from harness.cluster.addresses import Addresses, FileSystemAddress
from harness.cluster.services import hdfs
from harness.cluster.services.service import HOST
from harness.config import external
from harness.config.model import Config
from harness.engines.presto_client import PrestoServer
from harness.errors import Missing

JAAS = "org.apache.kafka.common.security.{module} required username={user} password={password};"
# The settings' names in the client that the app uses, and in the harness's own: the protocol, the
# authorities, the mechanism, the user and the password.
LIBRDKAFKA = (
    *("security.protocol", "ssl.ca.location"),
    *("sasl.mechanism", "sasl.username", "sasl.password"),
)
KAFKA_PYTHON = (
    *("security_protocol", "ssl_cafile"),
    *("sasl_mechanism", "sasl_plain_username", "sasl_plain_password"),
)
MODULES = {
    "PLAIN": "plain.PlainLoginModule",
    "SCRAM-SHA-256": "scram.ScramLoginModule",
    "SCRAM-SHA-512": "scram.ScramLoginModule",
}


def create_addresses(config: Config, ledger: Path) -> Addresses:
    """Return the addresses of the section [external], with names of the cluster's own.

    Raises Missing where a password is not given.
    """
    given = config.external
    assert given is not None
    presto, patience = urlsplit(given.presto.url), config.deadlines.patience
    return Addresses(
        web=f"{HOST}:{config.app.port}",
        kafka=given.kafka.bootstrap_servers,
        topic=f"{given.prefix}_{config.kafka.topic}",
        filesystem=_filesystem(given.filesystem, given.prefix, patience),
        presto=PrestoServer(
            address=presto.netloc,
            user=given.presto.user,
            secure=presto.scheme == "https",
            password=_revealed(given.presto.password),
            ca=given.presto.ca,
            engine=given.presto.engine,
            catalog=given.presto.catalog,
            schema=given.prefix,
            patience=patience,
        ),
        ledger=ledger,
        librdkafka_settings=_kafka_settings(given.kafka, LIBRDKAFKA),
        kafka_python_settings=_kafka_settings(given.kafka, KAFKA_PYTHON),
        kafka_java_settings=_kafka_java(given.kafka),
        spark=given.spark,
        patience=patience,
    )


def _filesystem(
    given: external.ExternalFileSystem, prefix: str, patience: float
) -> FileSystemAddress:
    keys = {"fs.s3a.access.key": given.access_key, "fs.s3a.secret.key": given.secret_key}
    return FileSystemAddress(
        uri=f"{given.uri.rstrip('/')}/{prefix}",
        user=given.user,
        webhdfs=given.webhdfs,
        settings={**hdfs.LOCATE_FOLLOWING_BLOCK, **given.settings},
        secrets={name: key.get_secret_value() for name, key in keys.items() if key is not None},
        patience=patience,
    )


def _kafka_settings(given: external.ExternalKafka, names: Sequence[str]) -> dict[str, str]:
    """Return a client's settings, called `names`: LIBRDKAFKA or KAFKA_PYTHON."""
    protocol, ca, mechanism, user, password = names
    settings: dict[str, str] = {protocol: given.security_protocol}
    if given.ca is not None:
        settings[ca] = given.ca
    if given.user is not None:
        settings |= {mechanism: given.sasl_mechanism, user: given.user, password: _password(given)}
    return settings


def _kafka_java(given: external.ExternalKafka) -> dict[str, str]:
    """Return the settings of Kafka's own client, which Spark uses."""
    settings: dict[str, str] = {"security.protocol": given.security_protocol}
    if given.ca is not None:
        settings |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": given.ca}
    if given.user is not None:
        settings |= {
            "sasl.mechanism": given.sasl_mechanism,
            "sasl.jaas.config": JAAS.format(
                module=MODULES[given.sasl_mechanism],
                user=_quoted(given.user),
                password=_quoted(_password(given)),
            ),
        }
    return settings


def _password(given: external.ExternalKafka) -> str:
    """Return the password; raises Missing where a later verb runs without its variable."""
    if given.password is None:
        raise Missing(
            f"There is no password for Kafka's user {given.user}.",
            do="set the variable BENCH_EXTERNAL__KAFKA__PASSWORD",
        )
    return given.password.get_secret_value()


def _quoted(text: str) -> str:
    """Return a text as a value of a JAAS configuration."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
