import asyncio
import errno
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from harness.cluster.backends.native import NativeBackend
from harness.cluster.services import registry
from harness.cluster.state import Health, State, Status
from harness.cluster.supervisor import Supervisor
from harness.config.model import Config, Deadlines, RestartSettings
from harness.errors import Missing, ServiceFailed
from harness.system.child_environment import TOKEN
from harness.system.process import Identity
from tests.processes import find_running
from tests.unit.harness.cluster import fakes
from tests.unit.harness.cluster.fakes import Script

CONFIG = Config(profile="bench", deadlines=Deadlines(start_s=20))
# A second by design; the rest is for a machine that is busy.
NOTICED_S = 2.0
# It ends by itself, and notes when.
POLITE = (
    "trap 'date +%s%N > \"$FOLDER/ended\"; exit' TERM;"
    ' touch "$FOLDER/ready"; while :; do sleep 0.05; done'
)


class Cluster:
    """A supervisor in this process, of services that are scripts."""

    def __init__(self, folder: Path, config: Config = CONFIG) -> None:
        self.folder = folder
        self.state = State(config=config.model_dump(mode="json"), owner=None)
        self.supervisor = Supervisor(
            NativeBackend(folder, folder), fakes.create_context(folder, folder, config), self.state
        )

    def leader(self, name: str) -> psutil.Process:
        found = self.state.services[name].leader
        assert found is not None
        return psutil.Process(found.pid)

    async def start(self, *names: str) -> None:
        await self.supervisor.start(set(names))

    async def stop(self, *names: str) -> None:
        await self.supervisor.stop(set(names))

    async def until(self, name: str, health: Health) -> float:
        """Waits until a service fares so, by the state on disk; how long that took, in seconds."""
        began = time.monotonic()
        while (state := State.read(self.folder)) is None or state.health(name) is not health:
            assert time.monotonic() - began < 10, "it did not come about"
            await asyncio.sleep(0.02)
        return time.monotonic() - began


Play = Callable[..., None]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Lets `story` be told of a cluster of the given scripts, and ends the cluster after it."""

    def played(
        story: Callable[[Cluster], Awaitable[None]], *scripts: Script, config: Config = CONFIG
    ) -> None:
        cluster = Cluster(tmp_path, config)
        monkeypatch.setenv(TOKEN, cluster.state.token)
        monkeypatch.setattr(registry, "KINDS", tuple(map(fakes.kind, scripts)))

        async def told() -> None:
            async with ending(cluster):
                await story(cluster)

        asyncio.run(told())

    return played


@asynccontextmanager
async def ending(cluster: Cluster) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await cluster.supervisor.stop(set(cluster.supervisor.children))


class TestStart:
    def test_returns_when_the_services_are_ready(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one", "two")
            state = State.read(cluster.folder)
            assert state is not None
            assert state.services.keys() == {"one", "two"}
            for name, status in state.services.items():
                assert status.health is Health.READY
                assert status.ready_s is not None
                assert status.leader == Identity.from_pid(cluster.leader(name).pid)
                assert (cluster.folder / name / "ready").exists()

        play(story, Script("one"), Script("two"), Script("three"))

    def test_each_has_a_session_and_the_clusters_token(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one", "two")
            for name in ("one", "two"):
                leader = cluster.leader(name)
                assert os.getsid(leader.pid) == leader.pid
                assert leader.environ()[TOKEN] == cluster.state.token

        play(story, Script("one"), Script("two"))

    def test_waits_for_those_that_are_needed(self, play: Play) -> None:
        slow = 'sleep 0.4; touch "$FOLDER/ready"; exec sleep 600'
        late = 'test -e "$FOLDER/../first/ready" || exit 3; touch "$FOLDER/ready"; exec sleep 600'

        async def story(cluster: Cluster) -> None:
            starting = asyncio.ensure_future(cluster.start("late", "first"))
            await cluster.until("first", Health.STARTING)
            assert cluster.state.health("late") is Health.WAITING
            await starting
            assert cluster.state.health("late") is Health.READY

        play(story, Script("late", late, needs=("first",)), Script("first", slow))

    def test_tells_what_is_waited_for(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            starting = asyncio.ensure_future(cluster.start("slow"))
            await cluster.until("slow", Health.STARTING)
            await asyncio.sleep(0.2)
            state = State.read(cluster.folder)
            assert state is not None
            assert state.services["slow"].waiting_for == "it has not said that it is ready"
            await starting
            assert cluster.state.services["slow"].waiting_for == ""

        play(story, Script("slow", 'sleep 0.6; touch "$FOLDER/ready"; exec sleep 600'))

    def test_leaves_alone_what_is_ready(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one")
            before = cluster.leader("one")
            await cluster.start("one", "two")
            assert cluster.leader("one") == before
            assert cluster.state.health("two") is Health.READY

        play(story, Script("one"), Script("two"))

    def test_late_service_shows_the_end_of_its_log(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            with pytest.raises(ServiceFailed, match="late did not start") as failed:
                await cluster.start("late")
            assert "not ready after 0.5 s: it has not said that it is ready" in failed.value.why
            lines = [line.strip() for line in failed.value.why.splitlines()]
            assert lines[-15:] == [f"line {number}" for number in range(16, 31)]
            assert failed.value.log == cluster.folder / "logs" / "late.log"

        text = "for i in $(seq 30); do echo line $i; done; exec sleep 600"
        config = CONFIG.model_copy(update={"deadlines": Deadlines(start_s=0.5)})
        play(story, Script("late", text), config=config)

    @pytest.mark.parametrize("text", ["sleep 0.3; echo why >&2; exit 3", "echo why >&2; exit 3"])
    def test_service_that_ends_is_not_waited_for(self, play: Play, text: str) -> None:
        async def story(cluster: Cluster) -> None:
            began = time.monotonic()
            with pytest.raises(ServiceFailed, match="frail did not start") as failed:
                await cluster.start("frail")
            assert time.monotonic() - began < 5
            assert failed.value.why.split() == ["it", "ended", "with", "exit", "code", "3", "why"]
            assert cluster.state.services["frail"].exit_code == 3

        play(story, Script("frail", text))

    def test_first_failure_ends_the_waiting_of_the_others(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            with pytest.raises(ServiceFailed, match="frail"):
                await cluster.start("frail", "dependent")
            assert cluster.state.services["dependent"].leader is None
            assert set(cluster.supervisor.children) == {"frail"}

        play(story, Script("frail", "exit 3"), Script("dependent", needs=("frail",)))

    def test_port_in_use_names_its_holder(self, play: Play) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

            async def story(cluster: Cluster) -> None:
                with pytest.raises(Missing, match=f"Port {port}, which one needs") as taken:
                    await cluster.start("one")
                assert f"pid {os.getpid()} " in taken.value.why
                assert 'SET="fake.port=' in taken.value.do
                assert not cluster.supervisor.children

                server.close()
                await cluster.start("one")

            play(story, Script("one", port=port))


class TestDeath:
    def test_is_noticed_within_about_a_second(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one", "two")
            cluster.leader("one").kill()
            assert await cluster.until("one", Health.DIED) < NOTICED_S
            assert cluster.state.services["one"].exit_code == -9
            assert cluster.state.health("two") is Health.READY

        play(story, Script("one"), Script("two"))

    def test_is_mended_by_the_next_start(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one")
            before = cluster.leader("one")
            before.kill()
            await cluster.until("one", Health.DIED)
            await cluster.start("one")
            assert cluster.state.services["one"] == Status(
                health=Health.READY,
                leader=Identity.from_pid(cluster.leader("one").pid),
                ready_s=cluster.state.services["one"].ready_s,
            )
            assert cluster.leader("one") != before

        play(story, Script("one"))

    def test_leaves_nothing_beside_the_next_start(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one")
            orphans = cluster.leader("one").children()
            assert orphans
            cluster.leader("one").kill()
            await cluster.until("one", Health.DIED)
            assert find_running(orphans)
            await cluster.start("one")
            assert not find_running(orphans)

        play(story, Script("one", 'sleep 600 & touch "$FOLDER/ready"; wait'))

    def test_failed_start_leaves_nothing_beside_the_next(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            with pytest.raises(ServiceFailed, match="frail"):
                await cluster.start("slow", "frail")
            before = cluster.leader("slow")
            (cluster.folder / "ready now").touch()
            await cluster.start("slow")
            assert cluster.leader("slow") != before
            assert not find_running([before])

        slow = 'test -e "$FOLDER/../ready now" && touch "$FOLDER/ready"; exec sleep 600'
        play(story, Script("slow", slow), Script("frail", "sleep 0.4; exit 3"))


AGAIN = CONFIG.model_copy(update={"restart": RestartSettings(limit=2, backoff_s=0.2)})


class TestRestart:
    def test_starts_a_dead_service_again_and_writes_it_down(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one")
            before, orphans = cluster.leader("one"), cluster.leader("one").children()
            killed = time.monotonic()
            before.kill()
            await cluster.until("one", Health.RESTARTING)
            await cluster.until("one", Health.READY)
            assert cluster.leader("one") != before
            assert not find_running(orphans)
            state = State.read(cluster.folder)
            assert state is not None
            (restart,) = state.restarts
            assert (restart.service, restart.exit_code) == ("one", -9)
            assert restart.ready is not None
            assert killed <= restart.died <= restart.ready - 0.2

        play(story, Script("one", 'sleep 600 & touch "$FOLDER/ready"; wait'), config=AGAIN)

    def test_gives_up_at_the_limit_after_longer_and_longer_pauses(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("frail")
            (cluster.folder / "broken").touch()
            cluster.leader("frail").kill()
            await cluster.until("frail", Health.DIED)
            first, second = cluster.state.restarts
            assert [first.exit_code, second.exit_code] == [-9, 3]
            assert first.ready is second.ready is None
            assert second.died - first.died >= 0.2
            assert time.monotonic() - second.died >= 0.4
            assert cluster.state.services["frail"].exit_code == 3

        frail = 'test -e "$FOLDER/../broken" && exit 3; touch "$FOLDER/ready"; exec sleep 600'
        play(story, Script("frail", frail), config=AGAIN)

    def test_one_that_stayed_begins_another_row(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one")
            for _ in range(3):
                await asyncio.sleep(1.1)
                cluster.leader("one").kill()
                await cluster.until("one", Health.RESTARTING)
                await cluster.until("one", Health.READY)
            assert len(cluster.state.restarts) == 3
            cluster.leader("one").kill()
            await cluster.until("one", Health.DIED)

        policy = RestartSettings(limit=1, steady_s=1, backoff_s=0.1)
        config = CONFIG.model_copy(update={"restart": policy})
        play(story, Script("one"), config=config)

    def test_waits_until_those_that_are_needed_work(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("base", "top")
            # It is there, and yet does not work.
            (cluster.folder / "base" / "ready").unlink()
            cluster.leader("top").kill()
            await cluster.until("top", Health.RESTARTING)
            await asyncio.sleep(0.6)
            assert cluster.state.health("top") is Health.RESTARTING
            assert cluster.state.services["top"].leader is None
            (cluster.folder / "base" / "ready").touch()
            await cluster.until("top", Health.READY)

        play(story, Script("base"), Script("top", needs=("base",)), config=AGAIN)

    def test_leaves_a_service_alone_that_is_stopped_meanwhile(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one")
            cluster.leader("one").kill()
            await cluster.until("one", Health.RESTARTING)
            await cluster.stop("one")
            await asyncio.sleep(0.5)
            assert cluster.state.services["one"] == Status(health=Health.STOPPED)
            assert not cluster.supervisor.children
            await cluster.start("one")
            assert cluster.state.health("one") is Health.READY

        play(story, Script("one"), config=AGAIN)


class TestStop:
    def test_leaves_the_others(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one", "two")
            stopped = cluster.leader("one")
            await cluster.stop("one")
            assert not find_running([stopped])
            assert cluster.state.services["one"] == Status(health=Health.STOPPED)
            assert cluster.state.health("two") is Health.READY
            assert set(cluster.state.sessions()) == {"two"}

        play(story, Script("one"), Script("two"))

    def test_lets_a_service_end_by_itself(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("polite")
            await cluster.stop("polite")
            assert (cluster.folder / "polite" / "ended").exists()

        text = POLITE.replace("trap '", "trap 'sleep 0.3; ")
        play(story, Script("polite", text, grace_s=10))

    @pytest.mark.parametrize(("start_s", "within_s"), [(20, 0.3), (240, 0.6)])
    def test_kills_the_stubborn(self, play: Play, start_s: float, within_s: float) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("stubborn")
            stopped = cluster.leader("stubborn")
            began = time.monotonic()
            await cluster.stop("stubborn")
            assert not find_running([stopped])
            assert within_s <= time.monotonic() - began < 5

        text = 'trap "" TERM; touch "$FOLDER/ready"; while :; do sleep 0.2; done'
        config = Config(profile="bench", deadlines=Deadlines(start_s=start_s))
        play(story, Script("stubborn", text, grace_s=0.3), config=config)

    def test_ends_the_whole_session(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one")
            tree = [cluster.leader("one"), *cluster.leader("one").children()]
            assert len(tree) == 2
            await cluster.stop("one")
            assert not find_running(tree)

        play(story, Script("one", 'sleep 600 & touch "$FOLDER/ready"; wait'))

    def test_ends_what_a_dead_leader_has_left(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("one")
            orphans = cluster.leader("one").children()
            cluster.leader("one").kill()
            await cluster.until("one", Health.DIED)
            await cluster.stop("one")
            assert not find_running(orphans)

        play(story, Script("one", 'sleep 600 & touch "$FOLDER/ready"; wait'))

    def test_those_that_are_needed_come_last(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.start("base", "middle", "top")
            await cluster.stop("base", "middle", "top")
            ended = [
                int((cluster.folder / name / "ended").read_text())
                for name in ("top", "middle", "base")
            ]
            assert ended == sorted(ended)

        middle = Script("middle", POLITE, needs=("base",))
        play(story, Script("base", POLITE), middle, Script("top", POLITE, needs=("middle",)))

    def test_of_what_does_not_run_is_nothing(self, play: Play) -> None:
        async def story(cluster: Cluster) -> None:
            await cluster.stop("one")
            await cluster.start("one")

        play(story, Script("one"))


class TestRun:
    def test_stop_that_fails_leaves_no_service(
        self, play: Play, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(_names: set[str]) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        async def story(cluster: Cluster) -> None:
            cluster.state.warming_up = True
            running = asyncio.ensure_future(cluster.supervisor.run())
            await cluster.start("one")
            leader = cluster.leader("one")
            with monkeypatch.context() as patched:
                patched.setattr(cluster.supervisor, "stop", fail)
                cluster.supervisor.finished.set()
                await running
            assert not leader.is_running() or leader.status() == psutil.STATUS_ZOMBIE
            assert State.read(cluster.folder) is None

        play(story, Script("one", POLITE))
