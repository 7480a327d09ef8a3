"""A run's own names on engines of others: a topic, a folder and a schema, and nothing else."""

import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from contract.paths import JOB
from harness.cluster.addresses import Addresses, FileSystemAddress
from harness.config.model import Config
from harness.engines.files import empty_tables
from harness.engines.kafka_topic import EventsTopic
from harness.engines.presto_client import PrestoClient, PrestoServer
from harness.errors import HarnessError, Missing, ServiceFailed

CONNECT_S = 5
KAFKA_TIMEOUT_S = 5
ROOT = ""
PROBE = f"{JOB}/probe"


@dataclass(frozen=True)
class Part:
    """An object that a cluster creates on an engine; every call raises HarnessError on failure.

    `make` creates it, tries what a run does with it, and returns a line for each missing right.
    """

    what: str
    exists: Callable[[], bool]
    make: Callable[[], Sequence[str]]
    remove: Callable[[], None]


class Namespace:
    """The topic, folder and schema of a cluster on the engines of `config.external`."""

    def __init__(self, config: Config, to: Addresses, sql: Path) -> None:
        assert config.external is not None
        self.filesystem = to.filesystem
        self.master = to.spark.master
        self.events = EventsTopic(
            to.create_kafka_client(KAFKA_TIMEOUT_S),
            to.topic,
            config.kafka.partitions,
            config.external.kafka.replication_factor,
        )
        self.topic = create_topic_part(self.events)
        self.folder = create_folder_part(to.filesystem)
        self.schema = create_schema_part(to.presto, to.filesystem.uri, sql)

    def create(self) -> None:
        """Create every part, which tries each right that a run needs, or else nothing.

        Raises Missing naming each missing right, and each part that is there already.
        """
        created: list[Part] = []
        try:
            faults = [*check_master(self.master), *create_parts([self.topic, self.folder], created)]
            # Tables lie over the folder: without it, their server is only asked whether it answers.
            asked = replace(self.schema, make=list, remove=lambda: None)
            faults += create_parts([self.schema if self.folder in created else asked], created)
        except BaseException:
            remove_parts(reversed(created))
            raise
        if faults:
            faults += remove_parts(reversed(created))
            raise Missing(
                "The engines refuse what a run needs.",
                why="\n       ".join(faults),
                do="ask the operators of the engines for it, or correct the section [external]",
            )

    def empty(self) -> None:
        """Remove every event; raises ServiceFailed where that fails."""
        empty_tables(self.filesystem.client())
        self.events.empty()

    def remove(self) -> None:
        """Remove every part; raises ServiceFailed naming what stays, and why."""
        left = remove_parts([self.schema, self.folder, self.topic])
        if left:
            raise ServiceFailed(
                "The engines still hold what this cluster created.",
                why="\n       ".join(left),
                do="`make down` tries again; to give it up, delete .work/cluster/state.json",
            )


def create_topic_part(events: EventsTopic) -> Part:
    """Return the events topic as a part."""

    def create() -> Sequence[str]:
        events.create()
        return [f"no right to {right} it" for right in events.list_missing_rights()]

    def remove() -> None:
        if events.exists():
            events.delete()

    return Part(f"Kafka's topic {events.name}", events.exists, create, remove)


def create_folder_part(filesystem: FileSystemAddress) -> Part:
    """Return the folder of all files as a part."""

    def create() -> Sequence[str]:
        empty_tables(files)
        files.write(PROBE, b"written")
        files.read(PROBE)
        files.remove(PROBE)
        return []

    def exists() -> bool:
        # Spark asks the file system itself, and we its HTTP interface.
        connect(filesystem.uri)
        connect(filesystem.webhdfs or "")
        return files.exists(ROOT)

    files = filesystem.client()
    return Part(f"the folder {filesystem.uri}", exists, create, partial(files.remove, ROOT))


def create_schema_part(server: PrestoServer, uri: str, sql: Path) -> Part:
    """Return the schema as a part, with the tables over the folders below `uri`."""

    def create() -> Sequence[str]:
        client.execute(f"CREATE SCHEMA {name} WITH (location = '{uri}/schema')", "CREATE SCHEMA")
        # By its own default, the Hive catalog lets nobody drop what he has created.
        create_table(tables[0])
        drop_table(tables[0])
        for path in tables:
            create_table(path)
        client.run(sql / "verify" / "rows_by_table.sql")
        return []

    def create_table(path: Path) -> None:
        # In the file, they lie at the root of the default file system.
        statement = path.read_text(encoding="utf-8").replace("'hdfs:///", f"'{uri}/")
        client.execute(statement, path.name)

    def drop_table(path: Path) -> None:
        client.execute(f"DROP TABLE IF EXISTS {path.stem}", "DROP TABLE")

    def remove() -> None:
        if exists():
            for path in tables:
                drop_table(path)
            client.execute(f"DROP SCHEMA {name}", "DROP SCHEMA")

    def exists() -> bool:
        connect(server.url)
        _, rows = client.execute(f"SHOW SCHEMAS FROM {server.catalog}", "SHOW SCHEMAS")
        return server.schema in (row[0] for row in rows)

    client, name = PrestoClient(server), f"{server.catalog}.{server.schema}"
    tables = sorted((sql / "tables").glob("*.sql"))
    return Part(f"the schema {name} of {server.url}", exists, create, remove)


def check_master(master: str) -> list[str]:
    """Return what is wrong with the master of Spark's executors."""
    try:
        connect(master.removeprefix("k8s://"))
    except ServiceFailed as error:
        return [f"Spark's master {master}: {error.why}"]
    return []


def connect(url: str) -> None:
    """Connect to the host and the port of a URL that has both; raises ServiceFailed."""
    place = urlsplit(url)
    if place.hostname is None or place.port is None:
        return
    try:
        socket.create_connection((place.hostname, place.port), CONNECT_S).close()
    except OSError as error:
        raise ServiceFailed(f"{url} cannot be reached.", why=str(error)) from error


def create_parts(parts: Sequence[Part], created: list[Part]) -> list[str]:
    """Create parts in parallel and add them to `created`; returns a line for each fault."""

    def create_part(part: Part) -> list[str]:
        try:
            if part.exists():
                return [f"{part.what} is there: choose another external.prefix, or remove it"]
            created.append(part)
            return [f"{part.what}: {lacking}" for lacking in part.make()]
        except HarnessError as error:
            return [f"{part.what}: {error.why or error.what}"]

    with ThreadPoolExecutor(len(parts)) as pool:
        return [line for lines in pool.map(create_part, parts) for line in lines]


def remove_parts(parts: Iterable[Part]) -> list[str]:
    """Remove parts, each whatever becomes of the others; returns a line for each that stays."""
    left = []
    for part in parts:
        try:
            part.remove()
        except HarnessError as error:
            if is_left(part):
                left.append(f"{part.what} stays: {error.why or error.what}")
    return left


def is_left(part: Part) -> bool:
    """Return whether a part is there still: a metastore may remove it, then report a failure."""
    try:
        return part.exists()
    except HarnessError:
        return True
