"""The backend external: the app and the streaming job run here, on engines of others."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cluster import artifacts
from harness.cluster.backends.namespace import Namespace
from harness.cluster.backends.native import NativeCluster
from harness.cluster.services import registry as services
from harness.config import Config
from harness.system import programs
from harness.system.process import Identity


class ExternalCluster(NativeCluster):
    """A cluster of the pipeline's own parts, which has names of its own on the engines."""

    @property
    def services(self) -> Sequence[str]:
        """The names of the services that it runs."""
        return services.OURS

    @property
    def rehearses(self) -> bool:
        """Whether a small run beforehand makes later starts shorter: not worth what it sends."""
        return False

    def open(self, config: Config, owner: Identity | None, rehearsing: bool = False) -> None:
        """Makes the names, which tries every right that a run needs, then starts a supervisor.

        Raises Missing naming every right that is missing, before anything is sent.
        """
        self.sweep()
        namespace = Namespace(config, self.root)
        namespace.create()
        try:
            super().open(config, owner, rehearsing)
        except BaseException:
            namespace.remove()
            raise

    def empty(self, config: Config) -> None:
        """Removes every event under the run's own names, and the ledger."""
        super().empty(config)
        Namespace(config, self.root).empty()

    def topic_bytes(self, _config: Config) -> int | None:
        """Null: a broker elsewhere does not show its disk."""
        return None

    def versions(self) -> dict[str, str]:
        """The versions of what runs here."""
        found = programs.java()
        java = {"java": found.version} if found else {}
        return {"spark": artifacts.versions()["spark"], **java}
