"""Presto: one process that is coordinator and worker, with the Hive catalog."""

from collections.abc import Mapping
from pathlib import Path

import requests

from harness.cluster.services import hdfs, java
from harness.cluster.services.service import (
    HOST,
    Command,
    NotReady,
    Service,
    connect,
    properties,
    write,
)
from harness.engines.presto_client import PrestoClient

TIMEOUT_S = 5
# The first look into a Parquet file takes Presto half a second more than a later one: without it,
# that was part of the drain of the first run on a cluster, and of no other's.
READINESS = "/readiness"
ROW = Path(__file__).with_name("readiness.parquet")
PLACE = f"format = 'PARQUET', external_location = 'hdfs://{READINESS}'"
LOOK = (
    f"CREATE TABLE IF NOT EXISTS readiness (word varchar) WITH ({PLACE})",
    "SELECT count(*) FROM readiness",
    "DROP TABLE readiness",
)
REFLECTION = ("java.lang", "java.lang.reflect", "java.net")


class PrestoService(Service):
    """Presto; ready when the tables are there and answer, and it has read a file of another."""

    name = "presto"

    def ports(self) -> Mapping[str, int]:
        """Return the HTTP port."""
        return {"presto.port": self.context.config.presto.port}

    def prepare(self) -> None:
        """Write the properties and the Hive catalog."""
        write(self.folder / "config.properties", properties(self.settings()))
        write(self.folder / "log.properties", properties(LOG_LEVELS))
        write(self.folder / "catalog" / "hive.properties", properties(self.catalog()))
        write(self.folder / "core-site.xml", hdfs.xml(hdfs.client_settings(self.context.config)))

    def settings(self) -> Mapping[str, object]:
        """Return the coordinator's settings: small pools and buffers hold its memory down."""
        port = self.context.config.presto.port
        return {
            "coordinator": "true",
            "node-scheduler.include-coordinator": "true",
            "discovery-server.enabled": "true",
            "discovery.uri": f"http://{HOST}:{port}",
            "http-server.http.port": port,
            "http-server.threads.max": 40,
            "http-server.admin.enabled": "false",
            "http-server.log.enabled": "false",
            "query.max-memory": "48MB",
            "query.max-memory-per-node": "48MB",
            "query.max-total-memory": "64MB",
            "query.max-total-memory-per-node": "64MB",
            "memory.heap-headroom-per-node": "24MB",
            "experimental.reserved-pool-enabled": "false",
            "task.concurrency": 1,
            "task.max-worker-threads": 2,
            "exchange.max-buffer-size": "4MB",
            "sink.max-buffer-size": "4MB",
            "query.max-history": 5,
            # At their defaults of 15 minutes every query and task of that time is kept, whatever
            # the history: after some 20 runs on one cluster the heap was full.
            "query.min-expire-age": "10s",
            "task.info.max-age": "10s",
            "failure-detector.enabled": "false",
            # A client brings a zone of its own: 0.287 shifts every time stamp to it, and its hours.
            "sql.forced-session-time-zone": "UTC",
            "plugin.dir": self.context.artifacts.presto_plugins,
            "catalog.config-dir": self.folder / "catalog",
        }

    def catalog(self) -> Mapping[str, object]:
        """Return the Hive catalog; columns are matched by name, since more may follow."""
        return {
            "connector.name": "hive-hadoop2",
            "hive.metastore.uri": f"thrift://{HOST}:{self.context.config.metastore.port}",
            "hive.metastore-timeout": f"{self.extend(10):g}s",
            "hive.config.resources": self.folder / "core-site.xml",
            "hive.parquet.use-column-names": "true",
            # Whoever makes tables of his own here, as the backend external does, removes them.
            "hive.allow-drop-table": "true",
        }

    def command(self) -> Command:
        """Return the server's command, without its launcher."""
        return java.command(
            self.context,
            java.flags(self.context, self.name),
            heap=self.context.config.presto.heap,
            class_path=self.context.artifacts.presto,
            main="com.facebook.presto.server.PrestoServer",
            options=[
                "-Xmn40m",
                "-Djdk.attach.allowAttachSelf=true",
                # Java 21 refuses the reflection on final fields that 0.287 relies on without it.
                "-Djdk.reflect.useDirectMethodHandle=false",
                *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in REFLECTION),
                f"-Dconfig={self.folder / 'config.properties'}",
                f"-Dlog.levels-file={self.folder / 'log.properties'}",
                f"-Dnode.data-dir={self.folder / 'data'}",
                "-Dnode.id=presto",
                "-Dnode.environment=benchmark",
                f"-Dnode.internal-address={HOST}",
                f"-Dnode.bind-ip={HOST}",
                # Presto starts the JVM's own management agent, which lets everybody in.
                f"-Dcom.sun.management.jmxremote.host={HOST}",
            ],
            environment={"HADOOP_USER_NAME": hdfs.USER},
        )

    def probe(self) -> None:
        """Create the tables where they are missing, count their rows, and read a file."""
        port = self.context.config.presto.port
        connect(port)
        info = requests.get(f"http://{HOST}:{port}/v1/info", timeout=self.extend(TIMEOUT_S))
        if info.json()["starting"]:
            raise NotReady("Presto is still initializing")
        client = PrestoClient(self.context.addresses.presto)
        sql = self.context.root / "sql"
        for path in (*sorted((sql / "tables").glob("*.sql")), sql / "verify" / "rows_by_table.sql"):
            client.run(path)
        files = hdfs.filesystem(self.context.config)
        files.remove(READINESS)
        files.write(f"{READINESS}/row.parquet", ROW.read_bytes())
        for statement in LOOK:
            client.execute(statement, "readiness")
        files.remove(READINESS)


LOG_LEVELS = {
    "com.facebook": "WARN",
    "Bootstrap": "WARN",
    "org.eclipse.jetty": "WARN",
    "org.apache.hadoop": "ERROR",
    "org.glassfish.jersey": "ERROR",
}
