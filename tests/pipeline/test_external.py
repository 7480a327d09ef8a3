"""The backend external: a run on the engines of a cluster that stands, which is none of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from tests.pipeline.repository import Repository

PREFIX = "a_run"


@pytest.fixture
def elsewhere(standing: Repository, tmp_path: Path) -> Iterator[Repository]:
    """Another copy of the repository, whose engines are those of the cluster that stands."""
    assert standing.standing()
    copy = Repository(tmp_path / "elsewhere")
    yield copy
    said = copy.harness("down")
    assert said.code == 0, said


def options(engines: Repository, **more: str) -> list[str]:
    """The settings of a run on the engines of a cluster."""
    to = engines.addresses
    settings = {
        "backend": "external",
        "app.port": str(engines.config.app.port + 50),
        "external.prefix": PREFIX,
        "external.kafka.bootstrap_servers": to.kafka,
        "external.filesystem.uri": to.filesystem.uri,
        "external.filesystem.webhdfs": str(to.filesystem.webhdfs),
        "external.presto.url": to.presto.url,
        **more,
    }
    return [f"--set={name}={value}" for name, value in settings.items()]


def held(engines: Repository) -> dict[str, object]:
    """What is on the engines, but for what the services keep of themselves."""
    files = engines.addresses.filesystem.client()
    kafka = AdminClient({"bootstrap.servers": engines.addresses.kafka})
    tables = ("menu_app_events", "menu_app_orders")
    return {
        # The broker makes one of its own at the first consumer.
        "topics": {name for name in kafka.list_topics(timeout=10).topics if name[:2] != "__"},
        "folders": files.files(""),
        "files": [files.files(f"/tmp/{table}") for table in tables],
        "schemas": sorted(engines.select("SHOW SCHEMAS")),
        "rows": [engines.select(f"SELECT count(*) FROM {table}") for table in tables],
    }


def test_leaves_what_was_there_and_nothing_else(
    standing: Repository, elsewhere: Repository
) -> None:
    before = held(standing)

    said = elsewhere.harness("smoke", *options(standing))

    assert said.code == 0, said
    result = elsewhere.result()
    assert (result.status, result.backend) == ("valid", "external")
    assert result.counts is not None
    assert result.counts.presto == 19
    assert result.resources is not None
    assert result.resources.services.keys() == {"web", "streaming"}
    assert held(standing) == before


def test_says_what_it_lacks_before_it_sends_anything(
    standing: Repository, elsewhere: Repository
) -> None:
    before = held(standing)
    nowhere = "127.0.0.1:1"

    said = elsewhere.harness(
        "smoke",
        *options(
            standing,
            **{
                "external.kafka.bootstrap_servers": nowhere,
                "external.kafka.security_protocol": "SASL_PLAINTEXT",
                "external.kafka.user": "bench",
                "external.kafka.password": "planted",
                "external.spark.master": f"spark://{nowhere}",
                "external.presto.catalog": "lake",
            },
        ),
    )

    assert said.code == 3, said
    for word in (
        f"Spark's master spark://{nowhere}",
        "Kafka's topic",
        "Connection refused",
        "lake",
    ):
        assert word in said.err, said
    assert "planted" not in f"{said}"
    written = [path for path in elsewhere.root.rglob("*") if path.is_file()]
    written = [path for path in written if "tests" not in path.parts]
    assert [path for path in written if b"planted" in path.read_bytes()] == []
    assert held(standing) == before
