import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from harness.system import process
from harness.system.child_environment import TOKEN
from harness.system.process import Identity, Stat

LOOP = "while :; do sleep 0.05; done"


@contextmanager
def child(
    text: str = "exec sleep 600", token: str | None = None, trap: str = ":"
) -> Iterator[psutil.Popen]:
    """A child in a session of its own that has set its trap and said that it is there."""
    environment = {**os.environ, **({TOKEN: token} if token else {})}
    with psutil.Popen(
        ["sh", "-c", f"{trap}; echo; {text}"],
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    ) as running:
        running.stdout.readline()
        try:
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)


class TestIdentity:
    def test_of_a_process_that_runs(self) -> None:
        identity = Identity.from_pid(os.getpid())
        assert identity.pid == os.getpid()
        assert identity.alive()
        assert Identity.model_validate_json(identity.model_dump_json()).alive()

    def test_of_a_later_process_with_the_same_pid_is_another(self) -> None:
        identity = Identity.from_pid(os.getpid())
        later = identity.model_copy(update={"started": identity.started - 1})
        assert not later.alive()

    def test_of_none(self) -> None:
        with subprocess.Popen(["true"]) as ended:
            pass
        with pytest.raises(ProcessLookupError):
            Identity.from_pid(ended.pid)

    def test_of_one_that_has_ended(self) -> None:
        with child() as running:
            identity = Identity.from_pid(running.pid)
            assert identity.alive()
            running.kill()
            deadline = time.monotonic() + 5
            while psutil.Process(running.pid).status() != psutil.STATUS_ZOMBIE:
                assert time.monotonic() < deadline
            # Not waited for yet.
            assert not identity.alive()
            running.wait()
            assert not identity.alive()

    def test_does_not_change_with_the_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        identity = Identity.from_pid(os.getpid())
        # What the kernel says of the boot moves when the clock is set.
        booted = psutil.boot_time()
        monkeypatch.setattr("psutil._pslinux.boot_time", lambda: booted + 1)
        assert identity.alive()


class TestStat:
    def test_it_tells_what_psutil_tells(self, tmp_path: Path) -> None:
        # A name may look like the fields that follow it.
        program = tmp_path / "a) Z 7 (b"
        shutil.copy("/bin/sh", program)
        burn = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"
        command = [str(program), "-c", f"{burn}; ({burn}); echo; read x"]
        with psutil.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
            running.stdout.readline()

            stat, times = Stat.from_pid(running.pid), running.cpu_times()

            assert stat.parent == os.getpid()
            assert stat.cpu_s == times.user + times.system > 0
            assert stat.reaped_s == times.children_user + times.children_system > 0
            assert stat.identity == Identity.from_pid(running.pid)
            running.kill()

    def test_of_none(self) -> None:
        with subprocess.Popen(["true"]) as ended:
            pass
        with pytest.raises(ProcessLookupError):
            Stat.from_pid(ended.pid)


class TestOurs:
    def test_are_those_with_the_token(self) -> None:
        with child(token="mine") as one, child(token="mine") as two, child(token="other"), child():
            assert {found.pid for found in process.find_ours("mine")} == {one.pid, two.pid}

    def test_orphans_are_ours_too(self) -> None:
        with child("setsid sleep 600 & echo; wait", token="mine") as parent:
            deadline = time.monotonic() + 5
            while not (orphans := parent.children()):
                assert time.monotonic() < deadline
            parent.kill()
            parent.wait()
            assert process.find_ours("mine") == orphans
            orphans[0].kill()

    def test_of_one_session(self) -> None:
        with child(token="mine") as one, child(token="mine"):
            assert [p.pid for p in process.find_ours("mine", session=one.pid)] == [one.pid]

    def test_the_asker_is_none_of_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(psutil.Process, "environ", lambda _: {TOKEN: "mine"})
        found = {one.pid for one in process.find_ours("mine")}
        assert os.getppid() in found
        assert os.getpid() not in found


class TestEnd:
    def test_asks_first(self) -> None:
        with child(LOOP, trap="trap 'exit 7' TERM") as polite:
            known = psutil.Process(polite.pid)
            process.end_all([known], grace_s=10)
            assert known.wait() == 7

    def test_kills_the_stubborn_after_the_grace(self) -> None:
        with child(LOOP, trap="trap '' TERM") as stubborn:
            known = psutil.Process(stubborn.pid)
            began = time.monotonic()
            process.end_all([known], grace_s=0.3)
            assert known.wait() == -9
            assert 0.3 <= time.monotonic() - began < 5

    def test_gives_all_of_them_one_grace(self) -> None:
        trap = "trap '' TERM"
        with child(LOOP, trap=trap) as one, child(LOOP, trap=trap) as two:
            began = time.monotonic()
            process.end_all([psutil.Process(one.pid), psutil.Process(two.pid)], grace_s=0.5)
            assert time.monotonic() - began < 0.9

    def test_one_that_is_gone_already(self) -> None:
        with child() as running:
            known = psutil.Process(running.pid)
            running.kill()
            running.wait()
            process.end_all([known], grace_s=1)


class TestHolder:
    def test_is_named_with_its_command(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            said = process.find_port_holder(server.getsockname()[1])
        command = " ".join(psutil.Process().cmdline())[:120]
        assert said == f"pid {os.getpid()} ({command})"

    def test_that_nobody_may_see(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(psutil, "net_connections", lambda **_: [])
        assert process.find_port_holder(5000) == "a process that this user may not see"
