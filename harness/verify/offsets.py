"""How many messages are in the topic, from its offsets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from confluent_kafka import Consumer, KafkaException, TopicPartition

from harness.errors import ServiceFailed

TIMEOUT_S = 10
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Offsets:
    """The first offset of a partition, and the one that its next message will get."""

    begin: int
    end: int


class Topic:
    """A topic of the broker at `address`, `host:port`; an answer may take `timeout_s`.

    `settings` are what librdkafka wants to be let in.
    """

    def __init__(
        self,
        address: str,
        name: str,
        timeout_s: float = TIMEOUT_S,
        settings: Mapping[str, str] = NOTHING,
    ) -> None:
        self._name = name
        self._timeout_s = timeout_s
        self._settings = {**settings, "bootstrap.servers": address}

    @cached_property
    def _consumer(self) -> Consumer:
        # It joins no group: librdkafka wants the name all the same. It also writes to standard
        # error by itself, where nothing is to be learnt that the exceptions do not say.
        return Consumer({**self._settings, "group.id": "harness", "log_level": 0})

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
