"""The events topic, as whoever runs Kafka's administration makes and empties it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, AdminClient, NewTopic
from tenacity import Retrying, stop_after_delay, wait_fixed

TIMEOUT_S = 5
NEEDED = frozenset(
    {AclOperation.READ, AclOperation.WRITE, AclOperation.DELETE, AclOperation.DESCRIBE}
)


class EventsTopic:
    """A topic, by librdkafka's `settings`; every call may raise KafkaException."""

    def __init__(
        self,
        settings: Mapping[str, str],
        name: str,
        partitions: int,
        replication_factor: int = 1,
    ) -> None:
        self.name = name
        self._settings = settings
        self._complaint = ""
        self._partitions = partitions
        self._replication_factor = replication_factor

    @cached_property
    def _admin(self) -> AdminClient:
        # A broker that is not up yet is no news: whoever asks says so.
        settings: dict[str, Any] = {**self._settings, "log_level": 0, "error_cb": self._note}
        return AdminClient(settings)

    def exists(self) -> bool:
        """Whether it is there."""
        return self.name in self._admin.list_topics(timeout=TIMEOUT_S).topics

    def create(self) -> None:
        """Creates it; raises while an old one of its name is being deleted."""
        # The broker's clock stamps each message: the committed latency starts there.
        topic = NewTopic(
            self.name,
            num_partitions=self._partitions,
            replication_factor=self._replication_factor,
            config={"message.timestamp.type": "LogAppendTime"},
        )
        self._admin.create_topics([topic])[self.name].result(TIMEOUT_S)

    def lacking(self) -> list[str]:
        """What a run does to it and may not, by the names of Kafka's operations."""
        asked = self._admin.describe_topics(
            TopicCollection([self.name]), include_authorized_operations=True
        )
        allowed = asked[self.name].result(TIMEOUT_S).authorized_operations
        # Null where the brokers keep no lists of rights.
        return sorted(right.name for right in NEEDED.difference(allowed or NEEDED))

    def delete(self) -> None:
        """Deletes it."""
        self._admin.delete_topics([self.name])[self.name].result(TIMEOUT_S)

    def empty(self) -> None:
        """Deletes it and creates it anew."""
        self.delete()
        for attempt in Retrying(wait=wait_fixed(0.1), stop=stop_after_delay(30), reraise=True):
            with attempt:
                self.create()

    def why(self, error: KafkaException) -> str:
        """Why a call failed: what its connections said last, or else what it said itself."""
        if "_admin" in self.__dict__:
            self._admin.poll(0)
        return self._complaint or str(error.args[0].str())

    def _note(self, error: KafkaError) -> None:
        # That no broker is left follows from what was said before.
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._complaint = error.str()
