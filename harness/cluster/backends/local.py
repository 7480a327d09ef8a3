"""What the backends share whose engines run on this machine."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from harness.cluster.addresses import Addresses, FileSystemAddress
from harness.cluster.artifacts import maven
from harness.cluster.backends.backend import Backend
from harness.cluster.services import hdfs, java, kafka, registry
from harness.cluster.services.service import HOST, Service
from harness.cluster.supervisor_client import Watch
from harness.config.model import Config
from harness.engines.presto_client import PrestoServer

HOSTS = "hosts"


class LocalBackend(Backend):
    """A cluster whose every service runs on this machine, from the pinned artifacts."""

    @property
    def kinds(self) -> Sequence[type[Service]]:
        """All services there are."""
        return registry.KINDS

    def start(self, config: Config, names: Collection[str], watch: Watch) -> dict[str, float]:
        """Start services, with a file of the names that they may ask for."""
        java.write_hosts(self.folder / HOSTS)
        return super().start(config, names, watch)

    def addresses(self, config: Config) -> Addresses:
        """Return the ports of loopback."""
        return create_addresses(config, self.folder)

    def engine_versions(self) -> Mapping[str, str]:
        """Return the pinned versions of all engines."""
        return maven.versions()

    def topic_bytes(self, config: Config) -> int | None:
        """Return the size of the events topic in the broker's folder."""
        return kafka.KafkaService(self.create_context(config)).topic_bytes()


def create_addresses(config: Config, folder: Path) -> Addresses:
    """Return the addresses of services that listen on loopback and let every client in."""
    patience = config.deadlines.patience
    return Addresses(
        web=f"{HOST}:{config.app.port}",
        kafka=f"{HOST}:{config.kafka.port}",
        topic=config.kafka.topic,
        filesystem=FileSystemAddress(
            uri=hdfs.address(config),
            user=hdfs.USER,
            webhdfs=f"http://{HOST}:{config.hdfs.namenode_http_port}",
            settings=hdfs.client_settings(config),
            patience=patience,
        ),
        presto=PrestoServer(f"{HOST}:{config.presto.port}", hdfs.USER, patience=patience),
        ledger=folder / "ledger",
        hosts=folder / HOSTS,
        patience=patience,
    )
