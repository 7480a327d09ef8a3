"""Where a cluster's services are reached, and how a client proves who it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from harness.cluster.services import hdfs
from harness.cluster.services.service import HOST
from harness.config import Config, external
from harness.config.external import External, ExternalSpark
from harness.engines.files import Files
from harness.engines.presto_client import Server
from harness.engines.webhdfs import WebHdfs
from harness.errors import Missing

JAAS = "org.apache.kafka.common.security.{module} required username={user} password={password};"
MODULES = {
    "PLAIN": "plain.PlainLoginModule",
    "SCRAM-SHA-256": "scram.ScramLoginModule",
    "SCRAM-SHA-512": "scram.ScramLoginModule",
}


@dataclass(frozen=True)
class FileSystem:
    """Where events end up: every path of the pipeline is below `uri`.

    `webhdfs` is the URL of the NameNode's HTTP interface, null of S3. `settings` are Hadoop's, and
    `secrets` those of them that nobody is to read.
    """

    uri: str
    user: str
    webhdfs: str | None
    settings: Mapping[str, object]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def client(self) -> Files:
        """Its files, without Java."""
        if self.webhdfs is not None:
            return WebHdfs(self.webhdfs, self.user, urlsplit(self.uri).path.rstrip("/"))
        # Here: it takes Arrow, which is large, and a native cluster's supervisor does without.
        from harness.engines.s3 import S3  # noqa: PLC0415

        return S3(self.uri, {**self.settings, **self.secrets})


@dataclass(frozen=True)
class Addresses:
    """`web` and `kafka` as `host:port`, of several brokers with commas; `ledger` the app's folder.

    `kafka_settings` are what librdkafka wants beside the brokers' addresses, and
    `kafka_java_settings` what Kafka's own client does.
    """

    web: str
    kafka: str
    topic: str
    filesystem: FileSystem
    presto: Server
    ledger: Path
    kafka_settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    kafka_java_settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    spark: ExternalSpark = field(default_factory=ExternalSpark)


def of(config: Config, ledger: Path) -> Addresses:
    """The addresses of a cluster."""
    if config.backend == "external":
        assert config.external is not None
        return _external(config, config.external, ledger)
    return Addresses(
        web=f"{HOST}:{config.app.port}",
        kafka=f"{HOST}:{config.kafka.port}",
        topic=config.kafka.topic,
        filesystem=FileSystem(
            uri=hdfs.address(config),
            user=hdfs.USER,
            webhdfs=f"http://{HOST}:{config.hdfs.namenode_http_port}",
            settings=hdfs.client_settings(config),
        ),
        presto=Server(f"{HOST}:{config.presto.port}", hdfs.USER),
        ledger=ledger,
    )


def _external(config: Config, given: External, ledger: Path) -> Addresses:
    """Those of others, with names of the run's own."""
    presto = urlsplit(given.presto.url)
    return Addresses(
        web=f"{HOST}:{config.app.port}",
        kafka=given.kafka.bootstrap_servers,
        topic=f"{given.prefix}_{config.kafka.topic}",
        filesystem=_filesystem(given.filesystem, given.prefix),
        presto=Server(
            address=presto.netloc,
            user=given.presto.user,
            secure=presto.scheme == "https",
            password=_revealed(given.presto.password),
            ca=given.presto.ca,
            engine=given.presto.engine,
            catalog=given.presto.catalog,
            schema=given.prefix,
        ),
        ledger=ledger,
        kafka_settings=_librdkafka(given.kafka),
        kafka_java_settings=_kafka_java(given.kafka),
        spark=given.spark,
    )


def _filesystem(given: external.ExternalFileSystem, prefix: str) -> FileSystem:
    keys = {"fs.s3a.access.key": given.access_key, "fs.s3a.secret.key": given.secret_key}
    return FileSystem(
        uri=f"{given.uri.rstrip('/')}/{prefix}",
        user=given.user,
        webhdfs=given.webhdfs,
        settings={**hdfs.LOCATE_FOLLOWING_BLOCK, **given.settings},
        secrets={name: key.get_secret_value() for name, key in keys.items() if key is not None},
    )


def _librdkafka(given: external.ExternalKafka) -> dict[str, str]:
    """The settings of librdkafka's clients: the app's, and ours."""
    settings: dict[str, str] = {"security.protocol": given.security_protocol}
    if given.ca is not None:
        settings["ssl.ca.location"] = given.ca
    if given.user is not None:
        settings |= {
            "sasl.mechanism": given.sasl_mechanism,
            "sasl.username": given.user,
            "sasl.password": _password(given),
        }
    return settings


def _kafka_java(given: external.ExternalKafka) -> dict[str, str]:
    """The same for Kafka's own client, which Spark uses."""
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
    """Raises Missing where there is none, as in a later verb without the variable."""
    if given.password is None:
        raise Missing(
            f"There is no password for Kafka's user {given.user}.",
            do="set the variable BENCH_EXTERNAL__KAFKA__PASSWORD",
        )
    return given.password.get_secret_value()


def _quoted(text: str) -> str:
    """A text as a value of a JAAS configuration."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
