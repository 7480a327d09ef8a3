"""Messages counted from a topic's offsets."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from harness.engines.kafka_client import KafkaClient
from harness.errors import InvalidRun, ServiceFailed
from harness.verify.offsets import Offsets, TopicOffsets
from tests.unit.harness import mock_kafka


@pytest.fixture
def kafka() -> Iterator[tuple[KafkaClient, Producer]]:
    with mock_kafka.started() as (address, producer):
        client = KafkaClient(address, mock_kafka.SETTINGS, 5)
        yield client, producer
        client.close()


def test_messages_of_all_partitions_are_counted(kafka: tuple[KafkaClient, Producer]) -> None:
    client, producer = kafka
    for partition, count in ((0, 38), (1, 4)):
        for _ in range(count):
            producer.produce("events", b"message", partition=partition)
    assert producer.flush(10) == 0

    topic = TopicOffsets(client, "events")
    empty = dict.fromkeys((2, 3), Offsets(0, 0))
    assert topic.offsets() == {0: Offsets(0, 38), 1: Offsets(0, 4), **empty}
    assert (topic.messages(), topic.end()) == (42, 42)


def test_removed_messages_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = TopicOffsets(KafkaClient("127.0.0.1:1", {}, 1), "events")
    monkeypatch.setattr(topic, "offsets", lambda: {0: Offsets(0, 38), 1: Offsets(1200, 1200)})
    with pytest.raises(InvalidRun) as caught:
        topic.messages()
    assert caught.value.what == "Kafka has lost 1,200 messages of the topic events."


def test_topic_that_does_not_exist_is_an_error(kafka: tuple[KafkaClient, Producer]) -> None:
    client, _ = kafka
    with pytest.raises(ServiceFailed) as caught:
        TopicOffsets(client, "events").offsets()
    assert "UnknownTopicOrPartitionError" in caught.value.why
