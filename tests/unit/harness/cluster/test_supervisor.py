from __future__ import annotations

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

from harness import process
from harness.cluster.native import NativeCluster
from harness.cluster.state import Health, State, Status
from harness.config import Config, Deadlines
from harness.errors import HarnessError, Missing, ServiceFailed
from harness.process import TOKEN, Identity
from tests.unit.harness.cluster import fakes
from tests.unit.harness.cluster.fakes import READY, Script

CONFIG = Config(profile="bench", deadlines=Deadlines(start_s=20))
# A second by design; the rest is for a machine that is busy.
NOTICED_S = 2.0

Make = Callable[..., NativeCluster]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a cluster whose supervisor knows the given scripts as its services."""
    python = tmp_path / "python"
    module = Path(fakes.__file__)
    python.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" "{module}" "$@"\n')
    python.chmod(0o755)
    repository = str(module.parents[4])
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("PYTHONPATH", repository)
    # Longer than the path of a socket may be, and with a space.
    cluster = NativeCluster(tmp_path, tmp_path / "a folder" / ("deep" * 30))

    def made(*scripts: Script, config: Config = CONFIG, owner: Identity | None = None) -> object:
        fakes.write(tmp_path, scripts)
        cluster.open(config, owner)
        return cluster

    yield made  # type: ignore[misc]
    cluster.close()


def start(cluster: NativeCluster, *names: str, config: Config = CONFIG) -> None:
    cluster.start(config, names, lambda _: None)


def state_of(cluster: NativeCluster) -> State:
    state = cluster.state()
    assert state is not None
    return state


def leader(cluster: NativeCluster, name: str) -> psutil.Process:
    found = state_of(cluster).services[name].leader
    assert found is not None
    return psutil.Process(found.pid)


def ours(cluster: NativeCluster) -> list[psutil.Process]:
    state = State.read(cluster.folder)
    assert state is not None
    return process.ours(state.token)


def wait_for(condition: Callable[[], object], within_s: float = 10) -> float:
    """Waits until the condition holds; how long that took, in seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s, "it did not come about"
        time.sleep(0.02)
    return time.monotonic() - began


def gone(processes: list[psutil.Process]) -> bool:
    return not any(
        one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes
    )


class TestStart:
    def test_returns_when_the_services_are_ready(self, make: Make) -> None:
        cluster = make(Script("one"), Script("two"))
        start(cluster, "one", "two")
        for name in ("one", "two"):
            status = state_of(cluster).services[name]
            assert status.health is Health.READY
            assert status.ready_s is not None
            assert leader(cluster, name).environ()[TOKEN] == state_of(cluster).token
            assert os.getsid(leader(cluster, name).pid) == leader(cluster, name).pid
        cluster.check()

    def test_waits_for_those_that_are_needed(self, make: Make) -> None:
        slow = 'sleep 0.5; touch "$FOLDER/ready"; exec sleep 600'
        cluster = make(Script("late", needs=("first",)), Script("first", slow))
        seen: list[tuple[Health, Health]] = []
        cluster.start(
            CONFIG, ("late", "first"), lambda s: seen.append((s.health("first"), s.health("late")))
        )
        ready = (cluster.folder / "first" / "ready").stat().st_mtime
        assert leader(cluster, "late").create_time() >= ready - 0.02
        assert (Health.STARTING, Health.WAITING) in seen

    def test_tells_what_is_waited_for(self, make: Make) -> None:
        cluster = make(Script("slow", 'sleep 0.7; touch "$FOLDER/ready"; exec sleep 600'))
        told: set[str] = set()
        cluster.start(CONFIG, ("slow",), lambda s: told.add(s.services["slow"].waiting_for))
        assert "it has not said that it is ready" in told
        assert state_of(cluster).services["slow"].waiting_for == ""

    def test_leaves_alone_what_is_ready(self, make: Make) -> None:
        cluster = make(Script("one"), Script("two"))
        start(cluster, "one")
        before = leader(cluster, "one")
        start(cluster, "one", "two")
        assert leader(cluster, "one") == before
        assert state_of(cluster).health("two") is Health.READY

    def test_notes_the_configuration(self, make: Make) -> None:
        cluster = make(Script("one"))
        other = CONFIG.model_copy(update={"seed": 8})
        start(cluster, "one", config=other)
        assert Config.model_validate(state_of(cluster).config) == other

    def test_late_service_shows_the_end_of_its_log(self, make: Make) -> None:
        config = CONFIG.model_copy(update={"deadlines": Deadlines(start_s=0.5)})
        text = "for i in $(seq 30); do echo line $i; done; exec sleep 600"
        cluster = make(Script("late", text), config=config)
        with pytest.raises(ServiceFailed, match="late did not start") as failed:
            start(cluster, "late", config=config)
        assert "not ready after 0.5 s: it has not said that it is ready" in failed.value.why
        lines = [line.strip() for line in failed.value.why.splitlines()]
        assert lines[-15:] == [f"line {number}" for number in range(16, 31)]
        assert failed.value.log == cluster.folder / "logs" / "late.log"

    def test_service_that_ends_is_not_waited_for(self, make: Make) -> None:
        cluster = make(Script("frail", "echo 'no such file' >&2; exit 3"))
        with pytest.raises(ServiceFailed, match="frail did not start") as failed:
            start(cluster, "frail")
        assert "it ended with exit code 3" in failed.value.why
        assert "no such file" in failed.value.why

    def test_first_failure_ends_the_waiting_of_the_others(self, make: Make) -> None:
        cluster = make(Script("frail", "exit 3"), Script("dependent", needs=("frail",)))
        began = time.monotonic()
        with pytest.raises(ServiceFailed, match="frail"):
            start(cluster, "frail", "dependent")
        assert time.monotonic() - began < 10
        assert state_of(cluster).services["dependent"].leader is None

    def test_program_that_is_not_there(self, make: Make, tmp_path: Path) -> None:
        cluster = make(Script("one", "exec /nowhere/java"))
        with pytest.raises(ServiceFailed, match="one did not start") as failed:
            start(cluster, "one")
        assert "/nowhere/java" in failed.value.why

    def test_port_in_use_names_its_holder(self, make: Make) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            cluster = make(Script("one", port=port))
            with pytest.raises(Missing, match=f"Port {port}, which one needs") as taken:
                start(cluster, "one")
        assert f"pid {os.getpid()}" in taken.value.why
        assert "fake.port" in taken.value.do
        assert state_of(cluster).services["one"].leader is None
        # Free now.
        start(cluster, "one")

    def test_interrupted_start_leaves_nothing(self, make: Make) -> None:
        cluster = make(Script("one", "exec sleep 600"), Script("two"))

        def interrupt(state: State) -> None:
            if state.services["one"].health is Health.STARTING:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            cluster.start(CONFIG, ("one", "two"), interrupt)
        left = ours(cluster)
        assert len(left) >= 2
        cluster.close()
        assert gone(left)


class TestDeath:
    def test_is_noticed_within_about_a_second(self, make: Make) -> None:
        cluster = make(Script("one"), Script("two"))
        start(cluster, "one", "two")
        leader(cluster, "one").kill()
        took_s = wait_for(lambda: state_of(cluster).health("one") is Health.DIED)
        assert took_s < NOTICED_S
        with pytest.raises(ServiceFailed, match="one has died") as died:
            cluster.check()
        assert "-9" in died.value.why
        assert died.value.log == cluster.folder / "logs" / "one.log"
        assert state_of(cluster).health("two") is Health.READY

    def test_of_the_supervisor_is_noticed(self, make: Make) -> None:
        cluster = make(Script("one"))
        start(cluster, "one")
        supervisor = state_of(cluster).supervisor
        assert supervisor is not None
        os.kill(supervisor.pid, signal.SIGKILL)
        wait_for(lambda: cluster.state() is None)
        with pytest.raises(ServiceFailed, match="supervisor has died"):
            cluster.check()
        with pytest.raises(ServiceFailed, match="supervisor does not answer"):
            start(cluster, "one")

    def test_service_is_started_anew(self, make: Make) -> None:
        cluster = make(Script("one"))
        start(cluster, "one")
        before = leader(cluster, "one")
        before.kill()
        wait_for(lambda: state_of(cluster).health("one") is Health.DIED)
        start(cluster, "one")
        cluster.check()
        assert leader(cluster, "one") != before

    def test_nothing_of_a_dead_service_is_left_when_it_is_started_anew(self, make: Make) -> None:
        text = 'sleep 600 & touch "$FOLDER/ready"; wait'
        cluster = make(Script("one", text))
        start(cluster, "one")
        orphans = leader(cluster, "one").children()
        assert orphans
        leader(cluster, "one").kill()
        wait_for(lambda: state_of(cluster).health("one") is Health.DIED)
        start(cluster, "one")
        assert gone(orphans)
        cluster.check()


class TestStop:
    def test_leaves_the_others(self, make: Make) -> None:
        cluster = make(Script("one"), Script("two"))
        start(cluster, "one", "two")
        stopped = leader(cluster, "one")
        cluster.stop(["one"])
        assert gone([stopped])
        assert state_of(cluster).health("one") is Health.STOPPED
        assert state_of(cluster).health("two") is Health.READY
        cluster.check()
        assert set(cluster.sessions()) == {"two", "harness"}

    def test_kills_the_stubborn(self, make: Make) -> None:
        text = 'trap "" TERM; touch "$FOLDER/ready"; while :; do sleep 0.2; done'
        cluster = make(Script("stubborn", text, grace_s=0.3))
        start(cluster, "stubborn")
        stopped = leader(cluster, "stubborn")
        began = time.monotonic()
        cluster.stop(["stubborn"])
        assert gone([stopped])
        assert 0.3 <= time.monotonic() - began < 10

    def test_lets_a_service_end_by_itself(self, make: Make) -> None:
        text = (
            'trap \'sleep 0.5; touch "$FOLDER/ended"; exit\' TERM;'
            ' touch "$FOLDER/ready"; while :; do sleep 0.1; done'
        )
        cluster = make(Script("polite", text, grace_s=10))
        start(cluster, "polite")
        cluster.stop(["polite"])
        assert (cluster.folder / "polite" / "ended").exists()

    def test_ends_the_whole_session(self, make: Make) -> None:
        cluster = make(Script("one", 'sleep 600 & touch "$FOLDER/ready"; wait'))
        start(cluster, "one")
        tree = [leader(cluster, "one"), *leader(cluster, "one").children()]
        assert len(tree) == 2
        cluster.stop(["one"])
        assert gone(tree)

    def test_those_that_are_needed_come_last(self, make: Make) -> None:
        text = (
            'trap \'date +%s%N > "$FOLDER/ended"; exit\' TERM;'
            ' touch "$FOLDER/ready"; while :; do sleep 0.05; done'
        )
        cluster = make(
            Script("base", text), Script("middle", text, ("base",)), Script("top", text, ("middle",))
        )
        start(cluster, "base", "middle", "top")
        cluster.close()
        ended = [
            int((cluster.folder / name / "ended").read_text()) for name in ("top", "middle", "base")
        ]
        assert ended == sorted(ended)

    def test_of_what_does_not_run_is_nothing(self, make: Make) -> None:
        cluster = make(Script("one"))
        cluster.stop(["one"])
        start(cluster, "one")


class TestEnd:
    def test_close_leaves_nothing(self, make: Make) -> None:
        # One has left its service's session.
        cluster = make(Script("one", 'setsid sleep 600 & touch "$FOLDER/ready"; wait'))
        start(cluster, "one")
        left = ours(cluster)
        assert len(left) == 3
        cluster.close()
        assert gone(left)
        assert State.read(cluster.folder) is None
        cluster.close()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_signal_ends_the_cluster(self, make: Make, number: signal.Signals) -> None:
        cluster = make(Script("one"))
        start(cluster, "one")
        left = ours(cluster)
        supervisor = state_of(cluster).supervisor
        assert supervisor is not None
        os.kill(supervisor.pid, number)
        wait_for(lambda: gone(left))
        assert State.read(cluster.folder) is None

    def test_signal_in_the_middle_of_a_start(self, make: Make) -> None:
        cluster = make(Script("one", "exec sleep 600"))

        def terminate(state: State) -> None:
            if state.services["one"].health is Health.STARTING and state.supervisor:
                os.kill(state.supervisor.pid, signal.SIGTERM)

        with pytest.raises(HarnessError):
            cluster.start(CONFIG, ("one",), terminate)
        wait_for(lambda: State.read(cluster.folder) is None)

    def test_comes_with_the_owners(self, make: Make) -> None:
        with subprocess.Popen(["sleep", "600"]) as owner:
            cluster = make(Script("one"), owner=Identity.of(owner.pid))
            start(cluster, "one")
            left = ours(cluster)
            owner.kill()
        wait_for(lambda: gone(left))
        assert State.read(cluster.folder) is None


class TestSweep:
    def test_ends_the_orphans_of_a_killed_supervisor_and_nothing_else(self, make: Make) -> None:
        cluster = make(Script("one", 'setsid sleep 600 & touch "$FOLDER/ready"; wait'))
        start(cluster, "one")
        left = ours(cluster)
        supervisor = state_of(cluster).supervisor
        assert supervisor is not None
        with (
            subprocess.Popen(["sleep", "600"]) as bystander,
            subprocess.Popen(["sleep", "600"], env={**os.environ, TOKEN: "another"}) as stranger,
        ):
            os.kill(supervisor.pid, signal.SIGKILL)
            wait_for(lambda: cluster.state() is None)
            assert not gone(left)
            cluster.sweep()
            assert gone(left)
            assert bystander.poll() is None
            assert stranger.poll() is None
            bystander.kill()
            stranger.kill()
        assert State.read(cluster.folder) is None

    def test_comes_before_the_next_start(self, make: Make) -> None:
        cluster = make(Script("one"))
        start(cluster, "one")
        left = ours(cluster)
        supervisor = state_of(cluster).supervisor
        assert supervisor is not None
        os.kill(supervisor.pid, signal.SIGKILL)
        wait_for(lambda: cluster.state() is None)
        cluster.open(CONFIG, owner=None)
        assert gone(left)
        start(cluster, "one")

    def test_spares_who_has_a_recorded_pid_by_now(self, tmp_path: Path) -> None:
        with subprocess.Popen(["sleep", "600"]) as bystander:
            earlier = Identity(pid=bystander.pid, created=Identity.of(bystander.pid).created - 5)
            State(
                config=CONFIG.model_dump(mode="json"),
                owner=None,
                supervisor=earlier,
                services={"web": Status(health=Health.READY, leader=earlier)},
            ).save(tmp_path)
            cluster = NativeCluster(tmp_path, tmp_path)
            assert cluster.state() is None
            cluster.sweep()
            assert bystander.poll() is None
            bystander.kill()
        assert State.read(tmp_path) is None

    def test_does_not_touch_a_cluster_that_runs(self, make: Make) -> None:
        cluster = make(Script("one"))
        start(cluster, "one")
        cluster.sweep()
        cluster.check()
        assert leader(cluster, "one").is_running()


class TestOpen:
    def test_begins_with_an_empty_folder_of_the_users_alone(self, make: Make) -> None:
        cluster = make(Script("one"))
        cluster.close()
        old = cluster.folder / "old"
        old.touch()
        cluster.open(CONFIG, owner=None)
        assert not old.exists()
        assert cluster.folder.stat().st_mode & 0o777 == 0o700

    def test_says_where_the_log_of_a_supervisor_that_fails_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", "false")
        cluster = NativeCluster(tmp_path, tmp_path / "cluster")
        with pytest.raises(ServiceFailed, match="supervisor did not start") as failed:
            cluster.open(CONFIG, owner=None)
        assert failed.value.log == cluster.folder / "logs" / "supervisor.log"
        cluster.close()


