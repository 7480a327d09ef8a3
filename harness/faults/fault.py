"""The base class of faults, and the context that one is injected in."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

import psutil

from harness.cluster.backends.backend import Backend
from harness.cluster.services.service import ServiceContext
from harness.config.model import Config
from harness.errors import ServiceFailed
from harness.system import process


@dataclass(frozen=True)
class FaultContext:
    """The cluster and the configuration of a fault run; `draw` makes the random choices."""

    cluster: Backend
    config: Config
    draw: Random

    @property
    def services(self) -> ServiceContext:
        """What the cluster's services are made from."""
        return self.cluster.create_context(self.config)

    def leader(self, service: str) -> psutil.Process:
        """Return a service's first process; raises ServiceFailed where it is gone."""
        state = self.cluster.state()
        status = state.services.get(service) if state else None
        if status is None or status.leader is None or not status.leader.alive():
            raise ServiceFailed(f"The service {service} was gone before the fault.")
        return psutil.Process(status.leader.pid)

    def processes(self, service: str) -> list[psutil.Process]:
        """Return all processes of a service; raises like `leader`."""
        state = self.cluster.state()
        assert state is not None
        return process.find_ours(state.token, session=self.leader(service).pid)


@dataclass(frozen=True)
class Fault(ABC):
    """A fault that a run injects while the load is sent.

    `name` selects it, `text` describes it in the table, and `settings` are the configuration that
    it needs. It is undone `lasts_s` after its injection. `ends` is the service that it ends for
    certain. Where nothing is `promised`, the loss is measured.
    """

    name: str
    text: str
    ends: str | None = None
    lasts_s: float = 0.0
    settings: Mapping[str, object] = field(default_factory=dict)
    promised: bool = True
    alone: ClassVar[bool] = False
    """Whether it needs a cluster of its own."""

    def hindrance(self, context: FaultContext) -> str | None:  # noqa: ARG002
        """Return why the fault cannot be injected on this machine; None where it can."""
        return None

    @abstractmethod
    def inject(self, context: FaultContext) -> None:
        """Inject the fault."""

    def undo(self, context: FaultContext) -> None:  # noqa: B027 - what is dead stays dead
        """Undo the fault; called once, also where the run ends before its time."""
