"""Storage that a service's own program makes, and how long that may take."""

import time
from pathlib import Path

import pytest

from harness.cluster.services import java
from harness.cluster.services.hdfs import NameNode
from harness.cluster.services.kafka import KafkaService
from harness.cluster.services.metastore import MetastoreService
from harness.cluster.services.service import Command
from harness.config.model import Config, Deadlines
from harness.errors import ServiceFailed
from tests.unit.harness.cluster import fakes


@pytest.mark.parametrize("kind", [KafkaService, NameNode, MetastoreService])
def test_storage_may_take_as_long_as_a_start(
    kind: type[KafkaService | NameNode | MetastoreService],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[float] = []
    monkeypatch.setattr(java, "run", lambda *arguments, **_: given.append(arguments[2]))
    config = Config(profile="bench", deadlines=Deadlines(start_s=2400))
    kind(fakes.create_context(tmp_path, tmp_path, config)).format()
    assert given == [2400]


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(ServiceFailed) as caught:
        java.run(Command(["sleep", "60"]), tmp_path / "log", 0.2)
    assert caught.value.why == "not done after 0.2 s"
    assert "SET=deadlines.start_s=" in caught.value.do
    assert 0.2 <= time.monotonic() - began < 10


def test_a_program_that_fails_is_named_with_its_exit_code(tmp_path: Path) -> None:
    with pytest.raises(ServiceFailed) as caught:
        java.run(Command(["sh", "-c", "exit 7"]), tmp_path / "log", 10)
    assert caught.value.why == "it ended with exit code 7"
