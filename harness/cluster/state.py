"""What is known of a cluster, on disk: who its processes are, and how its services fare."""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from harness.cgroup import Group
from harness.config.model import BackendName, Config
from harness.errors import Missing
from harness.system import process
from harness.system.process import Identity


class Health(StrEnum):
    """How a service fares."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPED = "stopped"
    DIED = "died"


RUNNING = frozenset({Health.STARTING, Health.READY, Health.RESTARTING, Health.DIED})
"""The health of a service that was started, and has not been stopped since."""


class Status(BaseModel):
    """One service: its health, its leader, and why it is not ready.

    `oom_kills` is how many processes of its cgroup had been killed when it was started.
    """

    health: Health
    leader: Identity | None = None
    ready_s: float | None = None
    waiting_for: str = ""
    exit_code: int | None = None
    oom_kills: int = 0


class Restart(BaseModel):
    """One time a service was started again: when it had died and was ready, by time.monotonic.

    `exit_code` is minus the signal that ended it; None where it was late to be ready, and ended by
    us. `ready` is None until it is, and stays so where it died once more before.
    """

    service: str
    died: float
    exit_code: int | None
    ready: float | None = None


def _check_backend(config: dict[str, Any]) -> dict[str, Any]:
    """Raise ValueError where a configuration has no backend: whatever else may be another's."""
    if config.get("backend") not in get_args(BackendName):
        raise ValueError("it names no backend")
    return config


class State(BaseModel):
    """A cluster. `owner` is the process it ends with; None for one that stays until `down`.

    `group` is the cgroup that holds it to its budget; None where it is only watched.
    """

    model_config = ConfigDict(validate_assignment=True)

    token: str = Field(default_factory=lambda: secrets.token_hex(16))
    config: Annotated[dict[str, Any], AfterValidator(_check_backend)]
    owner: Identity | None
    warming_up: bool = False
    supervisor: Identity | None = None
    group: Annotated[Group, Field(discriminator="kind")] | None = None
    services: dict[str, Status] = {}
    restarts: list[Restart] = []

    @staticmethod
    def path(folder: Path) -> Path:
        """Return the path of the state file of the cluster in `folder`."""
        return folder / "state.json"

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the state on disk; None where no cluster is known.

        Raises Missing where it is another version's, or damaged, and processes of it still run.
        """
        path = cls.path(folder)
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            token = re.search(rb'"token": ?"([0-9a-f]{32})"', text)
            left = process.find_ours(token[1].decode()) if token else []
            # A damaged file is what the machine's own end leaves, and then no process is left.
            if not left:
                return None
            raise Missing(
                "The state of the cluster cannot be read.",
                why=f"{path}: {error.errors()[0]['msg']}",
                do=f"end its processes: kill {' '.join(str(one.pid) for one in left)}",
            ) from error

    def save(self, folder: Path) -> None:
        """Replace the state on disk, whole."""
        path = self.path(folder)
        partial = path.with_suffix(".partial")
        partial.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        partial.replace(path)

    def running(self) -> bool:
        """Return whether the cluster's supervisor lives."""
        return self.supervisor is not None and self.supervisor.alive()

    @property
    def patience(self) -> float:
        """How many times as long as by default a wait may take; 1 where that is not known.

        It is not known of a cluster of another version.
        """
        with contextlib.suppress(ValidationError):
            return Config.model_validate(self.config).deadlines.patience
        return 1.0

    def health(self, name: str) -> Health:
        """Return a service's health."""
        status = self.services.get(name)
        return status.health if status else Health.STOPPED

    def sessions(self) -> dict[str, int]:
        """Return the session of each service that was started and has not been stopped."""
        return {n: s.leader.pid for n, s in self.services.items() if s.leader is not None}

    def within_budget(self, leaf: str, arguments: Sequence[str]) -> Sequence[str]:
        """Return the command line that executes `arguments` within the enforced budget, if any."""
        return self.group.enter(leaf, arguments) if self.group else arguments

    def oom_kills(self) -> dict[str, int]:
        """Return how many processes of each service were killed for memory since its start.

        Without those that lost none.
        """
        if self.group is None:
            return {}
        lost = {
            name: self.group.oom_kill(name) - status.oom_kills
            for name, status in self.services.items()
            if status.health in RUNNING
        }
        return {name: number for name, number in lost.items() if number}


@contextlib.contextmanager
def control_socket(folder: Path) -> Iterator[str]:
    """Yield the path of the supervisor's Unix socket.

    It goes by a descriptor of the folder, since the path of a socket may have 108 bytes at most,
    which a deep folder exceeds.
    """
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/control"
    finally:
        os.close(descriptor)
