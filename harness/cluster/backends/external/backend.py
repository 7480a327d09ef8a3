"""A cluster of the pipeline's own parts, on engines that other people run."""

from collections.abc import Mapping, Sequence

from harness.cluster.addresses import Addresses
from harness.cluster.artifacts import maven
from harness.cluster.backends.backend import Backend
from harness.cluster.backends.external.addresses import create_addresses
from harness.cluster.backends.external.namespace import Namespace
from harness.cluster.services import streaming, web
from harness.cluster.services.service import Service
from harness.config.model import Config
from harness.system.child_environment import EXTERNAL_SERVICE
from harness.system.process import Identity


class ExternalBackend(Backend):
    """A cluster that owns a topic, a folder and a schema on the engines, under its own prefix."""

    has_all_services = False
    program = EXTERNAL_SERVICE

    @property
    def kinds(self) -> Sequence[type[Service]]:
        """The parts that run here whoever runs the engines."""
        return (streaming.StreamingService, web.WebService)

    def addresses(self, config: Config) -> Addresses:
        """Return the engines' addresses, with names of the cluster's own."""
        return create_addresses(config, self.folder / "ledger")

    def engine_versions(self) -> Mapping[str, str]:
        """Return the version of Spark's driver; those of the engines elsewhere are not known."""
        return {"spark": maven.versions()["spark"]}

    def topic_bytes(self, config: Config) -> int | None:  # noqa: ARG002
        """Return None: a broker elsewhere does not show its disk."""
        return None

    def open(self, config: Config, owner: Identity | None, *, warming_up: bool = False) -> None:
        """Create the names, which tries every right that a run needs, then start a supervisor.

        Raises Missing naming every right that is missing, before anything is sent.
        """
        self.sweep()
        namespace = self.namespace(config)
        namespace.create()
        try:
            super().open(config, owner, warming_up=warming_up)
        except BaseException:
            namespace.remove()
            raise

    def empty(self, config: Config) -> None:
        """Remove every event under the cluster's own names, and the ledger."""
        super().empty(config)
        self.namespace(config).empty()

    def release(self, config: Config) -> None:
        """Remove the names from the engines, unless `external.keep`."""
        if config.external is not None and not config.external.keep:
            self.namespace(config).remove()

    def namespace(self, config: Config) -> Namespace:
        """Return the cluster's names on the engines."""
        return Namespace(config, self.addresses(config), self.root / "sql")
