"""Kafka: one node that is broker and controller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from confluent_kafka.admin import AdminClient, NewTopic
from tenacity import Retrying, stop_after_delay, wait_fixed

from harness.cluster import java
from harness.cluster.service import HOST, Command, Service, connect, properties, write
from harness.config import MIB

CLUSTER_ID = "cGlwZWxpbmViZW5jaG1hcg"
TIMEOUT_S = 5


class Kafka(Service):
    """The broker; ready when the events topic is there."""

    name = "kafka"

    def ports(self) -> Mapping[str, int]:
        """The broker's and the controller's port."""
        kafka = self.site.config.kafka
        return {"kafka.port": kafka.port, "kafka.controller_port": kafka.controller_port}

    def prepare(self) -> None:
        """Writes server.properties."""
        kafka = self.site.config.kafka
        settings: dict[str, object] = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{kafka.controller_port}",
            "listeners": f"PLAINTEXT://{HOST}:{kafka.port},"
            f"CONTROLLER://{HOST}:{kafka.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{kafka.port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.folder / "data",
            "num.network.threads": 2,
            "num.io.threads": 2,
            "background.threads": 2,
            "num.recovery.threads.per.data.dir": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 1,
            "group.initial.rebalance.delay.ms": 0,
            "log.segment.bytes": 64 * MIB,
            "log.index.size.max.bytes": MIB,
            # 128 MB by default, taken from the heap.
            "log.cleaner.dedupe.buffer.size": 2 * MIB,
            "auto.create.topics.enable": "false",
        }
        write(self.folder / "server.properties", properties(settings))
        self.site.prepared.lay("kafka", self.folder / "data", self.format)

    def format(self) -> None:
        """Writes the empty log folder's metadata."""
        arguments = ["format", "-t", CLUSTER_ID, "-c", str(self.folder / "server.properties")]
        java.run(
            self.java(java.lean(self.site), "kafka.tools.StorageTool", arguments),
            self.site.log(self.name),
        )

    def command(self) -> Command:
        """The broker from its properties file."""
        flags = java.flags(self.site, self.name)
        return self.java(flags, "kafka.Kafka", [str(self.folder / "server.properties")])

    def java(self, flags: Iterable[str], main: str, arguments: list[str]) -> Command:
        """One of Kafka's programs."""
        return java.command(
            self.site,
            flags,
            heap=self.site.config.kafka.heap,
            class_path=self.site.artifacts.kafka,
            main=main,
            arguments=arguments,
        )

    def probe(self) -> None:
        """Asks for the topics, and creates the events topic where it is not there."""
        connect(self.site.config.kafka.port)
        if self.topic not in self.admin.list_topics(timeout=TIMEOUT_S).topics:
            self.create_topic()

    @property
    def topic(self) -> str:
        """The events topic's name."""
        return self.site.config.kafka.topic

    @cached_property
    def admin(self) -> AdminClient:
        """The admin client of this broker."""
        address = f"{HOST}:{self.site.config.kafka.port}"
        # A broker that is not up yet is no news: the probe says so.
        return AdminClient({"bootstrap.servers": address, "log_level": 0})

    def create_topic(self) -> None:
        """Creates the events topic; raises KafkaException while the old one is being deleted."""
        # The broker's clock stamps each message: the committed latency starts there.
        topic = NewTopic(
            self.topic,
            num_partitions=self.site.config.kafka.partitions,
            replication_factor=1,
            config={"message.timestamp.type": "LogAppendTime"},
        )
        self.admin.create_topics([topic])[self.topic].result(TIMEOUT_S)

    def topic_bytes(self) -> int:
        """The size of the events topic's segments; without their indexes, which are set aside."""
        # A topic that was deleted stays for a minute, in folders of other names.
        return sum(
            segment.stat().st_size
            for number in range(self.site.config.kafka.partitions)
            for segment in (self.folder / "data").glob(f"{self.topic}-{number}/*.log")
        )

    def empty(self) -> None:
        """Deletes the events topic and creates it anew."""
        self.admin.delete_topics([self.topic])[self.topic].result(TIMEOUT_S)
        for attempt in Retrying(wait=wait_fixed(0.1), stop=stop_after_delay(30), reraise=True):
            with attempt:
                self.create_topic()
