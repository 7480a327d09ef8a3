"""A supervisor whose services are shell scripts: `python fakes.py ROOT FOLDER`.

The scripts stand in `ROOT/services.json`. A script makes the file `$FOLDER/ready` once its service
is ready; `$FOLDER` is the service's own folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.cluster import context as sites
from harness.cluster import supervisor
from harness.cluster.archives import Prepared
from harness.cluster.artifacts import Artifacts
from harness.cluster.context import Site
from harness.cluster.services import registry
from harness.cluster.services.service import Command, NotReady, Service
from harness.cluster.state import State
from harness.config import Config
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


def site(root: Path, folder: Path, config: Config) -> Site:
    """A site without jars, Java or anything prepared."""
    return Site(
        root=root,
        folder=folder,
        config=config,
        artifacts=Artifacts((), (), (), (), root, root, ""),
        programs=Programs(root, "", root, root),
        prepared=Prepared(root),
    )


def site_of(root: Path, folder: Path, state: State) -> Site:
    """In the place of `site.of`, which looks for Java and the jars."""
    return site(root, folder, Config.model_validate(state.config))


if __name__ == "__main__":
    root, folder = map(Path, sys.argv[1:])
    registry.KINDS = read(root)
    sites.of = site_of
    supervisor.main(root, folder)
