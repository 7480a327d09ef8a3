"""The list of services: a new one is one file and one line here."""

from collections.abc import Iterator

from harness.cluster.services.hdfs import DataNode, NameNode
from harness.cluster.services.kafka import KafkaService
from harness.cluster.services.metastore import MetastoreService
from harness.cluster.services.presto import PrestoService
from harness.cluster.services.service import Service
from harness.cluster.services.streaming import StreamingService
from harness.cluster.services.web import WebService

KINDS: tuple[type[Service], ...] = (
    NameNode,
    DataNode,
    MetastoreService,
    PrestoService,
    KafkaService,
    StreamingService,
    WebService,
)
NAMES = tuple(kind.name for kind in KINDS)


def stop_order(names: set[str]) -> Iterator[set[str]]:
    """Yield the services in waves, each of services that no service left needs."""
    left = set(names)
    while left:
        needed = {need for kind in KINDS if kind.name in left for need in kind.needs}
        wave = left - needed
        yield wave
        left -= wave
