"""What the broker's folder tells."""

from pathlib import Path

from harness.cluster.services.kafka import KafkaService
from harness.config.model import Config
from tests.unit.harness.cluster import fakes


def put(folder: Path, name: str, size: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"x" * size)


def test_the_topic_s_size_is_that_of_its_segments(tmp_path: Path) -> None:
    config = Config(profile="bench")
    kafka = KafkaService(fakes.create_context(tmp_path, tmp_path, config))
    data = kafka.folder / "data"
    assert kafka.topic_bytes() == 0
    assert config.kafka.partitions == 2

    put(data / f"{config.kafka.topic}-0", "00000000000000000000.log", 100)
    put(data / f"{config.kafka.topic}-0", "00000000000000000007.log", 20)
    put(data / f"{config.kafka.topic}-1", "00000000000000000000.log", 3)
    # Set aside, not written.
    put(data / f"{config.kafka.topic}-1", "00000000000000000000.index", 1000)
    # Of the topic before, which was deleted, and of another.
    put(data / f"{config.kafka.topic}-0.0123456789abcdef-delete", "00000000000000000000.log", 1000)
    put(data / "__consumer_offsets-0", "00000000000000000000.log", 1000)

    assert kafka.topic_bytes() == 123
