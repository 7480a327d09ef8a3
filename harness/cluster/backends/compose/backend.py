"""The backend compose. It was validated and not run: no Docker engine was at hand."""

import json
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO

from harness.cgroup.containers import Containers
from harness.cluster.backends.compose import contained, file
from harness.cluster.backends.local import LocalBackend
from harness.cluster.services.service import Service, ServiceContext
from harness.cluster.state import State
from harness.cluster.supervisor_client import Watch
from harness.config.model import Config
from harness.errors import Missing
from harness.system.child_environment import DOCKER, create_environment
from harness.system.process import Identity


class ComposeBackend(LocalBackend):
    """A cluster whose services are containers of this machine's Docker engine."""

    program = DOCKER

    def __init__(self, root: Path, folder: Path) -> None:
        super().__init__(root, folder)
        self._clients: dict[str, int] = {}
        self._pids: dict[str, int] = {}

    def create_services(self, context: ServiceContext) -> Sequence[Service]:
        """Return the services as Docker Compose's clients, which the supervisor starts."""
        return [contained.Contained(service) for service in super().create_services(context)]

    def open(self, config: Config, owner: Identity | None, *, warming_up: bool = False) -> None:
        """Write the compose file and build the image, for a new, empty cluster.

        Raises Missing where there is no Docker engine, or the image cannot be built.
        """
        self.require()
        super().open(config, owner, warming_up=warming_up)
        self.write(config)
        built = self.log("build")
        with built.open("ab") as output:
            code = self.compose("build", output=output)
        if code != 0:
            raise Missing("The image could not be built.", log=built)

    def start(self, config: Config, names: Collection[str], watch: Watch) -> dict[str, float]:
        """Start services under `config`, which may be another than that of those that run."""
        self.write(config)
        return super().start(config, names, watch)

    def sweep(self) -> None:
        """End what a supervisor that was killed has left, its containers among it."""
        super().sweep()
        if (self.folder / contained.FILE).exists() and shutil.which("docker"):
            self.compose("down", "--volumes", output=subprocess.DEVNULL)
            (self.folder / contained.FILE).unlink()

    def group(self) -> Containers | None:
        """Return the containers' own cgroups; None where no container runs."""
        state = self.state()
        pids = {} if state is None else self.service_sessions(state)
        return Containers.from_pids(pids) if pids else None

    def service_sessions(self, state: State) -> Mapping[str, int]:
        """Return the first process of each container that runs, which leads a session."""
        clients = state.sessions()
        # Docker is asked only when there is something new to hear: it takes CPU time of the run.
        if clients != self._clients or clients.keys() != self._pids.keys():
            self._clients, self._pids = clients, inspect(clients)
        return self._pids

    def require(self) -> None:
        """Raise Missing where Docker Compose or its engine is not there."""
        docker = shutil.which("docker")
        if (
            docker is None
            or subprocess.run(
                [docker, "compose", "ls"],
                capture_output=True,
                env=create_environment(DOCKER),
                check=False,
            ).returncode
        ):
            raise Missing(
                "There is no Docker engine with Compose here.",
                why="`docker compose ls` does not answer" if docker else "there is no `docker`",
                do="install both, or use BACKEND=native, which needs neither",
            )

    def write(self, config: Config) -> None:
        """Write the cluster's own compose file."""
        # Quoted as YAML wants it, and as Compose does, which fills in what follows a dollar.
        context = json.dumps(str(self.root).replace("$", "$$"), ensure_ascii=False)
        text = file.generate(config).replace("context: ..", f"context: {context}")
        (self.folder / contained.FILE).write_text(text, encoding="utf-8")

    def compose(self, *arguments: str, output: IO[bytes] | int) -> int:
        """Run Docker Compose to its end and return its exit code."""
        return subprocess.run(
            [*contained.client(self.folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=create_environment(DOCKER, contained.environment(self.folder)),
            check=False,
        ).returncode


def inspect(names: Collection[str]) -> dict[str, int]:
    """Return the first process of each service's container, of those that run.

    Docker prints an empty line for a container that is not there.
    """
    containers = [f"{contained.PROJECT}-{name}" for name in names]
    printed = subprocess.run(
        ["docker", "inspect", "--format", "{{.Name}} {{.State.Pid}}", *containers],
        capture_output=True,
        text=True,
        env=create_environment(DOCKER),
        check=False,
    ).stdout
    pairs = (
        line.removeprefix(f"/{contained.PROJECT}-").split() for line in printed.splitlines() if line
    )
    return {name: int(pid) for name, pid in pairs if int(pid)}
