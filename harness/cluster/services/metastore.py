"""The Hive metastore, on an embedded Derby."""

from collections.abc import Iterable, Mapping
from zipfile import ZipFile

from harness.cluster.services import hdfs, java, spark
from harness.cluster.services.service import Command, Service, connect


class MetastoreService(Service):
    """The metastore out of PySpark's own jars; ready when it listens, its schema made."""

    name = "metastore"

    def ports(self) -> Mapping[str, int]:
        """Return the Thrift port."""
        return {"metastore.port": self.context.config.metastore.port}

    def prepare(self) -> None:
        """Write hive-site.xml and restore a database with the schema in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # A folder in the class path would keep the class-data archive from being used.
        with ZipFile(self.folder / "settings.jar", "w") as jar:
            jar.writestr("hive-site.xml", hdfs.xml(self.settings()))
        # The default database's location, and with it the NameNode's port, is in the image.
        image = f"metastore-{self.context.config.hdfs.namenode_port}"
        self.context.archives.restore_image(image, self.folder / "data", self.format)

    def format(self) -> None:
        """Start a metastore until it has made its schema."""
        java.run(
            self.java(java.lean(self.context)),
            self.context.log(self.name),
            self.context.config.deadlines.start_s,
            until=self.probe,
        )

    def settings(self) -> Mapping[str, object]:
        """Return the metastore's Hive settings."""
        return {
            **hdfs.client_settings(self.context.config),
            # Below `derby.system.home`: the URL ends its fields at a semicolon of the path's.
            "javax.jdo.option.ConnectionURL": "jdbc:derby:data;create=true",
            "datanucleus.schema.autoCreateAll": "true",
            # The default's jar is not among PySpark's: a schema would be dropped, and then the
            # connection lost, for which Presto tries again for 10 s.
            "datanucleus.connectionPoolingType": "DBCP",
            "datanucleus.connectionPool.maxPoolSize": 4,
            "hive.metastore.schema.verification": "false",
            "hive.metastore.server.min.threads": 4,
            "hive.metastore.warehouse.dir": f"{hdfs.address(self.context.config)}{hdfs.WAREHOUSE}",
            "hive.async.log.enabled": "false",
        }

    def command(self) -> Command:
        """Return the metastore's command."""
        return self.java(java.flags(self.context, self.name))

    def java(self, flags: Iterable[str]) -> Command:
        """Return the metastore's program, from PySpark's jars and its settings."""
        config = self.context.config.metastore
        return java.command(
            self.context,
            flags,
            heap=config.heap,
            class_path=[*sorted(spark.JARS.glob("*.jar")), self.folder / "settings.jar"],
            main="org.apache.hadoop.hive.metastore.HiveMetaStore",
            arguments=["-p", str(config.port)],
            options=[f"-Dderby.system.home={self.folder}"],
            environment={"HADOOP_USER_NAME": hdfs.USER},
        )

    def probe(self) -> None:
        """Connect to the port, which opens when the schema is there."""
        connect(self.context.config.metastore.port)
