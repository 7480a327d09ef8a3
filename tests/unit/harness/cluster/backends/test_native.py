"""The cluster as the verbs see it, under a supervisor of its own whose services are scripts."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from harness.cgroup import Group
from harness.cluster.backends.native import NativeBackend
from harness.cluster.state import Health, State, Status, control_socket
from harness.config.model import BudgetSettings, Config, Deadlines, RestartSettings
from harness.errors import HarnessError, OverBudget, ServiceFailed
from harness.system import process
from harness.system.child_environment import TOKEN
from harness.system.process import Identity
from harness.system.units import MIB
from tests.processes import find_running
from tests.unit.harness.cluster import fakes
from tests.unit.harness.cluster.fakes import Script

CONFIG = Config(
    profile="bench", deadlines=Deadlines(start_s=20), budget=BudgetSettings(memory=64 * MIB)
)
AGAIN = CONFIG.model_copy(update={"restart": RestartSettings(limit=2, backoff_s=0.1)})
# It leaves its service's session.
STRAY = 'setsid sleep 600 & touch "$FOLDER/ready"; wait'
# It takes half a second to end.
LINGERING = 'trap "sleep 0.5; exit" TERM; touch "$FOLDER/ready"; while :; do sleep 0.05; done'
SLOW = 'sleep 0.3; touch "$FOLDER/ready"; exec sleep 600'

# `tail` keeps what it read, as long as there is no end of a line in it.
GREEDY = "head -c 200000000 /dev/zero | tail"
HUNGRY = f'touch "$FOLDER/ready"; until [ -e "$FOLDER/eat" ]; do sleep 0.05; done; {GREEDY}'

pytestmark = pytest.mark.filterwarnings(
    # A supervisor outlives who started it.
    "ignore:subprocess .* is still running:ResourceWarning"
)

Make = Callable[..., NativeBackend]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a cluster whose supervisor knows the given scripts as its services."""
    module = Path(fakes.__file__)
    python = tmp_path / "python"
    # In the place of `python -m harness.cluster.supervisor`.
    python.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" "{module}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(module.parents[4]))
    monkeypatch.setattr(sys, "executable", str(python))
    # Longer than the path of a socket may be, and with a space.
    cluster = NativeBackend(tmp_path, tmp_path / "a folder" / ("deep" * 30))

    def made(
        *scripts: Script, owner: Identity | None = None, config: Config = CONFIG
    ) -> NativeBackend:
        fakes.write(tmp_path, scripts)
        cluster.open(config, owner)
        cluster.start(config, [script.name for script in scripts], lambda _: None)
        return cluster

    yield made
    cluster.close()


def state_of(cluster: NativeBackend) -> State:
    state = cluster.state()
    assert state is not None
    return state


def supervisor_of(cluster: NativeBackend) -> int:
    supervisor = state_of(cluster).supervisor
    assert supervisor is not None
    return supervisor.pid


def ours(cluster: NativeBackend) -> list[psutil.Process]:
    state = State.read(cluster.folder)
    assert state is not None
    return process.find_ours(state.token)


def kill_supervisor(cluster: NativeBackend) -> None:
    os.kill(supervisor_of(cluster), signal.SIGKILL)
    wait_for(lambda: cluster.state() is None)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def listens(cluster: NativeBackend) -> bool:
    with socket.socket(socket.AF_UNIX) as control, control_socket(cluster.folder) as path:
        return control.connect_ex(path) == 0


def test_life_of_a_cluster(make: Make) -> None:
    cluster = make(Script("one", STRAY), Script("two"))
    cluster.check()
    assert set(cluster.sessions()) == {"one", "two", "harness"}
    assert cluster.sessions()["harness"] == supervisor_of(cluster)

    cluster.stop(["two"])
    cluster.check()
    assert state_of(cluster).health("two") is Health.STOPPED

    # Another configuration is that of the services from now on.
    other = CONFIG.model_copy(update={"seed": 8})
    cluster.start(other, ["one", "two"], lambda _: None)
    assert Config.model_validate(state_of(cluster).config) == other

    # What runs is nobody's orphan.
    cluster.sweep()
    cluster.check()

    left = ours(cluster)
    assert len(left) == 3
    supervisor = psutil.Process(supervisor_of(cluster))
    cluster.close()
    assert not find_running([*left, supervisor])
    assert State.read(cluster.folder) is None
    cluster.close()

    # The next one begins with an empty folder, of its user alone.
    (cluster.folder / "old").touch()
    cluster.open(CONFIG, owner=None)
    assert not (cluster.folder / "old").exists()
    assert cluster.folder.stat().st_mode & 0o777 == 0o700


def test_start_tells_how_long_each_took_that_was_not_ready(make: Make) -> None:
    cluster = make(Script("one", SLOW), Script("two"))
    cluster.stop({"two"})

    assert cluster.start(CONFIG, ["one", "two"], lambda _: None).keys() == {"two"}
    cluster.stop({"one"})
    took_s = cluster.start(CONFIG, ["one", "two"], lambda _: None)

    assert took_s.keys() == {"one"}
    assert 0.3 <= took_s["one"] < 10
    assert cluster.start(CONFIG, ["one", "two"], lambda _: None) == {}


def test_check_names_the_service_that_died(make: Make) -> None:
    cluster = make(Script("one"))
    leader = state_of(cluster).services["one"].leader
    assert leader is not None
    os.kill(leader.pid, signal.SIGKILL)
    wait_for(lambda: state_of(cluster).health("one") is Health.DIED)
    with pytest.raises(ServiceFailed, match="one has died") as died:
        cluster.check()
    assert "-9" in died.value.why
    assert died.value.log == cluster.folder / "logs" / "one.log"


def test_settling_waits_for_who_is_started_again(make: Make) -> None:
    cluster = make(Script("one", SLOW), config=AGAIN)
    cluster.settle(lambda _: pytest.fail("it is ready"))
    os.kill(cluster.sessions()["one"], signal.SIGKILL)
    wait_for(lambda: state_of(cluster).health("one") is Health.RESTARTING)
    cluster.check()
    told: list[str] = []
    cluster.settle(told.append)
    assert state_of(cluster).health("one") is Health.READY
    assert set(told) == {"one to be ready again"}
    assert [(one.service, one.exit_code) for one in cluster.restarts()] == [("one", -9)]


def test_settling_ends_where_one_stays_away(make: Make) -> None:
    cluster = make(Script("one", 'mkdir "$FOLDER/once" || exit 3; ' + SLOW), config=AGAIN)
    os.kill(cluster.sessions()["one"], signal.SIGKILL)
    wait_for(lambda: state_of(cluster).health("one") is not Health.READY)
    with pytest.raises(ServiceFailed, match="The service one has died") as died:
        cluster.settle(lambda _: None)
    assert died.value.why == "it ended with exit code 3"


def test_error_of_a_service_comes_through(make: Make) -> None:
    with pytest.raises(ServiceFailed, match="frail did not start") as failed:
        make(Script("frail", "echo why; exit 3"))
    assert "why" in failed.value.why
    assert failed.value.log is not None


def test_watch_sees_the_start_and_may_end_it(make: Make, tmp_path: Path) -> None:
    cluster = make(Script("one"))
    fakes.write(tmp_path, (Script("slow", "exec sleep 600"),))
    cluster.close()
    cluster.open(CONFIG, owner=None)

    def interrupt(state: State) -> None:
        if "slow" in state.services and state.services["slow"].waiting_for:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cluster.start(CONFIG, ("slow",), interrupt)
    left = ours(cluster)
    assert left
    cluster.close()
    assert not find_running(left)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_cluster(make: Make, number: signal.Signals) -> None:
    cluster = make(Script("one", STRAY))
    left = ours(cluster)
    os.kill(supervisor_of(cluster), number)
    wait_for(lambda: State.read(cluster.folder) is None)
    assert not find_running(left)


def test_signal_ends_a_start(make: Make, tmp_path: Path) -> None:
    cluster = make()
    cluster.close()
    fakes.write(tmp_path, (Script("slow", "exec sleep 600"),))
    cluster.open(CONFIG, owner=None)

    def terminate(state: State) -> None:
        if "slow" in state.services and state.services["slow"].waiting_for:
            os.kill(supervisor_of(cluster), signal.SIGTERM)

    with pytest.raises(HarnessError):
        cluster.start(CONFIG, ("slow",), terminate)
    wait_for(lambda: State.read(cluster.folder) is None)


def test_cluster_ends_with_its_owner(make: Make) -> None:
    with subprocess.Popen(["sleep", "600"]) as owner:
        cluster = make(Script("one", STRAY), owner=Identity.from_pid(owner.pid))
        left = ours(cluster)
        time.sleep(1.2)
        cluster.check()
        owner.kill()
    wait_for(lambda: State.read(cluster.folder) is None)
    assert not find_running(left)


def test_sweep_waits_for_a_cluster_that_ends_with_its_owner(make: Make) -> None:
    with subprocess.Popen(["sleep", "600"]) as owner:
        cluster = make(Script("one", LINGERING), owner=Identity.from_pid(owner.pid))
        left = ours(cluster)
        owner.kill()
    cluster.sweep()
    assert not find_running(left)
    assert State.read(cluster.folder) is None


def test_close_waits_for_a_cluster_that_ends_already(make: Make) -> None:
    cluster = make(Script("one", LINGERING))
    left = ours(cluster)
    os.kill(supervisor_of(cluster), signal.SIGTERM)
    wait_for(lambda: not listens(cluster))
    cluster.close()
    assert not find_running(left)
    assert State.read(cluster.folder) is None


class TestKilledSupervisor:
    def test_is_noticed(self, make: Make) -> None:
        cluster = make(Script("one"))
        kill_supervisor(cluster)
        assert cluster.sessions() == {}
        with pytest.raises(ServiceFailed, match="supervisor has died"):
            cluster.check()
        with pytest.raises(ServiceFailed, match="supervisor does not answer"):
            cluster.start(CONFIG, ["one"], lambda _: None)

    def test_sweep_ends_its_orphans_and_nothing_else(self, make: Make) -> None:
        cluster = make(Script("one", STRAY))
        left = ours(cluster)
        assert len(left) == 2
        with (
            subprocess.Popen(["sleep", "600"]) as bystander,
            subprocess.Popen(["sleep", "600"], env={**os.environ, TOKEN: "another"}) as stranger,
        ):
            kill_supervisor(cluster)
            assert find_running(left)
            cluster.sweep()
            assert not find_running(left)
            assert bystander.poll() is None
            assert stranger.poll() is None
            bystander.kill()
            stranger.kill()
        assert State.read(cluster.folder) is None

    def test_its_orphans_end_before_the_next_start(self, make: Make) -> None:
        cluster = make(Script("one", STRAY))
        left = ours(cluster)
        kill_supervisor(cluster)
        cluster.open(CONFIG, owner=None)
        assert not find_running(left)


def test_sweep_spares_who_has_a_recorded_pid_by_now(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as bystander:
        now = Identity.from_pid(bystander.pid)
        earlier = now.model_copy(update={"started": now.started - 5})
        State(
            config=CONFIG.model_dump(mode="json"),
            owner=None,
            supervisor=earlier,
            services={"web": Status(health=Health.READY, leader=earlier)},
        ).save(tmp_path)
        cluster = NativeBackend(tmp_path, tmp_path)
        assert cluster.state() is None
        cluster.sweep()
        assert bystander.poll() is None
        bystander.kill()
    assert State.read(tmp_path) is None


def test_supervisor_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    cluster = NativeBackend(tmp_path, tmp_path / "cluster")
    with pytest.raises(ServiceFailed, match="supervisor did not start") as failed:
        cluster.open(CONFIG, owner=None)
    assert failed.value.log == cluster.folder / "logs" / "supervisor.log"
    cluster.close()


class TestBudget:
    def test_every_process_is_in_its_service_s_leaf(self, make: Make) -> None:
        cluster = make(Script("one", STRAY), Script("two"))
        group = enforced(cluster)
        assert group.leaves() == ["load_tool", "one", "two"]
        inside = {pid: leaf for leaf in ("one", "two") for pid in members(group, leaf)}
        assert set(inside) == {process.pid for process in ours(cluster)}
        assert sorted(inside.values()) == ["one", "one", "two"]
        # The harness and the supervisor are outside.
        everyone = {pid for folder in group.folders() for pid in pids(folder)}
        assert not everyone & {os.getpid(), supervisor_of(cluster)}

    def test_load_tool_is_inside(self, make: Make) -> None:
        cluster = make()
        group = enforced(cluster)
        command = cluster.load_command(["sleep", "600"])
        with subprocess.Popen(command) as tool:
            wait_for(lambda: psutil.Process(tool.pid).name() == "sleep")
            assert members(group, "load_tool") == [tool.pid]
            tool.kill()

    def test_service_killed_for_memory_is_named(self, make: Make) -> None:
        cluster = make(Script("one", HUNGRY), Script("two"))
        enforced(cluster)
        cluster.check()
        (cluster.folder / "one" / "eat").touch()
        wait_for(lambda: state_of(cluster).oom_kills())
        with pytest.raises(OverBudget, match="1 process for memory, of one") as killed:
            cluster.check()
        assert "may have 0.06 GiB" in killed.value.why
        assert killed.value.log == cluster.folder / "logs" / "one.log"
        # Its next life has lost nothing yet.
        wait_for(lambda: state_of(cluster).health("one") is Health.DIED)
        (cluster.folder / "one" / "eat").unlink()
        cluster.start(CONFIG, ["one"], lambda _: None)
        cluster.check()

    def test_service_killed_while_it_starts_is_named(self, make: Make, tmp_path: Path) -> None:
        cluster = make()
        enforced(cluster)
        cluster.close()
        fakes.write(tmp_path, (Script("one", GREEDY), Script("two", "exec sleep 600")))
        cluster.open(CONFIG, owner=None)
        with pytest.raises(OverBudget, match="of one"):
            cluster.start(CONFIG, ["one", "two"], lambda _: None)

    def test_nothing_is_left_at_the_end(self, make: Make) -> None:
        cluster = make(Script("one", STRAY))
        group = enforced(cluster)
        cluster.close()
        assert not any(folder.exists() for folder in group.folders())

    def test_sweep_removes_what_a_killed_supervisor_has_left(self, make: Make) -> None:
        cluster = make(Script("one", STRAY))
        group = enforced(cluster)
        kill_supervisor(cluster)
        assert all(folder.exists() for folder in group.folders())
        cluster.sweep()
        assert not any(folder.exists() for folder in group.folders())

    def test_warm_up_has_none(self, make: Make) -> None:
        cluster = make()
        cluster.close()
        cluster.open(CONFIG, owner=None, warming_up=True)
        assert cluster.group() is None
        assert cluster.load_command(["ab"]) == ["ab"]


def enforced(cluster: NativeBackend) -> Group:
    group = cluster.group()
    if group is None:
        pytest.skip("no cgroup of this machine can be written")
    assert isinstance(group, Group)
    return group


def members(group: Group, leaf: str) -> list[int]:
    """The processes of a leaf, which are the same in every hierarchy."""
    (found,) = {tuple(pids(folder / leaf)) for folder in group.folders()}
    return list(found)


def pids(folder: Path) -> list[int]:
    return sorted(int(line) for line in (folder / "cgroup.procs").read_text().split())
