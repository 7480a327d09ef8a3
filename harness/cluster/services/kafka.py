"""Kafka: one node that is broker and controller."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from harness.cluster.services import java
from harness.cluster.services.service import HOST, Command, Service, connect, properties, write
from harness.engines import kafka_client, kafka_topic
from harness.system.units import MIB

CLUSTER_ID = "cGlwZWxpbmViZW5jaG1hcg"
TIMEOUT_S = 5


class KafkaService(Service):
    """The broker; ready when the events topic is there."""

    name = "kafka"

    def ports(self) -> Mapping[str, int]:
        """Return the broker's and the controller's port."""
        kafka = self.context.config.kafka
        return {"kafka.port": kafka.port, "kafka.controller_port": kafka.controller_port}

    def settings(self) -> dict[str, object]:
        """Return the settings of server.properties."""
        kafka = self.context.config.kafka
        return {
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

    def prepare(self) -> None:
        """Write server.properties, and restore the log folder."""
        write(self.folder / "server.properties", properties(self.settings()))
        self.context.archives.restore_image("kafka", self.folder / "data", self.format)

    def format(self) -> None:
        """Write the empty log folder's metadata."""
        arguments = ["format", "-t", CLUSTER_ID, "-c", str(self.folder / "server.properties")]
        java.run(
            self.java(java.lean(self.context), "kafka.tools.StorageTool", arguments),
            self.context.log(self.name),
            self.context.config.deadlines.start_s,
        )

    def command(self) -> Command:
        """Return the broker's command, with its properties file."""
        flags = java.flags(self.context, self.name)
        return self.java(flags, "kafka.Kafka", [str(self.folder / "server.properties")])

    def java(self, flags: Iterable[str], main: str, arguments: list[str]) -> Command:
        """Return the command of one of Kafka's programs."""
        return java.command(
            self.context,
            flags,
            heap=self.context.config.kafka.heap,
            class_path=self.context.artifacts.kafka,
            main=main,
            arguments=arguments,
        )

    def probe(self) -> None:
        """Ask for the topics, and create the events topic where it is missing."""
        connect(self.context.config.kafka.port)
        if not self.events.exists():
            self.events.create()

    @cached_property
    def events(self) -> kafka_topic.EventsTopic:
        """The events topic, by a client that connects once."""
        kafka = self.context.config.kafka
        client = kafka_client.KafkaClient(f"{HOST}:{kafka.port}", {}, self.extend(TIMEOUT_S))
        return kafka_topic.EventsTopic(client, kafka.topic, kafka.partitions)

    def topic_bytes(self) -> int:
        """Return the size of the events topic's segments, without their preallocated indexes."""
        kafka = self.context.config.kafka
        # A topic that was deleted stays for a minute, in folders of other names.
        return sum(
            segment.stat().st_size
            for number in range(kafka.partitions)
            for segment in (self.folder / "data").glob(f"{kafka.topic}-{number}/*.log")
        )

    def empty(self) -> None:
        """Delete the events topic and create it anew."""
        self.events.empty()
