"""The list of services: a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Iterator

from harness.cluster.backends.compose.contained import Contained
from harness.cluster.context import Site
from harness.cluster.services.hdfs import DataNode, NameNode
from harness.cluster.services.kafka import Kafka
from harness.cluster.services.metastore import Metastore
from harness.cluster.services.presto import Presto
from harness.cluster.services.service import Service
from harness.cluster.services.streaming import Streaming
from harness.cluster.services.web import Web

KINDS: tuple[type[Service], ...] = (
    NameNode,
    DataNode,
    Metastore,
    Presto,
    Kafka,
    Streaming,
    Web,
)
NAMES = tuple(kind.name for kind in KINDS)
# The pipeline's own parts, which run here whoever runs the engines.
OURS = ("streaming", "web")


def make(site: Site) -> list[Service]:
    """All services of a cluster: of one on engines of others, the pipeline's own parts."""
    match site.config.backend:
        case "native":
            return [kind(site) for kind in KINDS]
        case "compose":
            return [Contained(kind(site)) for kind in KINDS]
        case "external":
            return [kind(site) for kind in KINDS if kind.name in OURS]


def stop_order(names: set[str]) -> Iterator[set[str]]:
    """The services in the order in which they are stopped: those that nobody needs any more."""
    left = set(names)
    while left:
        needed = {need for kind in KINDS if kind.name in left for need in kind.needs}
        wave = left - needed
        yield wave
        left -= wave
