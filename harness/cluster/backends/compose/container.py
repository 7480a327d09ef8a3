"""What runs in a container: `python -m harness.cluster.backends.compose.container NAME`.

It prepares one service by its own class, and becomes it. With `--fetch`, the image is built.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from harness import config as configuration
from harness.cluster import artifacts
from harness.cluster.archives import Prepared
from harness.cluster.context import Site
from harness.cluster.services import registry
from harness.cluster.services.service import Service
from harness.system import programs
from harness.system.paths import ROOT

CLUSTER = ROOT / ".work" / "cluster"


def fetch() -> None:
    """Has the jars, by their committed sums."""
    artifacts.ensure(ROOT, programs.ensure(ROOT, tell), tell)


def tell(detail: str, done: int | None = None, total: int | None = None) -> None:
    """Says what is being done in the image's build."""
    print(detail, *([f"{done} of {total}"] if total else []), flush=True)


def site(name: str) -> Site:
    """Of a container: all of the cluster's folder is there, and only that can be written."""
    found = programs.ensure(ROOT, tell)
    images = CLUSTER / name / "prepared"
    images.mkdir(parents=True, exist_ok=True)
    return Site(
        root=ROOT,
        folder=CLUSTER,
        config=configuration.load(os.environ["BENCH_PROFILE"]),
        artifacts=artifacts.at(ROOT),
        programs=found,
        prepared=Prepared(images),
    )


def service(name: str) -> Service:
    """The service of that name."""
    (kind,) = (kind for kind in registry.KINDS if kind.name == name)
    return kind(site(name))


def become(name: str) -> NoReturn:
    """Prepares the service, and lets it take this process over."""
    one = service(name)
    (CLUSTER / "temporary").mkdir(exist_ok=True)
    one.prepare()
    command = one.command()
    os.execvpe(command.arguments[0], [*command.arguments], {**os.environ, **command.environment})


if __name__ == "__main__":
    if sys.argv[1] == "--fetch":
        fetch()
    else:
        become(sys.argv[1])
