"""The events topic, as whoever runs Kafka's administration makes and empties it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, AdminClient, NewTopic
from tenacity import Retrying, stop_after_delay, wait_fixed

from contract.topic import SETTINGS
from harness.engines import certificate

TIMEOUT_S = 5
# librdkafka tries until the time is up, though whoever is not let in hears it soon.
GLANCE_S = 1
SERVER = re.compile(r"\w+://(?P<host>[^/]+):(?P<port>\d+)")
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
        self._complaint: KafkaError | None = None
        self._partitions = partitions
        self._replication_factor = replication_factor

    @cached_property
    def _admin(self) -> AdminClient:
        # A broker that is not up yet is no news: whoever asks says so.
        settings: dict[str, Any] = {**self._settings, "log_level": 0, "error_cb": self._note}
        return AdminClient(settings)

    def exists(self) -> bool:
        """Whether it is there; raises at once where we are not let in."""
        try:
            found = self._admin.list_topics(timeout=GLANCE_S)
        except KafkaException:
            if self._refused():
                raise
            found = self._admin.list_topics(timeout=TIMEOUT_S - GLANCE_S)
        return self.name in found.topics

    def create(self) -> None:
        """Creates it; raises while an old one of its name is being deleted."""
        topic = NewTopic(
            self.name,
            num_partitions=self._partitions,
            replication_factor=self._replication_factor,
            config=SETTINGS,
        )
        self._admin.create_topics([topic], request_timeout=TIMEOUT_S)[self.name].result()

    def lacking(self) -> list[str]:
        """What a run does to it and may not, by the names of Kafka's operations."""
        asked = self._admin.describe_topics(
            TopicCollection([self.name]),
            include_authorized_operations=True,
            request_timeout=TIMEOUT_S,
        )
        allowed = asked[self.name].result().authorized_operations
        # Null where the brokers keep no lists of rights.
        return sorted(right.name for right in NEEDED.difference(allowed or NEEDED))

    def delete(self) -> None:
        """Deletes it."""
        self._admin.delete_topics([self.name], request_timeout=TIMEOUT_S)[self.name].result()

    def empty(self) -> None:
        """Deletes it and creates it anew."""
        self.delete()
        for attempt in Retrying(wait=wait_fixed(0.1), stop=stop_after_delay(30), reraise=True):
            with attempt:
                self.create()

    def why(self, error: KafkaException) -> str:
        """Why a call failed: what its connections said last, unless a broker has answered it."""
        own, said = error.args[0], self._said()
        # Codes below zero are librdkafka's own: no answer came.
        if said is None or own.code() >= 0:
            return str(own.str())
        return (said.code() == KafkaError._SSL and self._distrust(said.str())) or said.str()

    def _distrust(self, complaint: str) -> str | None:
        """What is amiss with a server's certificate; null where that is not it.

        Whatever it is, librdkafka blames the authorities.
        """
        server = SERVER.match(complaint)
        if server is None:
            return None
        ca = self._settings.get("ssl.ca.location")
        fault = certificate.fault(server["host"], int(server["port"]), ca)
        return fault and f"{server[0]}: the certificate does not hold: {fault}"

    def _refused(self) -> bool:
        """Whether a broker has taken offence at us, or we at its certificate: that stays so."""
        said = self._said()
        return said is not None and said.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL)

    def _said(self) -> KafkaError | None:
        """What the connections said last."""
        if "_admin" in self.__dict__:
            self._admin.poll(0)
        return self._complaint

    def _note(self, error: KafkaError) -> None:
        # That no broker is left follows from what was said before.
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._complaint = error
