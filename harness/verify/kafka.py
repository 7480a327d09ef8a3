"""How many messages are in the topic, from its offsets."""

from __future__ import annotations

from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, TopicPartition

from harness.errors import ServiceFailed

TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Offsets:
    """The first offset of a partition, and the one that its next message will get."""

    begin: int
    end: int


class Topic:
    """A topic of the broker at `address`, `host:port`; an answer may take `timeout_s`."""

    def __init__(self, address: str, name: str, timeout_s: float = TIMEOUT_S) -> None:
        self._name = name
        self._timeout_s = timeout_s
        # It joins no group: librdkafka wants the name all the same. It also writes to standard
        # error by itself, where nothing is to be learnt that the exceptions do not say.
        settings = {"bootstrap.servers": address, "group.id": "harness", "log_level": 0}
        self._consumer = Consumer(settings)

    def offsets(self) -> dict[int, Offsets]:
        """The offsets by partition; raises ServiceFailed when Kafka does not tell them."""
        try:
            metadata = self._consumer.list_topics(self._name, timeout=self._timeout_s)
            topic = metadata.topics[self._name]
            if topic.error is not None:
                raise KafkaException(topic.error)
            return {number: self._partition(number) for number in sorted(topic.partitions)}
        except KafkaException as error:
            why = error.args[0].str()
            raise ServiceFailed("Kafka does not tell the topic's offsets.", why=why) from error

    def messages(self) -> int:
        """How many messages there are in all partitions; raises like `offsets`."""
        return sum(extent.end - extent.begin for extent in self.offsets().values())

    def end(self) -> int:
        """How many messages there have ever been; raises like `offsets`."""
        return sum(extent.end for extent in self.offsets().values())

    def _partition(self, number: int) -> Offsets:
        partition = TopicPartition(self._name, number)
        begin, end = self._consumer.get_watermark_offsets(partition, timeout=self._timeout_s)
        return Offsets(begin, end)
