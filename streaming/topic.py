"""The Kafka topic, as the job finds it at its start."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

EARLIEST = -2
"""What Spark's Kafka source takes for the first offset there is."""


def partitions(jvm: Any, bootstrap_servers: str, topic: str) -> list[int]:
    """Return the numbers of the topic's partitions, by Kafka's client in the driver's JVM."""
    properties = jvm.java.util.Properties()
    properties.put("bootstrap.servers", bootstrap_servers)
    admin = jvm.org.apache.kafka.clients.admin.AdminClient.create(properties)
    try:
        described = admin.describeTopics([topic]).allTopicNames().get()[topic]
        return sorted(partition.partition() for partition in described.partitions())
    finally:
        admin.close()


def starts(topic: str, partitions: Sequence[int], offsets: Mapping[int, int]) -> str:
    """Return the source's `startingOffsets`: those of the log, else the first there is."""
    start = {str(partition): offsets.get(partition, EARLIEST) for partition in partitions}
    return json.dumps({topic: start})
