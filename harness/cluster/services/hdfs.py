"""HDFS: the NameNode, the DataNode, and the client settings of both's users."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape
from zipfile import ZipFile

import requests

from contract.paths import TABLE_FOLDERS
from harness.cluster.services import java
from harness.cluster.services.service import (
    HOST,
    Command,
    NotReady,
    Service,
    ServiceContext,
    connect,
    write,
)
from harness.config.model import Config
from harness.engines import files, webhdfs
from harness.system.units import MIB

# One name for whoever reads and writes, so that the files' owner does not depend on the machine's
# user, nor on there being an entry for it in the machine's user database.
USER = "bench"
TIMEOUT_S = 5
SMALL_BLOCK_BYTES = 8 * MIB
WAREHOUSE = "/warehouse"


# A file is closed once the NameNode knows its block. A client that asks first after the default of
# 400 ms stalls each micro-batch for up to 2 s; one that waits twice as long each time, 36 times and
# never over 400 ms, is as patient (12 s) as by default.
LOCATE_FOLLOWING_BLOCK = {
    f"dfs.client.block.write.locateFollowingBlock.{name}": value
    for name, value in (("initial.delay.ms", 5), ("max.delay.ms", 400), ("retries", 36))
}


def address(config: Config) -> str:
    """Return the file system's URI."""
    return f"hdfs://{HOST}:{config.hdfs.namenode_port}"


def filesystem(config: Config) -> webhdfs.WebHdfs:
    """Return a client of the file system over HTTP."""
    url = f"http://{HOST}:{config.hdfs.namenode_http_port}"
    return webhdfs.WebHdfs(url, USER, patience=config.deadlines.patience)


def client_settings(config: Config) -> dict[str, object]:
    """Return the settings of the file system's clients: Spark, Presto and the metastore."""
    # A DataNode is given no block that it might not have the space for, were it a whole one.
    small = {"dfs.blocksize": SMALL_BLOCK_BYTES} if config.fault.tmpfs == "datanode" else {}
    return {
        "fs.defaultFS": address(config),
        "dfs.replication": 1,
        **LOCATE_FOLLOWING_BLOCK,
        **small,
    }


def xml(settings: Mapping[str, object]) -> str:
    """Return settings as a Hadoop configuration file."""
    rows = "".join(
        f"  <property><name>{escape(key)}</name><value>{escape(str(value))}</value></property>\n"
        for key, value in settings.items()
    )
    return f'<?xml version="1.0"?>\n<configuration>\n{rows}</configuration>\n'


def uri(path: Path) -> str:
    """Return a local path as a URI: Hadoop refuses a plain path with a space in it."""
    return "file://" + quote(str(path))


def server_settings(context: ServiceContext) -> dict[str, object]:
    """Return the settings of both HDFS services."""
    hdfs = context.config.hdfs
    # The DataNode makes a format string of its folder's URI and fails at the %20 of a space. By
    # way of a service's working folder, the repository, there is none.
    blocks = Path("/proc/self/cwd") / (context.folder / "datanode" / "data").relative_to(
        context.root
    )
    return {
        **client_settings(context.config),
        "hadoop.tmp.dir": context.folder / "hadoop",
        "dfs.permissions.enabled": "false",
        "dfs.namenode.name.dir": uri(context.folder / "namenode" / "data"),
        "dfs.namenode.rpc-address": f"{HOST}:{hdfs.namenode_port}",
        "dfs.namenode.rpc-bind-host": HOST,
        "dfs.namenode.http-address": f"{HOST}:{hdfs.namenode_http_port}",
        "dfs.namenode.handler.count": 4,
        "dfs.namenode.service.handler.count": 2,
        "dfs.namenode.safemode.extension": 0,
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.datanode.data.dir": uri(blocks),
        "dfs.datanode.hostname": HOST,
        "dfs.datanode.address": f"{HOST}:{hdfs.datanode_port}",
        "dfs.datanode.http.address": f"{HOST}:{hdfs.datanode_http_port}",
        "dfs.datanode.ipc.address": f"{HOST}:{hdfs.datanode_ipc_port}",
        "dfs.datanode.handler.count": 3,
        "dfs.blockreport.initialDelay": 0,
        "dfs.heartbeat.interval": 1,
        # By default a block is refused where 1 GB would not be left, more than a small one has.
        **(
            {"dfs.datanode.round-robin-volume-choosing-policy.additional-available-space": 0}
            if context.config.fault.tmpfs
            else {}
        ),
    }


class HdfsService(Service):
    """What the NameNode and the DataNode have in common."""

    main: str

    @abstractmethod
    def heap(self) -> int:
        """Return the heap's size in bytes."""

    def prepare(self) -> None:
        """Write hdfs-site.xml and the empty web applications that Hadoop looks for."""
        write(self.folder / "hdfs-site.xml", xml(server_settings(self.context)))
        with ZipFile(self.folder / "webapps.jar", "w") as jar:
            for name in ("webapps/", "webapps/hdfs/", "webapps/datanode/"):
                jar.mkdir(name)

    def command(self) -> Command:
        """Return the service's command, with its settings file."""
        return self.java(java.flags(self.context, self.name))

    def java(self, flags: Iterable[str], *arguments: str) -> Command:
        """Return the service's program with further arguments."""
        return java.command(
            self.context,
            flags,
            heap=self.heap(),
            class_path=[*self.context.artifacts.hdfs, self.folder / "webapps.jar"],
            main=self.main,
            arguments=["-conf", str(self.folder / "hdfs-site.xml"), *arguments],
            options=[
                f"--add-opens=java.base/java.{package}=ALL-UNNAMED"
                for package in ("lang", "util", "nio")
            ],
            environment={"HADOOP_USER_NAME": USER},
        )

    def state(self) -> Mapping[str, object]:
        """Return the NameNode's state of the whole file system; raises NotReady while it loads."""
        port = self.context.config.hdfs.namenode_http_port
        answer = requests.get(
            f"http://{HOST}:{port}/jmx",
            {"qry": "Hadoop:service=NameNode,name=FSNamesystemState"},
            timeout=self.extend(TIMEOUT_S),
        )
        answer.raise_for_status()
        beans = answer.json()["beans"]
        if not beans:
            raise NotReady("the NameNode has not loaded its image yet")
        state: Mapping[str, object] = beans[0]
        return state


class NameNode(HdfsService):
    """The NameNode; ready when it answers. Safe mode ends with the DataNode's coming."""

    name = "namenode"
    main = "org.apache.hadoop.hdfs.server.namenode.NameNode"

    def heap(self) -> int:
        """Return the heap's size in bytes."""
        return self.context.config.hdfs.namenode_heap

    def ports(self) -> Mapping[str, int]:
        """Return the file system's and the web interface's port."""
        hdfs = self.context.config.hdfs
        return {
            "hdfs.namenode_port": hdfs.namenode_port,
            "hdfs.namenode_http_port": hdfs.namenode_http_port,
        }

    def prepare(self) -> None:
        """Write the settings and restore a formatted image."""
        super().prepare()
        self.context.archives.restore_image("namenode", self.folder / "data", self.format)

    def format(self) -> None:
        """Write the image of an empty file system."""
        arguments = ("-format", "-nonInteractive", "-force")
        java.run(
            self.java(java.lean(self.context), *arguments),
            self.context.log(self.name),
            self.context.config.deadlines.start_s,
        )

    def probe(self) -> None:
        """Ask the NameNode for its state."""
        connect(self.context.config.hdfs.namenode_http_port)
        self.state()

    def empty(self) -> None:
        """Remove the tables' files and the streaming job's own."""
        files.empty_tables(filesystem(self.context.config))


class DataNode(HdfsService):
    """The DataNode; ready when the NameNode counts it as live and has left safe mode."""

    name = "datanode"
    needs = ("namenode",)
    main = "org.apache.hadoop.hdfs.server.datanode.DataNode"

    def heap(self) -> int:
        """Return the heap's size in bytes."""
        return self.context.config.hdfs.datanode_heap

    def ports(self) -> Mapping[str, int]:
        """Return the data, web and IPC ports."""
        hdfs = self.context.config.hdfs
        return {
            "hdfs.datanode_port": hdfs.datanode_port,
            "hdfs.datanode_http_port": hdfs.datanode_http_port,
            "hdfs.datanode_ipc_port": hdfs.datanode_ipc_port,
        }

    def probe(self) -> None:
        """Connect, then ask the NameNode, which counts a dead DataNode as live for a while."""
        connect(self.context.config.hdfs.datanode_ipc_port)
        state = self.state()
        if state["NumLiveDataNodes"] != 1:
            raise NotReady("the NameNode has no live DataNode yet")
        if state["FSState"] != "Operational":
            raise NotReady(f"HDFS is in state {state['FSState']}")
        # Presto makes no table over a folder that is not there, nor below one.
        for folder in (*TABLE_FOLDERS.values(), WAREHOUSE):
            filesystem(self.context.config).make(folder)
