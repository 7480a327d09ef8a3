"""A service in its container: Docker Compose starts it, and it is asked as if it were native."""

import os
from collections.abc import Mapping
from pathlib import Path

from harness.cluster.services.service import Command, Service

FILE = "compose.yaml"
PROJECT = "pipeline-benchmark"


class Contained(Service):
    """The supervisor's child is Docker Compose's client, which ends with its container."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.context)
        self.service = service
        self.name = service.name
        self.needs = service.needs
        # The client waits for its container's own grace.
        self.grace_s = service.grace_s + 5.0

    def ports(self) -> Mapping[str, int]:
        """Return the service's ports: its container has the machine's network."""
        return self.service.ports()

    def prepare(self) -> None:
        """Make the folder; the container prepares its service itself."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def command(self) -> Command:
        """Return Docker Compose's command, in the foreground, with the container's output."""
        up = ("up", "--no-deps", "--no-log-prefix", "--exit-code-from", self.name, self.name)
        return Command([*client(self.context.folder), *up], environment(self.context.folder))

    def probe(self) -> None:
        """Ask the service as if it were native."""
        self.service.probe()

    def empty(self) -> None:
        """Remove the service's events as if it were native."""
        self.service.empty()


def client(folder: Path) -> list[str]:
    """Return Docker Compose's command for the cluster in `folder`."""
    file = str(folder / FILE)
    return ["docker", "compose", "--project-name", PROJECT, "--file", file]


def environment(folder: Path) -> dict[str, str]:
    """Return the variables that the compose file leaves to its caller."""
    return {"CLUSTER_FOLDER": str(folder), "CLUSTER_USER": f"{os.getuid()}:{os.getgid()}"}
