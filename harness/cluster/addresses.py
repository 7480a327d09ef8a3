"""Where a cluster's services are reached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.cluster.hdfs import USER
from harness.cluster.service import HOST
from harness.config import Config


@dataclass(frozen=True)
class Addresses:
    """Each as `host:port`; `user` is who asks HDFS and Presto, `ledger` the app's folder."""

    web: str
    kafka: str
    topic: str
    webhdfs: str
    presto: str
    user: str
    ledger: Path


def of(config: Config, ledger: Path) -> Addresses:
    """The addresses of a native cluster."""
    return Addresses(
        web=f"{HOST}:{config.app.port}",
        kafka=f"{HOST}:{config.kafka.port}",
        topic=config.kafka.topic,
        webhdfs=f"{HOST}:{config.hdfs.namenode_http_port}",
        presto=f"{HOST}:{config.presto.port}",
        user=USER,
        ledger=ledger,
    )
