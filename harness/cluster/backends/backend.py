"""A backend: who runs the services of a cluster. No module outside this package asks which."""

import contextlib
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from harness.cgroup import LOAD_TOOL, Group, kills
from harness.cgroup.group import Counted
from harness.cluster import archives, artifacts, tmpfs
from harness.cluster.addresses import Addresses
from harness.cluster.services.service import PROGRESS, Service, ServiceContext
from harness.cluster.state import Health, Restart, State
from harness.cluster.supervisor_client import POLL_S, SupervisorClient, Watch
from harness.config.layers import restore_config
from harness.config.model import Config
from harness.errors import Missing, ServiceFailed
from harness.system import process, programs
from harness.system.child_environment import SERVICE, Program


class Backend(ABC):
    """The cluster in one folder: at most one at a time, up or down.

    A background supervisor owns the services, and outlives this process; both sides have a backend
    of the same class. A subclass fills in which services run, where they are reached, which
    versions they have, and what is cleaned up after them. `root` is the repository.
    """

    can_warm_up: ClassVar[bool] = False
    """Whether a small run beforehand makes later starts shorter."""
    program: ClassVar[Program] = SERVICE
    """The kind of program that the supervisor starts for a service."""

    has_all_services: ClassVar[bool] = True
    """Whether it runs the engines too; else they may be among the others on this machine."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self.supervisor = SupervisorClient(root, folder)
        self.progress = folder / PROGRESS
        """The file that the streaming job reports its micro-batches to."""

    @property
    @abstractmethod
    def kinds(self) -> Sequence[type[Service]]:
        """The classes of the services that it runs."""

    @abstractmethod
    def addresses(self, config: Config) -> Addresses:
        """Return where the services are reached under a configuration."""

    @abstractmethod
    def engine_versions(self) -> Mapping[str, str]:
        """Return the versions of the engines that run on this machine."""

    @abstractmethod
    def topic_bytes(self, config: Config) -> int | None:
        """Return the size of the events topic on disk; None where that cannot be seen."""

    def release(self, config: Config) -> None:  # noqa: B027 - most make nothing outside the folder
        """Remove what the cluster made outside this machine; raises ServiceFailed naming the rest.

        Called once no service runs any more, by the supervisor, or after its death by `sweep`.
        """

    @property
    def services(self) -> Sequence[str]:
        """The names of the services that it runs."""
        return tuple(kind.name for kind in self.kinds)

    def create_services(self, context: ServiceContext) -> Sequence[Service]:
        """Return the services as the supervisor starts them."""
        return [kind(context) for kind in self.kinds]

    def create_context(self, config: Config, *, warming_up: bool = False) -> ServiceContext:
        """Return what services are made from; raises Missing where a program is gone."""
        installed = programs.find()
        if installed is None:
            raise Missing("A program that a run needs is not there.", do="`make doctor` names it")
        jars = artifacts.locate(self.root)
        return ServiceContext(
            root=self.root,
            folder=self.folder,
            config=config,
            addresses=self.addresses(config),
            artifacts=jars,
            programs=installed,
            archives=archives.open_cache(self.root, jars, installed, warming_up=warming_up),
        )

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the engines on this machine, and of Java."""
        java = programs.java()
        return {**self.engine_versions(), **({"java": java.version} if java else {})}

    def log(self, name: str) -> Path:
        """Return the log file of a service."""
        return self.folder / "logs" / f"{name}.log"

    def state(self) -> State | None:
        """Return what the supervisor wrote down; None where no cluster is up."""
        return self.supervisor.read_state()

    def open(
        self, config: Config, owner: process.Identity | None, *, warming_up: bool = False
    ) -> None:
        """Start a supervisor for a new, empty cluster; it ends with `owner` where one is given.

        What an earlier cluster has left is ended first. Raises ServiceFailed when the supervisor
        does not come up.
        """
        self.sweep()
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("logs", "temporary"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o700)
        if config.fault.tmpfs is not None:
            tmpfs.mount(self.folder / config.fault.tmpfs)
        State(config=config.model_dump(mode="json"), owner=owner, warming_up=warming_up).save(
            self.folder
        )
        self.supervisor.launch(config)

    def start(self, config: Config, names: Collection[str], watch: Watch) -> dict[str, float]:
        """Start services under `config` and wait until they are ready.

        Returns how many seconds each took that was not ready before. `watch` is called with the
        state about ten times a second. Raises the error of the first that fails.
        """
        before = self._ready_s()
        request = {
            "do": "start",
            "services": sorted(names),
            "config": config.model_dump(mode="json"),
        }
        self.supervisor.ask(request, watch)
        return {name: s for name, s in self._ready_s().items() if name not in before}

    def stop(self, names: Collection[str]) -> None:
        """Stop services; the others go on."""
        self.supervisor.ask({"do": "stop", "services": sorted(names)})

    def empty(self, config: Config) -> None:
        """Remove every event, while the services that write are stopped."""
        for service in self.create_services(self.create_context(config)):
            service.empty()

    def close(self) -> None:
        """Stop everything, the supervisor included; does nothing where no cluster is up."""
        state = self.state()
        if state is not None and state.supervisor is not None:
            # A supervisor that does not listen any more is about to end already.
            with contextlib.suppress(ServiceFailed):
                self.supervisor.ask({"do": "finish"})
            self.supervisor.wait_for_end(state)
        self.sweep()

    def sweep(self) -> None:
        """End what a supervisor that was killed has left; a cluster that is up goes on.

        Waits for a supervisor that ends because its owner is gone; raises ServiceFailed where it
        does not.
        """
        state = self.state()
        if state is not None and state.supervisor and state.owner and not state.owner.alive():
            self.supervisor.wait_for_end(state)
        state = State.read(self.folder)
        if state is not None and state.running():
            return
        if state is not None:
            process.end_all(process.find_ours(state.token), grace_s=state.patience)
            if state.group is not None:
                state.group.remove()
            # Of another version's cluster, its processes are all that can be known.
            with contextlib.suppress(Missing):
                config = restore_config(state.config)
                self.release(config)
            State.path(self.folder).unlink(missing_ok=True)
        tmpfs.unmount_below(self.folder)

    def check(self) -> None:
        """Raise ServiceFailed when a service that should run has died, or the supervisor has.

        Raises OverBudget when the kernel has killed a process of a service for memory.
        """
        state = self.state()
        if state is None:
            raise ServiceFailed(
                "The cluster's supervisor has died.",
                do="`make down` ends what is left of the cluster",
                log=self.supervisor.log,
            )
        killed = state.oom_kills()
        if killed and state.group is not None:
            allowed = restore_config(state.config).budget
            raise kills.create_error(killed, state.group.read(), allowed, self.log)
        for name, status in state.services.items():
            if status.health is Health.DIED:
                raise ServiceFailed(
                    f"The service {name} has died.",
                    why=f"it ended with exit code {status.exit_code}",
                    do="read its log, then run it again",
                    log=self.log(name),
                )

    def settle(self, watch: Callable[[str], None]) -> None:
        """Wait until no service is being started again; raises like `check`.

        `watch` is called about ten times a second with the names that are waited for.
        """
        while True:
            self.check()
            state = self.state()
            services = {} if state is None else state.services
            away = [name for name, status in services.items() if status.health is not Health.READY]
            if not away:
                return
            watch(f"{', '.join(away)} to be ready again")
            time.sleep(POLL_S)

    def restarts(self) -> Sequence[Restart]:
        """Return each time a service was started again since the cluster was made."""
        state = self.state()
        return [] if state is None else state.restarts

    def sessions(self) -> Mapping[str, int]:
        """Return the session of each service, and of the supervisor as `harness`."""
        state = self.state()
        if state is None or state.supervisor is None:
            return {}
        return {**self.service_sessions(state), "harness": state.supervisor.pid}

    def service_sessions(self, state: State) -> Mapping[str, int]:
        """Return the session of each service that was started and has not been stopped."""
        return state.sessions()

    def enforced_group(self) -> Group | None:
        """Return the cgroup that holds the cluster to its budget; None where none does."""
        state = self.state()
        return None if state is None else state.group

    def group(self) -> Counted | None:
        """Return what the kernel counts of the services; None where it does not."""
        return self.enforced_group()

    def load_command(self, arguments: Sequence[str]) -> Sequence[str]:
        """Return the command line that executes a load tool within the budget."""
        state = self.state()
        return state.within_budget(LOAD_TOOL, arguments) if state else arguments

    def _ready_s(self) -> dict[str, float]:
        """Return the services that are ready, and how many seconds they took."""
        state = self.state()
        services = {} if state is None else state.services
        return {
            name: status.ready_s
            for name, status in services.items()
            if status.health is Health.READY and status.ready_s is not None
        }
