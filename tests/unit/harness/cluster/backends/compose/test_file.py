"""The compose file agrees with the native services, since it is made from them."""

import re
import subprocess

import pytest

from harness.cgroup import LOAD_TOOL
from harness.cluster.artifacts import maven
from harness.cluster.backends.compose import file
from harness.cluster.services import registry
from harness.config import layers
from harness.config.model import Config
from harness.system import programs

VERSIONS = maven.versions()


def load(*settings: str) -> Config:
    return layers.load_config("bench", ["backend=compose", *settings], environment={})


def committed() -> str:
    return file.PATH.read_text(encoding="utf-8")


def test_the_committed_file_is_not_stale() -> None:
    assert committed() == file.generate(load()), (
        "generate it anew: python -m harness.cluster.backends.compose.file"
    )


@pytest.mark.skipif(not programs.COMPOSE.present(), reason="`make test` installs docker-compose")
def test_docker_compose_accepts_it() -> None:
    command = ["docker-compose", "--file", str(file.PATH), "config", "--quiet"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("name", [*VERSIONS])
def test_a_version_that_changes_in_one_place_makes_it_stale(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maven, "versions", lambda: {**VERSIONS, name: "0.0.1"})
    assert committed() != file.generate(load())


@pytest.mark.parametrize(
    "setting",
    [
        "kafka.port=9192",
        "hdfs.datanode_ipc_port=9967",
        "presto.heap=200MB",
        "kafka.partitions=3",
        "streaming.trigger_s=2",
        "deadlines.start_s=240",
        "app.publish=queued",
        "budget.memory=3GB",
        "budget.vcpu=1.5",
    ],
)
def test_a_port_or_a_setting_that_changes_in_one_place_makes_it_stale(setting: str) -> None:
    assert committed() != file.generate(load(setting))


def test_a_service_that_changes_in_one_place_makes_it_stale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry.KINDS[0], "grace_s", 7.0)
    assert committed() != file.generate(load())


def test_every_service_is_there_after_those_it_needs() -> None:
    listed = committed().partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    _, *parts = re.split(r"^  (\w+):\n", listed, flags=re.MULTILINE)
    blocks = dict(zip(parts[::2], parts[1::2], strict=True))
    assert [*blocks] == [*registry.NAMES]
    needed = re.compile(r"^      (\w+):\n        condition: service_healthy$", re.MULTILINE)
    for kind in registry.KINDS:
        assert needed.findall(blocks[kind.name]) == [*kind.needs]
        assert "    healthcheck:\n      test: " in blocks[kind.name]


def test_none_runs_as_root_or_writes_outside_its_volume() -> None:
    text = committed()
    for line in ("user: ${CLUSTER_USER:-1000:1000}", "read_only: true", "cap_drop: [ALL]"):
        assert f"\n  {line}\n" in text
    assert text.count("<<: *service\n") == len(registry.NAMES)


@pytest.mark.parametrize("settings", [[], ["budget.memory=2999999999", "budget.vcpu=1.333"]])
def test_the_limits_and_the_load_tool_s_share_add_up_to_the_budget(settings: list[str]) -> None:
    made = load(*settings)
    text = file.generate(made)
    milli_cpus = [
        round(float(cpus) * 1000) for cpus in re.findall(r"^    cpus: (\S+)$", text, re.MULTILINE)
    ]
    limits = [int(limit) for limit in re.findall(r"^    mem_limit: (\d+)$", text, re.MULTILINE)]
    left = file.split_budget(made.budget)[LOAD_TOOL]

    assert len(milli_cpus) == len(limits) == len(registry.NAMES)
    assert sum(milli_cpus) + left.milli_cpus == round(made.budget.vcpu * 1000)
    assert sum(limits) + left.memory_bytes == made.budget.memory


def test_a_container_has_the_whole_configuration() -> None:
    made = load("app.publish=queued", "kafka.topic=a.topic-1", "seed=7")
    assert layers.load_config("bench", environment=file.settings(made)) == made


def test_a_port_is_the_service_s_own() -> None:
    found = file.ports(load("presto.port=8181"))
    assert found["presto"] == 8181
    assert [name for name, port in found.items() if port is None] == ["streaming"]
