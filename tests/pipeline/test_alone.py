"""Clusters that end badly, and others in the way: what is left of them, and who is spared."""

import os
import re
import signal
import socket
import subprocess
import time

import psutil
import pytest

from harness.cluster.state import Health, State, Status
from harness.system.process import Identity
from tests.pipeline.repository import NAME, Repository, Started, wait_until
from tests.processes import find_running


def test_nothing_is_up(alone: Repository) -> None:
    assert " " in str(alone.root)
    for verb in ("status", "verify", "sql"):
        said = alone.harness(verb)
        assert said.code == 3, said
        assert "No cluster is up" in said.err
        assert "make up" in said.err
    assert alone.harness("down").code == 0


def test_stale_state_does_not_hit_who_has_its_pid_by_now(alone: Repository) -> None:
    with subprocess.Popen(["sleep", "600"]) as bystander:
        earlier = Identity.from_pid(bystander.pid)
        earlier = earlier.model_copy(update={"started": earlier.started - 100})
        alone.cluster.mkdir(parents=True, exist_ok=True)
        State(
            config=alone.config.model_dump(mode="json"),
            owner=None,
            supervisor=earlier,
            services={"web": Status(health=Health.READY, leader=earlier)},
        ).save(alone.cluster)
        assert alone.harness("status").code == 3
        said = alone.harness("down")
        assert said.code == 0, said
        assert bystander.poll() is None
        bystander.kill()
    assert alone.left() == []


def test_foreign_holder_of_a_port_is_named(alone: Repository) -> None:
    port = alone.config.app.port
    with socket.create_server(("127.0.0.1", port)):
        said = alone.harness("up")
    assert said.code == 3, said
    assert f"Port {port}, which web needs, is in use." in said.err
    assert f"pid {os.getpid()} " in said.err
    assert "Traceback" not in said.err
    assert alone.left() == []


def test_interrupted_group_leaves_nothing_and_is_kept(alone: Repository) -> None:
    before = alone.runs()
    group = ("--repeat", "3", "--group", "broken-off", "--set", "load.fraction=0.2")
    with alone.begin("bench", *group) as bench:
        bench.wait_for(lambda: "provision" in bench.said())
        # Whoever comes second is told at once, and by whom he is kept.
        for verb in ("up", "smoke", "verify", "down"):
            began = time.monotonic()
            second = alone.harness(verb)
            assert time.monotonic() - began < 10
            if verb != "verify":  # Which may say that no cluster is up yet.
                assert f"pid {bench.pid}" in second.err, second
            assert second.code == 3, second

        bench.wait_for(lambda: "Run 1 of 3" in bench.said())
        loading(alone, bench, runs=2)
        # Ctrl-C goes to all of the terminal's foreground group.
        os.killpg(bench.pid, signal.SIGINT)
        assert bench.wait() == 130, bench.said()
        assert "Traceback" not in bench.said()
        assert "Group broken-off: 1 of" in bench.said()
        assert alone.left() == []
    first, second_run = (alone.result(name) for name in alone.runs() if name not in before)
    assert first.status == "valid"
    # The engines stood before, in the first run too.
    assert first.startup.keys() == {"web", "streaming"}
    assert second_run.status == "aborted"
    assert second_run.throughput is None
    assert {phase.name: phase.status for phase in second_run.phases} == {
        "provision": "done",
        "load": "interrupted",
        "teardown": "done",
    }


def test_killed_harness_and_supervisor_are_swept_up_after(alone: Repository) -> None:
    before = alone.runs()
    with alone.begin("bench") as bench:
        loading(alone, bench)
        orphans = alone.sessions()
        assert len(orphans) > 7
        supervisor = alone.supervisor()
        os.kill(bench.pid, signal.SIGKILL)
        supervisor.kill()
        assert bench.wait() == -signal.SIGKILL
    # ab ends with the harness.
    wait_until(lambda: not running("ab"))
    wait_until(lambda: not find_running([supervisor]))
    assert find_running(orphans)
    said = alone.harness("up")
    assert said.code == 0, said
    assert not find_running(orphans)
    assert alone.standing()
    # A run's folder is whole or absent.
    assert alone.runs() == before
    said = alone.harness("status")
    assert said.code == 0, said
    assert len(re.findall(r"^\w+ +ready ", said.out, re.MULTILINE)) == 7


def loading(repository: Repository, bench: Started, runs: int = 1) -> None:
    """Waits until the last run's load is well under way; before, the ledger is an earlier one."""
    bench.wait_for(
        lambda: len(re.findall(r"^load +begins", bench.said(), re.MULTILINE)) == runs,
    )
    bench.wait_for(lambda: len(repository.ledger().accepted) > 1000)


def running(name: str) -> list[psutil.Process]:
    """Children of ours by that name, or of a harness that we started and that is gone."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == name and NAME in (process.info["cwd"] or "")
    ]


@pytest.mark.parametrize("service", ["web", "streaming"])
def test_killed_service_is_started_anew(standing: Repository, service: str) -> None:
    tree = [standing.leader(service), *standing.leader(service).children(recursive=True)]
    tree[0].kill()
    wait_until(lambda: not standing.standing())
    said = standing.harness("status")
    assert said.code == 4, said
    assert f"The service {service} has died." in said.err
    said = standing.harness("up")
    assert said.code == 0, said
    assert not find_running(tree)
    assert standing.standing()
