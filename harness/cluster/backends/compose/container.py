"""What runs in a container: `python -m harness.cluster.backends.compose.container NAME`.

It prepares one service by its own class, and becomes it. With `--fetch`, the image is built.
"""

import os
import sys
from typing import NoReturn

from harness.cluster import artifacts
from harness.cluster.archives import ArchiveCache
from harness.cluster.backends.local import HOSTS, create_addresses
from harness.cluster.services import java, registry
from harness.cluster.services.service import ServiceContext
from harness.config import layers
from harness.system import programs
from harness.system.child_environment import SERVICE, create_environment
from harness.system.paths import ROOT

CLUSTER = ROOT / ".work" / "cluster"


def tell(detail: str, done: int | None = None, total: int | None = None) -> None:
    """Print what the image's build does."""
    print(detail, *([f"{done} of {total}"] if total else []), flush=True)


def create_context(name: str) -> ServiceContext:
    """Return a container's context: the cluster's folder is there, and only that is writable."""
    installed = programs.ensure(ROOT, tell)
    config = layers.load_config(os.environ["BENCH_PROFILE"])
    images = CLUSTER / name / "prepared"
    images.mkdir(parents=True, exist_ok=True)
    return ServiceContext(
        root=ROOT,
        folder=CLUSTER,
        config=config,
        addresses=create_addresses(config, CLUSTER),
        artifacts=artifacts.locate(ROOT),
        programs=installed,
        archives=ArchiveCache(images),
    )


def become(name: str) -> NoReturn:
    """Prepare the service of that name, and let it take this process over."""
    (kind,) = (kind for kind in registry.KINDS if kind.name == name)
    service = kind(create_context(name))
    (CLUSTER / "temporary").mkdir(exist_ok=True)
    java.write_hosts(CLUSTER / HOSTS)
    service.prepare()
    command = service.command()
    # Docker gives containers the proxies of its own settings.
    environment = create_environment(SERVICE, command.environment)
    os.execvpe(command.arguments[0], [*command.arguments], environment)


if __name__ == "__main__":
    if sys.argv[1] == "--fetch":
        artifacts.ensure(ROOT, programs.ensure(ROOT, tell), tell)
    else:
        become(sys.argv[1])
