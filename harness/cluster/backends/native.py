"""The native backend: services as processes of this machine, under one background supervisor."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.cgroup import LOAD_TOOL, kills
from harness.cgroup.group import Counted
from harness.cluster import addresses, artifacts, tmpfs
from harness.cluster import context as site
from harness.cluster.addresses import Addresses
from harness.cluster.backends import namespace
from harness.cluster.context import Site
from harness.cluster.services import registry as services
from harness.cluster.services.kafka import Kafka
from harness.cluster.state import Health, Restart, State, control_socket
from harness.config import Config, restore
from harness.errors import HarnessError, ServiceFailed
from harness.system import process, programs
from harness.system.process import Identity

POLL_S = 0.1
SUPERVISOR_S = 10.0
# Services that are told to end have less time than this, all waves together.
ENDING_S = 120.0

Watch = Callable[[State], None]


class NativeCluster:
    """The cluster in one folder: at most one at a time, up or down."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder

    @property
    def services(self) -> Sequence[str]:
        """The names of the services that it runs: all of them."""
        return services.NAMES

    @property
    def rehearses(self) -> bool:
        """Whether a small run beforehand makes later starts shorter: class-data archives do."""
        return True

    @property
    def progress(self) -> Path:
        """The file the streaming job reports its micro-batches to."""
        return self.folder / site.PROGRESS

    def state(self) -> State | None:
        """What the supervisor wrote down; null where no cluster is up."""
        state = State.read(self.folder)
        return state if state is not None and state.running() else None

    def open(self, config: Config, owner: Identity | None, rehearsing: bool = False) -> None:
        """Starts a supervisor for a new, empty cluster; it ends with `owner` where one is given.

        First ends what an earlier one has left. Raises ServiceFailed when the supervisor does not
        come up.
        """
        self.sweep()
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("logs", "temporary"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o700)
        if config.fault.tmpfs is not None:
            tmpfs.mount(self.folder / config.fault.tmpfs)
        State(config=config.model_dump(mode="json"), owner=owner, rehearsing=rehearsing).save(
            self.folder
        )
        log = self.log("supervisor")
        with log.open("ab") as output:
            launched = subprocess.run(
                [
                    *(sys.executable, "-m", "harness.cluster.supervisor"),
                    *(str(self.root), str(self.folder)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.root,
                env={**os.environ, **config.secrets()},
                check=False,
            )
        deadline = time.monotonic() + SUPERVISOR_S
        while self.state() is None:
            if launched.returncode != 0 or time.monotonic() > deadline:
                raise ServiceFailed("The cluster's supervisor did not start.", log=log)
            time.sleep(POLL_S / 2)

    def start(self, config: Config, names: Collection[str], watch: Watch) -> dict[str, float]:
        """Starts services under `config` and waits until they are ready.

        Returns how many seconds each took that was not ready before. `watch` is called with the
        state about ten times a second. Raises what hindered them.
        """
        before = self._ready()
        request = {
            "do": "start",
            "services": sorted(names),
            "config": config.model_dump(mode="json"),
        }
        self._ask(request, watch)
        return {name: s for name, s in self._ready().items() if name not in before}

    def stop(self, names: Collection[str]) -> None:
        """Stops services; the others go on."""
        self._ask({"do": "stop", "services": sorted(names)}, lambda _: None)

    def close(self) -> None:
        """Stops everything, the supervisor included; nothing to do where nothing is up."""
        state = self.state()
        if state is not None and state.supervisor is not None:
            # One that does not listen any more is about to end already.
            with contextlib.suppress(ServiceFailed):
                self._ask({"do": "finish"}, lambda _: None)
            self._outlast(state.supervisor)
        self.sweep()

    def sweep(self) -> None:
        """Ends what a supervisor that was killed has left behind.

        Waits for one that ends by itself, because its owner is gone; raises ServiceFailed where
        it does not.
        """
        state = self.state()
        if state is not None and state.supervisor and state.owner and not state.owner.alive():
            self._outlast(state.supervisor)
        state = State.read(self.folder)
        if state is not None and state.running():
            return
        if state is not None:
            process.end(process.ours(state.token), grace_s=1)
            if state.group is not None:
                state.group.remove()
            namespace.release(restore(state.config), self.root)
            State.path(self.folder).unlink(missing_ok=True)
        tmpfs.unmount_below(self.folder)

    def empty(self, config: Config) -> None:
        """Removes every event, while those who write are stopped."""
        for service in services.make(self.site(config)):
            service.empty()

    def topic_bytes(self, config: Config) -> int | None:
        """What the events topic takes on disk."""
        return Kafka(self.site(config)).topic_bytes()

    def site(self, config: Config) -> Site:
        """Where this cluster lives and what it is made from, for another configuration of it."""
        state = State(config=config.model_dump(mode="json"), owner=None)
        return replace(site.of(self.root, self.folder, state), config=config)

    def addresses(self, config: Config) -> Addresses:
        """Where its services are reached under a configuration."""
        return addresses.of(config, self.folder / "ledger")

    def sessions(self) -> dict[str, int]:
        """The session of each service that runs, and of the supervisor, as `harness`."""
        state = self.state()
        if state is None or state.supervisor is None:
            return {}
        return {**state.sessions(), "harness": state.supervisor.pid}

    def group(self) -> Counted | None:
        """The cgroup that holds it to its budget; null where none does."""
        state = self.state()
        return None if state is None else state.group

    def load_command(self, arguments: Sequence[str]) -> Sequence[str]:
        """The command line that executes a load tool within the budget."""
        state = self.state()
        return state.within_budget(LOAD_TOOL, arguments) if state else arguments

    def versions(self) -> dict[str, str]:
        """The versions of the engines and of Java."""
        found = programs.find()
        java = {"java": found.java_version} if found else {}
        return {**artifacts.versions(), **java}

    def check(self) -> None:
        """Raises ServiceFailed when a service that should run has died, or the supervisor has.

        Raises OverBudget when the kernel has killed a process of a service for memory.
        """
        state = self.state()
        if state is None:
            raise ServiceFailed("The cluster's supervisor has died.", log=self.log("supervisor"))
        killed = state.oom_kills()
        if killed and state.group is not None:
            allowed = Config.model_validate(state.config).budget
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
        """Waits until no service is being started again; raises like `check` where one stays away.

        `watch` is told about ten times a second which ones are.
        """
        while True:
            self.check()
            state = self.state()
            services = {} if state is None else state.services
            away = [name for name, one in services.items() if one.health is not Health.READY]
            if not away:
                return
            watch(f"{', '.join(away)} to be ready again")
            time.sleep(POLL_S)

    def restarts(self) -> list[Restart]:
        """Each time a service was started again since the cluster was."""
        state = self.state()
        return [] if state is None else state.restarts

    def log(self, name: str) -> Path:
        """The log file of a service."""
        return self.folder / "logs" / f"{name}.log"

    def _outlast(self, supervisor: Identity) -> None:
        """Waits for a supervisor's end; raises ServiceFailed where that does not come."""
        deadline = time.monotonic() + ENDING_S
        while supervisor.alive():
            if time.monotonic() > deadline:
                raise self._gone()
            time.sleep(POLL_S / 2)

    def _ready(self) -> dict[str, float]:
        """The services that are ready, and how many seconds they took."""
        state = self.state()
        services = {} if state is None else state.services
        return {
            name: status.ready_s
            for name, status in services.items()
            if status.health is Health.READY and status.ready_s is not None
        }

    def _ask(self, request: Mapping[str, object], watch: Watch) -> None:
        """Sends one request to the supervisor and waits for its answer."""
        with socket.socket(socket.AF_UNIX) as control:
            try:
                with control_socket(self.folder) as path:
                    control.connect(path)
                control.sendall(json.dumps(request).encode() + b"\n")
                while not select.select([control], [], [], POLL_S)[0]:
                    state = self.state()
                    if state is not None:
                        watch(state)
                reply = control.makefile("rb").readline()
            except OSError as error:
                raise self._gone() from error
        if not reply:
            raise self._gone()
        fields = json.loads(reply)
        if fields:
            raise HarnessError.from_dict(fields)

    def _gone(self) -> ServiceFailed:
        return ServiceFailed(
            "The cluster's supervisor does not answer.",
            do="`make down` ends what is left of the cluster",
            log=self.log("supervisor"),
        )
