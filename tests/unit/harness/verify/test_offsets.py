"""Messages counted from a topic's offsets."""

from __future__ import annotations

from typing import ClassVar

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import PartitionMetadata, TopicMetadata

from harness.errors import ServiceFailed
from harness.verify import offsets
from harness.verify.offsets import Offsets, Topic


class Metadata:
    """What a broker says of its topics."""

    def __init__(self, topic: TopicMetadata) -> None:
        self.topics = {"events": topic}


class Consumer:
    """A client of a broker that has one topic with the offsets of `extents`."""

    extents: ClassVar[dict[int, tuple[int, int]]] = {}
    error: KafkaError | None = None
    timed_out: ClassVar[set[int]] = set()

    def __init__(self, settings: dict[str, object]) -> None:
        assert settings["bootstrap.servers"] == "127.0.0.1:9092"

    def list_topics(self, name: str, timeout: float) -> Metadata:
        topic = TopicMetadata()
        topic.error = self.error
        topic.partitions = dict.fromkeys(self.extents, PartitionMetadata())
        assert (name, timeout > 0) == ("events", True)
        return Metadata(topic)

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float) -> tuple[int, int]:
        assert timeout > 0
        if partition.partition in self.timed_out:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return self.extents[partition.partition]


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offsets, "Consumer", Consumer)
    monkeypatch.setattr(Consumer, "extents", {1: (5, 9), 0: (0, 38), 2: (0, 0)})


def topic() -> Topic:
    return Topic("127.0.0.1:9092", "events")


def test_offsets_by_partition() -> None:
    assert topic().offsets() == {0: Offsets(0, 38), 1: Offsets(5, 9), 2: Offsets(0, 0)}


def test_messages_are_from_the_first_offset_to_the_end() -> None:
    assert topic().messages() == 42


def test_the_end_counts_what_is_no_longer_kept_too() -> None:
    assert topic().end() == 47


def test_a_topic_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Consumer, "error", KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART))

    with pytest.raises(ServiceFailed) as caught:
        topic().offsets()

    assert "Unknown topic" in caught.value.why


def test_a_broker_that_hangs_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Consumer, "timed_out", {2})

    with pytest.raises(ServiceFailed) as caught:
        topic().messages()

    assert "Timed out" in caught.value.why
