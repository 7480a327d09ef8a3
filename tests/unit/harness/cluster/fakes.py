"""A supervisor whose services are shell scripts: `python fakes.py ROOT FOLDER`.

The scripts stand in `ROOT/services.json`. A script makes the file `$FOLDER/ready` once its service
is ready; `$FOLDER` is the service's own folder.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.cluster import supervisor
from harness.cluster.addresses import Addresses
from harness.cluster.archives import ArchiveCache
from harness.cluster.artifacts import Artifacts
from harness.cluster.backends import local
from harness.cluster.backends import registry as backends
from harness.cluster.backends.native import NativeBackend
from harness.cluster.services import registry
from harness.cluster.services.service import Command, NotReady, Service, ServiceContext
from harness.config.model import Config
from harness.system.programs import Programs

READY = 'touch "$FOLDER/ready"; exec sleep 600'


@dataclass(frozen=True)
class Script:
    """A service: what `sh` runs, whom it needs, the port it wants, how long it may take to end."""

    name: str
    text: str = READY
    needs: tuple[str, ...] = ()
    port: int | None = None
    grace_s: float = 2.0


class Fake(Service):
    """A service that is a script."""

    script: Script

    def ports(self) -> Mapping[str, int]:
        return {"fake.port": self.script.port} if self.script.port else {}

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "ready").unlink(missing_ok=True)

    def command(self) -> Command:
        return Command(["sh", "-c", self.script.text], {"FOLDER": str(self.folder)})

    def probe(self) -> None:
        if not (self.folder / "ready").exists():
            raise NotReady("it has not said that it is ready")


def kind(script: Script) -> type[Service]:
    """The class of a service."""
    return type(
        script.name.title(),
        (Fake,),
        {
            "script": script,
            "name": script.name,
            "needs": script.needs,
            "grace_s": script.grace_s,
        },
    )


def write(root: Path, scripts: tuple[Script, ...]) -> None:
    """Writes the list of services."""
    text = json.dumps([asdict(script) for script in scripts])
    (root / "services.json").write_text(text, encoding="utf-8")


def read(root: Path) -> tuple[type[Service], ...]:
    """The services that `write` listed."""
    listed = json.loads((root / "services.json").read_text(encoding="utf-8"))
    return tuple(kind(Script(**{**one, "needs": tuple(one["needs"])})) for one in listed)


def create_context(
    root: Path,
    folder: Path,
    config: Config,
    addresses: Addresses | None = None,
    *,
    warming_up: bool = False,
) -> ServiceContext:
    """In the place of the real one, which looks for Java and the jars."""
    return ServiceContext(
        root=root,
        folder=folder,
        config=config,
        addresses=addresses or local.create_addresses(config, folder),
        artifacts=Artifacts((), (), (), (), root, root, ""),
        programs=Programs(root, "", root, root),
        archives=ArchiveCache(root, warming_up),
    )


class FakeBackend(NativeBackend):
    """The backend native, which needs neither Java nor the jars."""

    def create_context(self, config: Config, *, warming_up: bool = False) -> ServiceContext:
        return create_context(
            self.root, self.folder, config, self.addresses(config), warming_up=warming_up
        )


if __name__ == "__main__":
    root, folder = map(Path, sys.argv[1:])
    registry.KINDS = read(root)
    backends.KINDS = {"native": FakeBackend}
    supervisor.main(root, folder)
