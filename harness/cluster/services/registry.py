"""The list of services: a new one is one file and one line here."""

from collections.abc import Iterator

from harness.cluster.services import hdfs, kafka, metastore, presto, streaming, web
from harness.cluster.services.service import Service

KINDS: tuple[type[Service], ...] = (
    hdfs.NameNode,
    hdfs.DataNode,
    metastore.MetastoreService,
    presto.PrestoService,
    kafka.KafkaService,
    streaming.StreamingService,
    web.WebService,
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
