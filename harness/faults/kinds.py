"""The kinds of faults: something is killed, stopped, full, slow, gone or wrong."""

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import psutil

from contract.paths import CHECKPOINT
from harness.cgroup import can_enforce
from harness.cluster import tmpfs
from harness.cluster.services import hdfs, streaming, web
from harness.errors import ServiceFailed
from harness.faults.fault import Fault, FaultContext
from harness.system import programs
from harness.system.waiting import wait_until

HOUR_S = 3600
FOLLOWS_WITHIN_S = 5.0
SHARE = 0.25


@dataclass(frozen=True)
class Kill(Fault):
    """SIGKILL to every process of the service `ends`."""

    def inject(self, context: FaultContext) -> None:
        """Kill every process of the service."""
        assert self.ends is not None
        _signal(context.processes(self.ends), signal.SIGKILL)


@dataclass(frozen=True)
class KillWorker(Fault):
    """SIGKILL to one worker of the web server, whichever the seed draws."""

    def inject(self, context: FaultContext) -> None:
        """Kill the worker."""
        workers = sorted(context.leader("web").children(), key=lambda worker: worker.pid)
        _signal([context.draw.choice(workers)], signal.SIGKILL)


@dataclass(frozen=True)
class ArmFailpoint(Fault):
    """SIGKILL to the streaming job by itself, at the point of a commit that `settings` name."""

    def inject(self, context: FaultContext) -> None:
        """Arm its failpoint, which the next commit reaches."""
        streaming.StreamingService(context.services).armed.touch()


@dataclass(frozen=True)
class Freeze(Fault):
    """SIGSTOP to Kafka, and SIGCONT after its time."""

    def inject(self, context: FaultContext) -> None:
        """Stop Kafka's processes."""
        _signal(context.processes("kafka"), signal.SIGSTOP)

    def undo(self, context: FaultContext) -> None:
        """Let Kafka go on."""
        _signal(context.processes("kafka"), signal.SIGCONT)


@dataclass(frozen=True)
class FreezeAndKill(Freeze):
    """SIGSTOP to Kafka, and after its time SIGKILL to the app, then SIGCONT to Kafka."""

    def undo(self, context: FaultContext) -> None:
        """Kill the app, which waits for Kafka, then let Kafka go on."""
        _signal(context.processes("web"), signal.SIGKILL)
        super().undo(context)


@dataclass(frozen=True)
class Forget(Fault):
    """Spark's checkpoint, on HDFS, is deleted while the job runs."""

    def inject(self, context: FaultContext) -> None:
        """Delete the checkpoint."""
        files = hdfs.filesystem(context.config)
        if not files.files(f"{CHECKPOINT}/offsets"):
            raise ServiceFailed("Spark's checkpoint was gone before the fault.")
        files.remove(CHECKPOINT)


@dataclass(frozen=True)
class Fill(Fault):
    """No space is left in the folder of a service, which is a small file system."""

    alone = True

    def hindrance(self, context: FaultContext) -> str | None:
        """Return why no small file system can be mounted; None where it can."""
        if context.cluster.state() is not None:
            return "a cluster is up, and this needs one of its own (`make down`)"
        return tmpfs.hindrance()

    def inject(self, context: FaultContext) -> None:
        """Fill the folder's file system."""
        tmpfs.fill(_ballast(context))

    def undo(self, context: FaultContext) -> None:
        """Free the space."""
        _ballast(context).unlink(missing_ok=True)


@dataclass(frozen=True)
class Throttle(Fault):
    """A quarter of the CPU for all services and the load tool."""

    def hindrance(self, context: FaultContext) -> str | None:
        """Return why no CPU quota can be set; None where it can."""
        if context.cluster.enforced_group() is None and not can_enforce(context.config.budget):
            return "no cgroup can be written here"
        return None

    def inject(self, context: FaultContext) -> None:
        """Cut the quota."""
        self._allow(context, SHARE)

    def undo(self, context: FaultContext) -> None:
        """Restore the quota."""
        self._allow(context, 1.0)

    def _allow(self, context: FaultContext, share: float) -> None:
        group = context.cluster.enforced_group()
        assert group is not None
        group.allow(share * context.config.budget.vcpu)


@dataclass(frozen=True)
class TurnClock(Fault):
    """The app's clock goes an hour ahead, and back."""

    def hindrance(self, context: FaultContext) -> str | None:  # noqa: ARG002
        """Return why the app's clock cannot be set; None where it can."""
        return None if programs.FAKETIME.present() else "libfaketime is not installed"

    def inject(self, context: FaultContext) -> None:
        """Set the clock ahead; raises ServiceFailed where the app does not follow."""
        app = web.WebService(context.services)
        app.set_clock(HOUR_S)
        within_s = app.extend(FOLLOWS_WITHIN_S)
        if not wait_until(lambda: app.ahead_s() >= HOUR_S / 2, within_s=within_s, poll_s=0.1):
            raise ServiceFailed("The app's clock could not be set.")

    def undo(self, context: FaultContext) -> None:
        """Set the clock back."""
        web.WebService(context.services).set_clock(0)


@dataclass(frozen=True)
class Nothing(Fault):
    """Nothing breaks: what the other rows are to be held against."""

    def inject(self, context: FaultContext) -> None:
        """Do nothing."""


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Send the signal to all processes at once, before one can react to another's end."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _ballast(context: FaultContext) -> Path:
    service = context.config.fault.tmpfs
    assert service is not None
    return context.cluster.folder / service / "ballast"
