"""A service: its context in a cluster, and how it is configured, started and known to be ready."""

import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.cluster.addresses import Addresses
from harness.cluster.archives import ArchiveCache
from harness.cluster.artifacts import Artifacts
from harness.config.model import Config
from harness.errors import Missing
from harness.system import process
from harness.system.programs import Programs

HOST = "127.0.0.1"
LATE = "read its log; a slow machine needs more time: SET=deadlines.start_s=1200"
PROGRESS = "progress.jsonl"


@dataclass(frozen=True)
class ServiceContext:
    """What a service needs to know of its cluster; `folder` holds data, settings and logs."""

    root: Path
    """the repository"""
    folder: Path
    config: Config
    addresses: Addresses
    artifacts: Artifacts
    programs: Programs
    archives: ArchiveCache

    def log(self, name: str) -> Path:
        """Return the log file of a service."""
        return self.folder / "logs" / f"{name}.log"

    @property
    def progress(self) -> Path:
        """The file the streaming job reports its micro-batches to."""
        return self.folder / PROGRESS


class NotReady(Exception):
    """What a service still lacks; its text is shown while the harness waits."""


@dataclass(frozen=True)
class Command:
    """What is executed: arguments, and the environment's additions."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Service(ABC):
    """One long-running part of the cluster.

    `needs` are the services that must be ready before this one is started.
    """

    name: str
    needs: tuple[str, ...] = ()
    # How long a service may take to end by itself, in seconds, before it is killed. All data of
    # a native cluster is thrown away with it, so that only a service whose end is worth watching
    # gets more.
    grace_s: float = 5.0
    # Its share of the CPU beside the others', where a cgroup holds them and all want it: on the
    # scale of cgroup v2, where 100 is everybody's.
    cpu_weight: int = 100

    def __init__(self, context: ServiceContext) -> None:
        self.context = context

    @property
    def folder(self) -> Path:
        """The service's own folder."""
        return self.context.folder / self.name

    @abstractmethod
    def ports(self) -> Mapping[str, int]:
        """Return the ports that the service listens on, by the name of their setting."""

    @abstractmethod
    def prepare(self) -> None:
        """Write the settings and format the storage; called before each start."""

    @abstractmethod
    def command(self) -> Command:
        """Return the command to execute."""

    @abstractmethod
    def probe(self) -> None:
        """Return when the service does its work; raises NotReady or any other error until then."""

    def empty(self) -> None:  # noqa: B027 - most services hold no events
        """Remove the service's events; called while nothing writes."""

    def extend(self, within_s: float) -> float:
        """Return a deadline other than that of the start, longer on a slow machine."""
        return within_s * self.context.config.deadlines.patience

    def claim_ports(self) -> None:
        """Check that the ports are free; raises Missing naming the holder of one that is not."""
        for setting, port in self.ports().items():
            with socket.socket() as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    listener.bind((HOST, port))
                except OSError as error:
                    raise Missing(
                        f"Port {port}, which {self.name} needs, is in use.",
                        why=f"{process.find_port_holder(port)} holds it",
                        do=f'end that process, or choose another port: SET="{setting}=…"',
                    ) from error


def connect(port: int) -> None:
    """Open and close a TCP connection; raises NotReady while nobody listens."""
    try:
        socket.create_connection((HOST, port), timeout=2).close()
    except OSError as error:
        raise NotReady(f"nothing listens on port {port} yet") from error


def write(path: Path, text: str) -> Path:
    """Write a settings file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def properties(settings: Mapping[str, object]) -> str:
    """Return settings as a Java properties file, whose encoding is Latin-1."""
    return "".join(f"{key}={_escape(str(value))}\n" for key, value in settings.items())


def _escape(value: str) -> str:
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    codes = (high << 8 | low for high, low in zip(units[::2], units[1::2], strict=True))
    return "".join(
        chr(code) if ord(" ") <= code <= ord("~") else f"\\u{code:04x}" for code in codes
    )
