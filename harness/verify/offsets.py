"""How many messages the topic holds, from its offsets."""

from dataclasses import dataclass

from kafka import KafkaAdminClient, OffsetSpec, TopicPartition

from harness.engines.kafka_client import KafkaClient, describe_topic
from harness.errors import InvalidRun


@dataclass(frozen=True, slots=True)
class Offsets:
    """The first offset of a partition, and the offset that its next message will get."""

    begin: int
    end: int


class TopicOffsets:
    """The offsets of a topic's partitions; a call that fails raises ServiceFailed."""

    def __init__(self, client: KafkaClient, name: str) -> None:
        self._client = client
        self._name = name

    def offsets(self) -> dict[int, Offsets]:
        """Return the offsets by partition."""
        begin, end = self._read(OffsetSpec.EARLIEST, OffsetSpec.LATEST)
        return {number: Offsets(begin[number], end[number]) for number in begin}

    def messages(self) -> int:
        """Return how many messages all partitions hold; raises InvalidRun where some are gone.

        The topic is made anew for empty tables, so that its first message has the offset 0.
        """
        offsets = self.offsets().values()
        gone = sum(extent.begin for extent in offsets)
        if gone:
            raise InvalidRun(
                f"Kafka has lost {gone:,} messages of the topic {self._name}.",
                why="its retention or an administrator removed them, so none can be accounted for",
                do="`make smoke` or `make bench` empties the topic and the tables",
            )
        return sum(extent.end for extent in offsets)

    def end(self) -> int:
        """Return how many messages all partitions have ever held."""
        (end,) = self._read(OffsetSpec.LATEST)
        return sum(end.values())

    def _read(self, *specs: OffsetSpec) -> list[dict[int, int]]:
        """Return the offset by partition for each spec."""

        def read(admin: KafkaAdminClient) -> list[dict[int, int]]:
            described = describe_topic(admin, self._name)["partitions"]
            numbers = sorted(partition["partition_index"] for partition in described)
            partitions = [TopicPartition(self._name, number) for number in numbers]
            answers = [
                admin.list_partition_offsets(dict.fromkeys(partitions, spec)) for spec in specs
            ]
            return [
                {partition.partition: answer[partition].offset for partition in partitions}
                for answer in answers
            ]

        return self._client.call(read)
