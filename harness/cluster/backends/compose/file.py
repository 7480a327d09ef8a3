"""The compose file, made from the services' own classes and the configuration.

`python -m harness.cluster.backends.compose.file` writes compose/compose.yaml, of the profile bench.
"""

import json
from collections.abc import Iterator, Mapping

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.cluster.artifacts import maven
from harness.cluster.backends.compose import share
from harness.cluster.backends.compose.contained import PROJECT
from harness.cluster.services import registry
from harness.config import layers
from harness.config.model import Config
from harness.system import paths, verbs

FOLDER = paths.ROOT / "compose"
PATH = FOLDER / "compose.yaml"


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
        shares=share.split_budget(config.budget),
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
