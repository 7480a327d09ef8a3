"""The administration of the events topic: create, empty, delete it, and read one's rights to it."""

from kafka import KafkaAdminClient
from tenacity import Retrying, stop_after_delay, wait_fixed

from contract.topic import SETTINGS
from harness.engines.kafka_client import KafkaClient, check_answer, describe_topic

# The old topic is gone within so many times what a request may take.
DELETIONS = 6
NEEDED = frozenset({"READ", "WRITE", "DELETE", "DESCRIBE"})


class EventsTopic:
    """The topic `name`, which need not exist yet; a call that fails raises ServiceFailed."""

    def __init__(
        self, client: KafkaClient, name: str, partitions: int, replication_factor: int = 1
    ) -> None:
        self.name = name
        self._client = client
        self._partitions = partitions
        self._replication_factor = replication_factor

    def exists(self) -> bool:
        """Return whether the topic exists."""
        return self.name in self._client.call(KafkaAdminClient.list_topics)

    def create(self) -> None:
        """Create the topic, and return once the broker has it.

        Fails while an old topic of its name is being deleted.
        """
        topic = {
            "num_partitions": self._partitions,
            "replication_factor": self._replication_factor,
            "configs": SETTINGS,
        }

        def create(admin: KafkaAdminClient) -> None:
            answer = admin.create_topics({self.name: topic}, raise_errors=False)
            check_answer(answer["topics"][0])
            # The controller answers before the brokers know.
            admin.wait_for_topics([self.name])

        self._client.call(create)

    def list_missing_rights(self) -> list[str]:
        """Return what a run does to the topic and may not, by the names of Kafka's operations."""
        topic = self._client.call(lambda admin: describe_topic(admin, self.name))
        # None where the brokers keep no lists of rights.
        allowed = topic["authorized_operations"]
        return [] if allowed is None else sorted(NEEDED.difference(allowed))

    def delete(self) -> None:
        """Delete the topic."""

        def delete(admin: KafkaAdminClient) -> None:
            answer = admin.delete_topics([self.name], raise_errors=False)
            check_answer(answer["topics"][0])

        self._client.call(delete)

    def empty(self) -> None:
        """Delete the topic and create it anew."""
        self.delete()
        stop = stop_after_delay(DELETIONS * self._client.timeout_s)
        for attempt in Retrying(wait=wait_fixed(0.1), stop=stop, reraise=True):
            with attempt:
                self.create()
