"""A run's own names on engines of others: a topic, a folder and a schema, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from confluent_kafka import KafkaException

from contract.paths import JOB
from harness.cluster.addresses import Addresses, FileSystemAddress
from harness.config.model import Config
from harness.engines.files import empty_tables
from harness.engines.kafka_topic import EventsTopic
from harness.engines.presto_client import Client, Server
from harness.errors import HarnessError, Missing, ServiceFailed

CONNECT_S = 5
ROOT = ""
PROBE = f"{JOB}/probe"

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """Something that a run makes on an engine; every call raises HarnessError where it fails.

    `make` tries what a run does with it, and returns what it may not.
    """

    what: str
    exists: Callable[[], bool]
    make: Callable[[], Sequence[str]]
    remove: Callable[[], None]


class Namespace:
    """All that a run makes on the engines of `config.external`, called after its prefix."""

    def __init__(self, config: Config, to: Addresses, sql: Path) -> None:
        assert config.external is not None
        self.filesystem = to.filesystem
        self.master = to.spark.master
        self.events = EventsTopic(
            {**to.kafka_settings, "bootstrap.servers": to.kafka},
            to.topic,
            config.kafka.partitions,
            config.external.kafka.replication_factor,
        )
        self.topic = topic(self.events)
        self.folder = folder(to.filesystem)
        self.schema = schema(to.presto, to.filesystem.uri, sql)

    def create(self) -> None:
        """Create every part, which tries each right that a run needs, or else nothing.

        Raises Missing naming all that cannot be had, and what is there already.
        """
        made: list[Part] = []
        try:
            faults = [*unreachable(self.master), *make([self.topic, self.folder], made)]
            # Tables lie over the folder: without it, their server is only asked something.
            faults += make([self.schema if self.folder in made else asked(self.schema)], made)
        except BaseException:
            discard(reversed(made))
            raise
        if faults:
            faults += discard(reversed(made))
            raise Missing(
                "The engines do not give what a run needs.",
                why="\n       ".join(faults),
                do="ask those who run them for it, or mend the section [external]",
            )

    def empty(self) -> None:
        """Remove every event; raises ServiceFailed where that fails."""
        empty_tables(self.filesystem.client())
        answered(self.events, self.events.empty)

    def remove(self) -> None:
        """Remove every part; raises ServiceFailed naming what stays, and why."""
        left = discard([self.schema, self.folder, self.topic])
        if left:
            raise ServiceFailed(
                "Something is left on the engines.",
                why="\n       ".join(left),
                do="`make down` tries again; to give it up, delete .work/cluster/state.json",
            )


def topic(events: EventsTopic) -> Part:
    """Return the events topic as a part."""

    def create() -> Sequence[str]:
        answered(events, events.create)
        return [f"no right to {right} it" for right in answered(events, events.lacking)]

    def remove() -> None:
        if answered(events, events.exists):
            answered(events, events.delete)

    exists = partial(answered, events, events.exists)
    return Part(f"Kafka's topic {events.name}", exists, create, remove)


def answered(events: EventsTopic, call: Callable[[], T]) -> T:
    """Return Kafka's answer to a call; raises ServiceFailed with the client's reason."""
    try:
        return call()
    except KafkaException as error:
        raise ServiceFailed("Kafka does not do what it is asked.", why=events.why(error)) from error


def folder(filesystem: FileSystemAddress) -> Part:
    """Return the folder of all files as a part."""

    def create() -> Sequence[str]:
        empty_tables(files)
        files.write(PROBE, b"written")
        files.read(PROBE)
        files.remove(PROBE)
        return []

    def exists() -> bool:
        # Spark asks the file system itself, and we its HTTP interface.
        reach(filesystem.uri)
        reach(filesystem.webhdfs or "")
        return files.exists(ROOT)

    files = filesystem.client()
    return Part(f"the folder {filesystem.uri}", exists, create, partial(files.remove, ROOT))


def schema(server: Server, uri: str, sql: Path) -> Part:
    """Return the schema as a part, with the tables over the folders below `uri`."""

    def create() -> Sequence[str]:
        client.execute(f"CREATE SCHEMA {name} WITH (location = '{uri}/schema')", "CREATE SCHEMA")
        # By its own default, the Hive catalog lets nobody drop what he has made.
        lay(tables[0])
        drop(tables[0])
        for path in tables:
            lay(path)
        client.run(sql / "verify" / "rows_by_table.sql")
        return []

    def lay(path: Path) -> None:
        # In the file, they lie at the root of the default file system.
        statement = path.read_text(encoding="utf-8").replace("'hdfs:///", f"'{uri}/")
        client.execute(statement, path.name)

    def drop(path: Path) -> None:
        client.execute(f"DROP TABLE IF EXISTS {path.stem}", "DROP TABLE")

    def remove() -> None:
        if exists():
            for path in tables:
                drop(path)
            client.execute(f"DROP SCHEMA {name}", "DROP SCHEMA")

    def exists() -> bool:
        reach(server.url)
        _, rows = client.execute(f"SHOW SCHEMAS FROM {server.catalog}", "SHOW SCHEMAS")
        return server.schema in (row[0] for row in rows)

    client, name = Client(server), f"{server.catalog}.{server.schema}"
    tables = sorted((sql / "tables").glob("*.sql"))
    return Part(f"the schema {name} of {server.url}", exists, create, remove)


def asked(part: Part) -> Part:
    """Return the part without its creation: only whether its engine answers."""
    return Part(part.what, part.exists, list, lambda: None)


def unreachable(master: str) -> list[str]:
    """Return what is wrong with the master of Spark's executors."""
    try:
        reach(master.removeprefix("k8s://"))
    except ServiceFailed as error:
        return [f"Spark's master {master}: {error.why}"]
    return []


def reach(url: str) -> None:
    """Connect to the host and the port of a URL that has both; raises ServiceFailed."""
    place = urlsplit(url)
    if place.hostname is None or place.port is None:
        return
    try:
        socket.create_connection((place.hostname, place.port), CONNECT_S).close()
    except OSError as error:
        raise ServiceFailed(f"{url} cannot be reached.", why=str(error)) from error


def make(parts: Sequence[Part], made: list[Part]) -> list[str]:
    """Create parts in parallel and add them to `made`; returns a line for each fault."""

    def one(part: Part) -> list[str]:
        try:
            if part.exists():
                return [f"{part.what} is there: choose another external.prefix, or remove it"]
            made.append(part)
            return [f"{part.what}: {lacking}" for lacking in part.make()]
        except HarnessError as error:
            return [f"{part.what}: {error.why or error.what}"]

    with ThreadPoolExecutor(len(parts)) as pool:
        return [line for lines in pool.map(one, parts) for line in lines]


def discard(parts: Iterable[Part]) -> list[str]:
    """Remove parts, each whatever becomes of the others; returns a line for each that stays."""
    left = []
    for part in parts:
        try:
            part.remove()
        except HarnessError as error:
            if remains(part):
                left.append(f"{part.what} stays: {error.why or error.what}")
    return left


def remains(part: Part) -> bool:
    """Return whether a part is there still: a metastore may remove it, then report a failure."""
    try:
        return part.exists()
    except HarnessError:
        return True
