"""A backend: who runs the services of a cluster. Nobody outside this package asks which it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from harness.cgroup.group import Counted
from harness.cluster.addresses import Addresses
from harness.cluster.backends.compose.cluster import ComposeCluster
from harness.cluster.backends.external_cluster import ExternalCluster
from harness.cluster.backends.native import NativeCluster
from harness.cluster.state import Restart, State
from harness.config import BackendName, Config
from harness.system.process import Identity

Watch = Callable[[State], None]


class Backend(Protocol):
    """The cluster in one folder: at most one at a time, up or down.

    Whatever starts services raises what hindered them; `watch` is told of the state meanwhile.
    """

    root: Path
    folder: Path

    @property
    def services(self) -> Sequence[str]:
        """The names of the services that it runs."""

    @property
    def rehearses(self) -> bool:
        """Whether a small run beforehand makes later starts shorter."""

    @property
    def progress(self) -> Path:
        """The file the streaming job reports its micro-batches to."""

    def state(self) -> State | None:
        """What is known of the cluster that is up; null where none is."""

    def open(self, config: Config, owner: Identity | None, rehearsing: bool = False) -> None:
        """Makes a new, empty cluster; it ends with `owner` where one is given."""

    def start(self, config: Config, names: Collection[str], watch: Watch) -> dict[str, float]:
        """Starts services and waits until they are ready; how many seconds each of them took."""

    def stop(self, names: Collection[str]) -> None:
        """Stops services; the others go on."""

    def empty(self, config: Config) -> None:
        """Removes every event, while those who write are stopped."""

    def close(self) -> None:
        """Stops everything, and ends what one that was killed has left."""

    def sweep(self) -> None:
        """Ends what one that was killed has left; one that is up goes on."""

    def settle(self, watch: Callable[[str], None]) -> None:
        """Waits until every service that is started again is ready; `watch` is told what for."""

    def restarts(self) -> Sequence[Restart]:
        """The services that were started again since the cluster was made."""

    def check(self) -> None:
        """Raises ServiceFailed or OverBudget when a service that should run does not."""

    def log(self, name: str) -> Path:
        """The log file of a service."""

    def addresses(self, config: Config) -> Addresses:
        """Where the services are reached."""

    def sessions(self) -> Mapping[str, int]:
        """Whose usage is whose: the session of each service, and of the supervisor as `harness`."""

    def group(self) -> Counted | None:
        """What the kernel counts of it; null where it does not."""

    def load_command(self, arguments: Sequence[str]) -> Sequence[str]:
        """The command line that executes a load tool within the budget."""

    def topic_bytes(self, config: Config) -> int | None:
        """What the events topic takes on disk; null where that cannot be seen."""

    def versions(self) -> Mapping[str, str]:
        """The versions of the engines and of Java."""


KINDS: Mapping[BackendName, Callable[[Path, Path], Backend]] = {
    "native": NativeCluster,
    "compose": ComposeCluster,
    "external": ExternalCluster,
}


def of(root: Path, folder: Path, config: Config | None = None) -> Backend:
    """The backend of the cluster in `folder`: of the one that is up there, or else to be made."""
    state = State.read(folder)
    if state is not None and (state.running() or config is None):
        return KINDS[state.backend](root, folder)
    return KINDS["native" if config is None else config.backend](root, folder)
