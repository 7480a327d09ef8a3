"""The compose file, made from the services' own classes and the configuration.

`python -m harness.cluster.backends.compose.file` writes compose/compose.yaml, of the profile bench.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.cgroup import LOAD_TOOL
from harness.cluster.artifacts import maven
from harness.cluster.backends.compose.contained import PROJECT
from harness.cluster.services import registry
from harness.config import layers
from harness.config.model import BudgetSettings, Config
from harness.system import paths, verbs

FOLDER = paths.ROOT / "compose"
PATH = FOLDER / "compose.yaml"

# A container holds each service to its part of the budget: of 2,000 thousandths of a vCPU and of
# 3,328 MiB, after what the native services use in a run of bench. The load tool runs beside the
# containers, within the rest.
PARTS: Mapping[str, tuple[int, int]] = {
    "streaming": (500, 1024),
    "web": (500, 256),
    "presto": (300, 640),
    "kafka": (200, 448),
    "namenode": (120, 320),
    "datanode": (120, 256),
    "metastore": (100, 256),
    LOAD_TOOL: (160, 128),
}

LOOK_S = 5
"""How often Docker looks whether a service is well."""


@dataclass(frozen=True)
class Share:
    """What one service may have: thousandths of a vCPU, and bytes."""

    milli_cpus: int
    memory_bytes: int


def generate(config: Config) -> str:
    """Return the file's text."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["json"] = json.dumps
    return environment.get_template("compose.yaml.jinja").render(
        project=PROJECT,
        settings=settings(config),
        versions=maven.versions(),
        services=registry.KINDS,
        ports=ports(config),
        shares=split_budget(config.budget),
        look_s=LOOK_S,
        looks=math.ceil(config.deadlines.start_s / LOOK_S),
    )


def settings(config: Config) -> dict[str, str]:
    """Return the whole configuration as the variables that `config.load` reads."""
    fields = config.model_dump(mode="json", exclude_none=True)
    return {verbs.PREFIX + name.upper(): value for name, value in _flat(fields)}


def ports(config: Config) -> dict[str, int | None]:
    """Return the port that each service's health check asks; None where it has none."""
    own = {
        "namenode": config.hdfs.namenode_http_port,
        "datanode": config.hdfs.datanode_port,
        "metastore": config.metastore.port,
        "presto": config.presto.port,
        "kafka": config.kafka.port,
        "web": config.app.port,
    }
    return {kind.name: own.get(kind.name) for kind in registry.KINDS}


def split_budget(budget: BudgetSettings) -> dict[str, Share]:
    """Return the shares by service, which add up to the budget; the first gets the remainder."""
    cpus = _portions(round(budget.vcpu * 1000), [cpu for cpu, _ in PARTS.values()])
    memory = _portions(budget.memory, [mib for _, mib in PARTS.values()])
    return {name: Share(*portion) for name, *portion in zip(PARTS, cpus, memory, strict=True)}


def _portions(whole: int, parts: list[int]) -> list[int]:
    _, *others = (whole * part // sum(parts) for part in parts)
    return [whole - sum(others), *others]


def _flat(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from ((f"{name}__{inner}", text) for inner, text in _flat(value))
        else:
            yield name, value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    PATH.write_text(
        generate(layers.load_config("bench", ["backend=compose"], environment={})), encoding="utf-8"
    )
