"""The Kafka topic, as the job finds it at its start."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

EARLIEST = -2
"""Spark's Kafka source reads this offset as the first one there is."""


@dataclass(frozen=True)
class SourceTopic:
    """A topic. One created anew has another id, and the offsets of the old one mean nothing."""

    name: str
    id: str
    partitions: Sequence[int]

    @classmethod
    def describe(cls, jvm: Any, client: Mapping[str, str], name: str) -> Self:
        """Ask Kafka through its client in the driver's JVM; `client` are that client's settings."""
        properties = jvm.java.util.Properties()
        for key, value in client.items():
            properties.put(key, value)
        admin = jvm.org.apache.kafka.clients.admin.AdminClient.create(properties)
        try:
            topic = admin.describeTopics([name]).allTopicNames().get()[name]
            partitions = sorted(partition.partition() for partition in topic.partitions())
            return cls(name, topic.topicId().toString(), partitions)
        finally:
            admin.close()

    def starting_offsets(self, offsets: Mapping[int, int]) -> str:
        """Return Spark's `startingOffsets`: `offsets`, else the first there is."""
        starts = {str(partition): offsets.get(partition, EARLIEST) for partition in self.partitions}
        return json.dumps({self.name: starts})
