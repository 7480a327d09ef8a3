"""Where a cluster's services are reached, and how a client proves who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from harness.config.external import ExternalSpark
from harness.engines import files, kafka_client, presto_client, webhdfs


@dataclass(frozen=True)
class FileSystemAddress:
    """The file system that events end up in: every path of the pipeline is below `uri`.

    `webhdfs` is the URL of the NameNode's HTTP interface, None for S3. `settings` are Hadoop's, and
    `secrets` those settings that no log may show. `patience` extends each request's deadline.
    """

    uri: str
    user: str
    webhdfs: str | None
    settings: Mapping[str, object]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    patience: float = 1.0

    def client(self) -> files.Files:
        """Return a client of its files that needs no Java."""
        if self.webhdfs is not None:
            root = urlsplit(self.uri).path.rstrip("/")
            return webhdfs.WebHdfs(self.webhdfs, self.user, root, patience=self.patience)
        # Imported here: S3 loads Arrow, which is large, and a native supervisor does without.
        from harness.engines.s3 import S3  # noqa: PLC0415

        return S3(self.uri, {**self.settings, **self.secrets}, patience=self.patience)


@dataclass(frozen=True)
class Addresses:
    """The addresses of one cluster's services, and what their clients need to be let in.

    `web` and `kafka` are `host:port`, several brokers with commas. `ledger` is the app's folder.
    `hosts` is the file by which virtual machines resolve names; None means as the machine does.
    `patience` extends the deadlines of Kafka's clients.

    Kafka's three clients have settings of their own: `librdkafka_settings`, which the app uses,
    `kafka_python_settings`, and `kafka_java_settings` of Kafka's own client, which Spark uses.
    """

    web: str
    kafka: str
    topic: str
    filesystem: FileSystemAddress
    presto: presto_client.PrestoServer
    ledger: Path
    librdkafka_settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    kafka_python_settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    kafka_java_settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    spark: ExternalSpark = field(default_factory=ExternalSpark)
    hosts: Path | None = None
    patience: float = 1.0

    def create_kafka_client(self, timeout_s: float) -> kafka_client.KafkaClient:
        """Return a client of the brokers, whose requests may take so long; it connects later.

        On a slow machine they may take longer.
        """
        within_s = timeout_s * self.patience
        return kafka_client.KafkaClient(self.kafka, self.kafka_python_settings, within_s)
