import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.cgroup.v2 import V2
from harness.cluster.state import Health, State, Status, control_socket
from harness.config.model import Config, Deadlines
from harness.errors import Missing
from harness.system.child_environment import TOKEN
from harness.system.process import Identity

CONFIG = Config(profile="bench").model_dump(mode="json")


def test_goes_to_the_disk_and_back(tmp_path: Path) -> None:
    me = Identity.from_pid(os.getpid())
    leader = Status(health=Health.READY, leader=me, ready_s=1.5)
    state = State(config=CONFIG, owner=me, supervisor=me, services={"kafka": leader})
    state.save(tmp_path)
    assert State.read(tmp_path) == state
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_is_none_where_no_cluster_is_known(tmp_path: Path) -> None:
    assert State.read(tmp_path) is None
    assert State.read(tmp_path / "nowhere") is None


@pytest.mark.parametrize("text", [b"", b"\0" * 64, b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"tok'])
def test_damaged_one_of_which_nothing_runs_is_none(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_bytes(text)
    assert State.read(tmp_path) is None


@pytest.mark.parametrize(
    "change", [{"services": {"web": {"health": "well"}}}, {"config": {}}, {"owner": 7}]
)
def test_another_versions_cluster_that_runs_is_named(
    change: dict[str, object], tmp_path: Path
) -> None:
    state = State(config=CONFIG, owner=None)
    fields = {**state.model_dump(mode="json"), **change}
    (tmp_path / "state.json").write_text(json.dumps(fields, indent=1), encoding="utf-8")
    environment = {**os.environ, TOKEN: state.token}
    with subprocess.Popen(["sleep", "60"], env=environment) as sleeper:
        try:
            with pytest.raises(Missing, match="cannot be read") as caught:
                State.read(tmp_path)
        finally:
            sleeper.kill()
    assert caught.value.do == f"end its processes: kill {sleeper.pid}"
    assert State.read(tmp_path) is None


def test_each_cluster_has_a_token_of_its_own() -> None:
    one, two = (State(config=CONFIG, owner=None) for _ in range(2))
    assert one.token != two.token
    assert len(one.token) == 32


def test_takes_no_health_that_there_is_not() -> None:
    with pytest.raises(ValidationError):
        Status.model_validate({"health": "well"})


class TestRunning:
    def test_while_its_supervisor_lives(self) -> None:
        state = State(config=CONFIG, owner=None, supervisor=Identity.from_pid(os.getpid()))
        assert state.running()

    def test_not_before_it_has_one(self) -> None:
        assert not State(config=CONFIG, owner=None).running()

    def test_not_when_another_has_its_pid(self) -> None:
        me = Identity.from_pid(os.getpid())
        earlier = me.model_copy(update={"started": me.started - 1})
        assert not State(config=CONFIG, owner=None, supervisor=earlier).running()


class TestServices:
    def test_unknown_one_is_stopped(self) -> None:
        state = State(config=CONFIG, owner=None)
        assert state.health("kafka") is Health.STOPPED
        state.services["kafka"] = Status(health=Health.DIED)
        assert state.health("kafka") is Health.DIED

    def test_sessions_are_those_of_the_started(self) -> None:
        me = Identity.from_pid(os.getpid())
        services = {
            "kafka": Status(health=Health.READY, leader=me),
            "presto": Status(health=Health.WAITING),
        }
        state = State(config=CONFIG, owner=None, services=services)
        assert state.sessions() == {"kafka": me.pid}


def test_control_socket_may_lie_deep(tmp_path: Path) -> None:
    deep = tmp_path / "a folder" / ("deep" * 40)
    deep.mkdir(parents=True)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with control_socket(deep) as path:
            server.bind(path)
        server.listen()
        assert (deep / "control").is_socket()
        with control_socket(deep) as path:
            client.connect(path)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


class TestOomKills:
    def test_count_from_each_service_s_own_start(self, tmp_path: Path) -> None:
        group = V2(folder=tmp_path)
        for leaf, kills in {"web": 3, "presto": 1, "kafka": 2}.items():
            (tmp_path / leaf).mkdir()
            (tmp_path / leaf / "memory.events").write_text(f"oom 5\noom_kill {kills}\n")
        state = State(
            config=CONFIG,
            owner=None,
            group=group,
            services={
                "web": Status(health=Health.READY, oom_kills=1),
                "presto": Status(health=Health.DIED, oom_kills=1),
                "kafka": Status(health=Health.STOPPED),
            },
        )
        assert state.oom_kills() == {"web": 2}

    def test_are_none_without_a_cgroup(self) -> None:
        services = {"web": Status(health=Health.READY)}
        assert State(config=CONFIG, owner=None, services=services).oom_kills() == {}


def test_cgroup_goes_to_the_disk_and_back(tmp_path: Path) -> None:
    group = V2(folder=tmp_path, placeholder=Identity.from_pid(os.getpid()))
    State(config=CONFIG, owner=None, group=group).save(tmp_path)
    state = State.read(tmp_path)
    assert state is not None
    assert state.group == group
    assert state.within_budget("web", ["java"]) == group.enter("web", ["java"])


def test_patience_is_that_of_the_configuration_or_else_the_default() -> None:
    slow = Config(profile="bench", deadlines=Deadlines(start_s=1200)).model_dump(mode="json")
    assert State(config=slow, owner=None).patience == 10
    of_another_version = {**slow, "unheard_of": 1}
    assert State(config=of_another_version, owner=None).patience == 1
