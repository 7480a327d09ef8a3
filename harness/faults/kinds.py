"""The kinds of faults: something is killed, stopped, full, slow, gone or wrong."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from contract.paths import CHECKPOINT
from harness.cgroup import Group, enforceable
from harness.cluster import tmpfs
from harness.cluster.services import hdfs
from harness.cluster.services.streaming import Streaming
from harness.cluster.services.web import Web
from harness.errors import ServiceFailed
from harness.faults.fault import Fault, Scene
from harness.system import programs

HOUR_S = 3600
FOLLOWS_WITHIN_S = 5.0
SHARE = 0.25


@dataclass(frozen=True)
class Kill(Fault):
    """SIGKILL to every process of the service `ends`."""

    def inject(self, scene: Scene) -> None:
        """Kills them all."""
        assert self.ends is not None
        _signal(scene.processes(self.ends), signal.SIGKILL)


@dataclass(frozen=True)
class KillWorker(Fault):
    """SIGKILL to one worker of the web server, whichever the seed draws."""

    def inject(self, scene: Scene) -> None:
        """Kills it."""
        workers = sorted(scene.leader("web").children(), key=lambda worker: worker.pid)
        _signal([scene.draw.choice(workers)], signal.SIGKILL)


@dataclass(frozen=True)
class Strike(Fault):
    """SIGKILL to the streaming job by itself, at the point of a commit that `settings` name."""

    def inject(self, scene: Scene) -> None:
        """Arm its failpoint, which the next commit reaches."""
        Streaming(scene.site).armed.touch()


@dataclass(frozen=True)
class Freeze(Fault):
    """SIGSTOP to Kafka, and SIGCONT after its time."""

    def inject(self, scene: Scene) -> None:
        """Stops it."""
        _signal(scene.processes("kafka"), signal.SIGSTOP)

    def undo(self, scene: Scene) -> None:
        """Lets it go on."""
        _signal(scene.processes("kafka"), signal.SIGCONT)


@dataclass(frozen=True)
class FreezeAndKill(Freeze):
    """SIGSTOP to Kafka, and after its time SIGKILL to the app, then SIGCONT to Kafka."""

    def undo(self, scene: Scene) -> None:
        """Kills what waits for it, and lets it go on."""
        _signal(scene.processes("web"), signal.SIGKILL)
        super().undo(scene)


@dataclass(frozen=True)
class Forget(Fault):
    """Spark's checkpoint, on HDFS, is deleted while the job runs."""

    def inject(self, scene: Scene) -> None:
        """Deletes it."""
        files = hdfs.filesystem(scene.config)
        if not files.files(f"{CHECKPOINT}/offsets"):
            raise ServiceFailed("Spark's checkpoint was gone before the fault.")
        files.remove(CHECKPOINT)


@dataclass(frozen=True)
class Fill(Fault):
    """No space is left in the folder of a service, which is a small file system."""

    alone = True

    def hindrance(self, scene: Scene) -> str | None:
        """Why none can be mounted."""
        if scene.cluster.state() is not None:
            return "a cluster is up, and this needs one of its own (`make down`)"
        return tmpfs.hindrance()

    def inject(self, scene: Scene) -> None:
        """Takes all that is left."""
        tmpfs.fill(_ballast(scene))

    def undo(self, scene: Scene) -> None:
        """Gives it back."""
        _ballast(scene).unlink(missing_ok=True)


@dataclass(frozen=True)
class Throttle(Fault):
    """A quarter of the CPU for all services and the load tool."""

    def hindrance(self, scene: Scene) -> str | None:
        """Why the kernel takes no quota."""
        group = scene.cluster.group()
        if group is None and not enforceable(scene.config.budget):
            return "no cgroup can be written here"
        return None

    def inject(self, scene: Scene) -> None:
        """Cuts the quota."""
        self._allow(scene, SHARE)

    def undo(self, scene: Scene) -> None:
        """Gives the whole budget back."""
        self._allow(scene, 1.0)

    def _allow(self, scene: Scene, share: float) -> None:
        group = scene.cluster.group()
        assert isinstance(group, Group)
        group.allow(share * scene.config.budget.vcpu)


@dataclass(frozen=True)
class TurnClock(Fault):
    """The app's clock goes an hour ahead, and back."""

    def hindrance(self, scene: Scene) -> str | None:  # noqa: ARG002
        """Why its clock cannot be set apart from the machine's."""
        return None if programs.FAKETIME.present() else "libfaketime is not installed"

    def inject(self, scene: Scene) -> None:
        """Puts it forward, and sees that the app has it; raises ServiceFailed where it has not."""
        app = Web(scene.site)
        app.set_clock(HOUR_S)
        deadline = time.monotonic() + FOLLOWS_WITHIN_S
        while app.ahead_s() < HOUR_S / 2:
            if time.monotonic() > deadline:
                raise ServiceFailed("The app's clock could not be set.")
            time.sleep(0.1)

    def undo(self, scene: Scene) -> None:
        """Puts it right."""
        Web(scene.site).set_clock(0)


@dataclass(frozen=True)
class Nothing(Fault):
    """Nothing breaks: what the other rows are to be held against."""

    def inject(self, scene: Scene) -> None:
        """Does nothing."""


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    """To all of them at once: one that learns of another's end could still act."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _ballast(scene: Scene) -> Path:
    service = scene.config.fault.tmpfs
    assert service is not None
    return scene.cluster.folder / service / "ballast"
